"""One row per entity first, where a block asks only for what such rows tell: then a home is read once, not joined to itself.

Customers with 2 or more baskets by quarter: baskets per quarter and customer are one pass over the home, and the
number of customers is a count of those rows. Without this, each row of the home meets the facts of its customer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from semantic_layer.catalog import Catalog
from semantic_layer.catalog.expressions import Aggregate, Formula
from semantic_layer.compiler import aggregate, conditions, entity
from semantic_layer.compiler import time as times
from semantic_layer.compiler.build import Build, Measure, Relation, Scope, alias, fresh, select
from semantic_layer.compiler.calls import Block, Calls, semi_additive
from semantic_layer.compiler.frame import Frame
from semantic_layer.query import TIME, Condition, EntityCondition, EventCondition, Group

_ROW = ""


@dataclass(frozen=True)
class _Split:
    """A block whose conditions and buckets of entities are all about one entity, apart from the rest of its scope."""

    entity: str
    key: str
    slice: Scope
    facts: tuple[Condition, ...]


def calls(build: Build, block: Block, scope: Scope) -> Calls:
    """The calls of a block: over one row per entity where that says the same and saves work, else over the home's rows."""
    split = _split(build, block, scope)
    if split is None:
        return Calls(build, block, scope)
    firsts = _first_rows(build, block, scope, split)
    if firsts is not None:
        return firsts
    known = _measures(build, block, scope, split)
    distinct = any(leaf.kind == "distinct" for leaf in block.leaves.values())
    return _Rolled(build, block, scope, split, *_rows(build, block, split, known)) if distinct or known else Calls(build, block, scope)


def _split(build: Build, block: Block, scope: Scope) -> _Split | None:
    """None unless entity facts are asked for, all of one entity whose key the home holds, and each leaf adds up over it."""
    about = [(c, _about(build.catalog, (c,))) for c in scope.where]
    groups = [(g, {g.bucket.entity} if g.bucket else _about(build.catalog, (g.case,) if g.case else ())) for g in scope.groups]
    tests = [_about(build.catalog, (*leaf.filter, *leaf.where)) for leaf in block.leaves.values()]
    entities = set().union(*(a for _, a in about if a != {_ROW}), *(a for _, a in groups if a != {_ROW}), *tests)
    if len(entities) != 1 or _ROW in entities:
        return None
    name = entities.pop()
    field = build.catalog.entity_field(name, block.home)
    key = f"{block.home}.{field}"
    plain = tuple(g for g, a in groups if a <= {_ROW})
    if field is None or any(g.field in (name, key) for g in plain) or not all(_adds_up(build, leaf, key) for leaf in block.leaves.values()):
        return None
    rows = tuple(c for c, a in about if a == {_ROW})
    return _Split(name, key, entity.slice_of(build, name, plain, rows, scope), tuple(c for c, a in about if a != {_ROW}))


def _about(catalog: Catalog, asked: tuple[Condition, ...]) -> set[str]:
    """The entities that conditions are about; `_ROW` for what a row says by itself."""
    return {getattr(c, "entity", _ROW) for one in asked for c in conditions.leaves(catalog, one)}


def _adds_up(build: Build, leaf: Aggregate, key: str) -> bool:
    """Whether the aggregate is the sum over entities, or their number."""
    if leaf.kind == "distinct":
        columns = list(leaf.call.find_all(exp.Column))
        return isinstance(leaf.call.this.expressions[0], exp.Column) and [f"{c.table}.{c.name}" for c in columns] == [key]
    return leaf.kind == "additive" and not semi_additive(build, leaf)


def _measures(build: Build, block: Block, scope: Scope, split: _Split) -> list[Measure]:
    """The measures of entity conditions and buckets that are asked for in the very slice of the rolled rows."""
    asked: list[tuple[Measure, Scope]] = []
    correlated = [c for leaf in block.leaves.values() for c in leaf.filter]
    alone = [*split.facts, *(c for leaf in block.leaves.values() for c in leaf.where), *(g.case for g in scope.groups if g.case is not None)]
    for own, some in ((True, correlated), (False, alone)):
        for c in (leaf for one in some for leaf in conditions.leaves(build.catalog, one)):
            if isinstance(c, EntityCondition):
                asked.append(entity.condition_measure(build, scope, c, own))
    asked += [entity.bucket_measure(build, scope, g.bucket) for g in scope.groups if g.bucket]
    return [m for m, slice_ in asked if slice_ == split.slice and m.formula.homes == (block.home,) and not m.units and not m.over]


