"""From a draft to the data of a catalog: asks the database for types and keys, and leaves out what it does not bear out.

The steps stand in their order; each takes the draft a little further and notes what it changed.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from semantic_layer.catalog.catalog import Catalog
from semantic_layer.catalog.check.inspector import Inspector
from semantic_layer.catalog.check.rules.columns import fitting_types
from semantic_layer.catalog.check.tables import Tables
from semantic_layer.catalog.exchange.calendar import add_days, is_calendar
from semantic_layer.catalog.exchange.columns import add_column
from semantic_layer.catalog.exchange.draft import DatasetDraft, FieldDraft, ModelDraft, Names
from semantic_layer.catalog.exchange.metrics import qualify_metrics, usable_metrics
from semantic_layer.catalog.exchange.names import give_names, note_translations
from semantic_layer.catalog.exchange.report import Report
from semantic_layer.catalog.exchange.tables import SourceMap, find_tables
from semantic_layer.catalog.expressions import DIALECT
from semantic_layer.catalog.models import CatalogSpec
from semantic_layer.catalog.source import Problem
from semantic_layer.errors import did_you_mean

_DATES = ("date", "datetime")


def assemble(draft: ModelDraft, inspector: Inspector, sources: SourceMap, report: Report) -> tuple[dict[str, Any], list[Problem]]:
    """The data of a catalog, or the problems that stand in the way."""
    if problems := find_tables(draft.datasets, inspector.tables(), sources):
        return {}, problems
    _add_keys(draft, inspector, report)
    types, _ = _types(draft, inspector, report)
    _drop_broken_keys(draft, report)
    qualify_metrics(draft, {d: dict(inspector.tables()[ds.source]) for d, ds in draft.datasets.items()}, report)
    types, tables = _types(draft, inspector, report)
    _drop_repeated_keys(draft, tables, report)
    if not draft.restored:
        _declare_entities(draft)
        add_days(draft, types, inspector, report)
    for dataset in draft.datasets.values():
        for field in dataset.fields.values():
            if not field.kept:
                field.spec = {**_described(draft, dataset, field, types[dataset.name, field.name]), **field.spec}
        if not dataset.kept:
            _choose_time(dataset, report)
    give_names(draft, report)
    usable_metrics(draft, lambda: Catalog(CatalogSpec.model_validate(_data(draft))), report)
    note_translations(draft, report)
    return _data(draft), []


def _add_keys(draft: ModelDraft, inspector: Inspector, report: Report) -> None:
    """Keys and ends of relationships become fields where the document has none."""
    wanted = [(d.name, column, f"{d.path}.primary_key") for d in draft.datasets.values() for column in d.primary_key]
    for r in draft.relationships:
        wanted += [(r.many, a, r.path) for a, _ in r.pairs] + [(r.one, b, r.path) for _, b in r.pairs]
    for name, column, path in wanted:
        add_column(draft.datasets[name], column, inspector.tables()[draft.datasets[name].source], path, report)


def _types(draft: ModelDraft, inspector: Inspector, report: Report) -> tuple[dict[tuple[str, str], str], Tables]:
    """The type of each field, from the database, and its tables; fields that it refuses are left out."""
    data = {d.name: {"source": d.source, "fields": {f.name: _sql(f) for f in d.fields.values()} or {"none": {}}} for d in draft.datasets.values()}
    tables = Tables(CatalogSpec.model_validate({"datasets": data}), inspector)
    types = {}
    for d in draft.datasets.values():
        for f in list(d.fields.values()):
            sql_type = tables.type(d.name, f.name)
            if not sql_type:
                del d.fields[f.name]
                report.add("lost", f.path, *_refused(tables, d, f), f.place)
                continue
            types[d.name, f.name] = (fitting_types(sql_type) or ("string",))[0]
    for name in [d.name for d in draft.datasets.values() if not d.fields]:
        gone = draft.datasets.pop(name)
        report.add("lost", gone.path, "left out: it has no field that the database knows", "未导入：没有数据库认识的字段", gone.place)
    return types, tables


def _sql(field: FieldDraft) -> dict[str, Any]:
    return {} if field.sql is None else {"expression": field.sql.sql(DIALECT)}


def _refused(tables: Tables, dataset: DatasetDraft, field: FieldDraft) -> tuple[str, str]:
    columns = tables.columns(dataset.name) or {}
    named = [field.name] if field.sql is None else [c.name for c in field.sql.find_all(exp.Column)]
    missing = [c for c in named if not tables.has(dataset.name, c)]
    if missing:
        return (
            f"left out: table {dataset.source} has no column {missing[0]}.{did_you_mean(missing[0], columns)}",
            f"未导入：表 {dataset.source} 没有列 {missing[0]}。{did_you_mean(missing[0], columns, 'zh')}",
        )
    shown = field.sql.sql(DIALECT) if field.sql is not None else field.name
    return f"left out: the database does not evaluate {shown}", f"未导入：数据库无法计算 {shown}"


def _drop_broken_keys(draft: ModelDraft, report: Report) -> None:
    """Keys and relationships of fields that are not there."""
    for d in draft.datasets.values():
        fields = [d.field_of(c) for c in d.primary_key]
        d.primary_key = [f for f in fields if f]
        if None in fields:
            d.primary_key = []
            d.spec.pop("primary_key", None)
            report.add("lost", f"{d.path}.primary_key", "left out: a field of it is not there", "未导入：其中的字段不存在", d.place)
    for r in list(draft.relationships):
        many, one = draft.datasets.get(r.many), draft.datasets.get(r.one)
        pairs = [(many.field_of(a), one.field_of(b)) for a, b in r.pairs] if many and one else [(None, None)]
        if any(a is None or b is None for a, b in pairs):
            draft.relationships.remove(r)
            report.add("lost", r.path, "left out: a field of it is not there", "未导入：其中的字段不存在", r.place)
        else:
            r.pairs = [(a or "", b or "") for a, b in pairs]


def _drop_repeated_keys(draft: ModelDraft, tables: Tables, report: Report) -> None:
    """Keys that the data deny: joining by them would multiply every number."""
    for r in list(draft.relationships):
        if repeated := tables.repeated(r.one, [b for _, b in r.pairs]):
            draft.relationships.remove(r)
            report.add(
                "lost", r.path, f"left out: {repeated} of its keys stand in more than one row of {r.one}, so rows of {r.many} would be doubled",
                f"未导入：{r.one} 中有 {repeated} 个键重复，{r.many} 的行会成倍", r.place,
            )  # fmt: skip
    for d in draft.datasets.values():
        if d.primary_key and (wrong := tables.repeated(d.name, d.primary_key) + tables.empty(d.name, d.primary_key)):
            d.primary_key = []
            d.spec.pop("primary_key", None)
            report.add(
                "lost", f"{d.path}.primary_key", f"left out: {wrong} of its keys are empty or stand in more than one row",
                f"未导入：有 {wrong} 个键为空或重复", d.place,
            )  # fmt: skip


def _declare_entities(draft: ModelDraft) -> None:
    """What a dataset with a single key, pointed to by others, describes is something people count and list."""
    for r in draft.relationships:
        one, many = draft.datasets[r.one], draft.datasets[r.many]
        if len(r.pairs) != 1 or is_calendar(one):
            continue
        (a, b) = r.pairs[0]
        entity = one.fields[b].entity or r.one
        one.fields[b].entity = entity
        if many.fields[a].entity is None:
            many.fields[a].entity = entity
        known = draft.entities.setdefault(entity, Names(one.names.label))
        known.synonyms += [s for s in (*one.names.synonyms, *many.fields[a].names.synonyms) if s not in known.synonyms]
        many.fields[a].names.synonyms = []


def _described(draft: ModelDraft, dataset: DatasetDraft, field: FieldDraft, kind: str) -> dict[str, Any]:
    """Expression, type and kind of a field, as the catalog writes them."""
    out: dict[str, Any] = _sql(field)
    if kind != "string":
        out["type"] = kind
    if field.entity:
        out["entity"] = field.entity
    points = {a for r in draft.relationships if r.many == dataset.name for a, _ in r.pairs}
    if field.entity or field.name in points or field.name in dataset.primary_key:
        out["kind"] = "key"
    elif kind in _DATES and field.role in ("time", ""):
        out["kind"] = "time"
    elif field.role == "measure" or (field.role == "" and kind in ("integer", "number")):
        out["kind"] = "measure"
    return out


def _choose_time(dataset: DatasetDraft, report: Report) -> None:
    """The default time: the only time there is, else the first, which is noted. A calendar has none, its dates are no events."""
    times = [f.name for f in dataset.fields.values() if f.spec.get("kind") == "time" and f.spec.get("type") in _DATES]
    by_table = "." in (dataset.time or "")
    if dataset.time in times or (by_table and not times):
        return
    if dataset.time is not None and not by_table:
        wrong = f"{dataset.time} is no date here"
        report.add("lost", f"{dataset.path}.time", wrong, f"{dataset.time} 在此不是日期", dataset.place)
    dataset.time = times[0] if times and not is_calendar(dataset) else None
    if dataset.time and len(times) > 1:
        others = ", ".join(times[1:])
        report.add(
            "guessed", f"{dataset.path}.time", f"questions about time use {times[0]}; it could also be {others}",
            f"时间问题按 {times[0]} 计算；也可能是 {others}", dataset.place,
        )  # fmt: skip


def _data(draft: ModelDraft) -> dict[str, Any]:
    """The catalog as it is written."""
    datasets = {}
    for d in draft.datasets.values():
        out: dict[str, Any] = {} if d.source == d.name or d.kept else {"source": d.source}
        out |= d.names.spec()
        out |= {"primary_key": d.primary_key} if d.primary_key else {}
        out |= {"time": d.time} if d.time else {}
        out |= d.spec
        out["fields"] = {f.name: {**f.names.spec(), **f.spec} for f in d.fields.values()}
        datasets[d.name] = out
    relationships = [
        {"from": _end(r.many, [a for a, _ in r.pairs]), "to": _end(r.one, [b for _, b in r.pairs]), **r.spec} for r in draft.relationships
    ]
    used = {f.entity for d in draft.datasets.values() for f in d.fields.values()}
    entities = {n: {**_home(draft, n), **names.spec()} for n, names in draft.entities.items() if n in used}
    for name in draft.people & set(entities):
        entities[name]["people"] = True
    metrics = {m.name: {"expression": m.tree.sql(DIALECT), **m.names.spec(), **m.spec} for m in draft.metrics.values()}
    sections = {"datasets": datasets, "relationships": relationships, "entities": entities, "metrics": metrics, **draft.sections}
    return {k: v for k, v in sections.items() if v}


def _end(dataset: str, fields: list[str]) -> str | list[str]:
    names = [f"{dataset}.{f}" for f in fields]
    return names[0] if len(names) == 1 else names


def _home(draft: ModelDraft, entity: str) -> dict[str, Any]:
    """The dataset whose key is the entity's."""
    for d in draft.datasets.values():
        if len(d.primary_key) == 1 and d.fields[d.primary_key[0]].entity == entity:
            return {"dataset": d.name}
    return {}
