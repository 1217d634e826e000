"""Whether the sentence, the chart and the table of an answer say the same, and nothing that does not follow from its rows.

A figure of the sentence is a value of the row that is named before it, at its rounding; or its share of all rows; or its change
on the period before; or, where no row is named, the number of rows, or a value of the only row. The rows that stand beside a
single figure (the period before) count as rows of it. Nothing here uses what wrote the sentence but the names of rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from assistant.analyses.ahead import HELD
from assistant.answer import Answer
from assistant.answer.beside import seen
from assistant.answer.cells import KEYS, day_of
from assistant.answer.chart import forms_of, plan_of, spec_of
from assistant.answer.chart.partial import partial_rows
from assistant.answer.export import as_csv
from assistant.answer.model import AnswerColumn
from assistant.channels.render import cell_text
from eval.sayings import Figure, figures, names_of
from semantic_layer.compiler.time import shift

_EXACT = 1e-9
Row = Sequence[Any]


def disagreements(answer: Answer) -> list[str]:
    """What does not agree, in words; empty for an answer that says the same everywhere."""
    if answer.status != "answered":
        return []
    return [*_of_sentence(answer), *_of_charts(answer), *_of_table(answer)]


# -- the sentence ---------------------------------------------------------------------------------------------


def _of_sentence(answer: Answer) -> Iterator[str]:
    told = figures(answer)
    for figure in told:
        if not figure.value and _rounded_away(answer, figure):
            yield f"{figure.text} is rounded to nothing: {answer.text}"
        if not any(_agree(figure, value) for value in _follows(answer, figure)):
            yield f"{figure.text} does not follow from the rows: {answer.text}"
        else:
            yield from (f"{figure.text} is not {claim}: {answer.text}" for claim in sorted(figure.about) if not _true(answer, figure, claim))


def _rounded_away(answer: Answer, figure: Figure) -> bool:
    """Whether a figure of zero stands for something else."""
    return not any(v == 0 for v in _follows(answer, figure))


def _agree(figure: Figure, value: float) -> bool:
    return abs(abs(figure.value) - abs(value)) <= figure.rounding * (1 + 1e-6) + _EXACT * abs(value)


def _follows(answer: Answer, figure: Figure) -> Iterator[float]:
    """The values that a figure may stand for."""
    if answer.analysis:
        yield from _found(answer)
    if figure.rows:
        for place in figure.rows:
            yield from _of_row(answer, place, figure.kind)
        return
    if figure.kind == "plain":
        yield float(len(answer.rows))
        yield float(len(_known(answer)))
    if len(answer.rows) == 1:
        yield from _of_row(answer, 0, figure.kind)
        yield from _beside(answer, figure.kind)
    yield from (values.pop() for i in _measures(answer) if len(values := {float(r[i]) for r in _known(answer) if r[i] is not None}) == 1)


def _found(answer: Answer) -> Iterator[float]:
    """What an analysis found: the numbers of its findings, and how many there are of a kind. HELD is the part of days that a band holds."""
    yield HELD
    for finding in answer.findings:
        yield from finding.numbers.values()
        yield float(sum(f.kind == finding.kind for f in answer.findings))


def _of_row(answer: Answer, place: int, kind: str) -> Iterator[float]:
    row = answer.rows[place]
    for i in _measures(answer):
        column, value = answer.columns[i], row[i]
        if value is None:
            continue
        rate = _is_rate(column)
        if rate == (kind == "percent") and kind != "points":
            yield float(value)
        total = sum(float(r[i]) for r in answer.rows if r[i] is not None)
        if kind == "percent" and column.adds and total and not answer.truncated and _whole(answer):
            yield float(value) / total
        yield from _changes(answer, place, i, kind)


def _changes(answer: Answer, place: int, i: int, kind: str) -> Iterator[float]:
    """The change of a value on that of the period before."""
    before = _row_before(answer, place)
    now = answer.rows[place][i]
    if before is None or before[i] is None or kind == "plain":
        return
    if _is_rate(answer.columns[i]):
        if kind == "points":
            yield float(now) - float(before[i])
    elif kind == "percent" and before[i]:
        yield (float(now) - float(before[i])) / float(before[i])


def _row_before(answer: Answer, place: int) -> Row | None:
    keys = [i for i, c in enumerate(answer.columns) if c.role in KEYS]
    if len(keys) != 1 or answer.columns[keys[0]].role != "time":
        return None
    days = sorted((day, at) for at, row in enumerate(answer.rows) if (day := day_of(row[keys[0]])) is not None)
    own = next((n for n, (_, at) in enumerate(days) if at == place), 0)
    grain = answer.columns[keys[0]].grain or "day"
    return answer.rows[days[own - 1][1]] if own and shift(days[own - 1][0], 1, grain) == days[own][0] else None


def _beside(answer: Answer, kind: str) -> Iterator[float]:
    """The values of the row that compares a single figure with the period before."""
    if answer.change is None:
        return
    for row in answer.change.rows:
        for column, value in zip(answer.change.columns, row, strict=True):
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                rate = _is_rate(column)
                if rate and column.role == "difference":
                    yield from (float(value),) if kind == "points" else ()
                elif rate == (kind == "percent"):
                    yield float(value)


def _true(answer: Answer, figure: Figure, claim: str) -> bool:
    """Whether one of the rows that a figure is said of is what the words say."""
    if claim == "latest":
        key = next(i for i, c in enumerate(answer.columns) if c.role in KEYS)
        return any(answer.rows[place][key] == max(r[key] for r in _known(answer)) for place in figure.rows)
    for i in _measures(answer):
        if claim in ("rose", "fell") and answer.columns[i].role != "growth":
            continue
        numbers = [float(r[i]) for r in _known(answer) if r[i] is not None]
        ends = max if claim in ("highest", "rose") else min
        if numbers and any(answer.rows[p][i] is not None and float(answer.rows[p][i]) == ends(numbers) for p in figure.rows):
            return True
    return False


def _measures(answer: Answer) -> list[int]:
    return [i for i, c in enumerate(answer.columns) if c.role not in KEYS and c.type in ("integer", "number")]


def _is_rate(column: AnswerColumn) -> bool:
    return column.format == "percent" or column.role in ("share", "growth")


def _whole(answer: Answer) -> bool:
    """Whether the rows are all there are, so that their sum is that of all."""
    query = answer.query or {}
    return not query.get("having") and not query.get("limit")


def _known(answer: Answer) -> list[Row]:
    """The rows whose names are known, of periods that are covered whole."""
    keys = [i for i, c in enumerate(answer.columns) if c.role in KEYS]
    time = next((k for k in keys if answer.columns[k].role == "time"), None)
    partial = frozenset() if time is None else partial_rows(answer, answer.rows, time)
    return [row for at, row in enumerate(answer.rows) if at not in partial and all(row[k] is not None for k in keys)]


# -- charts ---------------------------------------------------------------------------------------------------


def _of_charts(answer: Answer) -> Iterator[str]:
    for form in forms_of(answer):
        plan = plan_of(answer, form)
        if plan is None:
            yield f"{form}: no plan"
            continue
        shown_in = seen(answer, answer.trend) if form == "spark" and answer.trend else answer
        columns, rows = shown_in.columns, [tuple(row) for row in shown_in.rows]
        spec = spec_of(answer, plan)
        drawn = [d for part in spec.get("vconcat", [spec]) for d in part["data"]["values"]]
        cells = {float(row[v]) for row in rows for v in range(len(columns)) if isinstance(row[v], (int, float)) and columns[v].role not in KEYS}
        for datum in drawn:
            yield from (f"{form}: {problem}" for problem in _of_datum(datum, cells, plan.folded))
        if plan.folded and plan.series is None and plan.key is not None:
            value = plan.values[0]
            one = [d for d in drawn if d["series"] == columns[value].label]
            total, shown = (sum(float(v) for v in values if v is not None) for values in ((r[value] for r in rows), (d["value"] for d in one)))
            if abs(total - shown) > _EXACT * max(1.0, abs(total)):
                yield f"{form}: drawn {shown}, in the rows {total}"
        if plan.key is not None and plan.series is None and form != "scatter":
            known = {name for _, name in names_of(shown_in)}  # a map has places without a row
            members = len({d["key"] for d in drawn if form != "map" or d["key"] in known}) - plan.folded + plan.rest
            if members != len({row[plan.key] for row in rows}):
                yield f"{form}: {members} members are drawn or said to be left out, of {len(rows)}"
        yield from (f"{form}: {problem}" for problem in _named_wrongly(shown_in, drawn))


def _of_datum(datum: dict[str, Any], cells: set[float], folded: bool) -> Iterator[str]:
    for key, text in (("value", "text"), ("x", "text"), ("y", "text_y")):
        value = datum.get(key)
        if value is None or isinstance(value, str):
            continue
        if not folded and float(value) not in cells:
            yield f"{value} is not in the rows"
        if not _text_says(datum[text], float(value)):
            yield f"{datum[text]} is not {value}"


def _named_wrongly(answer: Answer, drawn: list[dict[str, Any]]) -> Iterator[str]:
    """Values that stand by the name of another row."""
    keys = [i for i, c in enumerate(answer.columns) if c.role in KEYS]
    if len(keys) != 1 or any("value" not in d for d in drawn):
        return
    values: dict[str, set[float]] = {}
    for place, name in names_of(answer):
        values.setdefault(name, set()).update(float(answer.rows[place][i]) for i in _measures(answer) if answer.rows[place][i] is not None)
    for datum in drawn:
        if datum["key"] in values and datum["value"] is not None and float(datum["value"]) not in values[datum["key"]]:
            yield f"{datum['key']}: {datum['value']} is of another row"


def _text_says(text: str, value: float) -> bool:
    told = figures(Answer(id="", question="", status="answered", text=text))
    return len(told) == 1 and _agree(told[0], value) and (told[0].value < 0) == (value < 0 and bool(told[0].value))


# -- the table ------------------------------------------------------------------------------------------------


def _of_table(answer: Answer) -> Iterator[str]:
    """The table on a terminal and the exported one hold the rows."""
    exported = list(csv.reader(io.StringIO(as_csv(answer))))
    if len(exported) - 1 != len(answer.rows) and answer.columns:
        yield f"{len(exported) - 1} rows are exported of {len(answer.rows)}"
    for row, line in zip(answer.rows, exported[1:], strict=False):
        for i in _measures(answer):
            if row[i] is None:
                continue
            if float(line[i]) != float(row[i]):
                yield f"{line[i]} is exported for {row[i]}"
            if not _text_says(cell_text(answer.columns[i], row[i], answer.lang), float(row[i])):
                yield f"the table says {cell_text(answer.columns[i], row[i], answer.lang)} for {row[i]}"
