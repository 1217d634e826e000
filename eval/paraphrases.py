"""Whether all wordings of one intent are understood alike. The class of a case names its intent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eval.report import aligned
from eval.stats import Rate
from eval.summary import Outcome, Summary
from semantic_layer.errors import UsageError
from semantic_layer.query import SemanticQuery


@dataclass(frozen=True)
class Wordings:
    """The wordings of some intents: how many are right by their result, and how many became the query of their intent."""

    right: Rate
    same: Rate


@dataclass(frozen=True)
class Robustness:
    """How alike the wordings of each intent are understood.

    The query of an intent is the one most of its right answers have, in whatever language, and its gold query where none is right.
    `by_intent` is keyed by intent and language. `whole` counts the intents that are right in every wording.
    """

    by_intent: dict[tuple[str, str], Wordings]
    by_lang: dict[str, Wordings]
    overall: Wordings
    whole: Rate


def robustness(summary: Summary) -> Robustness:
    """The robustness of a run. Raises UsageError at a suite whose cases do not each expect an answer."""
    for outcome in summary.outcomes:
        if outcome.case.expect != "answer":
            raise UsageError(
                f"Case {outcome.case.id} expects {outcome.case.expect}; wordings of one intent all expect an answer.",
                f"问题 {outcome.case.id} 预期 {outcome.case.expect}；同一意图的各种说法都应预期有回答。",
            )
    groups = dict(_groups(summary.outcomes))
    queries = {intent: _query(of_intent) for intent, of_intent in groups.items()}
    langs = sorted({o.case.lang for o in summary.outcomes})

    def of(outcomes: Sequence[Outcome]) -> Wordings:
        same = [o.query is not None and o.query == queries[o.case.class_] for o in outcomes]
        return Wordings(Rate(sum(_is_right(o) for o in outcomes), len(outcomes)), Rate(sum(same), len(same)))

    split = {(i, lang): [o for o in group if o.case.lang == lang] for i, group in groups.items() for lang in langs}
    return Robustness(
        by_intent={key: of(outcomes) for key, outcomes in split.items() if outcomes},
        by_lang={lang: of([o for o in summary.outcomes if o.case.lang == lang]) for lang in langs},
        overall=of(summary.outcomes),
        whole=Rate(sum(all(map(_is_right, group)) for group in groups.values()), len(groups)),
    )


def robustness_text(found: Robustness) -> str:
    """The figures as text, a line for each intent and language; no question is shown."""
    overall = found.overall
    head = [
        f"wordings right by their result       {overall.right}",
        f"wordings with the intent's query     {overall.same}",
        f"intents right in every wording       {found.whole}",
    ]
    parts = [*((f"{intent} {lang}", part) for (intent, lang), part in found.by_intent.items()), *found.by_lang.items(), ("all", overall)]
    rows = [[name, str(p.right.total), _share(p.right), _share(p.same)] for name, p in parts]
    return "\n".join(head) + "\n\n" + aligned([["intent", "wordings", "right", "same query"], *rows])


def _groups(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, list[Outcome]]]:
    for intent in dict.fromkeys(o.case.class_ for o in outcomes):
        yield intent, [o for o in outcomes if o.case.class_ == intent]


def _query(outcomes: Sequence[Outcome]) -> SemanticQuery | None:
    """What an intent means as a query; among equally frequent ones the gold query, else the first."""
    gold = next((o.case.gold_query for o in outcomes if o.case.gold_query is not None), None)
    counts = Counter(o.query for o in outcomes if _is_right(o) and o.query is not None)
    return max(counts, key=lambda query: (counts[query], query == gold), default=gold)


def _is_right(outcome: Outcome) -> bool:
    return outcome.grade.verdict == "right"


def _share(rate: Rate) -> str:
    return f"{rate.hits / rate.total:.0%}"
