"""Lists of rows and facts of one thing: the campaigns with their dates, the redemptions of a day, the age of household 1."""

from __future__ import annotations

import re

from sqlglot import exp

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity, counting_in, counts_rows
from assistant.reading.rules.filters import beside, conditions_of
from assistant.reading.rules.lasting import in_period
from assistant.reading.rules.periods import started_in
from assistant.reading.rules.row_bounds import own_amount
from assistant.reading.rules.shorthand import name_short
from assistant.reading.state import State
from semantic_layer.query import Group, MetricRef, Order, Records

# These ask for more than rows.
_BUSY = (
    "top", "bottom", "share", "growth", "decline", "running", "rolling", "how_many", "median", "average", "judge", "growth_top", "decline_top",
    "parts", "buckets", "more_than", "less_than", "at_least", "at_most", "between", "trend", "change", "versus",
)  # fmt: skip
_DETAILS = ("detail", "详情", "详细")
_AMOUNT = ("多少", "是多少", "how much")
_WHAT = ("what", "what kinds of", "what types of", "what sorts of", "what different", "what all")
# The name of a metric that counts the rows asks for their number by these, and for no list.
_COUNTED = ("多少", "几", "how many", "number of")
_AMOUNTS = ("金额", "amount", "amounts", "the amount")
_ROWS = ("记录", "明细", "records", "rows")
_BESIDE = ("一起", "一并", "一同")
_SAID = ("list", "which", "attributes", "by", "separately", "total", "within")


def rule(state: State) -> None:
    """Takes the whole question when rows of an entity or of a dataset are asked for, or facts of one of them."""
    if state.groups or state.compare or state.having or state.metrics or any(m.text not in _AMOUNT for m in state.ops(*_BUSY)):
        return
    if any(m.has("separately") and m.text.endswith(_COUNTED) and (n := next(state.following(m), None)) and n.entities for m in state.marks):
        return  # A组、B组各有多少人: their number
    dataset = _dataset(state)
    if dataset is None or _split(state, dataset):
        return
    name_short(state, dataset)
    asked = state.ops("list", "which", "attributes", "earliest_first", "latest_first")
    own = _own_entities(state, dataset)
    told = state.free(lambda m: own & {*m.entities, _counter_of(state, m)})
    dated = [m for m in told if state.catalog.dataset(dataset).time and _dated_rows(state, m)]
    asked = asked or dated
    asked = asked or (state.ops("going_on") if state.catalog.dataset(dataset).lasts and state.time else [])
    facts = _of_one(state, dataset)
    if not asked and not facts and not _only_attributes(state):
        return
    if not facts and distinct(state, dataset):
        return
    rows = state.free(lambda m: _measured(m) and counts_rows(state, m.metrics[0]) == dataset)
    if any(word in m.text for m in rows for word in _COUNTED):
        return
    others = state.free(lambda m: _measured(m) and m not in rows)
    measures = {id(m): c for m in others if (c := _column(state, m, dataset))}
    if len(measures) < len(others) or (measures and not facts and not dated and not state.ops("list", "attributes")):
        return
    fields = _fields(state, dataset, measures)
    if not fields:
        return
    state.records = Records(dataset=dataset, fields=tuple(fields))
    state.where += conditions_of(state, state.free(lambda m: m.values or m.ids))
    _lasting(state, dataset)
    _ordered(state, dataset)
    said = (*_BESIDE, *(_AMOUNT if facts else ()))
    for mark in state.free(lambda m: m in rows or m in told or m.has(*_SAID) or dataset in m.verbs or m.text in said):
        state.take(mark, "list")


def distinct(state: State, dataset: str) -> bool:
    """Takes the names of a field that are asked for (which departments are there), each once, with how many rows it has."""
    own = _own_entities(state, dataset)
    asked = [m for m in state.free(lambda m: m.fields and not m.metrics) if not _names_a_value(state, m)]
    whole = state.free(lambda m: m.verbs or m.ids or _measured(m) or own & set(m.entities) or m.has("earliest_first", "latest_first", "attributes"))
    if len(asked) != 1 or whole or state.time is not None or asked[0].fields[0].split(".")[0] != dataset:
        return False
    if not _with_its_rows(state, asked[0].fields[0]):
        return False
    state.add_group(Group(field=asked[0].fields[0]))
    state.take(asked[0], f"group:{asked[0].fields[0]}")
    for mark in state.ops(*_SAID):
        state.take(mark, "list")
    return True


