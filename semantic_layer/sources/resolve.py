"""Which rows of a table's sources are in it: without exact duplicates, without those that another row with the same key supersedes
or that are another row sent again, and without those that refer to nothing. All of it in temporary tables over the staged rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.engines.writer import Writer
from semantic_layer.sources.models import RepeatsSpec, SourcesSpec, TableSpec
from semantic_layer.sources.staging import FILE_BITS

FILE = f"_id // {1 << FILE_BITS}"


@dataclass(frozen=True)
class Resolved:
    """Names of temporary tables: `duplicates` (_source, _id), `lost` (_source, _id, reason, instead) and `rows`, a query of the rows
    that stay (_source, _id, _batch, _marks and the columns that come from sources)."""

    duplicates: str
    lost: str
    rows: str


def resolve(writer: Writer, spec: SourcesSpec, table: str, rows: Mapping[str, str], others: str, prefix: str = "") -> Resolved:
    """Resolves the staged rows of a table; `rows` names the relation of each source, `others` the database of the finished tables."""
    made = Resolved(f"{prefix}duplicates", f"{prefix}lost", "")
    writer.run(f"CREATE OR REPLACE TEMP TABLE {made.duplicates} (_source VARCHAR, _id BIGINT)")
    writer.run(f"CREATE OR REPLACE TEMP TABLE {made.lost} (_source VARCHAR, _id BIGINT, reason VARCHAR, instead BIGINT)")
    for source, relation in rows.items():
        if spec.sources[source].exact_duplicates == "drop":
            writer.run(f"INSERT INTO {made.duplicates} SELECT {literal(source)}, _id FROM ({exact_duplicates(relation)})")
    said = spec.table(table)
    candidates = _candidates(spec, table, rows, made)
    for column, refers in said.refers.items():
        if refers.then == "quarantine":
            writer.run(
                f"INSERT INTO {made.lost} SELECT _source, _id, {literal(f'refers:{column}')}, NULL FROM ({candidates}) "
                f"WHERE {quoted(column)} IS NOT NULL AND NOT {_there(column, refers.to, others)}"
            )
    if said.key:
        _contest(writer, said, spec.columns(table), candidates, made, prefix)
    if said.repeats is not None:
        _forget_repeats(writer, said.repeats, candidates, made, prefix)
    return Resolved(made.duplicates, made.lost, candidates)


def exact_duplicates(relation: str, files: str = "files") -> str:
    """The `_id`s of rows that are the same as another. The first stays: of what was there before, then by name of file and line."""
    twice = f"SELECT _hash FROM {relation} WHERE _why IS NULL GROUP BY _hash HAVING count(*) > 1"
    return (
        f"SELECT _id FROM (SELECT r._id, row_number() OVER (PARTITION BY r._hash ORDER BY r._batch, f.name, r._id) AS n FROM {relation} r "
        f"JOIN {files} f ON f.id = r.{FILE} WHERE r._why IS NULL AND r._hash IN ({twice})) WHERE n > 1"
    )


def _candidates(spec: SourcesSpec, table: str, rows: Mapping[str, str], made: Resolved) -> str:
    types = spec.columns(table)
    parts = []
    for source, relation in rows.items():
        have = spec.sources[source].columns
        listed = ", ".join(quoted(c) if c in have else f"CAST(NULL AS {kind}) AS {quoted(c)}" for c, kind in types.items())
        parts.append(f"SELECT {literal(source)} AS _source, _id, _batch, _marks, {listed} FROM {relation} WHERE _why IS NULL")
    # Few rows are left out, so that the two lists stay small.
    out = f"_id NOT IN (SELECT _id FROM {made.duplicates}) AND _id NOT IN (SELECT _id FROM {made.lost})"
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) WHERE {out}"


def _there(column: str, to: str, others: str) -> str:
    other, key = to.split(".")
    return f"{quoted(column)} IN (SELECT {quoted(key)} FROM {others}.main.{quoted(other)} WHERE {quoted(key)} IS NOT NULL)"


def _contest(writer: Writer, said: TableSpec, columns: Iterable[str], candidates: str, made: Resolved, prefix: str) -> None:
    keys = ", ".join(map(quoted, said.key))
    writer.run(f"CREATE OR REPLACE TEMP TABLE {prefix}twice AS SELECT hash({keys}) AS h FROM ({candidates}) GROUP BY h HAVING count(*) > 1")
    order = _order(said)
    filled = " + ".join(f"({quoted(c)} IS NOT NULL)::INTEGER" for c in columns)
    few = f"SELECT *, {filled} AS _filled FROM ({candidates}) WHERE hash({keys}) IN (SELECT h FROM {prefix}twice)"
    contested = f"SELECT c.*, f._file_name FROM ({few}) c JOIN (SELECT id AS _f, name AS _file_name FROM files) f ON f._f = c.{FILE}"
    if said.winner.otherwise == "none":
        best = f"rank() OVER (PARTITION BY {keys} ORDER BY {', '.join(order) or '1'})"
        ranked = f"SELECT _source, _id, {keys}, {best} AS n FROM ({contested})"
        over = f"OVER (PARTITION BY {keys})"
        counted = f"SELECT *, count(*) FILTER (n = 1) {over} AS first, arg_min(_id, n) {over} AS won FROM ({ranked})"
        reason = "CASE WHEN first > 1 THEN 'key:conflict' ELSE 'key:superseded' END, CASE WHEN first = 1 THEN won END"
        lost = f"SELECT _source, _id, {reason} FROM ({counted}) WHERE first > 1 OR n > 1"
    else:
        direction = "DESC" if said.winner.otherwise == "last" else "ASC"
        window = f"PARTITION BY {keys} ORDER BY {', '.join([*order, f'_file_name {direction}', f'_id {direction}'])}"
        ranked = f"SELECT _source, _id, row_number() OVER ({window}) AS n, first_value(_id) OVER ({window}) AS won FROM ({contested})"
        lost = f"SELECT _source, _id, 'key:superseded', won FROM ({ranked}) WHERE n > 1"
    writer.run(f"INSERT INTO {made.lost} {lost}")


def _forget_repeats(writer: Writer, said: RepeatsSpec, candidates: str, made: Resolved, prefix: str) -> None:
    """Rows that follow one with the same values within moments are lost."""
    same = ", ".join(map(quoted, said.same))
    # Two rows so near to each other share a window of twice the length, one way of cutting time or the other. Few rows share one.
    length = int(said.within_seconds * 1e6)
    windows = [f"hash({same}, (epoch_us(CAST({quoted(said.at)} AS TIMESTAMP)) + {offset}) // {2 * length})" for offset in (0, length)]
    near = " UNION ".join(f"SELECT {same_hash(said)} AS h FROM ({candidates}) GROUP BY h, {w} HAVING count(*) > 1" for w in windows)
    writer.run(f"CREATE OR REPLACE TEMP TABLE {prefix}near AS {near}")
    few = f"SELECT * FROM ({candidates}) WHERE {quoted(said.at)} IS NOT NULL AND {same_hash(said)} IN (SELECT h FROM {prefix}near)"
    named = f"SELECT c.*, f._file_name FROM ({few}) c JOIN (SELECT id AS _f, name AS _file_name FROM files) f ON f._f = c.{FILE}"
    window = f"(PARTITION BY {same} ORDER BY {quoted(said.at)}, _file_name, _id)"
    since = f"epoch_us(CAST({quoted(said.at)} AS TIMESTAMP)) - lag(epoch_us(CAST({quoted(said.at)} AS TIMESTAMP))) OVER {window}"
    after = f"SELECT _source, _id, {since} AS since, lag(_id) OVER {window} AS earlier FROM ({named})"
    writer.run(f"INSERT INTO {made.lost} SELECT _source, _id, 'key:repeated', earlier FROM ({after}) WHERE since <= {length}")


def same_hash(said: RepeatsSpec) -> str:
    """SQL: a number that rows have in common that may be the same thing sent again."""
    return f"hash({', '.join(map(quoted, said.same))})"


def _order(said: TableSpec) -> list[str]:
    winner = said.winner
    order = []
    if winner.prefer:
        ranks = " ".join(f"WHEN {literal(s)} THEN {i}" for i, s in enumerate(winner.prefer))
        order.append(f"CASE _source {ranks} ELSE {len(winner.prefer)} END")
    if winner.latest:
        order.append(f"{quoted(winner.latest)} DESC NULLS LAST")
    if winner.fullest:
        order.append("_filled DESC")
    return order
