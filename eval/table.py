"""A result as columns and rows, whoever computed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eval.cells import Cell, is_finite, plain
from semantic_layer.errors import UsageError


@dataclass(frozen=True)
class Table:
    """Column names and rows. `labels` and `roles` are what an answer says of its columns, where known."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    labels: Sequence[str] = ()
    roles: Sequence[str] = ()

    @cached_property
    def cells(self) -> tuple[tuple[Cell, ...], ...]:
        """The plain cells, column by column."""
        by_row = [tuple(plain(value) for value in row) for row in self.rows]
        return tuple(tuple(row[i] for row in by_row) for i in range(len(self.columns)))

    def headings(self, index: int) -> tuple[str, ...]:
        """The name of a column, and its label where it has one."""
        label = self.labels[index] if self.labels else ""
        return (self.columns[index], label) if label else (self.columns[index],)

    def is_finite(self) -> bool:
        """Whether no cell is NaN or an infinity."""
        return all(is_finite(cell) for column in self.cells for cell in column)

    def only(self, names: Sequence[str]) -> Table:
        """The table with the named columns alone, in that order."""
        missing = [name for name in names if name not in self.columns]
        if missing:
            have = ", ".join(self.columns)
            raise UsageError(
                f"The gold table has no column {missing[0]} (it has {have}); mend `must` or the gold query.",
                f"标准结果里没有列 {missing[0]}（现有：{have}）；请修改 must 或标准查询。",
            )
        at = [list(self.columns).index(name) for name in names]
        return Table(tuple(names), tuple(tuple(row[i] for i in at) for row in self.rows))


def answer_table(answer: Mapping[str, Any]) -> Table | None:
    """The table of an answer; None when it holds no well-formed one."""
    columns, rows = answer.get("columns"), answer.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list) or not columns:
        return None
    if not all(isinstance(row, (list, tuple)) and len(row) == len(columns) for row in rows):
        return None
    described = [column if isinstance(column, dict) else {"name": column} for column in columns]
    return Table(
        columns=tuple(str(column.get("name", "")) for column in described),
        rows=rows,
        labels=tuple(str(column.get("label") or "") for column in described),
        roles=tuple(str(column.get("role") or "") for column in described),
    )