def names(state: State) -> None:
    """What departments do we have: where nothing is measured, the names that it would be split by are what is asked for."""
    fields = {g.field for g in state.groups if g.field and "." in g.field and not g.grain}
    drafted = state.metrics or state.records or state.having or state.order or state.compare or state.share or state.running or state.time
    if drafted or len(fields) != 1 or len(state.groups) != 1 or state.limit is not None:
        return
    if any(m.has("which", "list") or m.text in _WHAT for m in state.marks) and not state.free(lambda m: not m.filler):
        _with_its_rows(state, next(iter(fields)))


def _with_its_rows(state: State, field: str) -> bool:
    """Adds how many rows of its dataset each value of a field has; False where no metric counts them."""
    dataset = field.split(".")[0]
    metric = counting_in(state, dataset, next(iter(_own_entities(state, dataset)), None))
    if metric is None or state.catalog.field(field).spec.kind != "dimension":
        return False
    state.add_metric(MetricRef(metric=metric))
    return True


def _names_a_value(state: State, mark: Mark) -> bool:
    """The floral department: the field of the value beside it."""
    return any(beside(state, mark, v) and set(mark.fields) & {f for f, _ in v.values} for v in state.free(lambda m: m.values))


def _measured(mark: Mark) -> bool:
    return bool(mark.metrics and not mark.entities and not mark.verbs)


def _only_attributes(state: State) -> bool:
    return bool(state.free(lambda m: m.fields and not m.metrics)) and bool(state.free(lambda m: m.entities and not m.metrics))


def _split(state: State, dataset: str) -> bool:
    """Whether something is asked by a field: a row for each of its values, and no list. Each campaign is the list itself."""
    targets = [t for op in state.ops("by") for t in [state.after(op)] if t and not t.became]
    own = _own_entities(state, dataset)
    return any(t.fields and not own & set(t.entities) for t in targets) and not state.ops("earliest_first", "latest_first")


def _own_entities(state: State, dataset: str) -> set[str]:
    spec = state.catalog.dataset(dataset)
    return {e for k in spec.primary_key if (e := spec.fields[k].entity)}


# -- whose rows -------------------------------------------------------------------------------------------------


def _dataset(state: State) -> str | None:
    """The dataset whose rows are meant: that of a verb, else the own one of the entity named first, else that of the attributes."""
    if state.rows_of:
        return state.rows_of
    records = [m for m in state.ops("list") if m.text in _ROWS]
    verbs = state.free(lambda m: m.verbs)
    if records and verbs:
        return verbs[0].verbs[0]
    for op in state.ops("list"):
        after = next(state.following(op), None)
        if after and after.metrics and not after.entities and op.text.isascii() and (rows := counts_rows(state, after.metrics[0])):
            return rows  # list redemptions of a day with household and coupon
    if rows := _rows_of_a_number(state):
        return rows
    dated = [m for m in state.free(lambda m: m.entities and not m.ids) if _dated_rows(state, m)]  # the orders of customer 106
    for mark in state.free(lambda m: m.ids and state.ops("list") and not dated):
        own = state.catalog.entity(mark.ids[0]).dataset if mark.ids and mark.ids[0] in state.catalog.spec.entities else None
        if own and not state.catalog.dataset(own).time:
            return own  # details of campaign 18
    for mark in state.free(lambda m: m.entities or _counter_of(state, m)):
        entity = mark.entities[0] if mark.entities else _counter_of(state, mark)
        dataset = state.catalog.entity(entity).dataset if entity else None
        if dataset and (_dated_rows(state, mark) if state.catalog.dataset(dataset).time else mark.entities):
            return dataset
    return _of_values(state) or _of_attributes(state)


def _rows_of_a_number(state: State) -> str:
    """Receipt 41479774264, products and amount per line: the rows of what has none of its own, told by a column of them."""
    numbered = [m.ids[0] for m in state.free(lambda m: m.ids) if m.ids and m.ids[0] in state.catalog.spec.entities]
    columns = {m.fields[0].split(".")[0] for m in state.free(lambda m: m.fields and not m.metrics and not m.entities)}
    detailed = any(m.text in _ROWS for m in state.ops("list"))
    owner = columns.pop() if len(columns) == 1 else state.catalog.formula(state.default_metric()).homes[0] if detailed and not columns else ""
    held = owner and any(state.catalog.entity(e).dataset is None and state.catalog.entity_field(e, owner) for e in numbered)
    return owner if held else ""


