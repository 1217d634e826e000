"""The result of a query as an Arrow IPC stream of plain types."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from nanoarrow._utils import NanoarrowException
from nanoarrow.c_array import CArray, c_array_from_buffers
from nanoarrow.c_array_stream import CArrayStream, c_array_stream
from nanoarrow.ipc import StreamWriter

from semantic_layer.engines.duckdb import column_type

MAX_BYTES = 256_000_000  # the caller has to hold the stream too

# What both Arrow and the caller have; decimals come beside them, and everything else is written as text.
_CARRIED = {
    "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT",
    "FLOAT", "DOUBLE", "VARCHAR", "DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
# Lists of these are carried as well; lists of other things are written as text.
_LISTED = ("BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "VARCHAR")
_NUMBERED = re.compile(r"_\d+$")
_FLOATS: dict[str, type[np.floating[Any]]] = {"f": np.float32, "g": np.float64}  # by the letters that Arrow has for them
# What DuckDB raises while rows are read comes through Arrow as text.
_STREAMED: tuple[tuple[str, type[Exception]], ...] = (
    ("Out of Memory Error", duckdb.OutOfMemoryException),
    ("IO Error", duckdb.IOException),
    ("FATAL Error", duckdb.FatalException),
    ("INTERNAL Error", duckdb.InternalException),
)


class NotAQuery(Exception):
    """A statement that gives no rows of its own."""


@dataclass(frozen=True)
class Written:
    """The columns, each with its name and our type of it; the stream; whether rows were left out."""

    columns: list[tuple[str, str]]
    stream: bytes
    truncated: bool


def written(cursor: duckdb.DuckDBPyConnection, sql: str, max_rows: int) -> Written:
    """Runs one query. Raises the driver's errors, NotAQuery, and MemoryError for a stream longer than MAX_BYTES."""
    statements = cursor.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise NotAQuery
    # The line break ends a comment at the end of the statement.
    bounded = f"FROM ({sql}\n) LIMIT {max_rows + 1}"
    relation = cursor.sql(f"SELECT * {bounded}")
    types = [str(t) for t in relation.types]
    # Each look at a statement costs the engine a planning of it, so only names that the star may have numbered get one.
    names = cursor.sql(sql).columns if any(map(_NUMBERED.search, relation.columns)) else relation.columns
    if names != relation.columns or not all(map(_carried, types)):
        plain = ", ".join(_plain(n, name, kind) for n, (name, kind) in enumerate(zip(names, types, strict=True), 1))
        relation = cursor.sql(f"SELECT {plain} {bounded}")
    batches, schema = _batches(relation)
    surplus = sum(map(len, batches)) - max_rows
    if surplus > 0:
        last = batches.pop()
        batches += [_cut(last, len(last) - surplus)] if len(last) > surplus else []
    stream = io.BytesIO()
    StreamWriter.from_writable(stream).serialize_stream(CArrayStream.from_c_arrays(batches, schema))
    if stream.tell() > MAX_BYTES:
        raise MemoryError(f"a result of {stream.tell()} bytes")
    return Written([(name, column_type(kind)) for name, kind in zip(names, types, strict=True)], stream.getvalue(), surplus > 0)


def _plain(number: int, name: str, sql_type: str) -> str:
    """The expression that selects a column as a plain type; columns go by number, as two may have one name."""
    value = f"#{number}" if _carried(sql_type) else f"CAST(#{number} AS VARCHAR)"
    quoted = name.replace('"', '""')
    return f'{value} AS "{quoted}"'


def _carried(sql_type: str) -> bool:
    if sql_type.endswith("[]"):
        return sql_type.rstrip("[]") in _LISTED
    return sql_type in _CARRIED or (sql_type.startswith("DECIMAL") and sql_type.endswith(")"))


def _batches(relation: duckdb.DuckDBPyRelation) -> tuple[list[CArray], object]:
    try:
        with c_array_stream(relation) as stream:
            return [_finite(batch) for batch in stream], stream.get_schema()
    except NanoarrowException as error:
        raise next((kind(str(error)) for words, kind in _STREAMED if words in str(error)), error) from None


def _finite(array: CArray) -> CArray:
    """The same values, with NaN and infinite numbers as null; also those in lists."""
    kept = list(array.children)
    children = [_finite(child) for child in kept]
    buffers: list[Any] = list(array.view().buffers)
    if dtype := _FLOATS.get(array.schema.format):
        validity = np.frombuffer(memoryview(buffers[0]), np.uint8)
        finite = np.isfinite(np.frombuffer(memoryview(buffers[1]), dtype))
        if finite.all():
            return array
        if validity.size:
            finite &= np.unpackbits(validity, count=len(finite), bitorder="little").astype(bool)
        buffers[0] = np.packbits(finite, bitorder="little")
    elif all(new is old for new, old in zip(children, kept, strict=True)):
        return array
    return c_array_from_buffers(array.schema, len(array), buffers, offset=array.offset, children=children)


def _cut(batch: CArray, length: int) -> CArray:
    """The first rows of a batch. A slice of the batch itself would be written with columns of the old length."""
    return c_array_from_buffers(batch.schema, length, [None], children=[column[:length] for column in batch.children])
