"""The whole bench in one process, in the order of the report."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eval.bench.asking import AskTimes, time_questions
from eval.bench.cases import BenchCase, load_cases, with_bench_metrics
from eval.bench.clock import alternated_ms, calibration_ms, command_ms
from eval.bench.compiling import Timing, time_case
from eval.bench.peer import PeerMissing, PeerReport, ask_peer
from eval.bench.plain import Plain
from eval.bench.reading import LargeIndex, measure
from eval.bench.report import Report
from semantic_layer.engines import DuckDBEngine, Engine, Limits
from semantic_layer.shops import Shop

THREADS = 2


@dataclass(frozen=True)
class Plan:
    """What is measured. `ask` answers a question, `commands` are started as they stand; without them neither is timed.

    `values`: how many an index holds with which questions are read; 0 leaves that out.
    """

    compiles: int = 25
    runs: int = 15
    only: tuple[str, ...] = ()
    peer: bool = True
    ask: Callable[[str], object] | None = None
    commands: Mapping[str, Sequence[str]] | None = None
    values: int = 0


def run(shop: Shop, plan: Plan, say: Callable[[str], None] = lambda _: None) -> Report:
    """Measures everything the plan names on one engine with two threads; `say` hears what is going on."""
    say("calibrating")
    report_notes: list[str] = []
    engine = DuckDBEngine(shop.database, Limits(threads=THREADS))
    plain = Plain(shop.database, THREADS)
    try:
        calibration = calibration_ms()
        floor, _ = alternated_ms(lambda: engine.run("SELECT 1", cache=False), lambda: engine.run("SELECT 1", cache=False), 25)
        cases = [c for c in load_cases() if not plan.only or c.name.startswith(plan.only)]
        timings = _timings(shop, plan, engine, plain, cases, say)
        peer = _peer(shop, plan, engine, cases, say, report_notes)
    finally:
        plain.close()
        engine.close()
    ask = _ask(plan, say, report_notes)
    commands = _commands(plan, say, report_notes)
    large = _large(shop, plan, say, report_notes)
    return Report(calibration, floor, timings, ask, commands, peer, peak_mb(), report_notes, large)


def peak_mb() -> float:
    """The most memory this process has held; subprocesses not counted."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024) if sys.platform == "darwin" else peak / 1024


def _timings(shop: Shop, plan: Plan, engine: Engine, plain: Plain, cases: list[BenchCase], say: Callable[[str], None]) -> list[Timing]:
    catalog = with_bench_metrics(shop.catalog)
    gate, timings = shop.whole.gate, []
    for case in cases:
        say(case.name)
        timings.append(time_case(case, catalog, shop.today, engine, gate, plain, compiles=plan.compiles, runs=plan.runs))
    return timings


def _peer(
    shop: Shop, plan: Plan, engine: Engine, cases: list[BenchCase], say: Callable[[str], None], notes: list[str]
) -> PeerReport | None:
    if not plan.peer or not any(c.is_probe for c in cases):
        return None
    say("the peer, installed when first asked")
    try:
        return ask_peer(cases, engine, shop.database, compiles=plan.compiles, runs=plan.runs)
    except PeerMissing as missing:
        notes.append(f"The peer was skipped: {missing}")
        return None


def _ask(plan: Plan, say: Callable[[str], None], notes: list[str]) -> AskTimes | None:
    if plan.ask is None:
        notes.append("Question to answer was not timed: no pipeline was given.")
        return None
    say("questions")
    return time_questions(plan.ask)


def _large(shop: Shop, plan: Plan, say: Callable[[str], None], notes: list[str]) -> LargeIndex | None:
    if not plan.values:
        return None
    say(f"an index of {plan.values:,} values")
    try:
        return measure(shop.name, plan.values)
    except subprocess.CalledProcessError as error:
        notes.append(f"Reading with a large index was not timed: {error}")
        return None


def _commands(plan: Plan, say: Callable[[str], None], notes: list[str]) -> dict[str, list[float]]:
    timed: dict[str, list[float]] = {}
    for name, words in (plan.commands or {}).items():
        say(name)
        try:
            timed[name] = command_ms(words)
        except (OSError, subprocess.CalledProcessError) as error:
            notes.append(f"`{name}` was not timed: {error}")
    return timed
