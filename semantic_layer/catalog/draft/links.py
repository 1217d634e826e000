"""Foreign keys: declared ones, or columns whose name or values say that they point to a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from semantic_layer.catalog.draft.keys import KEY_WORDS, Key, is_code
from semantic_layer.catalog.draft.profile import Column, Database, Table
from semantic_layer.catalog.draft.words import Phrase
from semantic_layer.engines.admin import quoted, quoted_table

NAMED_SHARE, UNNAMED_SHARE = 0.75, 0.95  # of the values that must stand in the key, with and without a name that says so
_FEWEST = 3  # values of a column that points without being called so
_LONGEST = 40


@dataclass(frozen=True)
class Found:
    """Many rows of a table point to at most one row of another. `role` is what the column says beyond the key's own name."""

    table: str
    columns: tuple[str, ...]
    other: str
    keys: tuple[str, ...]
    reason: str
    role: tuple[str, ...] = ()


@dataclass(frozen=True)
class Named:
    """A table with the words of its own name and of its columns, and its key."""

    table: Table
    own: Phrase
    phrases: Mapping[str, Phrase]
    key: Key | None


def links(database: Database, tables: list[Named]) -> list[Found]:
    """The foreign keys of all tables, in the order of the columns."""
    found: list[Found] = []
    for one in tables:
        declared = {columns for columns, _, _ in one.table.references}
        found += [Found(one.table.name, c, other, keys, "", _declared_role(one, c, other, keys, tables)) for c, other, keys in one.table.references]
        for name, column in one.table.columns.items():
            if (name,) not in declared and is_code(column, one.phrases[name]) and column.filled:
                found += _single(database, one, column, tables)
        found += [c for c in _composite(database, one, tables) if c.columns not in declared]
    return [f for f in found if not _turned_round(f, found)]


def without_circles(found: list[Found]) -> tuple[list[Found], list[Found]]:
    """The foreign keys that lead in no circle, taken in their order, and those that would close one."""
    kept: list[Found] = []
    closing: list[Found] = []
    pointed: dict[str, set[str]] = {}
    for link in found:
        seen, todo = set[str](), [link.other]
        while todo:
            table = todo.pop()
            if table not in seen:
                seen.add(table)
                todo += pointed.get(table, ())
        if link.table in seen:
            closing.append(link)
        else:
            kept.append(link)
            pointed.setdefault(link.table, set()).add(link.other)
    return kept, closing


def _turned_round(link: Found, others: list[Found]) -> bool:
    """Two tables with the same key point to each other: the one that is called after the key is what is pointed to."""
    mirrored = [o for o in others if (o.table, o.other, o.columns, o.keys) == (link.other, link.table, link.keys, link.columns)]
    return bool(mirrored) and (len(link.other), link.other) > (len(mirrored[0].other), mirrored[0].other)


def _single(database: Database, one: Named, column: Column, tables: list[Named]) -> Iterator[Found]:
    """The best key that a column points to."""
    own_key = one.key is not None and one.key.columns == (column.name,)
    scored: list[tuple[float, Found]] = []
    for target in tables:
        if target.key is None or len(target.key.columns) != 1 or target.table is one.table:
            continue
        key = target.table.columns[target.key.columns[0]]
        if not _comparable(column, key):
            continue
        role = _role(one.phrases[column.name], target.phrases[key.name], target.own)
        if role is None and (own_key or not _may_point_unnamed(column, key)):
            continue
        share = _contained(database, one.table.name, (column.name,), target.table.name, (key.name,))
        if share < (UNNAMED_SHARE if role is None else NAMED_SHARE):
            continue
        reason = f"{share:.0%} of its values stand in {target.table.name}.{key.name}"
        words = one.phrases[column.name].words if role is None else role
        scored.append((share + (role is not None), Found(one.table.name, (column.name,), target.table.name, (key.name,), reason, words)))
    if scored:
        yield max(scored, key=lambda s: s[0])[1]


def _role(column: Phrase, key: Phrase, table: Phrase) -> tuple[str, ...] | None:
    """What a column's name says beyond the key that it names; None where it does not name the key.

    It names it by the key's own name (custkey), by the table's name and the key's (customer_id), or by the table's alone
    (customer), each behind words of its own (ship_address_id).
    """
    names = [key.words] if not _generic(key) else []
    names += [(*table.words, *key.words), (*table.words, *key.words[-1:]), *[(*table.words, w) for w in KEY_WORDS], table.words]
    for name in sorted(names, key=len, reverse=True):
        if name and column.words[-len(name) :] == name:
            return column.words[: -len(name)]
    return None


def _generic(key: Phrase) -> bool:
    return all(w in KEY_WORDS for w in key.words)


def _declared_role(one: Named, columns: tuple[str, ...], other: str, keys: tuple[str, ...], tables: list[Named]) -> tuple[str, ...]:
    target = next(t for t in tables if t.table.name == other)
    phrase = one.phrases[columns[0]]
    return _role(phrase, target.phrases[keys[0]], target.own) or (() if len(columns) > 1 else phrase.words)


def _may_point_unnamed(column: Column, key: Column) -> bool:
    """Only codes of letters: numbers from one on stand in each other by chance."""
    return column.type == "string" == key.type and column.distinct >= _FEWEST and column.length <= _LONGEST and abs(column.length - key.length) < 1


def _comparable(column: Column, key: Column) -> bool:
    return column.type == key.type and key.type in ("integer", "string")


def _composite(database: Database, one: Named, tables: list[Named]) -> Iterator[Found]:
    """Keys of several columns, each of which the table has by its name."""
    for target in tables:
        if target.key is None or len(target.key.columns) < 2 or target.table is one.table:
            continue
        mine = [_same_name(one, target, key) for key in target.key.columns]
        if not all(mine) or (one.key and set(one.key.columns) == set(mine)):
            continue
        share = _contained(database, one.table.name, tuple(mine), target.table.name, target.key.columns)
        if share >= NAMED_SHARE:
            yield Found(one.table.name, tuple(mine), target.table.name, target.key.columns, f"{share:.0%} of its values stand in {target.table.name}")


def _same_name(one: Named, target: Named, key: str) -> str:
    """The column of a table that is called like a key of another and holds the same type; empty if there is none."""
    kind = target.table.columns[key].type
    return next((c for c, p in one.phrases.items() if p.words == target.phrases[key].words and one.table.columns[c].type == kind), "")


def _contained(database: Database, table: str, columns: tuple[str, ...], other: str, keys: tuple[str, ...]) -> float:
    """The share of the distinct values that stand in the key."""
    mine, filled = ", ".join(map(quoted, columns)), " AND ".join(f"{quoted(c)} IS NOT NULL" for c in columns)
    same = " AND ".join(f"k.{quoted(k)} = v.{quoted(c)}" for c, k in zip(columns, keys, strict=True))
    values = f"(SELECT DISTINCT {mine} FROM {quoted_table(table)} WHERE {filled})"
    sql = f"SELECT count(*), count(*) FILTER (EXISTS (SELECT 1 FROM {quoted_table(other)} k WHERE {same})) FROM {values} v"
    total, there = database.rows(sql)[0]
    return there / total if total else 0.0