def _counter_of(state: State, mark: Mark) -> str | None:
    """What a counter counts, with its thing in one word: 张订单."""
    return counted_entity(state, mark.counters[0]) if mark.counters and len(mark.text) > 1 and not mark.text.isascii() else None


def _dated_rows(state: State, mark: Mark) -> bool:
    """List the orders of a customer, 去年的每张订单: rows of something that happened, each told by itself."""
    before = next(iter(state.preceding(mark)), None)
    each = before is not None and before.has("by") and before.text.startswith(("each", "every", "每")) and state.close(before, mark, 1)
    if [m for m in state.ops("by") if not (each and m is before)] or state.free(lambda m: m.time and m.time.kind in ("grain", "cyclic")):
        return False
    asked = state.ops("list")
    if asked and not mark.text.isascii():
        return True
    narrowing = lambda m: m.filler or m is before or m.values or (m.time and m.time.kind == "range")  # noqa: E731  yesterday's cancelled orders
    after_list = bool(asked) and next(iter(state.following(asked[0], skip=narrowing)), None) is mark
    return after_list or (each and bool(state.where or state.free(lambda m: m.values or m.ids)))


def _of_values(state: State) -> str | None:
    """Type B campaigns, in one name; Supplier#100, by its name."""
    for mark in state.free(lambda m: m.values):
        dataset, field = mark.values[0][0].split(".")
        for spec in state.catalog.spec.entities.values():
            if spec.dataset == dataset and (spec.shown_by == field or any(n.lower() in mark.text for n in spec.names())):
                return dataset
    return None


def _of_attributes(state: State) -> str | None:
    """The dataset without dates that all named attributes and values are of: household 1 with its age and income."""
    asked = state.free(lambda m: m.fields and not m.metrics)
    said = [f for m in asked for f in m.fields[:1]] + [f for m in state.free(lambda m: m.values) for f, _ in m.values[:1]]
    owners = {f.split(".")[0] for f in said}
    one = next(iter(owners)) if len(owners) == 1 and (asked or state.ops("started", "ended")) else None
    if one is None or state.catalog.dataset(one).time or len(state.catalog.dataset(one).primary_key) != 1:
        return None
    own = _own_entities(state, one)
    return one if state.ops("attributes", "list") or any(m.ids and m.ids[0] in own for m in state.free()) else None


def _of_one(state: State, dataset: str) -> bool:
    """Whether one row is named and something else of it is asked."""
    own = _own_entities(state, dataset)
    shown = {f"{dataset}.{s}" for e in own if (s := state.catalog.entity(e).shown_by)}
    named = state.free(lambda m: (m.ids and m.ids[0] in own) or any(f in shown for f, _ in m.values))
    return len(named) == 1 and bool(state.free(lambda m: (m.fields or m.entities or m.metrics) and m is not named[0]))


# -- what is shown of them --------------------------------------------------------------------------------------


def _column(state: State, mark: Mark, dataset: str) -> str | None:
    """The column of a dataset that a metric adds up or averages: of one row, it is the metric itself."""
    for metric in mark.metrics:
        formula = state.catalog.formula(metric)
        call = formula.aggregates[0].call
        plain = isinstance(formula.tree, exp.Placeholder) and isinstance(call, (exp.Sum, exp.Avg)) and isinstance(call.this, exp.Column)
        if plain and call.this.table == dataset:
            return f"{dataset}.{call.this.name}"
    return None


