"""Answers about groups of people, never about one: for roles that see no slice of fewer than so many people.

People are the entities that the catalog declares `people: true`. Known limit: each answer is looked at alone, so the
difference of two answers, each about many people, can still tell of the few between them; and a smallest or largest
value is that of one row, although nobody is named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from semantic_layer.catalog import Catalog
from semantic_layer.catalog.expressions import Aggregate, Formula
from semantic_layer.compiler import Compiled, compile_query
from semantic_layer.compiler.build import Build, Scope, fresh
from semantic_layer.compiler.calls import semi_additive
from semantic_layer.compiler.conditions import parts
from semantic_layer.compiler.entity import known
from semantic_layer.compiler.frame import Frame
from semantic_layer.compiler.resolve import measure
from semantic_layer.errors import QueryError, ShopError, UnreachableError
from semantic_layer.query import (
    TIME,
    AllOf,
    AnyOf,
    Condition,
    FieldCondition,
    Group,
    MetricRef,
    SegmentCondition,
    SemanticQuery,
)

_SMOOTH = (exp.Sum, exp.Count, exp.Avg)  # of many rows they show none
_ONE_OF_MANY = ("min", "max", "median")
_WITH_OTHERS = ("share", "running")


def refuse_individuals(query: SemanticQuery, catalog: Catalog) -> None:
    """Raises QueryError for what is about single people whatever the numbers.

    That is: rows that belong to people, groups that are people or a `personal` field, a key, a personal value or the
    figure of one person as the value of a metric, and things picked by what named people did (the products that
    household 7 bought), of which no answer tells how many people stand behind them.
    """
    people = _people(catalog)
    if not people:
        return
    build = Build(catalog, dt.date.min)
    if query.records and any(_key(build, query.records.dataset, p) for p in people):
        raise _refused(query.records.dataset)
    for group in query.group_by:
        if group.field and _names_people(catalog, group.field):
            raise _refused(group.field)
        _refuse_group_conditions(catalog, group)
    for ref in query.metrics:
        _refuse_metric(build, ref)
        _refuse_conditions(catalog, ref.where)
    _refuse_conditions(catalog, query.where)


def check_countable(role: str, whole: Catalog, seen: Catalog) -> None:
    """Raises ShopError where a role that sees groups of people only sees rows of people whom nobody could count.

    `whole` is the shop's catalog, `seen` the part of it that the role sees.
    """
    today = dt.date.min
    for dataset in seen.spec.datasets:
        for entity in _people(whole):
            if _key(Build(whole, today), dataset, entity) and not (entity in _people(seen) and _key(Build(seen, today), dataset, entity)):
                raise ShopError(
                    f"The role {role} has a min_group_size and sees {dataset}, but not the columns that say which {entity} a row "
                    "belongs to. Allow those columns; single people are not shown all the same.",
                    f"角色 {role} 设有 min_group_size，能看到 {dataset}，却看不到标明每行属于哪个 {entity} 的列。请允许这些列；单个的人仍不会显示。",
                )


def _people(catalog: Catalog) -> tuple[str, ...]:
    return tuple(name for name, spec in catalog.spec.entities.items() if spec.people)


def _key(build: Build, home: str, entity: str) -> str | None:
    """The field that says which person a row of the dataset belongs to: its own, or one that it points to."""
    try:
        return str(Frame(build, home, Scope()).entity_key(entity))
    except UnreachableError:
        return None


def _names_people(catalog: Catalog, name: str) -> bool:
    """Whether each value of a field or entity is, or may be, one person."""
    if name == TIME:
        return False
    if "." not in name:
        return catalog.entity(name).people
    spec = catalog.field(name).spec
    return spec.personal or (spec.entity is not None and catalog.entity(spec.entity).people)


def _refuse_metric(build: Build, ref: MetricRef) -> None:
    resolved = measure(build, ref)
    if resolved.over and ref.agg in _ONE_OF_MANY and _names_people(build.catalog, str(resolved.over.field)):
        raise _refused(ref.name)
    for leaf in resolved.formula.aggregates:
        named = (f"{c.table}.{c.name}" for c in leaf.call.find_all(exp.Column))
        if not isinstance(leaf.call, _SMOOTH) and any(_names_people(build.catalog, name) for name in named):
            raise _refused(ref.name)


def _refuse_group_conditions(catalog: Catalog, group: Group) -> None:
    if group.case is not None:
        _refuse_conditions(catalog, (group.case,))
    if group.bucket is not None:
        _refuse_inside(catalog, group.bucket)


def _refuse_conditions(catalog: Catalog, asked: Iterable[Condition], elsewhere: bool = False) -> None:
    """`elsewhere`: the conditions pick something that is no person by rows that may be those of people."""
    for condition in asked:
        if isinstance(condition, (SegmentCondition, AnyOf, AllOf)):
            _refuse_conditions(catalog, parts(catalog, condition), elsewhere)
        elif isinstance(condition, FieldCondition):
            if elsewhere and _tells_of_people(catalog, condition.field):
                raise _refused(condition.field)
        elif elsewhere and catalog.entity(condition.entity).people:
            raise _refused(condition.entity)
        else:
            _refuse_inside(catalog, condition, elsewhere)


def _refuse_inside(catalog: Catalog, condition: Any, elsewhere: bool = False) -> None:
    """Looks into a bucket, or a condition on an entity."""
    elsewhere = elsewhere or not catalog.entity(condition.entity).people
    ref: MetricRef | None = getattr(condition, "metric", None)
    _refuse_conditions(catalog, (*condition.where, *(ref.where if ref else ())), elsewhere)


def _tells_of_people(catalog: Catalog, name: str) -> bool:
    """Whether a field says who somebody is, or of what kind."""
    attributes = {catalog.entity(p).dataset for p in _people(catalog)}
    return _names_people(catalog, name) or name.partition(".")[0] in attributes


def _refused(subject: str) -> QueryError:
    return QueryError(
        f"You may see figures of groups of people, but this asks for single people ({subject}). "
        "Ask for a total, or for groups such as age bands or stores.",
        f"您只能查看人群的汇总数字，而这个问题涉及单个的人（{subject}）。请改问总计，或按年龄段、门店等分组。",
        subject=subject,
    )


@dataclass(frozen=True)
class Counted:
    """A compiled query that also counts the people behind its figures: in the columns whose `source` is in `counts`."""

    compiled: Compiled
    counts: frozenset[str]


def counted(query: SemanticQuery, catalog: Catalog, today: dt.date) -> Counted | None:
    """The same query with the number of distinct people among the rows of each aggregate beside its metrics.

    The numbers stand in the same row, under the same conditions, order and limit, and for `compare` of both periods;
    a metric of several aggregates has one for each, since each can be about a few. None when no metric is computed from
    rows that hold the key of people or point to it. Raises what compiling the query raises.
    """
    taken = [*(g.name for g in query.group_by), *(m.name for m in query.metrics)]
    build = Build(catalog, today)
    formulas: dict[str, Formula] = {}
    for leaf in dict.fromkeys(leaf for ref in query.metrics for leaf in _counts(build, ref)):
        formulas[fresh("people behind", [*taken, *formulas])] = Formula(exp.Placeholder(this="0"), (leaf,))
    if not formulas:
        return None
    refs = (*query.metrics, *(MetricRef(metric=name) for name in formulas))
    running = query.running
    if running and not running.of:
        running = running.model_copy(update={"of": tuple(m.name for m in query.metrics)})
    beside = query.model_copy(update={"metrics": refs, "running": running})
    compiled = compile_query(beside, _Counting(catalog, formulas), today)
    return Counted(compiled, frozenset(formulas))


def _counts(build: Build, ref: MetricRef) -> Iterable[Aggregate]:
    """The count of people for each aggregate of a metric, over the same rows."""
    for leaf in measure(build, ref).formula.aggregates:
        for entity in _people(build.catalog):
            if key := _key(build, leaf.home, entity):
                if semi_additive(build, leaf) and (leaf.filter or leaf.where):
                    raise _uncounted(ref.name)
                call = exp.Count(this=exp.Distinct(expressions=[_who(leaf.call, key)]))
                yield Aggregate(leaf.home, call, leaf.filter, leaf.where)


def _who(call: exp.AggFunc, key: str) -> exp.Expr:
    """The key of a row's person, empty where the row adds nothing to the aggregate: an average of two answers is of two people."""
    dataset, field = key.split(".")
    column = exp.column(field, table=dataset)
    value = call.this
    if isinstance(value, exp.Distinct) and len(value.expressions) == 1:
        value = value.expressions[0]
    if value == column or not isinstance(value, exp.Condition):
        return column
    adds = value.copy() if isinstance(call, exp.CountIf) else known(exp.Paren(this=value.copy()))
    return exp.Case(ifs=[exp.If(this=adds, true=column)])


