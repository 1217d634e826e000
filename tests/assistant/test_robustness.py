"""Other wordings, follow-up questions and typing errors: the reader keeps what it has reached."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.ask import Assistant
from assistant.channels.batch import answers
from eval.gold import disagreements
from eval.paraphrases import robustness
from eval.report import gate
from eval.run import evaluate
from eval.stats import Rate
from eval.suite import load_suite
from eval.summary import Summary
from eval.systems import OwnAsk
from eval.typo_check import check_typos
from eval.verb import runners
from semantic_layer.shops import Shop
from tests.conftest import unless_full

SUITES = Path(__file__).parents[2] / "eval" / "suites"

# Floors and ceilings a little below and above what was reached; they only ever move one way.
PARAPHRASES = {
    "paraphrases-dev": {"right": 0.70, "wrong": 0.10, "same": 0.70, "whole": 0.16},
    "paraphrases-test": {"right": 0.50, "wrong": 0.10, "same": 0.50, "whole": 0.05},
}
CONVERSATIONS = {
    "conversations-dev": "right=.92,wrong=.01",
    "conversations-dev2": "right=.87,wrong=.02",
    "conversations-dev3": "right=.95,wrong=.01",
    "conversations-test": "right=.75,wrong=.09",
}
MISTYPED = {"completejourney-dev-zh": {"right": 0.88, "wrong": 0.02}, "completejourney-dev-en": {"right": 0.91, "wrong": 0.02}}
SEED = 1
OLDER = ("conversations-dev", "conversations-dev2")


@pytest.fixture(scope="module")
def system(shop: Shop) -> OwnAsk:
    """The assistant over the packaged shop."""
    assistant = Assistant(shop)

    def ask(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return answers(assistant, cases)

    return OwnAsk(ask)


def graded(name: str, system: OwnAsk, shop: Shop) -> Summary:
    return evaluate(SUITES / f"{name}.jsonl", system, *runners(shop))


def share(rate: Rate) -> float:
    return rate.hits / rate.total


def test_every_suite_has_a_floor() -> None:
    assert {p.stem for kind in ("paraphrases", "conversations") for p in SUITES.glob(f"{kind}-*.jsonl")} == {*PARAPHRASES, *CONVERSATIONS}


@pytest.mark.parametrize("name", [*PARAPHRASES, *(n for n in CONVERSATIONS if n not in OLDER), *unless_full(*OLDER)])
def test_gold_queries_agree_with_gold_sql(shop: Shop, name: str) -> None:
    assert not [d.id for d in disagreements(load_suite(SUITES / f"{name}.jsonl"), *runners(shop))]


@pytest.mark.parametrize("name", ["paraphrases-dev", *unless_full("paraphrases-test")])
def test_wordings_are_understood_alike(system: OwnAsk, shop: Shop, name: str) -> None:
    bounds, summary = PARAPHRASES[name], graded(name, system, shop)
    found = robustness(summary)
    assert share(found.overall.right) >= bounds["right"] and share(summary.overall.wrong) <= bounds["wrong"]
    assert share(found.overall.same) >= bounds["same"] and share(found.whole) >= bounds["whole"]


@pytest.mark.parametrize("name", [*(n for n in CONVERSATIONS if n not in OLDER), *unless_full(*OLDER)])
def test_turns_keep_their_level(system: OwnAsk, shop: Shop, name: str) -> None:
    summary = graded(name, system, shop)
    assert summary.conversations.total == len({c.conversation for c in load_suite(SUITES / f"{name}.jsonl")})
    assert not gate(summary, CONVERSATIONS[name])


@pytest.mark.parametrize("name", ["completejourney-dev-zh", *unless_full("completejourney-dev-en")])
def test_typing_errors_are_rather_refused_than_misread(system: OwnAsk, shop: Shop, name: str) -> None:
    check = check_typos(SUITES / f"{name}.jsonl", SEED, system, *runners(shop))
    assert len(check.pairs) == 100
    assert share(check.mistyped("right")) >= MISTYPED[name]["right"]
    assert share(check.mistyped("wrong")) <= MISTYPED[name]["wrong"]
