"""Names and texts as SQL."""

from __future__ import annotations


def quoted(name: str) -> str:
    """A name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def quoted_table(source: str) -> str:
    """A table as a dataset's `source` names it, with or without its schema, quoted part by part."""
    return ".".join(map(quoted, source.split(".")))


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"
