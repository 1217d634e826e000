"""`wenshu eval`: grades the answers to a suite and prints the report."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.gold import disagreements
from eval.html import write_html
from eval.paraphrases import robustness, robustness_text
from eval.report import gate as check_gate
from eval.report import report_text
from eval.run import evaluate
from eval.runs import as_run, changes_text, compare, load_run
from eval.suite import is_test_suite, load_suite
from eval.systems import AnswersFile, Command, OwnAsk, System
from eval.table import Table
from eval.typo_check import check_typos, typos_text
from semantic_layer.errors import UsageError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop, open_shop, packaged_shops

RUNS = Path("runs")


@dataclass(frozen=True)
class Request:
    """What is to be graded, how, and what is to be told of it."""

    suite: Path
    shop: str
    answers: Path | None = None
    command: str | None = None
    gate: str | None = None
    before: Path | None = None
    check_gold: bool = False
    show_failures: bool = False
    paraphrases: bool = False
    typos: int | None = None
    html: Path | None = None
    lang: str = "en"


def shop_of(suite: Path) -> str | None:
    """The packaged shop that a suite is named after: its name begins with that of the shop."""
    first = suite.name.partition("-")[0]
    return first if first in packaged_shops() else None


def run_verb(request: Request, echo: Callable[[str], None]) -> int:
    """Grades one suite; the exit code is 1 when a gate is missed or gold answers disagree."""
    _check(request)
    shop = open_shop(request.shop)
    if request.check_gold:
        return _check_gold(request, shop, echo)
    system = _system(shop, request.answers, request.command)
    if request.typos is not None:
        check = check_typos(request.suite, request.typos, system, *runners(shop))
        echo(typos_text(check, show_failures=request.show_failures or None))
        return 0
    return _grade(request, shop, system, echo)


def runners(shop: Shop) -> tuple[Callable[[str], Table], Callable[[SemanticQuery], Table]]:
    """How gold SQL and gold queries are run on a shop: without a row limit that an answer has."""

    def run_sql(sql: str) -> Table:
        result = shop.engine.run(sql)
        return Table([c.name for c in result.columns], result.rows)

    def run_query(query: SemanticQuery) -> Table:
        result = shop.run(shop.compile(query))
        return Table([c.name for c in result.columns], result.rows)

    return run_sql, run_query


def _check(request: Request) -> None:
    """Raises UsageError where options do not go together."""
    alone = (request.answers, request.gate, request.before, request.html, request.paraphrases or None)
    if request.typos is not None and any(option is not None for option in alone):
        raise UsageError(
            "--typos asks questions of its own; leave out --answers, --gate, --compare, --html and --paraphrases.",
            "--typos 会另行提问；请去掉 --answers、--gate、--compare、--html 和 --paraphrases。",
        )


def _check_gold(request: Request, shop: Shop, echo: Callable[[str], None]) -> int:
    found = disagreements(load_suite(request.suite), *runners(shop))
    echo("\n".join(f"{d.id}: {d.reason}" for d in found) or "Every gold query agrees with its gold SQL.")
    return int(bool(found))


def _grade(request: Request, shop: Shop, system: System, echo: Callable[[str], None]) -> int:
    shown = request.show_failures or None
    summary = evaluate(request.suite, system, *runners(shop), results=RUNS)
    echo(report_text(summary, show_failures=shown))
    wordings = robustness(summary) if request.paraphrases else None
    if wordings is not None:
        echo(f"\n{robustness_text(wordings)}")
    if request.before is not None:
        changes = compare(load_run(request.before), as_run(summary))
        echo(changes_text(changes, is_test=is_test_suite(request.suite), show_failures=shown))
    if request.html is not None:
        write_html(summary, request.html, request.lang, wordings, show_failures=shown)
    missed = check_gate(summary, request.gate) if request.gate else []
    for line in missed:
        echo(line)
    return int(bool(missed))


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
