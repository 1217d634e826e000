"""Verified questions tried again: whether each still fits the catalog, how it is read now, and whether its rows are as they were."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.reading import Reader, Reading
from assistant.verified.book import Book
from assistant.verified.entry import Entry
from assistant.verified.match import Matcher, tried
from assistant.verified.moving import Outdated, moved
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.source import Problem
from semantic_layer.compiler import compile_query
from semantic_layer.errors import EngineError, GuardError, Message, QueryError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Access

Way = Literal["grammar", "words", "none"]
_ROWS_KEPT = 5_000  # a digest of more says less than it costs


@dataclass(frozen=True)
class Tried:
    """One question of an entry. `way`: `grammar` reads it as its query, or only its own `words` do; `none` where it is not answered from it.

    `wrong` says why not; `changed` whether the rows of its query differ from when they were kept.
    """

    entry: Entry
    question: str
    way: Way
    wrong: Message | None = None
    changed: bool = False


def try_all(book: Book, reader: Reader) -> Iterator[Tried]:
    """Each question of each entry, as the reader's access may ask it."""
    page = book.page()
    matcher = Matcher(reader, page.entries)
    for entry in page.entries:
        wrong = unfit(entry, reader)
        ran = wrong or _ran(entry, reader)
        changed = not isinstance(ran, Message) and bool(entry.rows) and ran != entry.rows
        for question in entry.questions:
            if isinstance(ran, Message):
                yield Tried(entry, question, "none", ran)
            else:
                yield _tried(matcher, reader, entry, question, changed)


def unfit(entry: Entry, reader: Reader) -> Message | None:
    """Why an entry cannot be used by this reader today; None where it can."""
    for question in entry.questions:
        try:
            reader.shop.compile(moved(entry.query, (question, *entry.periods), entry.on, reader.clock))
        except QueryError as error:
            return Message(error.en, error.zh)
        except Outdated:
            return Message(
                "its period ran up to the day of verifying, and no words name it: give some under periods, or verify it again",
                "它的时间段截至核实当天，且没有文字说明：请在 periods 中写明，或重新核实",
            )
    return None


def not_carried(book: Book, catalog: Catalog, today: dt.date) -> list[Problem]:
    """The entries whose query a catalog no longer holds, as warnings with their line, and the mistakes of the file."""
    page = book.page()
    found = list(page.problems)
    for entry in page.entries:
        try:
            compile_query(entry.query, catalog, today)
        except QueryError as error:
            en, zh = f"the verified question {entry.id} no longer fits the catalog: {error.en}", f"已核实问题 {entry.id} 与目录不再相符：{error.zh}"
            found.append(Problem(book.place(entry.id), en, "verified", zh, severity="warning", field=entry.id))
    return sorted(found)


def digest(query: SemanticQuery, access: Access) -> str:
    """A digest of the rows of a query; "" where there are too many. Raises QueryError, GuardError, EngineError."""
    rows = access.answer(query).rows
    if len(rows) > _ROWS_KEPT:
        return ""
    plain = json.dumps([[_plain(cell) for cell in row] for row in rows], ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def _plain(cell: object) -> object:
    return float(f"{cell:.9g}") if isinstance(cell, float) else cell if isinstance(cell, (int, str, type(None))) else str(cell)


def _ran(entry: Entry, reader: Reader) -> str | Message:
    """The digest of its rows as of the day of verifying; what is wrong where it does not run."""
    try:
        return digest(entry.query, reader.shop)
    except (QueryError, GuardError, EngineError) as error:
        return Message(error.en, error.zh)


def _tried(matcher: Matcher, reader: Reader, entry: Entry, question: str, changed: bool) -> Tried:
    spelled = matcher.spelled(question)
    if spelled is None or spelled.entry.id != entry.id:
        said = Message("another verified question is spelled alike and has another query", "另有一条写法相同而查询不同的已核实问题")
        return Tried(entry, question, "none", said, changed)
    outcome = tried(lambda: reader.read(question))
    alike = isinstance(outcome, Reading) and outcome.query == spelled.query
    return Tried(entry, question, "grammar" if alike else "words", None, changed)
