"""What compiling costs, what the compiled SQL costs against the hand-written, and what gate and hardening cost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from eval.bench.cases import BenchCase
from eval.bench.clock import alternated_ms, cpu_ms
from eval.bench.plain import Plain
from eval.bench.rows import difference
from semantic_layer.catalog import Catalog
from semantic_layer.compiler import compile_query
from semantic_layer.engines import Engine, Result
from semantic_layer.guard import Gate


@dataclass(frozen=True)
class Timing:
    """One question: CPU ms from query to SQL text, CPU ms of the gate, wall ms of both statements, and whether rows differ.

    `plain_ms`: the compiled tree written out and run on a plain connection of this process; `safe_ms`: with gate and hardened engine, to rows.
    """

    name: str
    compile_ms: float
    guard_ms: float
    ours_ms: float
    hand_ms: float
    plain_ms: float
    safe_ms: float
    difference: str
    sql: str

    @property
    def ratio(self) -> float:
        """How many times the hand-written SQL's time ours takes."""
        return self.ours_ms / self.hand_ms

    @property
    def beyond_ms(self) -> float:
        """What gate and hardening add to the plain run, less 3% of it."""
        return self.safe_ms - 1.03 * self.plain_ms


def time_case(
    case: BenchCase, catalog: Catalog, today: dt.date, engine: Engine, gate: Gate, plain: Plain, *, compiles: int = 25, runs: int = 15
) -> Timing:
    """Times one question. What runs is the text that comes out of the gate, as for any user; no result is taken from the cache."""
    compiled = compile_query(case.query, catalog, today)
    text = gate.admit(compiled.tree).sql

    def run(sql: str) -> Result:
        return engine.run(sql, cache=False)

    expected, got = run(case.sql), run(text)
    rows = case.aligned([c.name for c in got.columns], got.rows)
    hand, ours = alternated_ms(lambda: run(case.sql), lambda: run(text), runs)
    bare, safe = alternated_ms(lambda: plain.rows(compiled.tree.sql(engine.dialect)), lambda: run(gate.admit(compiled.tree).sql).rows, runs)
    return Timing(
        name=case.name,
        compile_ms=cpu_ms(lambda: compile_query(case.query, catalog, today).sql(engine.dialect, pretty=False), compiles),
        guard_ms=cpu_ms(lambda: gate.admit(compiled.tree), compiles),
        ours_ms=ours,
        hand_ms=hand,
        plain_ms=bare,
        safe_ms=safe,
        difference=difference(expected.rows, rows, case.empty_is_zero),
        sql=text,
    )
