"""Names for the catalog: letters, digits and underscores, and no word that an expression could not hold."""

from __future__ import annotations

import re

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from semantic_layer.catalog.draft.words import Phrase


def identifier(name: str, phrase: Phrase, taken: set[str], spare: str) -> str:
    """A name of the catalog for a table or column, not in `taken`; `spare` is what it is called if nothing can be told."""
    plain = name
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        plain = re.sub(r"[^A-Za-z0-9]+", "_", phrase.text.en).strip("_").lower()
    if not plain or plain[0].isdigit():
        plain = f"{spare}_{plain}".strip("_")
    if not _usable(plain):
        plain = f"{plain}_{spare}"
    unique, n = plain, 2
    while unique.lower() in taken:
        unique, n = f"{plain}_{n}", n + 1
    taken.add(unique.lower())
    return unique


def _usable(name: str) -> bool:
    """Whether an expression can name it without quotes, as dataset and as field."""
    try:
        tree = parse_one(f"SUM({name}.{name})", dialect="duckdb")
    except SqlglotError:
        return False
    column = tree.find(exp.Column)
    return column is not None and column.name == column.table == name