def _fields(state: State, dataset: str, measures: dict[int, str]) -> list[str]:
    out: list[str] = []
    for mark in state.free(lambda m: (m.entities or m.fields or id(m) in measures) and not m.ids):
        if mark.text in _AMOUNTS and mark.fields and (amount := own_amount(state, dataset)) and mark.fields[0].split(".")[0] != dataset:
            out.append(amount)  # the amount of these rows, and not that of the orders behind them
            state.take(mark, f"column:{amount}")
            continue
        for ref in (measures[id(mark)],) if id(mark) in measures else (mark.shown, *mark.entities, *mark.fields):
            if ref and state.reaches(dataset, ref) and not (ref == mark.shown and ref.split(".")[0] == dataset):
                out.append(ref)
                state.take(mark, f"column:{ref}")
                break
    out += _its_amount(state, dataset, out)
    out += _first_and_last(state, dataset)
    if not out and any(w in op.text for op in state.ops("list") for w in _DETAILS):
        out = [f"{dataset}.{n}" for n, f in state.catalog.dataset(dataset).fields.items() if not f.entity and f.kind in ("dimension", "time")]
    spec = state.catalog.dataset(dataset)
    key = [spec.fields[k].entity or f"{dataset}.{k}" for k in spec.primary_key]
    if spec.time and "." not in spec.time and set(out) <= set(key):
        out += [*key, f"{dataset}.{spec.time}", *([amount] if (amount := own_amount(state, dataset)) else [])]
    named = [f"{dataset}.{e.shown_by}" for k in key if "." not in k and (e := state.catalog.entity(k)).dataset == dataset and e.shown_by]
    return list(dict.fromkeys([*[k for k in key if k not in out], *named, *out])) if out or state.ops("list", "which") else []


def _its_amount(state: State, dataset: str, columns: list[str]) -> list[str]:
    """明细要门店、商品和金额, with store, product and amount: among the columns that are named, the one amount that the rows have."""
    word = next(iter(state.free(lambda m: m.text in _AMOUNTS)), None)
    listed = columns and any(m.became.startswith("column:") and word and m.end < word.start for m in state.marks)
    amount = own_amount(state, dataset) if listed else None
    if word is None or amount is None:
        return []
    state.take(word, f"column:{amount}")
    return [amount]


_DATES = re.compile(
    r"\b(?P<start>start(?:ing)?|begin(?:ning)?)(?P<both> (?:and|&) (?:end|finish)(?:ing)?)? (?:dates?|days?)\b"
    r"|\b(?:end|finish)(?:ing)? (?:date|day)\b"
)


def _first_and_last(state: State, dataset: str) -> list[str]:
    """When they started and ended, where no period is asked for by these words."""
    lasts = state.catalog.dataset(dataset).lasts
    both = state.free(lambda m: m.has("started") and m.has("ended"))
    if lasts and (told := _DATES.search(state.text)):
        for mark in state.free(lambda m: told.start() <= m.start and m.end <= told.end()):
            state.take(mark, "column:" + ", ".join(lasts))
        kept = lasts if told["both"] else lasts[:1] if told["start"] else lasts[1:]
        return [f"{dataset}.{name}" for name in kept]
    if not lasts or (state.time is not None and not both):
        return []
    out = []
    for name, field in zip(("started", "ended"), lasts, strict=True):
        marks = both or state.ops(name)
        out += [f"{dataset}.{field}"] if marks else []
    for mark in both or state.ops("started", "ended"):
        state.take(mark, "column:" + ", ".join(out))
    return out


def _ordered(state: State, dataset: str) -> None:
    """Earliest first: by the date that is shown."""
    for op in state.ops("earliest_first", "latest_first"):
        assert state.records
        dates = [f for f in state.records.fields if "." in f and state.catalog.field(f).spec.kind == "time"]
        lasts = state.catalog.dataset(dataset).lasts
        by = dates[0] if dates else f"{dataset}.{lasts[0]}" if lasts else None
        if by:
            state.order.append(Order(by=by, desc=op.has("latest_first")))
            state.take(op, "order")


def _lasting(state: State, dataset: str) -> None:
    """Rows that last from one day to another are asked for by a day inside, or by their first or last day."""
    lasts = state.catalog.dataset(dataset).lasts
    if state.time is None or lasts is None:
        return
    start, end = (f"{dataset}.{name}" for name in lasts)
    if any(m.time and m.text.endswith("开始") for m in state.marks):
        state.time = started_in(state, start)
        return
    words = {"started": start, "ended": end}
    for op, field in words.items():
        marks = state.ops(op)
        if marks:
            state.time = state.time.model_copy(update={"field": field})
            state.take(marks[0], op)
            return
    in_period(state, dataset)
