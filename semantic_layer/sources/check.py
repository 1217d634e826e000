"""What has to hold between the parts of `sources.yaml`: every name leads somewhere, every expression can be read, no type is given twice."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.catalog.source import Loc, Source
from semantic_layer.errors import Message, hint
from semantic_layer.sources.models import ColumnSpec, KeepsUpSpec, SourceSpec, SourcesSpec
from semantic_layer.sources.standardise.places import place_mapping

MARKS = "quality_marks"  # the column of a table that names what its rows are marked with
ARRIVED = "arrived_at"  # in conditions: when the file of the row was first seen
BUILT_IN = {place_mapping(level, form) for level in ("province", "city") for form in ("name", "short", "code")}

Found = Iterator[tuple[Loc, Message]]


def check(spec: SourcesSpec, source: Source) -> None:
    """Reports every mistake between the parts to `source`."""
    for loc, message in [*_sources(spec), *_tables(spec)]:
        source.report(source.place(loc), message, loc)


def available(spec: SourcesSpec, table: str) -> dict[str, str]:
    """SQL types by column of a finished table; of columns taken over from other tables and of numbers of people as well."""
    said = spec.table(table)
    found = spec.columns(table)
    for name, lookup in said.lookups.items():
        other = lookup.in_.split(".")[0]
        found[name] = spec.columns(other).get(lookup.take, "VARCHAR")
    if said.people:
        found[said.people.id] = "VARCHAR"
    return found


def _sources(spec: SourcesSpec) -> Found:
    for name, source in spec.sources.items():
        types = spec.columns(source.into)
        spelt = {c.lower(): c for c in reversed(types)}
        if source.keeps_up is not None:
            yield from _keeps_up(spec, source.into, source.keeps_up, ("sources", name, "keeps_up"))
        for column, said in source.columns.items():
            loc: Loc = ("sources", name, "columns", column)
            yield from _column(spec, source, column, said, loc)
            if spelt[column.lower()] != column:
                yield (
                    loc,
                    Message(
                        f"{column} and {spelt[column.lower()]} differ only in capital letters; write them in one way.",
                        f"{column} 与 {spelt[column.lower()]} 只有大小写不同，请统一写法。",
                    ),
                )
            if said.type != types[column]:
                first = next(s for s, other in spec.of_table(source.into).items() if column in other.columns)
                yield (
                    loc,
                    Message(
                        f"{source.into}.{column} is {said.type} here and {types[column]} from {first}; both sources have to give one type.",
                        f"{source.into}.{column} 在此处是 {said.type}，在 {first} 中是 {types[column]}；各来源的类型须一致。",
                    ),
                )


def _keeps_up(spec: SourcesSpec, table: str, said: KeepsUpSpec, loc: Loc) -> Found:
    other, there = said.with_.split(".")
    yield from _known([said.column], spec.columns(table), (*loc, "column"))
    yield from _elsewhere(spec, table, said.with_, (*loc, "with"))
    for kind, column, key in ((spec.columns(table), said.column, "column"), (spec.columns(other), there, "with")):
        yield from _time(column, kind, (*loc, key))


def _time(column: str, types: Mapping[str, str], loc: Loc) -> Found:
    if types.get(column, "DATE") not in ("DATE", "TIMESTAMP"):
        yield loc, Message(f"{column} is no time.", f"{column} 不是时间列。")


def _column(spec: SourcesSpec, source: SourceSpec, name: str, said: ColumnSpec, loc: Loc) -> Found:
    if name.startswith("_") or name.lower() in (MARKS, ARRIVED):
        yield loc, Message(f"{name} is a name of Wenshu's own; choose another.", f"{name} 是系统保留的名称，请换一个。")
    for i, step in enumerate(said.standardisers):
        for mapping in step.mappings:
            if mapping not in spec.mappings and mapping not in BUILT_IN:
                yield (
                    (*loc, "as", i, step.name, "by"),
                    Message(f"There is no mapping {mapping}.", f"没有映射 {mapping}。") + hint(mapping, spec.mappings),
                )
    if said.default is not None and not _fits(said.default, said.type):
        yield (
            (*loc, "default"),
            Message(
                f"The default {said.default} is no {said.type}; write it as {_EXAMPLES[_family(said.type)]}.",
                f"默认值 {said.default} 不是 {said.type}；写法如 {_EXAMPLES[_family(said.type)]}。",
            ),
        )
    if said.compute is not None:
        yield from _expression(said.compute, source.columns, (*loc, "compute"))
    if source.kind != "jsonl":
        for column in said.from_:
            if column.startswith("$"):
                yield (*loc, "from"), Message("Only JSON has paths; name a column.", "只有 JSON 可以写路径，请写列名。")


_EXAMPLES = {"BIGINT": "12", "DOUBLE": "12.5", "DECIMAL": "12.50", "BOOLEAN": "true", "DATE": "2024-03-05", "TIMESTAMP": "2024-03-05 07:08:00"}


def _family(kind: str) -> str:
    return kind.split("(")[0]


def _fits(text: str, kind: str) -> bool:
    """Whether a default, which takes no standardiser, is a value of its column's SQL type."""
    family = _family(kind)
    if family == "BIGINT":
        return re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII) is not None
    if family in ("DOUBLE", "DECIMAL"):
        return re.fullmatch(r"[+-]?\d{1,12}(\.\d*)?", text, re.ASCII) is not None
    if family == "BOOLEAN":
        return text.lower() in ("true", "false")
    if family in ("DATE", "TIMESTAMP"):
        clock = r"([ T]\d\d:\d\d:\d\d(\.\d{1,6})?)?" if family == "TIMESTAMP" else ""
        if not re.fullmatch(r"\d{4}-\d\d-\d\d" + clock, text, re.ASCII):
            return False
        try:
            dt.datetime.fromisoformat(text)
        except ValueError:
            return False
    return True


