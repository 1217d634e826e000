"""Text files, read line by line: decoded, counted, and written again as UTF-8 with the file and line in front of each record.

The count is taken here, apart from the engine that reads the records: what it makes of them has to add up to it.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from semantic_layer.sources.reading.batch import Batch, Rejected, Unreadable
from semantic_layer.sources.reading.files import Seen

SEPARATOR = "\x1f"  # between file, line and record of JSON, where it cannot stand
LONGEST = 1_000_000  # characters of a record; the engine takes no longer ones
csv.field_size_limit(LONGEST)
_SAMPLE = 1 << 20
_TALLEST = 100  # lines of one record; more is a quotation mark that nobody closed
_MANY = 1_000  # rejected records, of which fewer than half as many are rows: not the format that was declared


def read_csv(files: Iterable[tuple[int, Seen]], into: Path, *, encoding: str, delimiter: str | None, header: int) -> list[Batch]:
    """Batches of CSV files, one for each list of columns. Raises Unreadable."""
    writers: dict[tuple[tuple[str, ...], str], _Writer] = {}
    try:
        for number, file in files:
            with opened(file.path, encoding) as lines:
                columns, separator, line = _head(lines, file, delimiter, header, encoding)
                key = columns, separator
                if key not in writers:
                    writers[key] = _Writer(Batch("csv", into / f"{number}.csv", columns, {}, separator))
                _records(lines, line, number, file, writers[key])
    finally:
        for writer in writers.values():
            writer.close()
    return [w.batch for w in writers.values()]


def read_jsonl(files: Iterable[tuple[int, Seen]], into: Path, *, encoding: str) -> list[Batch]:
    """One batch of all files of JSON lines. Raises Unreadable."""
    writer: _Writer | None = None
    try:
        for number, file in files:
            if writer is None:
                writer = _Writer(Batch("json", into / f"{number}.jsonl", (), {}, SEPARATOR))
            with opened(file.path, encoding) as lines:
                writer.begin(number)
                for line, text in enumerate(lines, 1):
                    if SEPARATOR in text:
                        writer.refuse(number, line, "json", text)
                    elif not text.isspace():
                        writer.record(number, line, text)
                writer.check(number, file)
    finally:
        if writer is not None:
            writer.close()
    return [writer.batch] if writer else []


class _Writer:
    """Writes the records of a batch."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self._out = batch.path.open("w", encoding="utf-8", newline="", buffering=1 << 20)
        self._write = self._out.write
        self._between = batch.delimiter
        self._before = 0  # records rejected of earlier files

    def begin(self, number: int) -> None:
        self.batch.records[number] = 0
        self._before = len(self.batch.rejected)

    def record(self, number: int, line: int, text: str) -> None:
        self.batch.records[number] += 1
        if _BROKEN in text or "\x00" in text:
            self.reject(number, line, "encoding", text.replace(_BROKEN, "\ufffd"))
        elif len(text) > LONGEST:
            self.reject(number, line, "length", text[:1_000])
        else:
            self._write(f"{number}{self._between}{line}{self._between}{text}")
            if text[-1] != "\n":
                self._write("\n")

    def refuse(self, number: int, line: int, reason: str, text: str) -> None:
        """A record that is none, from the first look on."""
        self.batch.records[number] += 1
        self.reject(number, line, reason, text)

    def reject(self, number: int, line: int, reason: str, text: str) -> None:
        self.batch.rejected.append(Rejected(number, line, reason, text.rstrip("\r\n")))

    def check(self, number: int, file: Seen) -> None:
        """Raises Unreadable where a file is plainly not what it was declared to be."""
        records, bad = self.batch.records[number], len(self.batch.rejected) - self._before
        if bad > _MANY and bad * 2 > records:
            reason = self.batch.rejected[-1].reason
            raise Unreadable(
                f"{file.name}: {bad} of {records} records cannot be read ({reason}). Correct encoding: or format: in sources.yaml.",
                f"{file.name}：{records} 条记录中有 {bad} 条无法读取（{reason}）。请更正 sources.yaml 里的 encoding: 或 format:。",
            )

    def close(self) -> None:
        self._out.close()


_BROKEN = "\ufffd\ufffd\ufffd\ufffd"  # what stands for bytes that are no text; a replacement character of the file itself stays single


