"""Declared keys in the copy: those that the copied rows keep. DuckDB would refuse the rows of a table that breaks one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import duckdb

from semantic_layer.engines.foreign.model import ForeignTable, Name, Note, Reference, inside, shown
from semantic_layer.engines.quoting import quoted


@dataclass
class Made:
    """A table of the copy: the types of its columns, and the keys that other tables may refer to."""

    types: dict[str, str]
    unique: set[tuple[str, ...]] = field(default_factory=set)


def parents_first(tables: Iterable[ForeignTable]) -> list[ForeignTable]:
    """Tables after those that they refer to, as far as they do not refer to each other in a circle."""
    waiting = {t.name: t for t in tables}
    ordered: list[ForeignTable] = []
    while waiting:
        free = [t for t in waiting.values() if not any(r.table in waiting and r.table != t.name for r in t.references)]
        for table in free or [next(iter(waiting.values()))]:
            ordered.append(waiting.pop(table.name))
    return ordered


def referred_to(tables: Iterable[ForeignTable]) -> dict[Name, set[tuple[str, ...]]]:
    """The keys of each table that foreign keys name."""
    found: dict[Name, set[tuple[str, ...]]] = {}
    for table in tables:
        for reference in table.references:
            found.setdefault(reference.table, set()).add(reference.target)
    return found


def holds(connection: duckdb.DuckDBPyConnection, rows: str, key: tuple[str, ...], *, nulls: bool) -> bool:
    """Whether a key is unique among rows, and, unless `nulls`, never null."""
    names = ", ".join(map(quoted, key))
    filled = " AND ".join(f"{quoted(c)} IS NOT NULL" for c in key)
    if not nulls and connection.execute(f"SELECT count(*) FROM {rows} WHERE NOT ({filled})").fetchall()[0][0]:
        return False
    return not connection.execute(f"SELECT 1 FROM {rows} WHERE {filled} GROUP BY {names} HAVING count(*) > 1 LIMIT 1").fetchall()


def kept_references(
    connection: duckdb.DuckDBPyConnection, table: ForeignTable, rows: str, types: dict[str, str], made: Mapping[Name, Made]
) -> tuple[list[Reference], list[Note]]:
    """The foreign keys that the rows keep, to tables that are in the copy already. Their columns get the types of those they refer to."""
    kept, notes = [], []
    for reference in table.references:
        parent = made.get(reference.table)
        lost: tuple[str, str] | None = None
        if reference.table == table.name:
            lost = ("the table refers to itself", "表引用自身")
        elif reference.table[0] != table.name[0]:
            lost = ("DuckDB has none between schemas", "DuckDB 不支持跨模式的外键")
        elif parent is None:
            lost = ("it is part of a circle of foreign keys", "属于循环外键")
        elif reference.target not in parent.unique:
            lost = ("what it refers to is no key there", "所指的列在那里不是键")
        elif any(not _comparable(types[c], parent.types[t]) for c, t in zip(reference.columns, reference.target, strict=True)):
            lost = ("the types differ", "两边类型不同")
        elif orphans := _orphans(connection, rows, reference, inside(reference.table)):
            lost = (f"{orphans:,} rows refer to nothing", f"{orphans:,} 行没有对应的记录")
        if lost is None and parent is not None:
            types |= {c: parent.types[t] for c, t in zip(reference.columns, reference.target, strict=True)}
            kept.append(reference)
        elif lost is not None:
            names = f"{table.shown}({', '.join(reference.columns)}) -> {shown(reference.table)}({', '.join(reference.target)})"
            notes.append(Note(f"The foreign key {names} is not in the copy: {lost[0]}.", f"副本中没有外键 {names}：{lost[1]}。"))
    return kept, notes


def _comparable(one: str, other: str) -> bool:
    """Whether equal values of two types mean the same."""
    return one == other or (one in _INTEGERS and other in _INTEGERS)


_INTEGERS = ("SMALLINT", "INTEGER", "BIGINT")


def _orphans(connection: duckdb.DuckDBPyConnection, rows: str, reference: Reference, parent: str) -> int:
    """How many rows refer to a row that is not there; with a null in the key, a row refers to nothing."""
    pairs = list(zip(map(quoted, reference.columns), map(quoted, reference.target), strict=True))
    filled = " AND ".join(f"c.{c} IS NOT NULL" for c, _ in pairs)
    same = " AND ".join(f"p.{t} = c.{c}" for c, t in pairs)
    sql = f"SELECT count(*) FROM {rows} c WHERE {filled} AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE {same})"
    return int(connection.execute(sql).fetchall()[0][0])
