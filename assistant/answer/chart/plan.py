"""Which chart shows an answer, by its shape alone: how many keys it has, of which kind, and what is measured.

| keys | drawn as |
| --- | --- |
| none, beside an earlier period | two bars |
| none, with metrics that follow each other | a funnel |
| none, with a trend of its own | a small line of that |
| a period that moves forward | lines; the earlier period, or each metric of the same kind, as a line of its own |
| a part of the calendar that comes again | columns in its order |
| provinces | a map of tiles |
| anything else | bars in the order of the rows; two metrics of entities as points |
| a period and something else | a line for each of the few largest |
| two parts of the calendar, or two periods | a heat map |
| members within groups, as of a ranking in each | bars in the order of the rows, coloured by group |
| two others | bars, stacked where the metric adds up; with many of both a heat map |
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from assistant.answer.beside import seen
from assistant.answer.cells import KEYS
from assistant.answer.chart.partial import partial_rows
from assistant.answer.chart.provinces import tile_of
from assistant.answer.model import Answer, AnswerColumn
from semantic_layer.query import FORWARD_GRAINS

Form = Literal["line", "area", "bar", "column", "stacked", "grouped", "pie", "heat", "scatter", "spark", "map", "funnel"]
FORMS: tuple[Form, ...] = get_args(Form)
TABLE = "table"  # asked for in the place of a form

MOST_BARS = 20
MOST_LINES = 7
MOST_SERIES = 6  # of stacked and grouped bars
MOST_SLICES = 8
MOST_CELLS = 40  # of one side of a heat map
FEWEST_TILES = 6
MOST_STEPS = 8
FEWEST_POINTS = 8
MOST_POINTS = 1000
MOST_PANELS = 4
MOST_PAIRS = 40  # of bars that are named by two keys
_SPARSE = 0.4
_MOST_OTHERS = 1.5  # times the largest member
CALENDAR = ("hour_of_day", "day_of_week", "day_of_month", "month_of_year", "quarter_of_year")

Row = Sequence[Any]


@dataclass(frozen=True)
class Plan:
    """A chart of an answer: its form, the columns along its axes (`series` tells lines and colours apart), and the rows drawn.

    `values` are the columns measured, one above the other where their formats differ. `rest` is how many members were put
    together as others (`folded`) or left out. `partial` are the places of rows whose period the data do not cover whole.
    """

    form: Form
    values: tuple[int, ...]
    rows: tuple[tuple[Any, ...], ...]
    key: int | None = None
    series: int | None = None
    rest: int = 0
    folded: bool = False
    partial: frozenset[int] = frozenset()


OTHERS = object()
"""Stands in the place of the members that were put together."""


def plan_of(answer: Answer, form: Form | None = None) -> Plan | None:
    """The chart of an answer, in the `form` asked for where it can be drawn so; None where a table says it better."""
    for plan in _plans(answer):
        if form is None or plan.form == form:
            return plan
    return None


def forms_of(answer: Answer) -> tuple[Form, ...]:
    """The forms in which an answer can be drawn, the one that shows it best first."""
    return tuple(dict.fromkeys(plan.form for plan in _plans(answer)))


def _plans(answer: Answer) -> list[Plan]:
    keys = [i for i, c in enumerate(answer.columns) if c.role in KEYS]
    rows = tuple(tuple(row) for row in answer.rows)
    values = _measured(answer.columns)
    is_list = answer.query is not None and bool(answer.query.get("records"))
    if answer.status != "answered" or is_list or not rows or not values:
        return []
    if not keys:
        return [*_funnel(answer.columns, rows), *_single(answer.columns, rows, values), *_spark(answer)]
    if len(rows) < 2 or len(keys) > 2:
        return []
    if len(keys) == 1:
        some = bool(answer.query and answer.query.get("limit"))
        return _by_one(answer.columns, rows, keys[0], values, partial_rows(answer, rows, keys[0]), some)
    within = (answer.query or {}).get("limit_per") or ()
    outer, inner = (keys[1], keys[0]) if answer.columns[keys[1]].name in within and answer.columns[keys[0]].name not in within else keys
    plans = [_with_partial(answer, plan) for plan in _by_two(answer.columns, rows, keys[0], keys[1], values[0])]
    if not (within or _sparse(rows, *keys)) or any(c.role == "time" for c in (answer.columns[k] for k in keys)):
        return plans
    # Each member belongs to one group: rows of their own, not parts of a whole.
    return [Plan("bar", values[:1], rows[:MOST_PAIRS], inner, outer, rest=max(0, len(rows) - MOST_PAIRS)), *plans]


def _with_partial(answer: Answer, plan: Plan) -> Plan:
    return replace(plan, partial=partial_rows(answer, plan.rows, plan.key)) if plan.form == "line" and plan.key is not None else plan


def _measured(columns: Sequence[AnswerColumn]) -> tuple[int, ...]:
    """The columns that are drawn: shares and running totals in the place of what they were made of, else the metrics."""
    numbers = [i for i, c in enumerate(columns) if c.role not in KEYS and c.type in ("integer", "number")]
    for role in ("running", "share", "metric"):
        if found := tuple(i for i in numbers if columns[i].role == role):
            return found[:MOST_PANELS]
    return ()


def _earlier(columns: Sequence[AnswerColumn], value: int) -> int | None:
    """The column of the period that a metric is compared with."""
    follows = (i for i in range(value + 1, len(columns)) if columns[i].role in ("previous", "metric"))
    after = next(follows, None)
    return after if after is not None and columns[after].role == "previous" else None


def _single(columns: Sequence[AnswerColumn], rows: tuple[tuple[Any, ...], ...], values: tuple[int, ...]) -> list[Plan]:
    earlier = _earlier(columns, values[0])
    if earlier is None or rows[0][earlier] is None or rows[0][values[0]] is None:
        return []
    return [Plan("bar", (values[0], earlier), rows)]


def _spark(answer: Answer) -> list[Plan]:
    """The trend that stands beside a single figure."""
    if answer.trend is None:
        return []
    plans = _plans(seen(answer, answer.trend))
    return [replace(plan, form="spark", values=plan.values[:1]) for plan in plans if plan.form == "line"]


def _funnel(columns: Sequence[AnswerColumn], rows: tuple[tuple[Any, ...], ...]) -> list[Plan]:
    """The metrics of one row that follow each other."""
    steps = sorted((c.step, i) for i, c in enumerate(columns) if c.step is not None)
    values = tuple(i for _, i in steps if rows[0][i] is not None)
    return [Plan("funnel", values, rows)] if len(values) > 1 and values and rows[0][values[0]] else []


def _by_one(
    columns: Sequence[AnswerColumn], rows: tuple[tuple[Any, ...], ...], key: int, values: tuple[int, ...], partial: frozenset[int], some: bool
) -> list[Plan]:
    column = columns[key]
    earlier = _earlier(columns, values[0])
    drawn = (values[0], earlier) if earlier is not None else values
    if column.role == "time" and column.grain in FORWARD_GRAINS:
        whole = [Plan("area", drawn[:1], rows, key)] if columns[drawn[0]].adds else []
        return [Plan("line", drawn, rows, key, partial=partial), *whole, Plan("column", drawn[:1], rows, key)]
    if column.grain in CALENDAR:
        return [Plan("column", drawn, tuple(sorted(rows, key=_sorted_by(key))), key), Plan("line", drawn, rows, key)]
    kept, rest, folded = _few(columns, rows, key, drawn, MOST_BARS)
    plans = [Plan("bar", drawn, kept, key, rest=rest, folded=folded), Plan("column", drawn, kept, key, rest=rest, folded=folded)]
    if column.role == "entity" and len(values) == 2 and earlier is None and FEWEST_POINTS <= len(rows) <= MOST_POINTS:
        plans.insert(len(plans) if some else 0, Plan("scatter", values, rows, key))
    where, elsewhere = ([r for r in rows if (tile_of(r[key]) is not None) == known] for known in (True, False))
    if column.place and len(values) == 1 and len({tile_of(r[key]) for r in where}) == len(where) > 0:
        drawn_map = Plan("map", values, tuple(where), key, rest=len(elsewhere))
        plans.insert(0 if len(where) >= FEWEST_TILES and earlier is None and not some else len(plans), drawn_map)
    if 2 <= len(rows) <= MOST_STEPS and all(isinstance(r[values[0]], (int, float)) and r[values[0]] >= 0 for r in rows):
        steps = tuple(sorted(rows, key=lambda r: -r[values[0]]))
        plans.append(Plan("funnel", values[:1], steps, key))
    if columns[values[0]].adds and all((row[values[0]] or 0) >= 0 for row in rows):
        slices, others, together = _few(columns, rows, key, values[:1], MOST_SLICES, whole=True)
        plans.append(Plan("pie", values[:1], slices, key, rest=others, folded=together))
    return plans


def _by_two(columns: Sequence[AnswerColumn], rows: tuple[tuple[Any, ...], ...], first: int, second: int, value: int) -> list[Plan]:
    along, across = (second, first) if columns[second].role == "time" and columns[first].role != "time" else (first, second)
    a, b = columns[along], columns[across]
    heat = [Plan("heat", (value,), rows, along, across)] if _fits(rows, along) and _fits(rows, across) else []
    if a.grain in CALENDAR and b.grain in CALENDAR:
        return heat
    if a.grain in FORWARD_GRAINS and b.grain in FORWARD_GRAINS and heat:
        return [replace(plan, key=across, series=along) for plan in heat]  # a row for those who came in each period
    if a.role == "time":
        kept, rest, folded = _few_series(columns, rows, along, across, value, MOST_LINES)
        lines = Plan("line" if a.grain in FORWARD_GRAINS else "column", (value,), kept, along, across, rest, folded)
        stacked = [Plan("stacked", (value,), kept, along, across, rest, folded)] if b.grain is None and columns[value].adds else []
        return [lines, *stacked, *heat]
    members = len({row[across] for row in rows})
    if members > MOST_SERIES and len({row[along] for row in rows}) <= MOST_SERIES:
        along, across = across, along
        members = len({row[across] for row in rows})
    bars: list[Plan] = []
    if members <= MOST_SERIES and len({row[along] for row in rows}) <= MOST_BARS:
        bars = [Plan("stacked" if columns[value].adds else "grouped", (value,), rows, along, across)]
        bars += [Plan("grouped", (value,), rows, along, across)] if columns[value].adds else []
    return [*bars, *heat]


def _sparse(rows: tuple[tuple[Any, ...], ...], first: int, second: int) -> bool:
    """Whether most members of one key do not come with most of the other."""
    return len(rows) < _SPARSE * len({row[first] for row in rows}) * len({row[second] for row in rows})


def _fits(rows: tuple[tuple[Any, ...], ...], column: int) -> bool:
    return len({row[column] for row in rows}) <= MOST_CELLS


def _sorted_by(column: int) -> Callable[[Row], tuple[bool, Any]]:
    return lambda row: (row[column] is None, row[column])


def _few(
    columns: Sequence[AnswerColumn], rows: tuple[tuple[Any, ...], ...], key: int, values: tuple[int, ...], most: int, whole: bool = False
) -> tuple[tuple[tuple[Any, ...], ...], int, bool]:
    """The first rows, and the rest as one where every value adds up; else they are left out, but of a `whole`."""
    if len(rows) <= most:
        return rows, 0, False
    kept, rest = rows[: most - 1], rows[most - 1 :]
    others: tuple[Any, ...] = tuple(
        OTHERS if i == key else _sum(row[i] for row in rest) if i in values else None for i in range(len(columns))
    )
    largest = max((row[values[0]] for row in kept if row[values[0]] is not None), default=0)
    if not all(columns[v].adds for v in values) or (not whole and (others[values[0]] or 0) > _MOST_OTHERS * largest):
        return rows[:most], len(rows) - most, False  # they would dwarf every member
    return (*kept, others), len(rest), True


def _few_series(
    columns: Sequence[AnswerColumn], rows: tuple[tuple[Any, ...], ...], along: int, across: int, value: int, most: int
) -> tuple[tuple[tuple[Any, ...], ...], int, bool]:
    """The rows of the largest members, and those of the others put together where the values add up."""
    totals: dict[Any, float] = {}
    for row in rows:
        totals[row[across]] = totals.get(row[across], 0.0) + abs(float(row[value] or 0))
    if len(totals) <= most:
        return rows, 0, False
    adds = columns[value].adds
    ranked = sorted(totals, key=lambda member: -totals[member])
    largest = set(ranked[: most - 1] if adds else ranked[:most])
    kept = [row for row in rows if row[across] in largest]
    if not adds:
        return tuple(kept), len(totals) - len(largest), False
    others: dict[Any, list[Any]] = {}
    for row in rows:
        if row[across] not in largest:
            others.setdefault(row[along], []).append(row[value])
    parts = {along: None, across: OTHERS, value: None}
    kept += [
        tuple(at if i == along else _sum(found) if i == value else parts.get(i) for i in range(len(columns))) for at, found in others.items()
    ]
    return tuple(kept), len(totals) - len(largest), True


def _sum(values: Any) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) if known else None
