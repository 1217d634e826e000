"""Long and wide forms of one table: [month, department, sales] against [month, GROCERY, DRUG GM]."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eval.cells import Cell, sort_key
from eval.match import difference
from eval.table import Table

_DIMENSION_ROLES = {"dimension", "time", "entity"}
_NOT_WORD = re.compile(r"[^\w]+|_+")
_UNKNOWN = ("null", "none", "unknown", "未知")


@dataclass(frozen=True)
class Wide:
    """A pivoted table: `kept` dimension columns, then one column for each of `values`."""

    table: Table
    kept: int
    values: tuple[Cell, ...]


def same_but_pivoted(gold: Table, answer: Table) -> bool:
    """Whether pivoting one dimension of either table gives the other, with no column more."""
    return _gold_is_long(gold, answer) or _answer_is_long(gold, answer)


def _gold_is_long(gold: Table, answer: Table) -> bool:
    def fits(wide: Wide) -> bool:
        def may_stand(g: int, a: int) -> bool:
            return g < wide.kept or _heads(wide.values[g - wide.kept], answer.headings(a))

        return difference(wide.table, answer, may_stand=may_stand) is None

    return any(fits(wide) for wide in _pivots(gold, len(answer.columns)))


def _answer_is_long(gold: Table, answer: Table) -> bool:
    def fits(wide: Wide) -> bool:
        def may_stand(g: int, a: int) -> bool:
            return a < wide.kept or _heads(wide.values[a - wide.kept], gold.headings(g))

        return difference(gold, wide.table, may_stand=may_stand) is None

    return any(fits(wide) for wide in _pivots(answer, len(gold.columns)))


def _pivots(table: Table, width: int) -> Iterator[Wide]:
    """The pivots of a long table that are `width` columns wide."""
    for dimensions, value in _long_shapes(table):
        for by in reversed(dimensions):
            kept = [i for i in dimensions if i != by]
            values = tuple({sort_key(cell): cell for cell in table.cells[by]}.values())
            if len(kept) + len(values) == width:
                wide = _pivot(table, kept, by, value, values)
                if wide:
                    yield wide


def _long_shapes(table: Table) -> Iterator[tuple[list[int], int]]:
    """The dimensions and the one measure to spread: by the columns' roles, or else the last column."""
    count = len(table.columns)
    dimensions = [i for i, role in enumerate(table.roles) if role in _DIMENSION_ROLES]
    if dimensions:
        yield from ((dimensions, i) for i in range(count) if i not in dimensions)
    elif count > 1:
        yield list(range(count - 1)), count - 1


def _pivot(table: Table, kept: Sequence[int], by: int, value: int, values: tuple[Cell, ...]) -> Wide | None:
    rows: dict[tuple[object, ...], dict[object, Cell]] = {}
    firsts: list[list[Cell]] = []
    for at in range(len(table.rows)):
        key = tuple(sort_key(table.cells[i][at]) for i in kept)
        if key not in rows:
            firsts.append([table.cells[i][at] for i in kept])
        row, heading = rows.setdefault(key, {}), sort_key(table.cells[by][at])
        if heading in row:
            return None
        row[heading] = table.cells[value][at]
    spread = [[row.get(sort_key(cell)) for cell in values] for row in rows.values()]
    names = (*(table.columns[i] for i in kept), *(str(cell) for cell in values))
    joined = tuple((*first, *cells) for first, cells in zip(firsts, spread, strict=True))
    return Wide(Table(names, joined), len(kept), values)


def _heads(value: Cell, headings: Sequence[str]) -> bool:
    """Whether a heading names the value, alone or among other words (`sales_grocery`)."""
    spoken = [_words(name) for name in _names(value)]
    return any(f" {name} " in f" {_words(heading)} " for heading in headings for name in spoken)


def _names(value: Cell) -> tuple[str, ...]:
    if value is None:
        return _UNKNOWN
    text = str(value)
    return (text, text[:7]) if re.fullmatch(r"\d{4}-\d{2}-01", text) else (text,)


def _words(text: str) -> str:
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
