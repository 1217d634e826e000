"""What compiling costs, and what the compiled SQL costs against the hand-written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from eval.bench.cases import BenchCase
from eval.bench.clock import alternated_ms, cpu_ms
from eval.bench.rows import difference
from semantic_layer.catalog import Catalog
from semantic_layer.compiler import compile_query
from semantic_layer.engines import Engine
from semantic_layer.guard import guarded


@dataclass(frozen=True)
class Timing:
    """One question: CPU ms from query to SQL text, CPU ms of the gate, wall ms of both statements, and whether rows differ."""

    name: str
    compile_ms: float
    guard_ms: float
    ours_ms: float
    hand_ms: float
    difference: str
    sql: str

    @property
    def ratio(self) -> float:
        """How many times the hand-written SQL's time ours takes."""
        return self.ours_ms / self.hand_ms


def time_case(
    case: BenchCase, catalog: Catalog, today: dt.date, engine: Engine, *, compiles: int = 25, runs: int = 15
) -> Timing:
    """Times one question. What runs is the text that comes out of the gate, as for any user."""
    compiled = compile_query(case.query, catalog, today)
    tables = [spec.source or name for name, spec in catalog.spec.datasets.items()]
    text = guarded(compiled.tree, tables)
    expected, got = engine.run(case.sql), engine.run(text)
    rows = case.aligned([c.name for c in got.columns], got.rows)
    hand, ours = alternated_ms(lambda: engine.run(case.sql), lambda: engine.run(text), runs)
    return Timing(
        name=case.name,
        compile_ms=cpu_ms(lambda: compile_query(case.query, catalog, today).sql(engine.dialect, pretty=False), compiles),
        guard_ms=cpu_ms(lambda: guarded(compiled.tree, tables), compiles),
        ours_ms=ours,
        hand_ms=hand,
        difference=difference(expected.rows, rows, case.empty_is_zero),
        sql=text,
    )
