"""`wenshu eval`: grades the answers to a suite and prints the table."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eval.gold import disagreements
from eval.report import gate as check_gate
from eval.report import report_text
from eval.run import evaluate
from eval.runs import as_run, changes_text, compare, load_run
from eval.suite import is_test_suite, load_suite
from eval.systems import AnswersFile, Command, OwnAsk, System
from eval.table import Table
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop, open_shop

RUNS = Path("runs")


def run_verb(
    suite: Path,
    shop_name: str,
    answers: Path | None,
    command: str | None,
    gate: str | None,
    before: Path | None,
    check_gold: bool,
    show_failures: bool,
    echo: Callable[[str], None],
) -> int:
    """Grades one suite; the exit code is 1 when a gate is missed or gold answers disagree."""
    shop = open_shop(shop_name)
    run_sql, run_query = runners(shop)
    if check_gold:
        found = disagreements(load_suite(suite), run_sql, run_query)
        echo("\n".join(f"{d.id}: {d.reason}" for d in found) or "Every gold query agrees with its gold SQL.")
        return int(bool(found))
    summary = evaluate(suite, _system(shop, answers, command), run_sql, run_query, results=RUNS)
    echo(report_text(summary, show_failures=show_failures or None))
    if before is not None:
        changes = compare(load_run(before), as_run(summary))
        echo(changes_text(changes, is_test=is_test_suite(suite), show_failures=show_failures or None))
    missed = check_gate(summary, gate) if gate else []
    for line in missed:
        echo(line)
    return int(bool(missed))


def runners(shop: Shop) -> tuple[Callable[[str], Table], Callable[[SemanticQuery], Table]]:
    """How gold SQL and gold queries are run on a shop: without a row limit that an answer has."""

    def run_sql(sql: str) -> Table:
        result = shop.engine.run(sql)
        return Table([c.name for c in result.columns], result.rows)

    def run_query(query: SemanticQuery) -> Table:
        result = shop.run(shop.compile(query))
        return Table([c.name for c in result.columns], result.rows)

    return run_sql, run_query


def _system(shop: Shop, answers: Path | None, command: str | None) -> System:
    if answers is not None:
        return AnswersFile(answers)
    if command is not None:
        return Command(shlex.split(command))
    from assistant.ask import Assistant
    from assistant.channels.batch import answers as ask_all

    assistant = Assistant(shop)

    def ask(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return ask_all(assistant, cases)

    return OwnAsk(ask)
