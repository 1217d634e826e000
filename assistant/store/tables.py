"""What everything in the store shares: transactions, and the names and texts that it takes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection, Engine

from assistant.store.opening import speaking, writing
from semantic_layer.errors import UsageError

LONGEST_NAME = 255


class Tables:
    """Some tables of one database. Safe to use from many threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        with speaking(self._engine.url), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        with speaking(self._engine.url), writing(self._engine) as connection:
            yield connection


def check_names(*names: str) -> None:
    """Raises UsageError for a name that some database would cut, refuse or take for another."""
    if not all(map(keeps, names)):
        raise UsageError(
            f"A name of a shop, a user or a choice has at most {LONGEST_NAME} characters, all of them text, and no space around it.",
            f"店铺、用户和选择的名称最多 {LONGEST_NAME} 个字符，须为文本，首尾无空格。",
        )


def keeps(name: str) -> bool:
    """Whether no database would cut the name, refuse it or take it for another."""
    return len(name) <= LONGEST_NAME and name == storable(name).strip()


def storable(text: str) -> str:
    """The text with ? for what no database keeps: halves of characters, and the character 0."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")
