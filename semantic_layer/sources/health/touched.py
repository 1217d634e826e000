"""The rows that a refresh left out, repaired or marked, copied from the ledger, which is held for that moment only."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from semantic_layer.engines.files import BASE
from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.engines.writer import Writer
from semantic_layer.errors import ShopError
from semantic_layer.sources.build import STATE
from semantic_layer.sources.head import base_of
from semantic_layer.sources.ledger import rows_of
from semantic_layer.sources.models import SourcesSpec
from semantic_layer.sources.refresh import LEDGER
from semantic_layer.sources.resolve import exact_duplicates
from semantic_layer.sources.staging import FILE_BITS, table_columns

TOUCHED = "wenshu_touched"  # the name under which the copy is attached
DUPLICATE = "duplicate"  # the code of rows that came before


def copy_touched(spec: SourcesSpec, sources: Iterable[str], database: Path, state: Path, into: Path) -> Path:
    """Writes a database with a table for each of some sources, named as it: `_out`, whether the row is in no table, `_codes`, the rules
    that it broke, and its columns as far as they were read, none that says who somebody is.

    Raises ShopError where a refresh is running, or was cut off, or where the ledger is gone.
    """
    ledger = state / "sources" / LEDGER
    if not ledger.is_file():
        raise ShopError("What was read is not there any more. Run: wenshu refresh --full", "读入的数据已不在。请运行：wenshu refresh --full")
    path = into / "touched.duckdb"
    with Writer(path) as writer, contextlib.ExitStack() as open_files:
        open_files.enter_context(writer.attached(database, "wenshu_made"))
        base = base_of(writer, database)
        if base is not None:
            open_files.enter_context(writer.attached(base.path, BASE))
        open_files.enter_context(writer.attached(ledger, "wenshu_read"))
        made = writer.value(f"SELECT generation FROM wenshu_made.{STATE}.built")
        if str(made) != writer.value("SELECT value FROM wenshu_read.main.meta WHERE key = 'generation'"):
            raise ShopError("The last refresh was cut off. Run: wenshu refresh", "上次刷新中断。请运行：wenshu refresh")
        for source in sources:
            _copy(writer, spec, source)
    return path


def _copy(writer: Writer, spec: SourcesSpec, source: str) -> None:
    said = spec.sources[source]
    rows = f"wenshu_read.main.{rows_of(source)}"
    columns = "".join(f", {quoted(c)}" for c in table_columns(spec, said) if not said.columns[c].personal)
    held = f"SELECT file, line, reasons FROM wenshu_made.{STATE}.quarantine WHERE source = {literal(source)}"
    files = f"SELECT id, name FROM wenshu_read.main.files WHERE source = {literal(source)}"
    out = f"SELECT f.id * {1 << FILE_BITS} + q.line AS _id, q.reasons FROM ({held}) q JOIN ({files}) f ON f.name = q.file"
    writer.run(f"CREATE OR REPLACE TEMP TABLE out AS {out}")
    kept = f"FROM {rows} WHERE _why IS NULL AND _id NOT IN (SELECT _id FROM out)"
    parts = [
        f"SELECT TRUE AS _out, string_split(o.reasons, ';') AS _codes{columns} FROM {rows} JOIN out o USING (_id)",
        f"SELECT FALSE, string_split(concat_ws(';', _fixed, _marks), ';'){columns} {kept} AND (_fixed IS NOT NULL OR _marks IS NOT NULL)",
    ]
    if said.exact_duplicates == "drop":
        twice = exact_duplicates(rows, "wenshu_read.main.files")
        parts.append(f"SELECT TRUE, [{literal(DUPLICATE)}]{columns} FROM {rows} WHERE _id IN ({twice})")
    writer.run(f"CREATE TABLE {quoted(source)} AS {' UNION ALL '.join(parts)}")
