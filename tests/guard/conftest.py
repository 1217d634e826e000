"""The shop of the corpus, its gate, and engines over the whole file and over the reference file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.engines import DuckDBEngine, Limits, Result
from semantic_layer.engines.admin import Introspector
from semantic_layer.errors import EngineError, GuardError
from semantic_layer.guard import Gate
from semantic_layer.rights import Rights
from tests.guard import database
from tests.guard.corpus import policy

LIMITS = Limits(seconds=2.0, max_rows=10_000, memory_mb=512, threads=2)

Row = tuple[Any, ...]


@dataclass(frozen=True)
class House:
    """Everything that a statement of the corpus meets."""

    path: Path
    gate: Gate
    engine: DuckDBEngine
    plain: DuckDBEngine

    def leaks(self, statement: str, *texts: object) -> list[str]:
        """What of `texts` a person must not see who wrote `statement`."""
        return database.leaks(texts, statement, self.path)

    def outcome(self, statement: str, sql: str | None = None, limits: Limits = LIMITS) -> tuple[list[object], Result | None]:
        """All that a person gets to see, and the result if there is one; `sql` is what the gate made of the statement, if that is known."""
        try:
            result = self.engine.run(sql or self.gate.admit(statement).sql, limits)
        except (GuardError, EngineError) as error:
            assert error.en and error.zh
            return [error.en, error.zh], None
        return [*(column.name for column in result.columns), *(value for row in result.rows for value in row)], result

    @cache  # noqa: B019 - there is one house in a run
    def expected(self, statement: str) -> list[Row] | None:
        """The rows of the statement as it stands, on the reference file; None if it does not run there."""
        try:
            return comparable(self.plain.run(statement.rstrip("; \n"), LIMITS))
        except EngineError:
            return None


def comparable(result: Result) -> list[Row]:
    """The rows with numbers to nine digits and texts in one case: sums in another order differ behind, names of fields in their case."""
    return [tuple(f"{each:.9g}" if isinstance(each, float) else str(each).casefold() for each in row) for row in result.rows]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house of the corpus; the database is called as the statements expect it."""
    folder = tmp_path_factory.mktemp("house")
    path = database.build(folder / "app.duckdb")
    engine, plain = DuckDBEngine(path, LIMITS), DuckDBEngine(database.reference(folder / "reference.duckdb"), LIMITS)
    yield House(path, Gate(Introspector(path).tables(), Rights.model_validate(policy())), engine, plain)
    plain.close()
    engine.close()
