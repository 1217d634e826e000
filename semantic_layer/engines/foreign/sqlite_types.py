"""The types that SQLite's columns get in the copy: by what stands in them, and by what was declared where that leaves a choice."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from semantic_layer.engines.foreign.model import Note
from semantic_layer.engines.quoting import quoted

_DAY = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
# SQLite keeps dates as ISO 8601 text. In this order: the first type that every value of a column fits.
_ISO = (
    ("DATE", _DAY),
    ("TIMESTAMP", rf"{_DAY}[ T]{_CLOCK}"),
    ("TIMESTAMP WITH TIME ZONE", rf"{_DAY}[ T]{_CLOCK} ?(Z|[+-]\d{{2}}:?\d{{2}})"),
    ("TIME", rf"{_CLOCK}"),
)


_INTEGERS = {"integer", "wide integer"}
_NUMBERS = {"integer", "real"}


@dataclass(frozen=True)
class SqliteColumn:
    """A column: its declared type in capitals, and how many values of each kind stand in it."""

    name: str
    declared: str
    counts: dict[str, int]

    @property
    def kinds(self) -> set[str]:
        """The kinds of values that stand in it; null is none."""
        return {kind for kind, count in self.counts.items() if count}

    @property
    def dated(self) -> bool:
        """Whether a date or a time was declared."""
        return "DATE" in self.declared or "TIME" in self.declared

    @property
    def mixed(self) -> bool:
        """Whether no type but text holds all its values."""
        return len(self.kinds) > 1 and not self.kinds <= _INTEGERS and not self.kinds <= _NUMBERS

    @property
    def read(self) -> str:
        """How SQLite gives its values as text."""
        name = quoted(self.name)
        if "blob" in self.kinds:
            return f"CASE typeof({name}) WHEN 'blob' THEN hex({name}) ELSE CAST({name} AS TEXT) END"
        # As text SQLite would give 15 digits, and it rounds 17 badly for large powers; only more give the same number back.
        return f"CASE WHEN {name} IS NOT NULL THEN printf('%!.20g', {name}) END" if self._number else name

    @property
    def cast(self) -> str:
        """How DuckDB reads that text."""
        name = quoted(self.name)
        if self.kinds == {"blob"}:
            return f"unhex({name})"
        return f"CAST({name} AS {self._type})"

    @property
    def _number(self) -> bool:
        return "real" in self.kinds and self.kinds <= _NUMBERS

    @property
    def _type(self) -> str:
        if self.kinds and self.kinds <= _INTEGERS:
            return "BIGINT"
        if self._number:
            return "DOUBLE"
        return "VARCHAR" if self.kinds else _empty(self.declared)


def expressions(
    connection: duckdb.DuckDBPyConnection, table: str, columns: list[SqliteColumn], staged: str
) -> tuple[list[str], list[Note]]:
    """The columns of a table as they go into the copy: text that is dates as dates, 0 and 1 as booleans where so declared."""
    dates = _dates(connection, [c for c in columns if c.kinds == {"text"}], staged)
    chosen, notes = [], []
    for column in columns:
        name = quoted(column.name)
        where = f"{table}.{column.name}"
        if column.name in dates:
            chosen.append(f"CAST({name} AS {dates[column.name]})")
            continue
        boolean = column.declared.startswith("BOOL") and column.kinds == {"integer"}
        if boolean and connection.execute(f"SELECT bool_and({name} IN (0, 1)) FROM {staged}").fetchall()[0][0]:
            chosen.append(f"CAST({name} AS BOOLEAN)")
            continue
        chosen.append(name)
        if column.dated and column.kinds:
            kept, kept_zh = ("text", "文本") if "text" in column.kinds else ("numbers", "数字")
            notes.append(
                Note(
                    f"{where} is declared as {column.declared}, but not all its values are dates of one form; they are copied as {kept}.",
                    f"{where} 声明为 {column.declared}，但并非所有值都是同一种格式的日期；已按{kept_zh}复制。",
                )
            )
        elif column.mixed:
            listed = ", ".join(f"{n:,} {kind}" for kind, n in column.counts.items() if n)
            notes.append(
                Note(
                    f"{where} holds values of several kinds ({listed}); it is copied as text.",
                    f"{where} 中有多种类型的值（{listed}）；已按文本复制。",
                )
            )
    return chosen, notes


def _dates(connection: duckdb.DuckDBPyConnection, columns: list[SqliteColumn], staged: str) -> dict[str, str]:
    """The type of each column whose every value is a date, a time stamp or, where declared, a time of the day, in ISO 8601."""
    tried = [(c.name, kind, pattern) for c in columns for kind, pattern in _ISO if kind != "TIME" or c.declared == "TIME"]
    if not tried:
        return {}
    fits = ", ".join(
        f"bool_and(regexp_full_match({quoted(name)}, '{pattern}') AND TRY_CAST({quoted(name)} AS {kind}) IS NOT NULL) "
        f"FILTER ({quoted(name)} IS NOT NULL)"
        for name, kind, pattern in tried
    )
    row = connection.execute(f"SELECT {fits} FROM {staged}").fetchall()[0]
    found: dict[str, str] = {}
    for (name, kind, _), fit in zip(tried, row, strict=True):
        if fit:
            found.setdefault(name, kind)
    return found


def _empty(declared: str) -> str:
    """The type of a column without values."""
    if declared.startswith("BOOL"):
        return "BOOLEAN"
    if "TIMESTAMP" in declared or "DATETIME" in declared:
        return "TIMESTAMP"
    if declared in ("DATE", "TIME"):
        return declared
    if "INT" in declared:
        return "BIGINT"
    return "DOUBLE" if any(word in declared for word in ("REAL", "FLOA", "DOUB", "NUM", "DEC")) else "VARCHAR"
