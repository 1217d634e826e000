"""From the rows that stay to the rows of the table: what is taken over from other tables, filled, and marked."""

from __future__ import annotations

from collections.abc import Sequence

from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.engines.writer import Writer
from semantic_layer.sources.check import MARKS, available
from semantic_layer.sources.models import FillSpec, SourcesSpec, TableSpec
from semantic_layer.sources.people import number_people
from semantic_layer.sources.staging import Layers


def has_marks(said: TableSpec) -> bool:
    """Whether a table has the column that names what its rows are marked with."""
    return bool(said.fill) or any(r.then == "mark" for r in said.rules.values()) or any(r.then != "quarantine" for r in said.refers.values())


def final_columns(spec: SourcesSpec, table: str) -> dict[str, str]:
    """SQL types by column of a finished table."""
    found = available(spec, table)
    if has_marks(spec.table(table)):
        found[MARKS] = "VARCHAR"
    return found


def depends_on_all(said: TableSpec) -> bool:
    """Whether a row of a table can look otherwise because of any other row of it, so that rows cannot be added by themselves."""
    return bool(said.fill) or said.people is not None


def finished(writer: Writer, spec: SourcesSpec, table: str, rows: str, others: str) -> str:
    """A query of the finished rows, with `_source`, `_id` and `_batch`, over those that stay; may make temporary tables."""
    said = spec.table(table)
    layers = Layers(rows)
    for column, refers in said.refers.items():
        if refers.then == "quarantine":
            continue
        other, key = refers.to.split(".")
        there = f"SELECT DISTINCT {quoted(key)} AS _k FROM {others}.main.{quoted(other)}"
        lacks = f"r.{quoted(column)} IS NOT NULL AND t._k IS NULL"
        layers.sql = f"SELECT r.*, {lacks} AS _lacks FROM ({layers.sql}) r LEFT JOIN ({there}) t ON t._k = r.{quoted(column)}"
        _mark(layers, "_lacks", f"refers:{column}")
        if refers.then == "missing":
            layers.replace({column: f"CASE WHEN NOT _lacks THEN {quoted(column)} END"})
        layers.sql = f"SELECT * EXCLUDE (_lacks) FROM ({layers.sql})"
    for column, lookup in said.lookups.items():
        other, key = lookup.in_.split(".")
        # Where the other table names two, it is none of them.
        one = f"CASE WHEN count(DISTINCT {quoted(lookup.take)}) = 1 THEN min({quoted(lookup.take)}) END"
        found = f"SELECT {quoted(key)} AS _k, {one} AS _v FROM {others}.main.{quoted(other)} WHERE {quoted(key)} IS NOT NULL GROUP BY {quoted(key)}"
        value = "l._v" if lookup.otherwise == "missing" else f"coalesce(CAST(l._v AS VARCHAR), CAST(r.{quoted(lookup.column)} AS VARCHAR))"
        layers.sql = f"SELECT r.*, {value} AS {quoted(column)} FROM ({layers.sql}) r LEFT JOIN ({found}) l ON l._k = r.{quoted(lookup.column)}"
    types = available(spec, table)
    if said.people is not None or said.fill:
        writer.run(f"CREATE OR REPLACE TEMP TABLE finishing AS {layers.sql}")
        layers.sql = "SELECT * FROM finishing"
    if said.people is not None:
        number_people(writer, said.people, "finishing")
        # The smallest key among its rows, so that a person keeps its number when all is read again.
        number = f"min({key_text(said.key)}) OVER (PARTITION BY p.person)"
        layers.sql = f"SELECT r.*, {number} AS {quoted(said.people.id)} FROM ({layers.sql}) r JOIN person_of p USING (_id)"
    for column, fill in said.fill.items():
        _fill(layers, column, types[column], fill)
    listed = ", ".join(quoted(c) for c in types)
    marks = f", _marks AS {quoted(MARKS)}" if has_marks(said) else ""
    return f"SELECT _source, _id, _batch, {listed}{marks} FROM ({layers.sql})"


def key_text(key: Sequence[str]) -> str:
    """SQL: the key of a row as a text."""
    return f"concat_ws('/', {', '.join(f'CAST({quoted(k)} AS VARCHAR)' for k in key)})"


def _mark(layers: Layers, condition: str, name: str) -> None:
    layers.replace({"_marks": f"CASE WHEN {condition} THEN concat_ws(';', _marks, {literal(name)}) ELSE _marks END"})


def _fill(layers: Layers, column: str, kind: str, fill: FillSpec) -> None:
    name = quoted(column)
    if fill.median_by is not None:
        keys = ", ".join(map(quoted, fill.median_by))
        layers.add({"_fill": f"median({name}) OVER (PARTITION BY {keys})"})
        how = "median"
    else:
        assert fill.along is not None
        along, per = quoted(fill.along), ", ".join(map(quoted, fill.per))
        window = f"(PARTITION BY {per} ORDER BY {along}" if per else f"(ORDER BY {along}"
        before, after = f"{window} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)", f"{window} ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
        at = f"CASE WHEN {name} IS NOT NULL THEN {along} END"
        layers.add(
            {
                "_v0": f"last_value({name} IGNORE NULLS) OVER {before}",
                "_t0": f"last_value({at} IGNORE NULLS) OVER {before}",
                "_v1": f"first_value({name} IGNORE NULLS) OVER {after}",
                "_t1": f"first_value({at} IGNORE NULLS) OVER {after}",
            }
        )
        # Between two neighbours only: what lies beyond the last is not known.
        share = f"epoch_us(CAST({along} AS TIMESTAMP)) - epoch_us(CAST(_t0 AS TIMESTAMP))"
        length = "NULLIF(epoch_us(CAST(_t1 AS TIMESTAMP)) - epoch_us(CAST(_t0 AS TIMESTAMP)), 0)"
        layers.add({"_fill": f"_v0 + (_v1 - _v0) * (({share}) / ({length}))"})
        layers.sql = f"SELECT * EXCLUDE (_v0, _t0, _v1, _t1) FROM ({layers.sql})"
        how = "interpolated"
    _mark(layers, f"{name} IS NULL AND _fill IS NOT NULL", f"{column}:{how}")
    layers.replace({column: f"coalesce({name}, CAST(_fill AS {kind}))"})
    layers.sql = f"SELECT * EXCLUDE (_fill) FROM ({layers.sql})"
