"""The questions of the bench: a semantic query beside the SQL a careful person writes for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import MetricSpec
from semantic_layer.query import SemanticQuery

FILE = Path(__file__).with_name("queries.yaml")
PROBES = "q"


@dataclass(frozen=True)
class BenchCase:
    """One question. `columns` are ours, in the order of the SQL's; a probe is one that peers are asked too."""

    name: str
    query: SemanticQuery
    sql: str
    columns: tuple[str, ...]
    empty_is_zero: bool = False

    @property
    def is_probe(self) -> bool:
        """Whether it is one of the 14 that other layers were measured with."""
        return self.name.startswith(PROBES)

    def aligned(self, names: Sequence[str], rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """The rows with our columns in the order of the SQL's."""
        places = [list(names).index(c) for c in self.columns]
        return [tuple(row[p] for p in places) for row in rows]


def load_cases(file: Path = FILE) -> list[BenchCase]:
    """All questions, in the order of the file."""
    return [
        BenchCase(
            entry["name"],
            SemanticQuery.model_validate(entry["query"]),
            " ".join(entry["sql"].split()),
            tuple(entry["columns"]),
            entry.get("empty_is_zero", False),
        )
        for entry in _read(file)["queries"]
    ]


def with_bench_metrics(catalog: Catalog, file: Path = FILE) -> Catalog:
    """The catalog and the metrics that only the bench asks for."""
    added = {name: MetricSpec.model_validate(spec) for name, spec in _read(file)["metrics"].items()}
    return Catalog(catalog.spec.model_copy(update={"metrics": {**catalog.spec.metrics, **added}}))


def _read(file: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return data
