"""What a run came to: counts and rates over all cases, by class and by language, as text and against a gate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eval.grade import VERDICTS, Grade, Verdict
from eval.stats import Rate, percentile
from eval.suite import Case
from semantic_layer.errors import UsageError, did_you_mean


@dataclass(frozen=True)
class Outcome:
    """A case with its grade and the milliseconds its answer took, where the answer tells."""

    case: Case
    grade: Grade
    ms: float | None = None


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


def answer_ms(answer: Mapping[str, Any] | None) -> float | None:
    """The milliseconds an answer says it took in all."""
    timings = (answer or {}).get("timings_ms")
    total = timings.get("total") if isinstance(timings, dict) else None
    return float(total) if isinstance(total, (int, float)) else None


_BOUNDS: dict[str, Callable[[Tally], Rate]] = {
    "right": lambda t: t.right,
    "wrong": lambda t: t.wrong,
    "refused": lambda t: t.refused,
    "error": lambda t: t.error,
}
_UPPER = {"wrong", "error"}


def gate(summary: Summary, bounds: str) -> list[str]:
    """What of `right=.92,wrong=.02,refused=.90` the run misses: right and refused from below, wrong and error above."""
    missed = (_missed(name, _BOUNDS[name](summary.overall), bound) for name, bound in _parse_bounds(bounds))
    return [line for line in missed if line]


def _parse_bounds(bounds: str) -> Iterator[tuple[str, float]]:
    for item in bounds.split(","):
        name, _, text = (part.strip() for part in item.partition("="))
        if name not in _BOUNDS:
            raise UsageError(
                f"The gate has no bound {name!r}; write {', '.join(_BOUNDS)}.{did_you_mean(name, _BOUNDS)}",
                f"门槛没有 {name!r} 这一项；可用：{'、'.join(_BOUNDS)}。{did_you_mean(name, _BOUNDS, 'zh')}",
            )
        yield name, _bound(name, text)


def _bound(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageError(
            f"The bound of {name} in the gate is {text!r}; write a share from 0 to 1, such as {name}=.9.",
            f"门槛中 {name} 的值是 {text!r}；请写 0 到 1 之间的比例，例如 {name}=.9。",
        )
    return value


def _missed(name: str, rate: Rate, bound: float) -> str | None:
    if rate.value is None:
        return f"{name}: no case to judge it by"
    if name in _UPPER:
        return f"{name} {rate.value:.2%} is above {bound:.2%}" if rate.value > bound else None
    return f"{name} {rate.value:.2%} is below {bound:.2%}" if rate.value < bound else None


def report_text(summary: Summary, *, show_failures: bool | None = None) -> str:
    """The report as text. A test suite shows counts only, unless `show_failures` asks for its questions."""
    shown = not summary.is_test if show_failures is None else show_failures
    parts = [_headline(summary), _table(summary)]
    if shown:
        parts.append(_failures(summary))
    if shown and summary.is_test:
        parts.append("This test set has been looked at: it is retired into dev, and no longer measures.")
    return "\n\n".join(part for part in parts if part)


def _headline(summary: Summary) -> str:
    total = summary.overall
    lines = [
        f"{summary.suite} ({summary.suite_hash}), run {summary.run}",
        f"right, of answerable                 {total.right}",
        f"silently wrong, of all               {total.wrong}",
        f"refused or asked, of those to        {total.refused}",
        f"errors, of all                       {total.error}",
    ]
    half, most = summary.latency(0.5), summary.latency(0.95)
    if half is not None and most is not None:
        lines.append(f"latency                              p50 {half:.0f} ms, p95 {most:.0f} ms")
    return "\n".join(lines)


def _table(summary: Summary) -> str:
    heads = ["", "cases", *VERDICTS, "as expected"]
    rows = [_row(name, part) for group in (summary.by_class, summary.by_lang) for name, part in group.items()]
    rows.append(_row("all", summary.overall))
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    return "\n".join(_aligned(row, widths) for row in (heads, *rows))


def _row(name: str, part: Tally) -> list[str]:
    return [name, str(part.expected.total), *(str(part.counts[v]) for v in VERDICTS), str(part.expected)]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    name, *numbers, last = row
    middle = [number.rjust(width) for number, width in zip(numbers, widths[1:-1], strict=True)]
    return "  ".join([name.ljust(widths[0]), *middle, last]).rstrip()


def _failures(summary: Summary) -> str:
    missed = [outcome for outcome in summary.outcomes if not outcome.grade.expected]
    return "\n".join(
        f"{o.case.id} [{o.case.class_}] {o.grade.verdict}: {o.case.question}"
        + (f"  ({o.grade.reason})" if o.grade.reason else "")
        for o in missed
    )
