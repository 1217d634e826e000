"""Primary keys: declared ones, or the columns whose name and rows say that they are one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from semantic_layer.catalog.draft.profile import Column, Database, Table
from semantic_layer.catalog.draft.words import Phrase
from semantic_layer.engines.admin import quoted, quoted_table

KEY_WORDS = ("id", "key", "code", "number", "no", "uuid", "guid", "pk", "sku")
LINE_WORDS = ("line", "sequence", "item", "position", "index")
# What is unique by chance, and never what a row is known by.
_DESCRIBES = (
    "name", "comment", "description", "address", "phone", "fax", "email", "title", "url", "note", "latitude", "longitude", "password", "text",
)  # fmt: skip
_FIRST_ROWS = 100_000  # a key that is not unique mostly shows here already
_ROUGHLY = 1.6  # the engine's quick count of distinct values may be this much too low
_MOST_COLUMNS, _MOST_TRIES = 10, 45


@dataclass(frozen=True)
class Key:
    """The primary key of a table; `found` by looking at the rows, not declared."""

    columns: tuple[str, ...]
    found: bool


def is_entity(key: Key | None) -> bool:
    """Whether rows are known by one column."""
    return key is not None and len(key.columns) == 1


def primary_key(database: Database, table: Table, phrases: dict[str, Phrase], own: Phrase) -> Key | None:
    """The primary key of a table, None where no few columns tell its rows apart. `own` is the name of the table."""
    if table.primary_key:
        return Key(table.primary_key, False)
    if not table.rows:
        return None
    for columns in _candidates(table, phrases, own):
        if _unique(database, table, columns):
            return Key(columns, True)
    return None


def is_code(column: Column, phrase: Phrase) -> bool:
    """Whether a column may identify something: whole numbers, short texts, or what is called a key."""
    if any(w in _DESCRIBES for w in phrase.words[-1:]):
        return False
    return column.is_integer or column.sql_type == "UUID" or (column.type == "string" and 0 < column.length <= 40)


def _candidates(table: Table, phrases: dict[str, Phrase], own: Phrase) -> Iterator[tuple[str, ...]]:
    """Single columns whose values may all differ, the likeliest first; then pairs and triples."""
    ranked = sorted(enumerate(table.columns.values()), key=lambda p: (-_likelihood(p[0], p[1], phrases[p[1].name], own), p[0]))
    for place, column in ranked:
        if _likelihood(place, column, phrases[column.name], own) > 0 and table.full(column.name) and column.distinct * _ROUGHLY >= table.rows:
            yield (column.name,)
    parts = [c for c in table.columns.values() if table.full(c.name) and c.distinct > 1 and _is_part(c, phrases[c.name])]
    order = {c.name: (-_part_rank(c, phrases[c.name]), n) for n, c in enumerate(parts)}
    parts = sorted(parts, key=lambda c: order[c.name])[:_MOST_COLUMNS]
    tries = 0
    for size in (2, 3):
        sets = sorted(combinations(parts, size), key=lambda s: (sum(order[c.name][0] for c in s), [order[c.name][1] for c in s]))
        for chosen in sets:
            enough = 1.0
            for c in chosen:
                enough *= c.distinct * _ROUGHLY
            if enough >= table.rows and tries < _MOST_TRIES:
                tries += 1
                yield tuple(c.name for c in sorted(chosen, key=lambda c: list(table.columns).index(c.name)))


def _likelihood(place: int, column: Column, phrase: Phrase, own: Phrase) -> int:
    if not is_code(column, phrase):
        return 0
    named = phrase.has(*KEY_WORDS)
    return 4 * named + 3 * bool(set(phrase.words) & set(own.words)) + 2 * (place == 0) - (0 if named or place == 0 else 1)


def _is_part(column: Column, phrase: Phrase) -> bool:
    if phrase.head and phrase.head.section == "measures":
        return False
    return is_code(column, phrase) or column.type in ("date", "datetime")


def _part_rank(column: Column, phrase: Phrase) -> int:
    """Lines and keys before what is no key by its name."""
    return 2 * phrase.has(*KEY_WORDS) + phrase.has(*LINE_WORDS) + (column.type == "datetime")


def _unique(database: Database, table: Table, columns: Sequence[str]) -> bool:
    names = ", ".join(map(quoted, columns))
    source = quoted_table(table.name)
    if table.rows > _FIRST_ROWS:
        first = f"(SELECT {names} FROM {source} LIMIT {_FIRST_ROWS})"
        if database.rows(f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM {first})")[0][0] < _FIRST_ROWS:
            return False
    return bool(database.rows(f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM {source})")[0][0] == table.rows)