def _uncounted(subject: str) -> QueryError:
    return QueryError(
        f"{subject} is a balance under conditions of its own, so nobody can tell how many people are behind it. "
        "Put the conditions on the whole question.",
        f"{subject} 是带有自身条件的余额，无法得知它涉及多少人。请把条件放到整个问题上。",
        subject=subject,
    )


class _Counting(Catalog):
    """A catalog with further metrics, as formulas: no expression says that rows of one dataset count keys of another."""

    def __init__(self, catalog: Catalog, formulas: dict[str, Formula]) -> None:
        super().__init__(catalog.spec)
        self._further = formulas

    def formula(self, name: str) -> Formula:
        """One of the further metrics, or one of the catalog's own."""
        return self._further.get(name) or super().formula(name)


@dataclass(frozen=True)
class Shown:
    """The rows of an answer that may be shown, and the number of rows `withheld`."""

    rows: list[tuple[Any, ...]]
    withheld: int


def withheld(counted: Counted, rows: Iterable[Sequence[Any]], smallest: int) -> Shown:
    """The rows of `counted` without the slices of 1 to `smallest` - 1 people, and without the columns that count them.

    Nobody behind a figure (0, or unknown where a period holds no data) is no group of people: there is no one to
    protect, and gaps in a trend would else look like small groups. Once a row is withheld, shares and running values
    are empty in the others: with them it could be worked out. Raises QueryError when the only figure is withheld.
    """
    columns = counted.compiled.columns
    counts = [i for i, c in enumerate(columns) if c.source in counted.counts and c.role in ("metric", "previous")]
    kept = [i for i, c in enumerate(columns) if c.source not in counted.counts]
    every = list(rows)
    large = [row for row in every if not any(row[i] is not None and 0 < row[i] < smallest for i in counts)]
    dropped = len(every) - len(large)
    if dropped and all(columns[i].role not in ("dimension", "time", "entity") for i in kept):
        raise QueryError(
            f"This figure is about fewer than {smallest} people, so it is not shown. Ask about a larger group or a longer period.",
            f"这个数字涉及的人数少于 {smallest} 人，因此不予显示。请扩大人群或时间范围。",
        )
    emptied = {i for i in kept if dropped and columns[i].role in _WITH_OTHERS}
    return Shown([tuple(None if i in emptied else row[i] for i in kept) for row in large], dropped)
