"""The result of a query as an Arrow IPC stream of plain types."""

from __future__ import annotations

import io
from dataclasses import dataclass

import duckdb
from nanoarrow._utils import NanoarrowException
from nanoarrow.c_array import CArray, c_array_from_buffers
from nanoarrow.c_array_stream import CArrayStream, c_array_stream
from nanoarrow.ipc import StreamWriter

from semantic_layer.engines.duckdb import column_type

MAX_BYTES = 256_000_000  # the caller has to hold the stream too

# What both Arrow and the caller have; decimals come beside them, and everything else is written as text.
_CARRIED = {
    "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT",
    "VARCHAR", "DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
# Lists of these are carried as well; lists of other things are written as text.
_LISTED = ("BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "VARCHAR")
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
    relation = cursor.sql(sql)
    if relation is None:
        raise NotAQuery
    names, types = relation.columns, [str(t) for t in relation.types]
    plain = ", ".join(_plain(n, name, kind) for n, (name, kind) in enumerate(zip(names, types, strict=True), 1))
    # The line break ends a comment at the end of the statement.
    batches, schema = _batches(cursor.sql(f"SELECT {plain} FROM ({sql}\n) LIMIT {max_rows + 1}"))
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
    value = f"#{number}"
    if sql_type in ("FLOAT", "DOUBLE"):
        value = f"CASE WHEN isfinite({value}) THEN {value} END"
    elif not _carried(sql_type):
        value = f"CAST({value} AS VARCHAR)"
    quoted = name.replace('"', '""')
    return f'{value} AS "{quoted}"'


def _carried(sql_type: str) -> bool:
    if sql_type.endswith("[]"):
        return sql_type.rstrip("[]") in _LISTED
    return sql_type in _CARRIED or (sql_type.startswith("DECIMAL") and sql_type.endswith(")"))


def _batches(relation: duckdb.DuckDBPyRelation) -> tuple[list[CArray], object]:
    try:
        with c_array_stream(relation) as stream:
            return list(stream), stream.get_schema()
    except NanoarrowException as error:
        raise next((kind(str(error)) for words, kind in _STREAMED if words in str(error)), error) from None


def _cut(batch: CArray, length: int) -> CArray:
    """The first rows of a batch. A slice of the batch itself would be written with columns of the old length."""
    return c_array_from_buffers(batch.schema, length, [None], children=[column[:length] for column in batch.children])
