"""Puts what a follow-up names into the last query: a metric replaces the metric, a period the period, a filter that of its dimension."""

from __future__ import annotations

from assistant.conversation.context import Changes
from assistant.conversation.dimensions import excludes, has_one, of_condition, of_group
from assistant.conversation.last import MOST_PINNED, Last, filters, refers
from assistant.reading import AskBack, Refuse
from assistant.reading.rules.counting import can_be_asked, counting_in, counts_part_of, what_is_counted
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.compiler.time import floor, shift
from semantic_layer.query import (
    FORWARD_GRAINS,
    TIME,
    Condition,
    EventCondition,
    ExistsCondition,
    FieldCondition,
    Group,
    Having,
    MetricRef,
    Order,
    Scalar,
    SegmentCondition,
    SemanticQuery,
    Share,
    TimeRange,
)

_COUNTING = ("how many", "几个", "多少个", "几家", "多少家", "多少人", "几人", "多少户", "几户", "几位", "多少位", "几种", "多少种")
_NO_MEASURE = "未说明指标"


def merge(state: State, last: Last, change: Changes) -> None:
    """The draft of the state becomes the last query with the draft's parts in it."""
    _Merge(state, last, change).run()


class _Merge:
    def __init__(self, state: State, last: Last, change: Changes) -> None:
        self.state, self.last, self.change, self.base, self.catalog = state, last, change, last.query, state.catalog
        self.about = next((m.metric for m in self.base.metrics if m.metric), state.default_metric())
        self.renamed: dict[str, str] = {}

    def run(self) -> None:
        state, base = self.state, self.base
        state.assumptions[:] = [a for a in state.assumptions if not a.zh.startswith(_NO_MEASURE)]
        if state.records is None and base.records and not state.metrics:
            state.records = base.records
        new_groups = [g for g in state.groups if g not in base.group_by]
        self._metrics()
        self._conditions()
        self._groups(new_groups)
        self._windows()
        self._order()
        self._count_where_it_can()
        self._without_dates()
        self._period_added()
        if "time" in self.change.dropped and state.time is base.time:
            state.time = None
        if state.time is not None and base.time is not None and base.time.field and state.time.field is None:
            state.time = state.time.model_copy(update={"field": base.time.field})

    def _period_added(self) -> None:
        """Add December: that month instead, both together, or both side by side?"""
        state, time, old = self.state, self.state.time, self.base.time
        only = state.metrics == list(self.base.metrics) and state.where == list(self.base.where) and state.groups == list(self.base.group_by)
        if not (self.change.also and only and time and old and time != old and time.start and time.end and old.start and old.end):
            return
        parts = {n: getattr(self.base, n) for n in SemanticQuery.model_fields}
        made = [{**parts, "time": time}]
        if old.end == time.start or time.end == old.start:
            both = {**parts, "time": TimeRange(start=min(old.start, time.start), end=max(old.end, time.end), field=old.field)}
            grain = next((g for g in FORWARD_GRAINS if floor(old.start, g) == old.start and shift(old.start, 1, g) == old.end), None)
            made.append(both)
            if grain and not any(g.field == TIME for g in self.base.group_by):
                made.append({**both, "group_by": (*self.base.group_by, Group(field=TIME, grain=grain)), "limit": None, "order_by": ()})  # type: ignore[arg-type]
        raise AskBack(
            Text(
                zh=f"加上“{time.words}”，是只看它，还是和原来的时间一起看？",
                en=f'Should "{time.words}" be looked at alone, or together with the earlier period?',
            ),
            tuple(SemanticQuery.model_validate(m) for m in made),
        )

    # -- metrics ----------------------------------------------------------------------------------------------------

    def _metrics(self) -> None:
        state, base, change = self.state, self.base, self.change
        drafted = [m for m in state.metrics if not self._only_assumed(m)]
        kept = [m for m in base.metrics if m.name not in change.unmeasured]
        if state.records is not None:
            return
        self._no_count_is_lost(bool(drafted))
        if not drafted and change.instead and change.measured:
            drafted = [MetricRef(metric=m) for m in change.measured]
        if not drafted:
            kept += [MetricRef(metric=m) for m in change.measured if m not in {k.name for k in kept}]
            if "share" in change.dropped:
                plain = [m.model_copy(update={"share": False, "where": ()}) if m.share else m for m in kept]
                state.where += [c for m in kept if m.share for c in m.where]
                self.renamed |= {m.name: p.name for m, p in zip(kept, plain, strict=True)}
                kept = plain
            state.metrics = kept
            return
        bounding = [m for m in drafted if self._only_bounds(m)]
        if bounding == drafted:
            state.metrics = [*kept, *(m for m in bounding if m.name not in {k.name for k in kept})]
            return
        added = change.also and not any(m.share for m in drafted)
        if added:
            state.metrics = [*kept, *(m for m in drafted if m.name not in {k.name for k in kept})]
            return
        held = {h.by for h in base.having} if "having" not in change.dropped else set()
        new = [self._like(base.metrics[0], m) if base.metrics else m for m in drafted]
        stays = [m for m in base.metrics if m.name in held and m.name not in {n.name for n in new}]
        for old in base.metrics:
            if old not in stays:
                self.renamed.setdefault(old.name, new[0].name)
        self.renamed.setdefault(drafted[0].name, new[0].name)
        state.metrics = [*new, *stays]

    def _only_bounds(self, metric: MetricRef) -> bool:
        """Only stores with at least 30 customers: it says which rows stay, and is not what is asked for."""
        if metric.name not in {h.by for h in self.state.having}:
            return False
        return not any(m.became in (f"metric:{metric.name}", "count", "order") for m in self.state.marks)

    def _no_count_is_lost(self, drafted: bool) -> None:
        """How many, of what? Not of what the last question added up."""
        words = [m for m in self.state.marks if m.has("how_many") and m.became != "count" and m.text in _COUNTING]
        sums = [m for m in self.base.metrics if m.metric and self.catalog.formula(m.metric).kind != "distinct" and m.agg is None]
        if words and not drafted and sums:
            said = words[0].text
            raise AskBack(Text(zh=f"“{said}”数的是什么？请写明。", en=f'"{said}" of what? Please name what to count.'), unexplained=(said,))

    def _only_assumed(self, metric: MetricRef) -> bool:
        """Whether a rule put the metric of the last query, or the number of those whom a part is of, and no word named it."""
        words = {m.became for m in self.state.marks}
        counted = what_is_counted(self.catalog, metric.metric) if metric.metric else None
        of_part = words & {"new", "returning"} and not words & {"count", f"metric:{metric.name}"}
        counting = [m.metric for m in self.base.metrics if counted and m.metric and counts_part_of(self.catalog, m.metric, counted)]
        if counted and of_part and not counting:
            return True
        named = any(m.became == f"metric:{metric.name}" or (m.became == "count" and m.entities) for m in self.state.marks)
        if counted and self.change.those and counting and not named:
            return True  # how many of them are new
        if metric != MetricRef(metric=self.about):
            return False
        return not any(m.became in (f"metric:{self.about}", "count") for m in self.state.marks)

    def _like(self, old: MetricRef, new: MetricRef) -> MetricRef:
        """Another metric in the way the old one was asked: its part, its share, per what it was divided."""
        plain = new.metric is not None and not (new.where or new.share or new.per or new.over or new.alias)
        if not plain or not (old.where or old.per) or old.over:
            return new
        return new.model_copy(update={"where": old.where, "share": old.share, "per": None if self.change.unper else old.per})

    def _without_dates(self) -> None:
        """What has no date (who got a coupon) keeps no period of the last question; that it has none is said."""
        state = self.state
        named = any(m.became == "time" or m.became.startswith("follow-up: period") for m in state.marks)
        homes = {h for m in state.metrics if m.metric for h in self.catalog.formula(m.metric).homes}
        if named or state.time is None or state.compare or not homes or state.metrics == list(self.base.metrics):
            return
        if state.time == self.base.time and not any(self.catalog.dataset(h).time for h in homes) and not any(g.field == TIME for g in state.groups):
            state.time = None
            state.assume("这项数据没有日期，不限时间", "it has no date: the period is not kept")

    def _count_where_it_can(self) -> None:
        """How many households, after redemptions by campaign: those who redeemed, where the others cannot be asked so."""
        homes = [h for m in self.base.metrics if m.metric for h in self.catalog.formula(m.metric).homes]
        for at, ref in enumerate(self.state.metrics):
            words = [m for m in self.state.marks if m.became in ("count", f"metric:{ref.metric}")]
            generic = ref.metric and ref not in self.base.metrics and words and all(m.became == "count" or m.entities for m in words)
            entity = what_is_counted(self.catalog, ref.metric) if generic and ref.metric else None
            if entity is None or any(can_be_asked(self.state, h) for h in self.catalog.formula(ref.metric or "").homes):
                continue
            name = next((n for h in homes if can_be_asked(self.state, h) and (n := counting_in(self.state, h, entity))), None)
            if name and what_is_counted(self.catalog, name) == entity:
                self.renamed[ref.name] = name
                self.state.metrics[at] = ref.model_copy(update={"metric": name})
                for mark in words:
                    mark.became = f"metric:{name}"

    # -- conditions -------------------------------------------------------------------------------------------------

    def _conditions(self) -> None:
        """The new ones instead of those of the same dimension; what leaves something out joins them."""
        state, change = self.state, self.change
        kept = [c for c in self.base.where if c not in change.without]
        for condition in (*change.where, *state.where):
            kept = self._joined(kept, condition)
        if not any(m.share or m.where for m in self.base.metrics):
            state.where = kept
            return
        own = {d for m in state.metrics for c in m.where for d in of_condition(self.catalog, c)}
        inside = [c for c in kept if c not in self.base.where and not excludes(c) and of_condition(self.catalog, c) & own]
        for condition in inside:
            state.metrics = [self._part(m, condition) for m in state.metrics]
        state.where = [c for c in kept if c not in inside]

    def _part(self, metric: MetricRef, condition: Condition) -> MetricRef:
        dims = of_condition(self.catalog, condition)
        if not any(of_condition(self.catalog, c) & dims for c in metric.where):
            return metric
        where = [c for c in metric.where if not of_condition(self.catalog, c) & dims]
        return metric.model_copy(update={"where": (*where, condition)})

    def _joined(self, kept: list[Condition], new: Condition) -> list[Condition]:
        if new in kept:
            return kept
        dims = of_condition(self.catalog, new)
        same = [c for c in kept if of_condition(self.catalog, c) & dims]
        if isinstance(new, EventCondition):
            return [*(c for c in kept if c not in same), new]  # the new ones, or those who came back
        if excludes(new) and not isinstance(new, ExistsCondition):
            return self._excluded(kept, same, new)
        if self.change.also and len(same) == 1 and (both := _union(same[0], new)):
            self._told_apart(both)
            return [both if c is same[0] else c for c in kept]
        if isinstance(new, ExistsCondition):
            same = [] if self.change.also or self.change.further or self.change.points else [c for c in same if c.negated == new.negated]
        return [*(c for c in kept if c not in same or self._inside(c, new)), new]

    def _inside(self, old: Condition, new: Condition) -> bool:
        """What was left out of the same dimension stays left out, but for what is now asked for itself."""
        if isinstance(new, ExistsCondition | EventCondition):
            return False
        return excludes(old) and not (isinstance(old, FieldCondition) and isinstance(new, FieldCondition) and old.field == new.field)

    def _excluded(self, kept: list[Condition], same: list[Condition], new: Condition) -> list[Condition]:
        turned = [c for c in same if isinstance(c, SegmentCondition) and c == new.model_copy(update={"negated": False})]
        if turned:
            return [new if c is turned[0] else c for c in kept]
        for old in same:
            if not (isinstance(old, FieldCondition) and isinstance(new, FieldCondition) and old.field == new.field and old.grain == new.grain):
                continue
            gone = set(_values(new))
            if excludes(old):
                all_of = FieldCondition(field=old.field, grain=old.grain, op="not_in", value=(*_values(old), *_values(new)))
                return [all_of if c is old else c for c in kept]
            rest = tuple(v for v in _values(old) if v not in gone)
            if rest:
                left = FieldCondition(field=old.field, grain=old.grain, op="in" if len(rest) > 1 else "=", value=rest if len(rest) > 1 else rest[0])
                return [left if c is old else c for c in kept]
            return [new if c is old else c for c in kept]
        return [*kept, new]

    def _told_apart(self, both: FieldCondition) -> None:
        """Store 367 and also 406: each has its own row."""
        if both.grain is None and not any(g.field == both.field for g in self.base.group_by):
            self.state.add_group(Group(field=both.field))

    # -- groups -----------------------------------------------------------------------------------------------------

    def _groups(self, new: list[Group]) -> None:
        state, change = self.state, self.change
        kept = [g for g in self.base.group_by if g.name not in change.ungrouped and not self._averaged_over(g)]
        new += [g for g in state.groups if g not in new and g not in self.base.group_by]
        beside = [g for g in change.beside if g.name not in {k.name for k in kept}]
        kept, new = [*kept, *beside], [g for g in new if g not in beside]
        if state.records is not None:
            state.groups = []
            return
        if not new:
            state.groups = kept
            return
        added = change.further or (change.also and not self._named_metric())
        if (added or self._only_tell_apart(new)) and not change.instead:
            self._pin(kept, new)
            state.groups = [*kept, *(g for g in new if g.name not in {k.name for k in kept})]
            return
        state.groups = [*self._not_replaced(kept, new), *new]
        if state.limit is None and any(g.grain in FORWARD_GRAINS for g in new):
            change.dropped |= {"limit", "order"}  # a trend is not a ranking

    def _averaged_over(self, group: Group) -> bool:
        """Daily average, after sales by day: one number for all of the days."""
        return group.field == TIME and any(m not in self.base.metrics and group.grain in (m.over, m.per) for m in self.state.metrics)

    def _named_metric(self) -> bool:
        return any(m not in self.base.metrics for m in self.state.metrics)

    def _only_tell_apart(self, new: list[Group]) -> bool:
        """Whether the groups only tell apart the values that were named (406 and 389), and no word asks for a split."""
        words = {m.became for m in self.state.marks}
        return all(g.field and not g.grain and f"group:{g.field}" not in words for g in new)

    def _told_apart_before(self, kept: list[Group], new: list[Group]) -> list[Group]:
        """Stores 367 and 406, then by week: the few that were named stay told apart, unless another of their kind is asked for."""
        named = {c.field for c in self.base.where if isinstance(c, FieldCondition) and c.op == "in" and not c.negated and not c.grain}
        about = {of_group(self.catalog, g) for g in new}
        return [g for g in kept if g.field in named and not g.grain and of_group(self.catalog, g) not in about]

    def _not_replaced(self, kept: list[Group], new: list[Group]) -> list[Group]:
        """Instead: a grain for a grain and a field for a field, where there is one of its kind and another beside it; else all go."""
        if len(kept) < 2:
            return [] if self.change.instead else self._told_apart_before(kept, new)
        of_time = any(of_group(self.catalog, g) == TIME for g in new)
        others = [g for g in kept if (of_group(self.catalog, g) == TIME) != of_time]
        return others if 0 < len(others) < len(kept) else []

    def _only_describe(self, kept: list[Group], new: list[Group]) -> bool:
        """Add their age: what each of the rows has one of; the same rows stay, in the same order."""
        entities = [g.field for g in kept if g.field in self.catalog.spec.entities]
        fields = [g.field if g.field and "." in g.field and not g.grain else "" for g in new]
        return bool(entities) and all(f and any(has_one(self.catalog, e, f) for e in entities) for f in fields)

    def _pin(self, kept: list[Group], new: list[Group]) -> None:
        """The first five, split further: those five, each with all of its parts."""
        if not self.base.limit or "limit" in self.change.dropped or not kept:
            return
        rows = self.last.ranked
        pinned = all(refers(g) and g.grain is None for g in kept) and 0 < len(rows) <= MOST_PINNED and not self.last.truncated
        if not pinned or self.base.limit_per:
            raise AskBack(Text(zh="前几名不能再拆分，请写明要拆分哪些。", en="A cut ranking cannot be split further. Please name what to split."))
        for condition in filters(kept, rows):
            self.state.where = self._joined(self.state.where, condition)
        self.change.dropped |= {"limit"} if self._only_describe(kept, new) else {"limit", "order"}

    # -- comparison, share, running ---------------------------------------------------------------------------------

    def _windows(self) -> None:
        state, base, dropped = self.state, self.base, self.change.dropped
        if state.share and base.metrics and all(m.share for m in base.metrics) and state.metrics == list(base.metrics):
            state.share = None  # month by month: it is a share already
        if base.share and state.share is None and "share" not in dropped and state.compare is not base.compare:
            raise Refuse(
                Text(
                    zh="占比不能和另一段时间并排看。请分别问两段时间的占比，或去掉占比再对比。",
                    en="Shares of two periods cannot stand side by side. Ask for each period, or compare without the share.",
                )
            )
        if "compare" in dropped and state.compare is base.compare:
            state.compare = None
        names, metrics = {g.name for g in state.groups}, {m.name for m in state.metrics}
        if state.share is None and base.share and "share" not in dropped and state.groups:
            within = tuple(n for n in base.share.within if n in names)
            state.share = Share(within=within, of=tuple(n for n in map(self._new, base.share.of) if n in metrics))
        if state.share and not state.share.within and len(state.groups) > 1 and (time := [g.name for g in state.groups if g.grain in FORWARD_GRAINS]):
            state.share = Share(within=tuple(time), of=state.share.of)
        if state.running is None and base.running and "running" not in dropped and any(g.grain in FORWARD_GRAINS for g in state.groups):
            state.running = base.running.model_copy(update={"of": tuple(n for n in map(self._new, base.running.of) if n in metrics)})

    def _new(self, name: str) -> str:
        return self.renamed.get(name, name)

    # -- order ------------------------------------------------------------------------------------------------------

    def _order(self) -> None:
        state, base, dropped = self.state, self.base, self.change.dropped
        columns = {g.name for g in state.groups} | {m.name for m in state.metrics}
        own = [o.model_copy(update={"by": self._shown(o.by)}) for o in state.order]
        old = [o.model_copy(update={"by": self._new(o.by)}) for o in base.order_by] if "order" not in dropped else []
        resorted = self._resorted(old)
        keeps = [] if "having" in dropped else [h.model_copy(update={"by": self._new(h.by)}) for h in base.having]
        opposite = {(h.by, h.side) for h in state.having if h.side != "value"}
        keeps = [h for h in keeps if (h.by, h.side) not in opposite]  # only those that rose, then only those that fell
        state.having = [h for h in (*keeps, *(_shown_having(h, self._shown) for h in state.having)) if h.by in columns]
        if (own or resorted) and state.limit is None and base.limit and "limit" not in dropped:
            self._ask_which_rows(own or resorted, columns)
        state.order = [o for o in (own or resorted or old) if o.by in columns or state.records is not None]
        if not state.groups and state.records is None:
            state.order = []
        if state.compare is None:
            state.order = [o for o in state.order if o.side not in ("previous", "difference", "growth")]
        if self.change.best and state.metrics:
            turned = [o.model_copy(update={"desc": not o.desc}) if self.change.best < 0 else o for o in state.order]
            state.order = turned or [Order(by=state.metrics[0].name, desc=self.change.best > 0)]
            state.limit, state.limit_per = abs(self.change.best), [n for n in base.limit_per if n in columns]
        limit = None if "limit" in dropped else base.limit
        if state.limit is None and limit and (state.order or state.records or not base.order_by) and (state.groups or state.records):
            state.limit = limit
            state.limit_per = [n for n in base.limit_per if n in columns]
        elif state.limit is not None and not state.limit_per and base.limit is not None:
            state.limit_per = [n for n in base.limit_per if n in columns]

    def _shown(self, name: str) -> str:
        """The column for the name of a metric that a rule put: that of the last query, in the way it is asked there."""
        if name == self.about and not any(m.name == name for m in self.state.metrics):
            return self.state.metrics[0].name if self.state.metrics else name
        return self._new(name) if not any(m.name == name for m in self.state.metrics) else name

    def _resorted(self, old: list[Order]) -> list[Order]:
        change, state = self.change, self.state
        if change.flipped and old:
            return [old[0].model_copy(update={"desc": not old[0].desc}), *old[1:]]
        if not (change.order_by or change.ascending is not None or change.flipped) or not state.metrics:
            return []
        by = self._new(change.order_by) or (old[0].by if old else state.metrics[0].name)
        group = any(g.name == by for g in state.groups)
        desc = change.flipped if change.ascending is None and group else not change.ascending and not change.flipped
        side = old[0].side if old and old[0].by == by else "value"
        return [Order(by=by, desc=desc, side=side)]

    def _ask_which_rows(self, order: list[Order], columns: set[str]) -> None:
        """The first five, sorted otherwise: those five in another order, or the first five of the other order?"""
        if order == list(self.base.order_by) or self.change.instead or (self.change.ranked and not self.change.points):
            return
        groups = [g for g in self.base.group_by if refers(g) and g.grain is None]
        rows = self.last.ranked
        parts = {n: getattr(self.base, n) for n in SemanticQuery.model_fields}
        others = {**parts, "order_by": tuple(order), "metrics": tuple(self.state.metrics), "where": tuple(self.state.where), "time": self.state.time}
        choices = []
        if groups and len(groups) == len(self.base.group_by) and 0 < len(rows) <= MOST_PINNED:
            choices.append({**others, "where": (*self.state.where, *filters(groups, rows)), "limit": None, "limit_per": ()})
        choices.append(others)
        raise AskBack(
            Text(
                zh="是把上面这几行重新排序，还是按新的顺序重新取前几名？",
                en="Should these same rows be sorted anew, or the first ones of the new order be taken?",
            ),
            tuple(SemanticQuery.model_validate(c) for c in choices),
        )


def _shown_having(having: Having, shown: object) -> Having:
    return having.model_copy(update={"by": shown(having.by)})  # type: ignore[operator]


def _values(condition: FieldCondition) -> tuple[Scalar, ...]:
    value = condition.value
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _union(old: Condition, new: Condition) -> FieldCondition | None:
    """Both values of one field."""
    if not (isinstance(old, FieldCondition) and isinstance(new, FieldCondition)) or (old.field, old.grain) != (new.field, new.grain):
        return None
    if {old.op, new.op} - {"=", "in"} or old.negated or new.negated:
        return None
    return FieldCondition(field=old.field, grain=old.grain, op="in", value=tuple(dict.fromkeys((*_values(old), *_values(new)))))
