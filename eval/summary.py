"""What a run came to: counts and rates over all cases, by class and by language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from eval.calibration import Calibration, Judged, calibration
from eval.grade import VERDICTS, Grade, Verdict
from eval.stats import Rate, percentile
from eval.suite import Case
from eval.table import Table
from semantic_layer.query import SemanticQuery

ANSWERED: tuple[Verdict, ...] = ("right", "wrong")


@dataclass(frozen=True)
class Outcome:
    """A case with its grade, its answer and its gold table, where there are any."""

    case: Case
    grade: Grade
    answer: Mapping[str, Any] | None = None
    gold: Table | None = None

    @property
    def ms(self) -> float | None:
        """The milliseconds the answer says it took in all."""
        timings = (self.answer or {}).get("timings_ms")
        return _number(timings.get("total")) if isinstance(timings, dict) else None

    @property
    def confidence(self) -> float | None:
        """How sure the answer says it is, 0 to 1."""
        stated = _number((self.answer or {}).get("confidence"))
        return stated if stated is not None and 0 <= stated <= 1 else None

    @property
    def query(self) -> SemanticQuery | None:
        """The semantic query that was answered."""
        if self.grade.verdict not in ANSWERED or not (self.answer or {}).get("query"):
            return None
        try:
            return SemanticQuery.model_validate((self.answer or {})["query"])
        except ValidationError:
            return None


@dataclass(frozen=True)
class Tally:
    """The counts of some outcomes, and the rates that follow.

    `right` is of the cases that expect an answer, `wrong` (silently wrong) and `error` of all, `refused`
    (refused or asked back) of the cases that expect either, `expected` of all.
    """

    counts: Mapping[Verdict, int]
    right: Rate
    wrong: Rate
    refused: Rate
    error: Rate
    expected: Rate


@dataclass(frozen=True)
class Summary:
    """A graded run of a suite."""

    run: str
    at: str
    suite: str
    suite_hash: str
    is_test: bool
    outcomes: tuple[Outcome, ...]

    @cached_property
    def overall(self) -> Tally:
        """The tally of all cases."""
        return tally(self.outcomes)

    @cached_property
    def by_class(self) -> dict[str, Tally]:
        """A tally for each class of question."""
        return self._by(lambda outcome: outcome.case.class_)

    @cached_property
    def by_lang(self) -> dict[str, Tally]:
        """A tally for each language."""
        return self._by(lambda outcome: outcome.case.lang)

    @cached_property
    def conversations(self) -> Rate:
        """How many conversations are as expected to the end: in each of their turns."""
        held: dict[str, bool] = {}
        for outcome in self.outcomes:
            name = outcome.case.conversation
            if name:
                held[name] = held.get(name, True) and outcome.grade.expected
        return Rate(sum(held.values()), len(held))

    @cached_property
    def calibration(self) -> Calibration:
        """How far the confidence of the answered cases can be trusted."""
        answered = [o for o in self.outcomes if o.grade.verdict in ANSWERED]
        return calibration([Judged(o.confidence, o.grade.verdict == "right") for o in answered if o.confidence is not None])

    def latency(self, part: float) -> float | None:
        """The milliseconds within which this part of the answers came; None where no answer tells."""
        return percentile([outcome.ms for outcome in self.outcomes if outcome.ms is not None], part)

    def _by(self, key: Callable[[Outcome], str]) -> dict[str, Tally]:
        names = sorted({key(outcome) for outcome in self.outcomes})
        return {name: tally([o for o in self.outcomes if key(o) == name]) for name in names}


def tally(outcomes: Sequence[Outcome]) -> Tally:
    """The counts and rates of these outcomes."""
    counts = Counter(outcome.grade.verdict for outcome in outcomes)
    answerable = sum(outcome.case.expect == "answer" for outcome in outcomes)
    held_back = [o.grade.expected for o in outcomes if o.case.expect != "answer"]
    return Tally(
        counts={verdict: counts[verdict] for verdict in VERDICTS},
        right=Rate(counts["right"], answerable),
        wrong=Rate(counts["wrong"], len(outcomes)),
        refused=Rate(sum(held_back), len(held_back)),
        error=Rate(counts["error"], len(outcomes)),
        expected=Rate(sum(outcome.grade.expected for outcome in outcomes), len(outcomes)),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
