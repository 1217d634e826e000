"""From the files of a stranger to a `sources.yaml`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from semantic_layer.catalog.draft.identifiers import identifier
from semantic_layer.catalog.draft.keys import KEY_WORDS
from semantic_layer.catalog.draft.words import Phrase, glossary
from semantic_layer.engines.quoting import quoted
from semantic_layer.engines.writer import Writer
from semantic_layer.errors import Message, ShopError
from semantic_layer.sources.check import ARRIVED, MARKS
from semantic_layer.sources.propose.choose import Choice, choose
from semantic_layer.sources.propose.discover import discover
from semantic_layer.sources.propose.trial import SUM_WORDS, Counts, Tried, is_sum, tried
from semantic_layer.sources.reading import Unreadable

SUMS = {"zh": "只作合计的行", "en": "a row that only adds others up"}


@dataclass(frozen=True)
class Guess:
    """Something of `sources.yaml` that was guessed: where, what, and why. `doubtful` ones somebody should look at first."""

    place: str
    what: str
    reason: Message
    doubtful: bool = False


@dataclass
class Column:
    """A column of a table: its name, what files call it, and what it is taken for."""

    name: str
    header: str
    phrase: Phrase
    counts: Counts
    choice: Choice


@dataclass
class ProposedTable:
    """A table, the parts that it is made of, its columns, its key, and which rows are none of it.

    `title` is what its files or sheet are called.
    """

    name: str
    title: str
    parts: dict[str, Tried]  # by the name of the source
    columns: list[Column]
    key: str = ""
    sums: str = ""  # a condition that rows of sums meet, where there are some


@dataclass
class Proposal:
    """The tables of a `sources.yaml`, what was guessed, and what stays out with the reason."""

    tables: list[ProposedTable] = field(default_factory=list)
    guesses: list[Guess] = field(default_factory=list)
    left_out: list[Message] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, tuple[str, dict[str, str]]]:
        """What people call each table, and each of its columns by name."""
        return {t.name: (t.title, {c.name: c.header for c in t.columns}) for t in self.tables}


def propose_sources(data: Path, folder: Path) -> Proposal:
    """Looks at a file or at all files below a folder, as sources of the shop `folder`. Raises ShopError where nothing can be read."""
    try:
        found = discover(data, folder)
    except Unreadable as error:
        raise ShopError(f"There is no file or folder {data}.", f"没有文件或文件夹 {data}。") from error
    made = Proposal(left_out=found.left_out)
    groups: dict[tuple[str, tuple[str, ...]], list[Tried]] = {}
    with tempfile.TemporaryDirectory(prefix="wenshu-look-") as into, Writer(Path(into) / "look.duckdb") as writer:
        for part in found.parts:
            try:
                looked = tried(writer, part, Path(into))
            except Unreadable as error:
                made.left_out.append(Message(f"{part.name}: {error.en}", f"{part.name}：{error.zh}"))
                continue
            groups.setdefault((part.title.casefold(), tuple(sorted(looked.columns))), []).append(looked)
    if not groups:
        raise _nothing(data, made.left_out)
    taken: set[str] = set()
    for parts in groups.values():
        made.tables.append(_table(parts, taken))
    _fill_zeros(made.tables)
    made.guesses = [g for t in made.tables for g in _guesses(t)]
    return made


def _nothing(data: Path, left_out: Iterable[Message]) -> ShopError:
    why = list(left_out)
    en = "".join(f"\n  {m.en}" for m in why) or " It holds no file of CSV, Excel, JSON lines or Parquet."
    zh = "".join(f"\n  {m.zh}" for m in why) or "其中没有 CSV、Excel、JSON lines 或 Parquet 文件。"
    return ShopError(f"Nothing in {data} can be read.{en}", f"{data} 中没有可读取的数据。{zh}")


def _table(parts: list[Tried], taken: set[str]) -> ProposedTable:
    title, words = parts[0].part.title, glossary()
    own = words.phrase(title)
    name = identifier(title, own, taken, "table")
    used = {MARKS, ARRIVED}
    columns = []
    for header in parts[0].columns:
        phrase = words.phrase(header)
        counts = parts[0].columns[header]
        for other in parts[1:]:
            counts = counts.with_(other.columns[header])
        columns.append(Column(_column_name(header, phrase, used), header, phrase, counts, choose(counts, phrase)))
    made = ProposedTable(name, title, {}, columns)
    for n, part in enumerate(parts, 1):
        made.parts[name if len(parts) == 1 else f"{name}_{n}"] = part
    if len(parts) == 1:
        made.key = _key(parts[0].rows, columns, own)
    if any(c.counts.sums for c in columns):
        made.sums = _sums(columns)
    return made


def _sums(columns: list[Column]) -> str:
    """A condition for rows that only add others up: nothing but numbers, and at most the word for it."""
    said = [c for c in columns if c.choice.kind not in ("money", "number", "integer") or c.counts.sums or c.phrase.last in KEY_WORDS]
    return " AND ".join(f"({quoted(c.name)} IS NULL OR {is_sum(f'CAST({quoted(c.name)} AS VARCHAR)')})" for c in said)


def _column_name(header: str, phrase: Phrase, used: set[str]) -> str:
    plain = header if not header.startswith("_") else header.lstrip("_")
    return identifier(plain, phrase, used, "column")


def _key(rows: int, columns: list[Column], own: Phrase) -> str:
    """A code that is never empty and never the same twice; the likeliest by its name."""
    ranked = []
    for place, c in enumerate(columns):
        named = c.phrase.last in KEY_WORDS
        if c.choice.is_code and not c.choice.invalid and (named or place == 0) and c.counts.filled == c.counts.distinct == rows:
            ranked.append((-(4 * named + 3 * bool(set(c.phrase.words) & set(own.words)) + 2 * (place == 0)), place, c.name))
    return min(ranked)[2] if ranked else ""


def _fill_zeros(tables: list[ProposedTable]) -> None:
    """Numbers that have zeros in front in one file and lost them in another get them back, so that the files meet."""
    codes = [c for t in tables for c in t.columns if c.choice.kind in ("id", "integer") and c.counts.filled and c.counts.digits == c.counts.filled]
    padded = {c.name: c.counts.longest for c in codes if c.counts.zeros and c.counts.shortest == c.counts.longest}
    short = {c.name for c in codes if c.name in padded and c.counts.shortest < padded[c.name] >= c.counts.longest}
    for c in codes:
        if c.name in short:
            digits = padded[c.name]
            why = Message(f"filled up with zeros to {digits} digits: some files have lost them", f"补零到 {digits} 位：部分文件丢失了前导零")
            c.choice = replace(c.choice, kind="id", step={"id": {"digits": digits}}, reason=why, doubtful=True)


def _guesses(table: ProposedTable) -> Iterable[Guess]:
    for source, part in table.parts.items():
        for column in part.nested:
            why = Message("it holds values within values, or a name that cannot be written: left out", "含嵌套的值，或列名无法书写：未采用")
            yield Guess(f"sources.{source}", column, why, True)
        if part.part.spec.header > 1:
            why = Message("the first line as wide as the table whose cells are all names", "第一个与表同宽且全是名称的行")
            yield Guess(f"sources.{source}.header", str(part.part.spec.header), why, True)
        for c in table.columns:
            yield Guess(f"sources.{source}.columns.{c.name}", _said(c), c.choice.reason, c.choice.doubtful or c.choice.invalid > 0)
    if len(table.parts) > 1:
        why = Message("files with the same columns, called alike", "列相同、名称相近的多个文件")
        yield Guess(f"tables.{table.name}", ", ".join(p.part.name for p in table.parts.values()), why)
    if table.sums:
        why = Message("rows that only add others up are left out", "只作合计的行不计入")
        yield Guess(f"tables.{table.name}.rules.sums", ", ".join(SUM_WORDS), why, True)
    if table.key:
        yield Guess(f"tables.{table.name}.key", table.key, Message("never empty, never the same twice", "从不为空，也不重复"))
    else:
        why = Message("no column tells its rows apart: rows that are all the same are kept", "没有能区分各行的列：完全相同的行全部保留")
        yield Guess(f"tables.{table.name}", table.title, why, True)


def _said(column: Column) -> str:
    step: Any = column.choice.step
    kind = step if isinstance(step, str) else next(iter(step))
    return f"{column.header} -> {kind}" if column.header != column.name else kind
