"""Says a semantic query back in words: metric, period, filters, grouping, order."""

from __future__ import annotations

import datetime as dt
from functools import singledispatchmethod

from prompts import word
from semantic_layer.catalog import Catalog
from semantic_layer.query import (
    TIME,
    AllOf,
    AnyOf,
    Bucket,
    Compare,
    Condition,
    EntityCondition,
    EventCondition,
    ExistsCondition,
    FieldCondition,
    Group,
    Having,
    MetricRef,
    Order,
    Records,
    Running,
    SegmentCondition,
    SemanticQuery,
    TimeRange,
)

_OPS = {"=": "op_eq", "!=": "op_ne", "in": "op_in", "not_in": "op_not_in", "between": "op_between", "contains": "op_contains",
        "is_null": "op_is_null", "not_null": "op_not_null"}  # fmt: skip
WEEKDAYS = {"zh": ["周一", "周二", "周三", "周四", "周五", "周六", "周日"], "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]}


class Speaker:
    """Puts queries over one catalog into one language."""

    def __init__(self, catalog: Catalog, lang: str) -> None:
        self.catalog = catalog
        self.lang = "zh" if lang == "zh" else "en"

    def word(self, key: str, **parts: object) -> str:
        """A phrase in this language."""
        return word(key, self.lang, **parts)

    def join(self, parts: list[str]) -> str:
        """A list in this language."""
        return self.word("list_join").join(parts)

    # -- names ------------------------------------------------------------------------------------------------

    def field(self, ref: str) -> str:
        """The name of a field, an entity or time."""
        if ref == TIME:
            return "时间" if self.lang == "zh" else "time"
        spec = self.catalog.field(ref).spec if "." in ref else self.catalog.entity(ref)
        if "." in ref and spec.entity:  # type: ignore[union-attr]
            spec = self.catalog.entity(spec.entity)  # type: ignore[union-attr]
        return spec.label.get(self.lang) or ref

    def metric(self, ref: MetricRef) -> str:
        """The name of a metric with what the query adds to it."""
        if ref.metric:
            name = self.catalog.metric(ref.metric).label.get(self.lang) or ref.metric
        else:
            different = ref.agg == "count_distinct"
            field = self._different(ref.field or "") if different else self.field(ref.field or "")
            name = self.word("inline_count" if different else "inline", field=field, agg=self.word(f"agg_{ref.agg}"))
        if ref.over:
            name = self.word("over", over=self.unit(ref.over), metric=name, agg=self.word(f"agg_{ref.agg}"))
        if ref.per:
            name = self.word("per", per=self.unit(ref.per), metric=name)
        if ref.where:
            name = self.word("part_share" if ref.share else "part_of", metric=name, conditions=self.conditions(ref.where))
        return name

    def entity(self, name: str) -> str:
        """What one of an entity is called: a city, and no city id, where its name stands for its key."""
        spec = self.catalog.entity(name)
        shown = [self.field(f"{spec.dataset}.{spec.shown_by}")] if spec.dataset and spec.shown_by else []
        return min([self.field(name), *shown], key=len)

    def _different(self, ref: str) -> str:
        """What the different values of a field are: cities, where it holds the keys of cities."""
        dataset, _, field = ref.partition(".")
        entity = next((e for e in self.catalog.spec.entities if self.catalog.entity_field(e, dataset) == field), None)
        return self.entity(entity) if entity else self.field(ref)

    def unit(self, name: str) -> str:
        """A grain or an entity as a unit."""
        return self.word(f"grain_{name}") if name in ("day", "week", "month", "quarter", "half", "year") else self.entity(name)

    def group(self, group: Group) -> str:
        """The name of a group."""
        if group.bucket:
            return self._bucket(group.bucket)
        if group.case is not None:
            return self.word("case", condition=self.condition(group.case))
        if group.grain:
            grain = self.word(f"grain_{group.grain}")
            return grain if group.field == TIME else f"{self.field(group.field or '')}{self.word('of_field', field=grain)}"
        name = self.field(group.field or "")
        return self.word("ranges_of", field=name) if group.edges else name

    def _bucket(self, bucket: Bucket) -> str:
        entity, metric = self.entity(bucket.entity), self.metric(bucket.metric)
        if bucket.parts:
            return self.word("parts", entity=entity, metric=metric, n=bucket.parts)
        return self.word("bucket", entity=entity, metric=metric)

    def value(self, ref: str, value: object) -> str:
        """A value as people call it; its own text is added where that differs."""
        if isinstance(value, tuple):
            return self.join([self.value(ref, v) for v in value])
        if "." in ref:
            named = self.catalog.field(ref).spec.values.get(str(value))
            label = named.label.get(self.lang) if named else ""
            if label and label.lower() != str(value).lower():
                return f"{label} ({value})" if self.lang == "en" else f"{label}（{value}）"
        return str(value)

    # -- periods ----------------------------------------------------------------------------------------------

    def period(self, time: TimeRange | None) -> str:
        """A period with its last day, both days included."""
        if time is None or (time.start is None and time.end is None):
            return self.word("all_time")
        last = time.end - dt.timedelta(days=1) if time.end else None
        if time.start and last:
            text = self.word("period_day", start=time.start) if time.start == last else self.word("period", start=time.start, end=last)
        elif time.start:
            text = self.word("period_since", start=time.start)
        else:
            text = self.word("period_until", end=last)
        return text + (self.word("of_field", field=self.field(time.field)) if time.field else "")

    # -- conditions -------------------------------------------------------------------------------------------

    def conditions(self, conditions: tuple[Condition, ...]) -> str:
        """Several conditions."""
        return self.word("and_join").join(self.condition(c) for c in conditions)

    def condition(self, condition: Condition) -> str:
        """One condition."""
        text: str = self._condition(condition)
        return text

    @singledispatchmethod
    def _condition(self, condition: object) -> str:
        raise TypeError(type(condition))

    @_condition.register
    def _(self, c: FieldCondition) -> str:
        name = self.word(f"grain_{c.grain}") if c.field == TIME and c.grain else self.field(c.field)
        if c.grain == "day_of_week":
            days = c.value if isinstance(c.value, tuple) else (c.value,)
            value = self.join([WEEKDAYS[self.lang][int(str(d)) - 1] for d in days])
        else:
            value = self.value(c.field, c.value)
        text = self.word(_OPS.get(c.op, "op_other"), field=name, value=value, op=c.op)
        return self.word("not_condition", condition=text) if c.negated else text

    @_condition.register
    def _(self, c: SegmentCondition) -> str:
        label = self.catalog.segment(c.segment).label.get(self.lang) or c.segment
        return self.word("not_segment" if c.negated else "segment", segment=label)

    @_condition.register
    def _(self, c: EntityCondition) -> str:
        parts = {"entity": self.entity(c.entity), "metric": self.metric(c.metric), "period": self._own(c.time)}
        if c.op is not None:
            text = self.word("entity_metric", op=c.op, value=self.value("", c.value), **parts)
        else:
            n = c.top if c.top is not None else c.bottom
            shown = f"{n:g}%" if c.percent else f"{n:g}"
            text = self.word("entity_top" if c.top is not None else "entity_bottom", n=shown, **parts)
        return self.word("not_condition", condition=text) if c.negated else text

    @_condition.register
    def _(self, c: ExistsCondition) -> str:
        dataset = self.catalog.dataset(c.exists).label.get(self.lang) or c.exists
        inner = [self.period(c.time)] if c.time and (c.time.start or c.time.end) else []
        inner += [self.conditions(c.where)] if c.where else []
        period = self.word("own_period", period=self.join(inner)) if inner else ""
        return self.word("not_exists" if c.negated else "exists", dataset=dataset, entity=self.entity(c.entity), period=period)

    @_condition.register
    def _(self, c: EventCondition) -> str:
        dataset = self.catalog.dataset(c.dataset).label.get(self.lang) or c.dataset
        text = self.word(f"event_{c.event}", entity=self.entity(c.entity), dataset=dataset, period=self._own(c.time))
        return self.word("not_event", event=text) if c.negated else text

    @_condition.register
    def _(self, c: AnyOf) -> str:
        text = self.word("any_of", conditions=self.conditions(c.any_of))
        return self.word("not_condition", condition=text) if c.negated else text

    @_condition.register
    def _(self, c: AllOf) -> str:
        text = self.word("all_of", conditions=self.conditions(c.all_of))
        return self.word("not_condition", condition=text) if c.negated else text

    def _own(self, time: TimeRange | None) -> str:
        return self.word("own_period", period=self.period(time)) if time is not None else ""

    # -- the whole query --------------------------------------------------------------------------------------

    def column(self, name: str, query: SemanticQuery) -> str:
        """The name of a metric or group of the query."""
        for m in query.metrics:
            if m.name == name:
                return self.metric(m)
        for g in query.group_by:
            if g.name == name:
                return self.group(g)
        return self.field(name) if name in self.catalog.spec.entities or "." in name else name

    def query(self, query: SemanticQuery, earlier: TimeRange | None = None) -> str:
        """The whole query as one line."""
        parts = [self._what(query), self.period(query.time)]
        if query.group_by:
            parts.append(self.word("by", groups=self.join([self.group(g) for g in query.group_by])))
        if query.where:
            parts.append(self.word("where", conditions=self.conditions(query.where)))
        parts += self.windows(query, earlier).values()
        parts += [self.threshold(h, query) for h in query.having]
        parts += [self.order(o, query) for o in query.order_by]
        if query.limit:
            parts.append(self.limit(query))
        return self.word("and_join").join(parts)

    def _what(self, query: SemanticQuery) -> str:
        return self.records(query.records) if query.records else self.join([self.metric(m) for m in query.metrics])

    def records(self, records: Records) -> str:
        """What is listed, with which fields."""
        dataset = self.catalog.dataset(records.dataset).label.get(self.lang) or records.dataset
        return self.word("records", dataset=dataset, fields=self.join([self.field(f) for f in records.fields]))

    def threshold(self, having: Having, query: SemanticQuery) -> str:
        """Which rows of the answer are kept."""
        return self.word("having", metric=self._side(having.by, having.side, query), op=having.op, value=self.value("", having.value))

    def order(self, order: Order, query: SemanticQuery) -> str:
        """By what the rows are sorted."""
        return self.word("order_desc" if order.desc else "order_asc", column=self._side(order.by, order.side, query))

    def limit(self, query: SemanticQuery) -> str:
        """How many rows the answer has, at most."""
        if query.limit_per:
            return self.word("limit_per", groups=self.join([self.column(g, query) for g in query.limit_per]), n=query.limit)
        return self.word("limit", n=query.limit)

    def _side(self, name: str, side: str, query: SemanticQuery) -> str:
        column = self.column(name, query)
        return column if side == "value" else self.word(f"label_{side}", metric=column)

    def windows(self, query: SemanticQuery, earlier: TimeRange | None = None) -> dict[str, str]:
        """What stands beside each metric: `compare`, `share` and `running`, those that the query has. `earlier` is the period compared with."""
        out = {}
        if query.compare:
            out["compare"] = self._compare(query, query.compare, earlier)
        if query.share:
            groups = self.join([self.column(g, query) for g in query.share.within])
            out["share"] = self.word("share_within", groups=groups) if query.share.within else self.word("share")
        if query.running:
            out["running"] = self._running(query, query.running)
        return out

    def _compare(self, query: SemanticQuery, compare: Compare, earlier: TimeRange | None) -> str:
        group = query.time_group
        if compare.range is not None:
            return self.word("compare_range", period=self.period(compare.range))
        if compare.to == "last_year":
            return self.word("compare_last_year")
        if group is not None:
            return self.word("compare_previous_bucket", grain=self.word(f"grain_{group.grain}"))
        return self.word("compare_previous", period=self.period(earlier))

    def _running(self, query: SemanticQuery, running: Running) -> str:
        grain = query.time_group
        if running.kind == "rolling":
            unit = self.word(f"grain_{grain.grain}") if grain else ""
            return self.word("running_rolling", n=running.window, grain=unit, agg=self.word(f"agg_{running.agg}"))
        return self.word("running_reset", grain=self.word(f"grain_{running.reset}")) if running.reset else self.word("running_to_date")
