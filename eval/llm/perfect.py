"""`python -m eval.llm.perfect SUITE --shop S`: what the way from proposal to answer lets through, shown by a model that is always right.

A scripted server proposes the gold query of each question. What the grammar leaves unanswered has to become right, or is named:
because no semantic query says it, or because the query was not taken. With `--wrong` each proposal is spoilt in one place, to see
how many of these are run.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from assistant.ask import Assistant
from assistant.channels.batch import answers as ask_all
from assistant.llm.private import masked
from assistant.llm.second import SecondReader
from eval.gold import gold_tables
from eval.llm.scripted import Reply, served
from eval.run import graded
from eval.suite import Case, is_test_suite, load_suite
from eval.summary import Outcome
from eval.systems import OwnAsk
from eval.verb import runners, shop_of
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import open_shop
from semantic_layer.shops.settings import ModelSettings

_UNKNOWN = re.compile(r"\n(?:Words not understood|没看懂的词)\n(?P<words>\[.*\])\n")


def main() -> None:
    """Prints the counts; of a test suite the ids only of what no query says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", type=Path)
    parser.add_argument("--shop")
    parser.add_argument("--proposals", choices=("checked", "run"), default="run")
    parser.add_argument("--wrong", action="store_true", help="Propose queries that are spoilt in one place.")
    given = parser.parse_args()
    for line in report(given.suite, given.shop or shop_of(given.suite) or "", given.proposals, given.wrong):
        print(line)


def report(suite: Path, shop_name: str, proposals: str, wrong: bool) -> Iterator[str]:
    """The lines of the report."""
    shop = open_shop(shop_name)
    cases = [c for c in load_suite(suite) if not c.analysis and not c.conversation]
    gold = gold_tables(cases, *runners(shop))
    assistant = Assistant(shop)
    alone = graded(cases, OwnAsk(lambda questions: ask_all(assistant, questions)), gold)
    with served(_script(cases, wrong)) as server:
        told = {"name": "openai:perfect", "base_url": server.url, "proposals": proposals, "seconds": 60, "cache_seconds": 0}
        assistant.model = SecondReader(shop, lambda: ModelSettings.model_validate(told))
        assistant.around = (assistant.model,)
        both = graded(cases, OwnAsk(lambda questions: ask_all(assistant, questions)), gold)
    yield f"{suite.stem}: {len(cases)} questions, proposals {proposals}{', spoilt' if wrong else ''}"
    yield f"  alone:          {_counts(alone)}"
    yield f"  with the model: {_counts(both)}"
    yield from _left(alone, both, named=not is_test_suite(suite))


def _left(alone: Iterable[Outcome], both: Iterable[Outcome], named: bool) -> Iterator[str]:
    """What became of the questions that want an answer and that the grammar did not answer."""
    became: dict[str, list[str]] = {}
    for before, after in zip(alone, both, strict=True):
        case = before.case
        if case.expect != "answer" or before.grade.verdict not in ("asked", "refused"):
            continue
        why = "no query says it" if case.gold_query is None else after.grade.verdict
        became.setdefault("right" if after.grade.verdict == "right" else why, []).append(case.id)
    for what, ids in sorted(became.items()):
        tell = what == "no query says it" or (named and what != "right")
        yield f"  unanswered by the grammar, then {what}: {len(ids)}" + (f" ({', '.join(ids)})" if tell else "")


def _counts(outcomes: Iterable[Outcome]) -> str:
    counted = Counter(o.grade.verdict for o in outcomes)
    return ", ".join(f"{n} {verdict}" for verdict, n in sorted(counted.items()))


def _script(cases: Iterable[Case], wrong: bool) -> Any:
    """Says the gold query of the question that is asked, and takes every unknown word for something in it."""
    gold = {masked(c.question).text: c.gold_query for c in cases}

    def say(body: Mapping[str, Any], _: int) -> Reply:
        question = next((m["content"] for m in body["messages"] if m["role"] == "user"), "")
        query = gold.get(question)
        if query is None:
            return Reply({"kind": "cannot"})
        proposed = spoilt(query) if wrong else query
        found = _UNKNOWN.search(body["messages"][0]["content"] + "\n")
        words = json.loads(found["words"]) if found else []
        name = next((m.metric for m in query.metrics if m.metric), "")
        return Reply({"kind": "query", "query": proposed.to_dict(), "words": [{"text": w, "means": name} for w in words]})

    return say


def spoilt(query: SemanticQuery) -> SemanticQuery:
    """The query with one thing left out or changed: a condition, the period, the order, the limit, a group; a bare metric stays as it is."""
    changes: tuple[dict[str, Any], ...] = (
        {"where": query.where[1:]} if query.where else {},
        {"time": None} if query.time and not query.compare else {},
        {"order_by": tuple(o.model_copy(update={"desc": not o.desc}) for o in query.order_by)} if query.order_by and query.limit else {},
        {"compare": None, "having": (), "order_by": ()} if query.compare else {},
        {"share": None, "having": (), "order_by": ()} if query.share else {},
    )
    for change in filter(None, changes):
        try:
            return SemanticQuery.model_validate(query.model_copy(update=change).to_dict())
        except ValueError:
            continue
    return query


if __name__ == "__main__":
    main()