class _Rows(Frame):
    """The rolled rows in the place of the home: one per entity and plain group, with the values that are known of it."""

    def __init__(self, frame: Frame, split: _Split, relation: Relation, columns: dict[Formula, str]) -> None:
        super().__init__(frame.build, frame.home, frame.scope, frame.what)
        self.relation, self._split, self._columns = relation, split, columns

    def source(self) -> exp.Table:
        """The rolled rows."""
        return exp.Table(this=exp.to_identifier(self.relation.name))

    def column(self, name: str) -> exp.Expr:
        """The key of the entity, which is the only field that a row has."""
        assert str(self.resolve(name)) == self._split.key
        return self.relation.column(self.relation.keys[0])

    def held(self, group: Group) -> exp.Expr | None:
        """A plain group is a column."""
        return self.relation.column(group.name) if group in self._split.slice.groups else None

    def join_facts(self, name: str, keys: list[tuple[str, exp.Expr, bool]]) -> None:
        """Facts that turn out to be these very rows need no join."""
        if name != self.relation.name:
            super().join_facts(name, keys)

    def values(self, measure: Measure, scope: Scope) -> Relation | None:
        """The rows themselves, if they hold the measure in that slice."""
        if scope != self._split.slice or measure.formula not in self._columns:
            return None
        return Relation(self.relation.name, self.relation.keys, (self._columns[measure.formula],))


class _Rolled(Calls):
    """The calls over rolled rows: sums of sums, and counts of rows."""

    def __init__(self, build: Build, block: Block, scope: Scope, split: _Split, rows: Relation, columns: dict[Formula, str]) -> None:
        self.split, self.rows, self.columns = split, rows, columns
        plain = Frame(build, block.home, scope, ", ".join(block.asked_by))
        super().__init__(build, block, scope, _Rows(plain, split, rows, columns))

    def _where(self) -> list[exp.Expr]:
        return conditions.predicates(self.frame, self.split.facts)

    def _call(self, name: str) -> exp.Expr:
        leaf = self.block.leaves[name]
        if leaf.kind == "distinct":
            return exp.Count(this=self.frame.column(self.split.entity))
        return exp.Sum(this=self.rows.column(self.columns[_plain(leaf)]))

    def _shown(self, group: Group, tree: exp.Expr) -> exp.Expr:
        return alias(tree.copy(), group.name)


def _plain(leaf: Aggregate) -> Formula:
    """The aggregate without its conditions, which are tested over the rolled rows."""
    return Formula(exp.Placeholder(this="0"), (Aggregate(leaf.home, leaf.call),))


def _rows(build: Build, block: Block, split: _Split, known: list[Measure]) -> tuple[Relation, dict[Formula, str]]:
    """The rolled rows: the values that conditions ask for, and the parts of the sums, each under the name of its column."""
    columns: dict[Formula, str] = {}
    keys = tuple(g.name for g in split.slice.groups)
    parts = [Measure(name, _plain(leaf)) for name, leaf in block.leaves.items() if leaf.kind == "additive"]
    for m in (*known, *parts):
        if m.formula not in columns:
            columns[m.formula] = fresh(m.name, (*keys, *columns.values()))
    hint = f"{block.home}_by_{split.entity}"
    if columns:
        return aggregate.relation(build, [Measure(name, formula) for formula, name in columns.items()], split.slice, hint), columns
    bare = Calls(build, Block(block.home, asked_by=block.asked_by), split.slice).select([])
    return Relation(build.add(hint, bare), keys, ()), columns


def _first_rows(build: Build, block: Block, scope: Scope, split: _Split) -> Calls | None:
    """New customers by month: an entity's first row is a row of the home, so its date alone says in which bucket it counts."""
    shared = {(*leaf.filter, *leaf.where) for leaf in block.leaves.values()}
    asked = (*split.facts, *(next(iter(shared)) if len(shared) == 1 else ()))
    event = next((c for c in asked if isinstance(c, EventCondition) and _of_own_rows(c, block.home)), None)
    group = scope.time_group
    plain = split.slice.groups[1:]
    if event is None or any(leaf.kind != "distinct" for leaf in block.leaves.values()) or split.slice.where:
        return None
    if plain != ((group,) if group else ()) or (group and group.field != TIME) or (scope.time and scope.time.field):
        return None
    events = entity.event_times(build, event, None)
    moment = events.column(events.values[0])
    columns: list[exp.Expr] = [alias(events.column(events.keys[0]), split.slice.groups[0].name)]
    columns += [alias(times.as_date(times.trunc(moment.copy(), str(g.grain), build.catalog.spec.calendar.week_start)), g.name) for g in plain]
    tests = [entity.known(events.column(events.keys[0])), *(times.in_range(moment, scope.time) if scope.time else []), entity.known(moment)]
    name = build.add(f"{split.entity}_{event.event}s", select(columns, events.name).where(*tests, copy=False))
    rows = Relation(name, tuple(g.name for g in split.slice.groups), ())
    rest = {n: replace(leaf, filter=_without(leaf.filter, event), where=_without(leaf.where, event)) for n, leaf in block.leaves.items()}
    split = replace(split, facts=_without(split.facts, event))
    return _Rolled(build, Block(block.home, rest, block.asked_by), scope, split, rows, {})


def _of_own_rows(condition: EventCondition, home: str) -> bool:
    return condition.dataset == home and condition.time is None and not condition.where and not condition.negated


def _without(asked: tuple[Condition, ...], one: Condition) -> tuple[Condition, ...]:
    return tuple(c for c in asked if c != one)
