"""From the files of a source to batches, whatever the format."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from semantic_layer.engines.foreign import extract_table
from semantic_layer.errors import ShopError
from semantic_layer.sources.models import ReadSpec
from semantic_layer.sources.reading.batch import Batch, Unreadable
from semantic_layer.sources.reading.files import Seen
from semantic_layer.sources.reading.lines import read_csv, read_jsonl


def read_batches(spec: ReadSpec, files: Sequence[tuple[int, Seen]], into: Path) -> list[Batch]:
    """The rows of some files, by their numbers, in files of the folder `into`. Raises Unreadable, OSError."""
    kind = spec.kind
    try:
        if kind == "csv":
            return read_csv(files, into, encoding=spec.encoding, delimiter=spec.delimiter, header=spec.header)
        if kind == "jsonl":
            return read_jsonl(files, into, encoding=spec.encoding)
        if kind == "excel":
            from semantic_layer.sources.reading.excel import read_excel

            return read_excel(files, into, sheet=spec.sheet, header=spec.header)
    except (EOFError, UnicodeError) as error:
        raise Unreadable(f"A file of the source is damaged or cut short: {type(error).__name__}.", "来源中有文件损坏或不完整。") from None
    return [Batch("parquet", file.path, (), {number: 0}, temporary=spec.database is not None) for number, file in files]


def extracted(spec: ReadSpec, folder: Path, into: Path) -> Seen:
    """The table of a database, as a Parquet file in the folder `into`. Raises Unreadable."""
    assert spec.database is not None and spec.table is not None
    target = into / f"{re.sub(r'[^A-Za-z0-9_.]+', '-', spec.table)}.parquet"
    database = _with_variables(spec.database)
    if spec.kind == "sqlite":
        path = Path(database).expanduser()
        database = str(path if path.is_absolute() else folder / path)
    try:
        content = extract_table(database, spec.table, target)
    except ShopError as error:
        raise Unreadable(error.en, error.zh) from None
    found = target.stat()
    return Seen(spec.table, target, found.st_size, found.st_mtime_ns, content)


def _with_variables(text: str) -> str:
    def of(match: re.Match[str]) -> str:
        value = os.environ.get(match[1])
        if value is None:
            raise Unreadable(f"The variable {match[1]} of the environment is not set.", f"未设置环境变量 {match[1]}。")
        return value

    return re.sub(r"\$\{(\w+)\}", of, text)