def _tables(spec: SourcesSpec) -> Found:
    for name, table in spec.tables.items():
        loc: Loc = ("tables", name)
        if name not in spec.table_names:
            yield loc, Message(f"No source goes into the table {name}.", f"没有来源写入表 {name}。") + hint(name, spec.table_names)
            continue
        own, all_ = spec.columns(name), available(spec, name)
        for source, other in spec.of_table(name).items():
            if lacking := [k for k in table.key if k in own and k not in other.columns]:
                yield (
                    ("sources", source, "columns"),
                    Message(
                        f"{name} has the key {', '.join(table.key)}; this source does not give {', '.join(lacking)}.",
                        f"{name} 的键是 {'、'.join(table.key)}，此来源没有给出 {'、'.join(lacking)}。",
                    ),
                )
        yield from _known(table.key, own, (*loc, "key"))
        yield from _known([table.winner.latest], own, (*loc, "winner", "latest"))
        yield from _known(table.winner.prefer, spec.of_table(name), (*loc, "winner", "prefer"))
        if table.repeats is not None:
            yield from _known(table.repeats.same, own, (*loc, "repeats", "same"))
            yield from _known([table.repeats.at], own, (*loc, "repeats", "at"))
            yield from _time(table.repeats.at, own, (*loc, "repeats", "at"))
        for rule, said in table.rules.items():
            at = (*loc, "rules", rule)
            yield from _expression(said.bad, [*own, ARRIVED], (*at, "bad"))
            for column, text in said.repair.items():
                yield from _known([column], own, (*at, "repair", column))
                yield from _expression(text, own, (*at, "repair", column))
        for column, refers in table.refers.items():
            yield from _known([column], own, (*loc, "refers", column))
            yield from _elsewhere(spec, name, refers.to, (*loc, "refers", column, "to"))
        for column, lookup in table.lookups.items():
            at = (*loc, "lookups", column)
            if column in own:
                yield at, Message(f"{column} comes from a source already.", f"{column} 已由来源给出。")
            yield from _known([lookup.column], own, (*at, "column"))
            yield from _elsewhere(spec, name, lookup.in_, (*at, "in"))
            yield from _known([lookup.take], available(spec, lookup.in_.split(".")[0]), (*at, "take"))
        for column, fill in table.fill.items():
            yield from _known([column, *(fill.median_by or ()), *fill.per, fill.along], all_, (*loc, "fill", column))
        if table.people is not None:
            if not table.key:
                yield (
                    (*loc, "people"),
                    Message("A table of people needs a key:, by which persons get their number.", "有 people: 的表需要 key:，用作人的编号。"),
                )
            named = table.people.model_dump(exclude={"id", "review"})
            for key, value in named.items():
                yield from _known([value], own, (*loc, "people", key))
    if circle := _circle(spec):
        yield ("tables", circle), Message(f"The table {circle} refers to itself by way of others.", f"表 {circle} 经其他表引用了自己。")


def _known(names: Iterable[str | None], known: Iterable[str], loc: Loc) -> Found:
    listed = list(known)
    for name in names:
        if name is not None and name not in listed:
            yield loc, Message(f"There is no {name} here.", f"这里没有 {name}。") + hint(name, listed)


def _elsewhere(spec: SourcesSpec, table: str, there: str, loc: Loc) -> Found:
    other, column = there.split(".")
    if other not in spec.table_names or other == table:
        yield loc, Message(f"There is no other table {other}.", f"没有另一张表 {other}。") + hint(other, spec.table_names)
    else:
        yield from _known([column], spec.columns(other), loc)


def _expression(text: str, known: Iterable[str], loc: Loc) -> Found:
    columns = {c.lower(): c for c in known}
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
    except SqlglotError:
        yield loc, Message("This is no SQL expression.", "这不是 SQL 表达式。")
        return
    if not isinstance(tree, exp.Expression) or isinstance(tree, (exp.Command, exp.DDL, exp.DML)) or tree.find(exp.Query, exp.AggFunc, exp.Window):
        yield loc, Message("This has to be one SQL expression over the columns of a row.", "此处应当是关于一行各列的一个 SQL 表达式。")
        return
    bound = {a.name.lower() for lam in tree.find_all(exp.Lambda) for a in lam.expressions}
    for column in tree.find_all(exp.Column):
        if column.table or (column.name.lower() not in columns and column.name.lower() not in bound):
            yield loc, Message(f"There is no column {column.sql()}.", f"没有列 {column.sql()}。") + hint(column.name, columns.values())


def in_order(spec: SourcesSpec) -> list[str]:
    """The tables, each after those that it refers to or takes columns from."""
    done: list[str] = []
    left = list(spec.table_names)
    while left:
        ready = [t for t in left if not _needed(spec, t) & set(left) - {t}]
        if not ready:
            return done + left
        done += ready
        left = [t for t in left if t not in ready]
    return done


def _needed(spec: SourcesSpec, table: str) -> set[str]:
    said = spec.table(table)
    return {r.to.split(".")[0] for r in said.refers.values()} | {k.in_.split(".")[0] for k in said.lookups.values()}


def _circle(spec: SourcesSpec) -> str | None:
    done: set[str] = set()
    for table in in_order(spec):
        if not _needed(spec, table) - {table} <= done:
            return table
        done.add(table)
    return None