def _mark(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return _BROKEN, error.end


codecs.register_error("wenshu-mark", _mark)


@contextmanager
def opened(path: Path, encoding: str) -> Iterator[Iterator[str]]:
    """The lines of a text file, decoded; `auto` tells encodings apart."""
    opening: Callable[[Path, str], IO[bytes]] = gzip.open if path.suffix == ".gz" else Path.open  # type: ignore[assignment]
    with opening(path, "rb") as raw:
        found = _detected(raw.read(_SAMPLE)) if encoding == "auto" else encoding
        raw.seek(0)
        # Only line feeds end a line, so that lines are counted as editors do; a carriage return before one is taken off.
        with io.TextIOWrapper(raw, encoding=found, errors="wenshu-mark", newline="\n") as text:
            yield iter(text)


def _detected(sample: bytes) -> str:
    """UTF-8 or UTF-16 by their marks; else UTF-8 or GB18030 (which holds GBK and GB2312), whichever the bytes break less often."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    broken = _broken(sample, "utf-8")
    return "gb18030" if broken and _broken(sample, "gb18030") < broken else "utf-8"


def _broken(sample: bytes, encoding: str) -> int:
    return sample.decode(encoding, errors="wenshu-mark").count(_BROKEN)


def _head(lines: Iterator[str], file: Seen, delimiter: str | None, header: int, encoding: str) -> tuple[tuple[str, ...], str, int]:
    """The names of the columns, what stands between them, and the number of lines up to there."""
    for line, text in enumerate(lines, 1):
        if line < header:
            continue
        if text.isspace():
            header += 1
            continue
        if _BROKEN in text:
            named = "UTF-8, UTF-16, GB18030" if encoding == "auto" else encoding
            raise Unreadable(
                f"{file.name} is not written in {named}: see its line {line}. Correct encoding: in sources.yaml (or say auto).",
                f"{file.name} 的编码不是 {named}：第 {line} 行无法解码。请更正 sources.yaml 里的 encoding:（或写 auto）。",
            )
        text = text.rstrip("\r\n").lstrip("\ufeff")
        separator = delimiter or max(",\t;|", key=text.count)
        names = [" ".join(name.split()) or f"column_{i}" for i, name in enumerate(next(csv.reader([text], delimiter=separator)), 1)]
        return unique(names, file), separator, line
    raise Unreadable(f"{file.name} is empty: it has no line {header} with names of columns.", f"{file.name} 是空的：没有第 {header} 行列名。")


def unique(names: list[str], file: Seen) -> tuple[str, ...]:
    """Names of columns. Raises Unreadable where one is given twice."""
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise Unreadable(
            f"{file.name} has several columns called {', '.join(twice)}. Rename them in the file.",
            f"{file.name} 有多列同名：{'、'.join(twice)}。请在文件中改名。",
        )
    return tuple(names)


def _records(lines: Iterator[str], line: int, number: int, file: Seen, writer: _Writer) -> None:
    """Passes the records on, several lines as one where a quotation goes on over them."""
    writer.begin(number)
    separator = writer.batch.delimiter
    waiting = _Waiting(lines)
    for text in waiting:
        line += 1
        if text.isspace():
            continue
        if '"' not in text:
            # The engine takes a carriage return for the end of a row wherever it stands.
            writer.record(number, line, text.rstrip("\r\n").replace("\r", " ") if "\r" in text else text)
            continue
        found, height = _quoted(text, waiting, separator)
        if found is None:
            writer.refuse(number, line, "quotes", text)
        else:
            writer.record(number, line, found)
        line += height - 1
    writer.check(number, file)


def _quoted(text: str, waiting: _Waiting, separator: str) -> tuple[str | None, int]:
    """A record with quotation marks as the engine takes them without doubt, and the number of its lines.

    None, and one line, where a mark is nowhere closed as it should. Marks inside of a field that does not begin with one are letters.
    """
    pending = [text]
    while True:
        try:
            # Strict, so that text which ends within a quotation is an error.
            (fields,) = csv.reader(io.StringIO("".join(pending), newline=""), delimiter=separator, strict=True)
            return _canonical(fields, separator), len(pending)
        except (csv.Error, ValueError) as error:
            more = next(waiting, None) if "end of data" in str(error) and len(pending) < _TALLEST else None
            if more is None:
                waiting.back(pending[1:])
                return None, 1
            pending.append(more)


class _Sink:
    """Gives back what is written."""

    def write(self, text: str) -> str:
        return text


def _canonical(fields: list[str], separator: str) -> str:
    fields = [f.replace("\r\n", "\n").replace("\r", " ") if "\r" in f else f for f in fields]
    return str(csv.writer(_Sink(), delimiter=separator, lineterminator="\n").writerow(fields))


class _Waiting:
    """An iterator to which lines can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._returned = lines, []  # type: tuple[Iterator[str], list[str]]

    def __iter__(self) -> _Waiting:
        return self

    def __next__(self) -> str:
        return self._returned.pop() if self._returned else next(self._lines)

    def back(self, lines: list[str]) -> None:
        self._returned += reversed(lines)
