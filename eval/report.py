"""A run as text, and against a gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from eval.grade import VERDICTS
from eval.stats import Rate
from eval.summary import Summary, Tally
from semantic_layer.errors import UsageError, did_you_mean

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
    parts = [_headline(summary), _table(summary), _reliability(summary)]
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
    if summary.conversations.total:
        lines.append(f"conversations right to the end       {summary.conversations}")
    half, most = summary.latency(0.5), summary.latency(0.95)
    if half is not None and most is not None:
        lines.append(f"latency                              p50 {half:.0f} ms, p95 {most:.0f} ms")
    return "\n".join(lines)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text as a table: the first and the last column stand left, those between right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(_aligned(row, widths) for row in rows)


def _table(summary: Summary) -> str:
    rows = [_row(name, part) for group in (summary.by_class, summary.by_lang) for name, part in group.items()]
    return aligned([["", "cases", *VERDICTS, "as expected"], *rows, _row("all", summary.overall)])


def _reliability(summary: Summary) -> str:
    found = summary.calibration
    if found.error is None:
        return ""
    rows = [[f"{b.low:.1f} to {b.high:.1f}", str(b.right.total), f"{b.confidence:.2f}", str(b.right)] for b in found.bins]
    head = f"Confidence of the {found.cases} answered cases: expected calibration error {found.error:.3f}"
    return f"{head}\n{aligned([['confidence', 'cases', 'mean', 'right'], *rows])}"


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
