"""Whether an answer's table holds the gold table: columns found by their values, rows equal as a multiset.

Each gold column is paired with answer columns whose values alone would fit. A search then picks one answer
column for each gold column so that the rows agree as well. For every pair the cells are numbered so that
cells that agree carry one number: rows can be compared by hashing those numbers, and only rows with the same
numbers are compared cell by cell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from eval.cells import Cell, holds_float, is_number, same, sort_key
from eval.table import Table

MayStand = Callable[[int, int], bool]
"""Whether the answer's column (second) may stand for the gold column (first), by their names."""

_RATIO_WORDS = {"rate", "share", "growth", "ratio", "part", "percent", "percentage", "pct", "fraction"}


@dataclass(frozen=True)
class Fit:
    """A gold column and one answer column whose values fit, with cells that agree numbered alike."""

    column: int
    gold: Sequence[Cell]
    answer: Sequence[Cell]
    gold_ids: tuple[int, ...]
    answer_ids: tuple[int, ...]
    exact: bool

    def agrees(self, gold_row: int, answer_row: int) -> bool:
        """Whether the two cells of this column are the same."""
        return same(self.gold[gold_row], self.answer[answer_row], exact=self.exact)


def difference(gold: Table, answer: Table, *, ordered: bool = False, may_stand: MayStand | None = None) -> str | None:
    """What keeps `answer` from holding all of `gold`, or None when it does."""
    if len(gold.rows) != len(answer.rows):
        return f"{len(answer.rows)} rows instead of {len(gold.rows)}"
    if len(gold.columns) > len(answer.columns):
        return f"{len(answer.columns)} columns instead of {len(gold.columns)}"
    allowed = may_stand or _unless_named_for_another(gold, answer)
    choices = []
    for index, name in enumerate(gold.columns):
        fits = list(_fits(gold, index, answer, allowed, ordered))
        if not fits:
            return f"no column holds the values of {name}"
        choices.append(fits)
    if not _assignable(sorted(choices, key=len)):
        return "each column is there, but its values stand in other rows"
    return None


def _unless_named_for_another(gold: Table, answer: Table) -> MayStand:
    """A column that bears the name of a gold column stands for that one only."""
    names = set(gold.columns)
    return lambda g, a: answer.columns[a] not in names or answer.columns[a] == gold.columns[g]


def _fits(gold: Table, index: int, answer: Table, allowed: MayStand, ordered: bool) -> Iterator[Fit]:
    """The answer columns that may stand for a gold column: the one of its name first, as given before as percent."""
    name, cells = gold.columns[index], gold.cells[index]
    scaled = [cells, _as_percent(cells)] if _is_ratio(name, cells) else [cells]
    columns = [i for i in range(len(answer.columns)) if allowed(index, i)]
    for column in sorted(columns, key=lambda i: answer.columns[i] != name):
        for values in scaled:
            fit = _fit(column, values, answer.cells[column], ordered)
            if fit:
                yield fit


def _is_ratio(name: str, cells: Sequence[Cell]) -> bool:
    numbers = [cell for cell in cells if is_number(cell)]
    if not holds_float(numbers):
        return False
    return bool(_RATIO_WORDS & set(name.lower().split("_"))) or all(abs(n) <= 1 for n in numbers)


def _as_percent(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    return tuple(cell * 100 if is_number(cell) else cell for cell in cells)


def _fit(column: int, gold: Sequence[Cell], answer: Sequence[Cell], ordered: bool) -> Fit | None:
    exact = not holds_float(gold) and not holds_float(answer)
    lined_up = (gold, answer) if ordered else (sorted(gold, key=sort_key), sorted(answer, key=sort_key))
    if not all(same(g, a, exact=exact) for g, a in zip(*lined_up, strict=True)):
        return None
    if ordered:
        gold_ids = answer_ids = tuple(range(len(gold)))
    else:
        ids = _numbered(gold, answer, exact)
        gold_ids = tuple(ids[sort_key(cell)] for cell in gold)
        answer_ids = tuple(ids[sort_key(cell)] for cell in answer)
    return Fit(column, gold, answer, gold_ids, answer_ids, exact)


def _numbered(gold: Sequence[Cell], answer: Sequence[Cell], exact: bool) -> dict[object, int]:
    """A number for each distinct cell; neighbours within the tolerance share it."""
    cells = {sort_key(cell): cell for cell in (*gold, *answer)}
    ids: dict[object, int] = {}
    last: Cell = None
    for key in sorted(cells):
        apart = not ids or not same(last, cells[key], exact=exact)
        ids[key] = len(ids) if apart else ids[sort_key(last)]
        last = cells[key]
    return ids


def _assignable(choices: Sequence[Sequence[Fit]], chosen: tuple[Fit, ...] = ()) -> bool:
    """Whether one fit of each choice can be taken, no answer column twice, so that the rows agree."""
    if len(chosen) == len(choices):
        return _rows_agree(chosen)
    failed: set[tuple[int, ...]] = set()
    for fit in choices[len(chosen)]:
        if fit.answer_ids in failed or any(fit.column == other.column for other in chosen):
            continue
        extended = (*chosen, fit)
        if _could_agree(extended) and _assignable(choices, extended):
            return True
        failed.add(fit.answer_ids)
    return False


def _could_agree(fits: Sequence[Fit]) -> bool:
    gold = Counter(zip(*(fit.gold_ids for fit in fits), strict=True))
    return gold == Counter(zip(*(fit.answer_ids for fit in fits), strict=True))


def _rows_agree(fits: Sequence[Fit]) -> bool:
    gold = _rows_by_ids([fit.gold_ids for fit in fits])
    answer = _rows_by_ids([fit.answer_ids for fit in fits])
    return all(_pairs_off(fits, rows, answer[ids]) for ids, rows in gold.items())


def _rows_by_ids(columns: Sequence[Sequence[int]]) -> dict[tuple[int, ...], list[int]]:
    rows: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for row, ids in enumerate(zip(*columns, strict=True)):
        rows[ids].append(row)
    return rows


def _pairs_off(fits: Sequence[Fit], gold_rows: Sequence[int], answer_rows: Sequence[int]) -> bool:
    """Whether each gold row finds an answer row of its own; both are sorted, so the first try mostly serves."""
    waiting = sorted(answer_rows, key=lambda row: [sort_key(fit.answer[row]) for fit in fits])
    for row in sorted(gold_rows, key=lambda row: [sort_key(fit.gold[row]) for fit in fits]):
        at = next((i for i, other in enumerate(waiting) if all(fit.agrees(row, other) for fit in fits)), None)
        if at is None:
            return False
        del waiting[at]
    return True
