"""Which table of the database a source of a document means."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from semantic_layer.catalog.exchange.draft import DatasetDraft
from semantic_layer.catalog.source import Place, Problem, read_files
from semantic_layer.errors import UsageError, did_you_mean

MAIN = "main"


class SourceMap:
    """`--schema`: the name of a schema, or a YAML file that maps sources, `database.schema` prefixes or datasets to tables."""

    def __init__(self, schema: str | None = None, tables: Mapping[str, str] | None = None) -> None:
        self.schema = schema
        self.tables = {k.casefold(): v for k, v in (tables or {}).items()}

    @property
    def given(self) -> bool:
        """Whether it says anything."""
        return bool(self.schema or self.tables)

    @classmethod
    def read(cls, given: str | None) -> SourceMap:
        """From the option as written. Raises UsageError."""
        if given is None or not given.endswith((".yaml", ".yml", ".json")):
            return cls(given)
        path = Path(given)
        source = read_files([path], path.parent)
        wrong = [k for k, v in source.data.items() if not isinstance(v, str)]
        if source.problems or wrong:
            told = source.problems[0] if source.problems else f"{source.place((wrong[0],))}: {wrong[0]} must name a table or a schema"
            raise UsageError(f"The mapping {given} cannot be used: {told}", f"映射文件 {given} 无法使用：{told}")
        return cls(None, source.data)

    def candidates(self, dataset: DatasetDraft) -> list[str]:
        """The tables it may be, the likeliest first, as `schema.table`."""
        parts = [p.strip('"`[]') for p in dataset.source.split(".")]
        table, schema = parts[-1], parts[-2] if len(parts) > 1 else MAIN
        for key in (dataset.name, dataset.source):
            if named := self.tables.get(key.casefold()):
                return [named]
        prefix = ".".join(parts[:-1]).casefold()
        if named := self.tables.get(prefix):
            return [f"{named}.{table}"]
        return [f"{self.schema}.{table}"] if self.schema else [f"{schema}.{table}", table]


def find_tables(datasets: Mapping[str, DatasetDraft], known: Mapping[str, object], sources: SourceMap) -> list[Problem]:
    """Sets the source of each dataset to its table; what has none is a problem, with the nearest names."""
    by_name = {name.casefold(): name for name in known}
    problems = []
    for dataset in datasets.values():
        own = [dataset.spec.get("source", dataset.name)] if dataset.kept and not sources.given else []
        tried = [c.removeprefix(f"{MAIN}.") for c in (*own, *sources.candidates(dataset))]
        found = next((by_name[t.casefold()] for t in tried if t.casefold() in by_name), None)
        if found is not None:
            dataset.source = found
            if dataset.kept and found.casefold() != dataset.spec.get("source", dataset.name).casefold():
                dataset.spec["source"] = found
            continue
        place = dataset.place or Place("document")
        if _is_query(dataset.source):
            wrong = "its source is a query; make a view of it in the database, and name the view in a mapping file: --schema FILE"
        else:
            wrong = f"the database has no table {tried[0]}.{did_you_mean(tried[0], known) or _others(dataset.source, known)}"
        problems.append(Problem(place, f"dataset {dataset.name}: {wrong}", "UnknownTable"))
    return problems


def _is_query(source: str) -> bool:
    return source.lstrip(" (").casefold().startswith(("select ", "select\n", "with "))


def _others(source: str, known: Mapping[str, object]) -> str:
    same = [k for k in known if k.split(".")[-1].casefold() == source.split(".")[-1].casefold()]
    return f" Did you mean {', '.join(same)}?" if same else " Say with --schema where its tables are."


class _Dumper(yaml.SafeDumper):
    """Writes what stands in two places twice: our reader takes no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def dumped(data: object) -> str:
    """YAML as a person would write it: keys in order, characters as they are."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=150, default_flow_style=None)
    return text
