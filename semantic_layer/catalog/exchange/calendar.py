"""Datasets that reach their dates only through a table of dates: the day as a field of their own, where the data prove it.

Warehouses often store a number that identifies a day. If every row of the table of dates bears out how the number
becomes the day, that is a field's expression; periods then are those of the dataset's own rows. Else the table of
dates itself dates the rows, and trends show its periods.
"""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp

from semantic_layer.catalog.check.inspector import Inspector
from semantic_layer.catalog.exchange.draft import DatasetDraft, FieldDraft, ModelDraft, Names
from semantic_layer.catalog.exchange.report import Report
from semantic_layer.catalog.expressions import DIALECT

Types = dict[tuple[str, str], str]
_SUFFIX = re.compile(r"_(sk|id|key)$", re.IGNORECASE)


def is_calendar(dataset: DatasetDraft) -> bool:
    """Whether a dataset is one of dates: most of its fields, but for its key, are times."""
    others = [f for f in dataset.fields.values() if f.name not in dataset.primary_key]
    return len(others) > 1 and 2 * sum(f.role == "time" for f in others) > len(others)


def add_days(draft: ModelDraft, types: Types, inspector: Inspector, report: Report) -> None:
    """Gives datasets that point to a table of dates by a number the day itself; notes it either way."""
    for r in draft.relationships:
        one, many = draft.datasets[r.one], draft.datasets[r.many]
        days = [f.name for f in one.fields.values() if types[r.one, f.name] == "date"]
        if len(r.pairs) != 1 or not days or not is_calendar(one) or types[r.many, r.pairs[0][0]] != "integer":
            continue
        (a, b) = r.pairs[0]
        found = _proven(one, b, days[0], inspector)
        if found is None:
            _date_by_table(draft, many, f"{r.one}.{days[0]}", report)
            continue
        name = _SUFFIX.sub("", a)
        name = name if name not in many.fields else f"{a}_day"
        key = many.fields[a].sql
        number = key if key is not None else exp.column(a)
        sql = found.transform(lambda n, number=number: number.copy() if isinstance(n, exp.Placeholder) else n)
        many.fields[name] = FieldDraft(
            name, f"{many.path}.fields.{name}", sql, "time", Names(synonyms=many.fields[a].names.synonyms), place=r.place
        )
        many.fields[a].names.synonyms = []
        types[r.many, name] = "date"
        shown = sql.sql(DIALECT)
        report.add(
            "guessed", f"{many.path}.fields.{name}", f"the day is computed from {a} ({shown}); every row of {one.source} bears it out",
            f"日期由 {a} 算出（{shown}），{one.source} 的每一行都符合", r.place,
        )  # fmt: skip


def _date_by_table(draft: ModelDraft, dataset: DatasetDraft, day: str, report: Report) -> None:
    """Dates rows by the table of dates, if only one relationship leads there."""
    one = day.partition(".")[0]
    if sum(r.many == dataset.name and r.one == one for r in draft.relationships) > 1:
        en = f"has no date of its own, and several ways to {one}; set time once one of them is the default"
        report.add("lost", f"{dataset.path}.time", en, f"自己没有日期，且有多条路径到 {one}；定下默认路径后再设 time", dataset.place)
        return
    dataset.time = day
    en = f"dated by {day}, since no date of its own can be computed; trends show every period of {one}"
    report.add("guessed", f"{dataset.path}.time", en, f"按 {day} 计时，因为算不出自己的日期；趋势会显示 {one} 的所有时段", dataset.place)


def _proven(dates: DatasetDraft, key: str, day: str, inspector: Inspector) -> exp.Expr | None:
    """How the key becomes the day, with a placeholder for the key; None if no known way holds for every row."""
    key_sql, day_sql = (_column(dates, n) for n in (key, day))
    table = ".".join(f'"{p}"' for p in dates.source.split("."))
    rows = f"FROM {table} WHERE {key_sql} IS NOT NULL AND {day_sql} IS NOT NULL"
    first = inspector.values(f"SELECT CAST({key_sql} AS VARCHAR) || ' ' || CAST({day_sql} AS VARCHAR) {rows} ORDER BY {key_sql} LIMIT 1")
    if not first:
        return None
    number, _, start = first[0].partition(" ")
    ways = [f"DATE '{start}' + CAST(? - {number} AS INTEGER)"]
    if len(number) == 8:
        ways.insert(0, "CAST(TRY_STRPTIME(CAST(? AS VARCHAR), '%Y%m%d') AS DATE)")
    for way in ways:
        if not inspector.count(f"SELECT COUNT(*) {rows} AND {day_sql} IS DISTINCT FROM {way.replace('?', key_sql)}"):
            return sqlglot.parse_one(way, dialect=DIALECT)
    return None


def _column(dataset: DatasetDraft, field: str) -> str:
    tree = dataset.fields[field].sql
    return (tree if tree is not None else exp.column(field, quoted=True)).sql(DIALECT)
