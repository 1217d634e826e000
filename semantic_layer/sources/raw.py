"""The rows of a batch as SQL, whatever its shape; what columns it has, and what kinds of values stand in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.engines.writer import Writer
from semantic_layer.sources.reading.batch import Batch, Kind, Rejected
from semantic_layer.sources.reading.lines import LONGEST

REJECTS = "csv_rejects"
_SCANS = "csv_scans"
_LOOKED_AT = 20_000  # rows whose values tell the kinds of a column of JSON
_JSON_KINDS: dict[str, Kind] = {
    "VARCHAR": "text", "UBIGINT": "number", "BIGINT": "number", "DOUBLE": "number", "BOOLEAN": "boolean", "OBJECT": "nested", "ARRAY": "nested",
}  # fmt: skip
_REASONS = {"MISSING COLUMNS": "columns", "TOO MANY COLUMNS": "columns", "UNQUOTED VALUE": "quotes", "INVALID ENCODING": "encoding"}


def present(writer: Writer, batch: Batch) -> list[str]:
    """The columns that the files of a batch have."""
    if batch.shape == "csv":
        return list(batch.columns)
    if batch.shape == "json":
        rows = writer.rows(f"SELECT DISTINCT unnest(k) FROM (SELECT DISTINCT json_keys(CASE WHEN {_IS_OBJECT} THEN j END) AS k FROM {_lines(batch)})")
        return sorted(str(r[0]) for r in rows)
    return list(writer.columns(f"FROM {_read_parquet(batch)}"))


def kinds(writer: Writer, batch: Batch, columns: Sequence[str]) -> dict[str, frozenset[Kind]]:
    """The kinds of values that stand in some columns; of CSV nothing, where all is text."""
    if batch.shape == "parquet":
        types = writer.columns(f"FROM {_read_parquet(batch)}")
        return {c: frozenset([_kind_of(types[c])]) for c in columns if c in types}
    if batch.shape == "csv":
        return {}
    found: dict[str, set[Kind]] = {}
    step = max(1, sum(batch.records.values()) // _LOOKED_AT)
    rows = f"SELECT j FROM {_lines(batch)} WHERE _line % {step} = 0 AND {_IS_OBJECT} LIMIT {2 * _LOOKED_AT}"
    paths = ", ".join(literal(_path(c)) for c in columns)
    pairs = f"SELECT unnest(range(1, {len(columns) + 1})) AS i, unnest(json_type(j, [{paths}])) AS kind FROM ({rows})"
    for i, kind in writer.rows(f"SELECT DISTINCT i, kind FROM ({pairs})") if columns else ():
        if kind in _JSON_KINDS:
            found.setdefault(columns[i - 1], set()).add(_JSON_KINDS[kind])
    return {c: frozenset(k) for c, k in found.items()}


def rows(batch: Batch, wanted: Sequence[str], present: Sequence[str], *, keep_text: bool) -> str:
    """The rows with their `_file`, `_line` and `_hash`, and a column `_r0`, `_r1`, ... of text for each wanted one.

    `_bad` says why a record is no row; `_text` is that record, where texts may be kept.
    """
    if batch.shape == "json":
        paths = ", ".join(literal(_path(c)) for c in wanted)
        values = f"json_extract_string(CASE WHEN ok THEN j END, [{paths}])" if wanted else "[]"
        lines = f"SELECT *, {_IS_OBJECT} AS ok FROM {_lines(batch)}"
        inner = f"SELECT _file, _line, j, ok, {values} AS v FROM ({lines})"
        chosen = "".join(f", v[{i}] AS _r{i - 1}" for i in range(1, len(wanted) + 1))
        text = "CASE WHEN NOT ok THEN j END" if keep_text else "CAST(NULL AS VARCHAR)"
        return f"SELECT _file, _line, md5_number(j) AS _hash, CASE WHEN NOT ok THEN 'json' END AS _bad, {text} AS _text{chosen} FROM ({inner})"
    names = {c: f"_c{i}" for i, c in enumerate(present)}
    inner = _csv(batch, len(names)) if batch.shape == "csv" else _parquet(batch, names)
    chosen = "".join(f", {names.get(c, 'CAST(NULL AS VARCHAR)')} AS _r{i}" for i, c in enumerate(wanted))
    whole = ", ".join(f"coalesce({n}, chr(30))" for n in names.values())
    hashed = f"md5_number(concat_ws(chr(31), {whole}))"
    return f"SELECT _file, _line, {hashed} AS _hash, CAST(NULL AS VARCHAR) AS _bad, CAST(NULL AS VARCHAR) AS _text{chosen} FROM {inner}"


def forget_rejects(writer: Writer) -> None:
    """Before the rows of a CSV are read."""
    writer.run(f"DROP TABLE IF EXISTS {REJECTS}")
    writer.run(f"DROP TABLE IF EXISTS {_SCANS}")


def rejects(writer: Writer, batch: Batch) -> list[Rejected]:
    """The records of a CSV that the engine refused when it read the rows: with too few or too many columns, or with odd quotation marks."""
    if batch.shape != "csv" or not writer.value("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [REJECTS]):
        return []
    found: dict[tuple[int, int], Rejected] = {}
    for kind, text in writer.rows(f"SELECT CAST(error_type AS VARCHAR), csv_line FROM {REJECTS}"):
        file, _, rest = text.partition(batch.delimiter)
        line, _, rest = rest.partition(batch.delimiter)
        # What the engine takes for a row and is none has no number in front; that the count is wrong then is found later.
        if not (file.isdecimal() and line.isdecimal()):
            continue
        found.setdefault((int(file), int(line)), Rejected(int(file), int(line), _REASONS.get(kind, "columns"), rest.rstrip("\n")))
    return list(found.values())


def together(writer: Writer, batches: Sequence[Batch]) -> list[Batch]:
    """Makes one batch of all Parquet files with the same columns: what the engine does with each statement takes longer than a small file."""
    groups: dict[object, list[Batch]] = {}
    for i, batch in enumerate(batches):
        mergeable = batch.shape == "parquet" and not batch.temporary
        groups.setdefault(tuple(writer.columns(f"FROM {_read_parquet(batch)}").items()) if mergeable else i, []).append(batch)
    return [_merged(group) for group in groups.values()]


def _merged(batches: Sequence[Batch]) -> Batch:
    first, *others = batches
    records = {number: n for batch in batches for number, n in batch.records.items()}
    return replace(first, records=records, more=tuple(path for batch in others for path in batch.paths))


def count_parquet(writer: Writer, batch: Batch) -> None:
    """Fills in how many rows the Parquet files of a batch say they have."""
    counts = dict(writer.rows(f"SELECT file_name, num_rows FROM parquet_file_metadata({_listed(batch)})"))
    batch.records = {number: int(counts[str(path)]) for number, path in zip(batch.records, batch.paths, strict=True)}


_IS_OBJECT = "(json_valid(j) AND starts_with(ltrim(j), '{'))"


def _lines(batch: Batch) -> str:
    """Lines of JSON, each as a whole."""
    return (
        f"read_csv({literal(str(batch.path))}, columns = {{'_file': 'BIGINT', '_line': 'BIGINT', 'j': 'VARCHAR'}}, delim = chr(31), quote = '', "
        f"escape = '', header = false, auto_detect = false, new_line = '\\n', max_line_size = {_LINE})"
    ).replace("chr(31)", literal("\x1f"))


_LINE = 4 * LONGEST + 64  # bytes


def _csv(batch: Batch, columns: int) -> str:
    types = ", ".join(f"'_c{i}': 'VARCHAR'" for i in range(columns))
    return (
        f"read_csv({literal(str(batch.path))}, columns = {{'_file': 'BIGINT', '_line': 'BIGINT', {types}}}, delim = {literal(batch.delimiter)}, "
        f"quote = '\"', escape = '\"', header = false, auto_detect = false, new_line = '\\n', max_line_size = {_LINE}, "
        f"store_rejects = true, rejects_table = '{REJECTS}', rejects_scan = '{_SCANS}')"
    )


def _parquet(batch: Batch, names: dict[str, str]) -> str:
    chosen = ", ".join(f"{_text(c)} AS {n}" for c, n in names.items())
    numbers = ", ".join(map(str, batch.records))
    number = f"[{numbers}][CAST(file_index AS BIGINT) + 1]" if batch.more else numbers
    return f"(SELECT {number} AS _file, file_row_number + 1 AS _line, {chosen} FROM read_parquet({_listed(batch)}, file_row_number = true))"


def _read_parquet(batch: Batch) -> str:
    """The first file of a batch, whose columns are those of all."""
    return f"read_parquet({literal(str(batch.path))})"


def _listed(batch: Batch) -> str:
    return f"[{', '.join(literal(str(path)) for path in batch.paths)}]"


def _text(column: str) -> str:
    """A value as text: of nested types as JSON."""
    name = quoted(column)
    nested = f"typeof({name}) SIMILAR TO '(STRUCT|MAP|UNION).*|.*\\]'"
    return f"CASE WHEN {name} IS NULL THEN NULL WHEN {nested} THEN CAST(to_json({name}) AS VARCHAR) ELSE CAST({name} AS VARCHAR) END"


def _kind_of(sql_type: str) -> Kind:
    if sql_type.endswith("]") or sql_type.startswith(("STRUCT", "MAP", "UNION")):
        return "nested"
    if sql_type.startswith(("TIMESTAMP", "DATE", "TIME")):
        return "time"
    if sql_type == "BOOLEAN":
        return "boolean"
    return "text" if sql_type in ("VARCHAR", "UUID", "BLOB") or sql_type.startswith("ENUM") else "number"


def _path(column: str) -> str:
    """A column of JSON as a path: as written, or the key of that name."""
    if column.startswith("$"):
        return column
    escaped = column.replace("\\", "\\\\").replace('"', '\\"')
    return f'$."{escaped}"'
