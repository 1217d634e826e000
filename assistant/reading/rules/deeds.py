"""What a verb of a segment tells: redeemed, added to the cart, opened. Which rows they are, and what counts them."""

from __future__ import annotations

import re

from assistant.reading.catalog_words import verbs_of
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import (
    bare_verb,
    can_be_asked,
    count_metric,
    counted_entity,
    counting_in,
    counts_entity,
    denied_there,
    replace_metric,
    whom_it_counts,
)
from assistant.reading.rules.doers import homes_of, is_grouped
from assistant.reading.state import State
from semantic_layer.query import Condition, MetricRef, SegmentCondition
from semantic_layer.spelling import has_han


def told_of(mark: Mark, dataset: str) -> tuple[Condition, ...]:
    """The condition that a verb puts on the rows of a dataset; none where it tells of all of them."""
    return tuple(SegmentCondition(segment=s) for d, s in mark.deeds if d == dataset)


def is_step(state: State, mark: Mark) -> bool:
    """下单→支付转化: a step from which a rate is counted anyway, right before the name of the rate, and no filter of it."""
    behind = next(iter(state.following(mark)), None)
    name = behind.became.removeprefix("metric:") if behind and behind.became.startswith("metric:") else ""
    if not name or name not in state.catalog.spec.metrics or not mark.deeds or behind is None or not state.close(mark, behind, 3):
        return False
    told = {c for _, segment in mark.deeds for c in state.catalog.segment(segment).where}
    return any(told & set(a.filter) for a in state.catalog.formula(name).aggregates[1:])


def _counted_beside(state: State, mark: Mark) -> MetricRef | None:
    if mark.became or mark.metrics:
        return None
    return count_metric(state, mark.entities[0]) if mark.entities else MetricRef(metric=mark.counters[0]) if mark.counters else None


def how_much(state: State) -> None:
    """昨天卖了多少; 每张券发了多少、用了多少: a verb right before a bare how much asks for its measure."""
    ops = state.ops("how_many")
    for op in ops:
        verb = next(iter(state.preceding(op)), None)
        plain = verb is not None and verb.verbs and not verb.metrics and not verb.became and state.close(verb, op, 1)
        if verb is None or not plain or not _BARE.fullmatch(op.text) or _what_is_counted(state, op) or _of_people(state, verb, op):
            continue
        if name := _measure_of(state, verb):
            state.add_metric(MetricRef(metric=name))
            state.take(verb, f"metric:{name}")
            state.take(op, "count")
    for op in ops if state.metrics else []:  # sent how many messages, how many arrived
        counted = _what_is_counted(state, op)
        ref = _counted_beside(state, counted) if counted and not op.became else None
        if counted and ref:
            state.add_metric(ref)
            state.take(op, "count")
            state.take(counted, "count")


def _of_people(state: State, verb: Mark, op: Mark) -> bool:
    """四川的用户里退过货的有多少: people are named, and a clause tells which of them are counted."""
    people = [e for e, spec in state.catalog.spec.entities.items() if spec.people]
    named = any(e in people for m in state.free(lambda m: not m.metrics) if m.end <= verb.start for e in m.entities)
    return named and state.text[verb.end : op.start] == "的"


def _what_is_counted(state: State, op: Mark) -> Mark | None:
    """What stands right behind a how many, and not only in a list with it."""
    after = next(iter(state.following(op, skip=lambda m: m.has("different"))), None)
    if after is None or set(state.text[op.end : after.start]) & set("、,和与及") or not state.same_clause(op, after) or after.start - op.end >= _FAR:
        return None
    return after if after.counters or after.metrics or after.groupable else None


_FAR = 5  # characters between a how many and what it counts: 多少个不同的机场
_BARE = re.compile(r"的?了?有?(?:多少|几)[个张条次笔件回]?[啊呢]?")


def _measure_of(state: State, verb: Mark) -> str | None:
    """The default metric of a verb of its rows; of other rows, how often it was done."""
    if set(verb.verbs) & set(homes_of(state)):
        named = state.metrics or state.free(lambda m: m.metrics or m.has("share", "top", "bottom"))
        return None if named or verb.deeds else state.default_metric()
    dataset = told_in(state, verb)
    if dataset is None:
        return None
    return counted_deeds(state, verb, dataset) if told_of(verb, dataset) else counting_in(state, dataset, None)


def told_in(state: State, verb: Mark) -> str | None:
    """The one of a verb's datasets that what else is named belongs to, or points to; None where several fit alike."""
    fits = {d: sum(_is_about(state, m, d) for m in state.free(lambda m: m is not verb)) for d in verb.verbs}
    best = [d for d, n in fits.items() if n == max(fits.values())]
    return best[0] if len(best) == 1 else None


def _is_about(state: State, mark: Mark, dataset: str) -> bool:
    homes = [h for n in mark.metrics[:1] for h in state.catalog.formula(n).homes]
    owned = [d for e in mark.entities if (d := state.catalog.entity(e).dataset)]
    refs = [*mark.fields, *mark.entities, *(f for f, _ in mark.values)]
    return dataset in (*homes, *owned) or any(state.reaches(dataset, r) for r in refs)


def left_out(state: State) -> None:
    """没签收的不算: without those of which a verb does not tell."""
    for op in state.ops("exclude"):
        denied, told, *_ = [*state.following(op), None, None]  # 不算未付款的
        behind = denied and told and denied.has("not") and told.deeds and state.close(op, denied, 1) and state.close(denied, told, 1)
        if denied and told and behind:
            state.where += told_of(told, told.deeds[0][0])
            for mark in (op, denied, told):
                state.take(mark, "exclude")
            continue
        verb, *rest = [*state.preceding(op, skip=lambda m: m.filler), None]
        denial = rest[0] if rest else None
        said = verb and denial and verb.deeds and denial.has("not") and state.close(denial, verb, 1)
        joint = state.text[verb.end : op.start].strip() if verb else ""
        if verb and denial and said and (joint in ("的", "的都") or (joint in ("", "都") and verb.text.endswith("的"))):
            state.where += told_of(verb, verb.deeds[0][0])
            for mark in (op, verb, denial):
                state.take(mark, "exclude")


def of_verbs(state: State) -> None:
    """How many households redeemed: what is counted is counted where the verb's rows are."""
    home = state.catalog.formula(state.default_metric()).homes[0]
    verbs = state.free(lambda m: m.verbs)
    others = [m for m in verbs if home not in m.verbs]
    asked = state.ops("how_many")
    if not others or len(others) != len(verbs) or not asked or state.ops("not"):
        return
    if _different_values(state, others[0], asked):
        return
    dataset = others[0].verbs[0]
    if any(m.metrics and not m.entities for m in state.free()) or state.metrics:
        return
    targets = [m for m in state.free(lambda m: m.entities) if not is_grouped(state, m)]
    if len({m.entities[0] for m in targets}) > 1:
        objects = [m for m in targets if state.catalog.entity(m.entities[0]).dataset == dataset]  # opened a message
        targets = [m for m in targets if m not in objects]
        if len({m.entities[0] for m in targets}) > 1 or not others[0].deeds:
            return
        for mark in objects:
            state.take(mark, "verb")
    target = next(iter(targets), None)
    if others[0].deeds and not _of_whole_rows(state, others[0], target):
        _of_deed(state, others[0], asked, target)
        return
    named = called_by(state, others[0], target.entities[0]) if target else None
    metric = named or counting_in(state, dataset, target.entities[0] if target else None)
    if metric is None or (target and not named and not _counts_in(state, metric, target.entities[0], dataset)):
        return
    different = state.ops("different")
    distinct = _distinct_in(state, target.entities[0], metric, dataset) if different and target else None
    if target and len(asked) > 1 and target.end <= asked[-1].start <= others[0].start and (all_of_them := count_metric(state, target.entities[0])):
        state.add_metric(all_of_them)  # how many customers did we have, and how many redeemed
        for mark in state.ops("of_which"):
            state.take(mark, f"metric:{metric}")
    state.add_metric(distinct or MetricRef(metric=metric))
    for mark in [others[0], *asked, *different, *([target] if target else [])]:
        state.take(mark, f"metric:{metric}")


def _different_values(state: State, verb: Mark, asked: list[Mark]) -> bool:
    """How many different terms were searched: the values of a field of the rows that the verb tells of, once each."""
    for op in state.ops("different"):
        thing = next(iter(state.following(op)), None)
        field = thing.fields[0] if thing and thing.fields and not (thing.metrics or thing.entities) else ""
        if thing is not None and field.partition(".")[0] in verb.verbs:
            state.add_metric(MetricRef(agg="count_distinct", field=field))
            state.where += told_of(verb, field.partition(".")[0])
            for mark in (op, thing, verb, *asked):
                state.take(mark, "count")
            return True
    return False


def called_by(state: State, verb: Mark, entity: str) -> str | None:
    """The one metric of these people in whose names the verb stands."""
    found = [n for n in state.catalog.spec.metrics if _is_called_by(state, verb, n) and counted_entity(state, n) == entity]
    return found[0] if len(found) == 1 else None


def _is_called_by(state: State, verb: Mark, metric: str) -> bool:
    bare = re.escape(bare_verb(verb.text))
    word = re.compile(bare if has_han(verb.text) else rf"\b{bare}\b", re.IGNORECASE)
    return any(word.search(name) for name in state.catalog.metric(metric).names())


def called(state: State) -> None:
    """How many customers placed an order: those that a metric is called after, and not those who paid, whom the bare word counts."""
    denied = any(m.has("not", "exclude") and not m.became.startswith("exists:") for m in state.marks)
    undone = [v for n in state.marks if n.has("not") for v in state.following(n) if v.verbs and state.same_clause(n, v)]
    if len(state.metrics) != 1 or state.one_of_several or denied or not (metric := state.metrics[0].metric):
        return
    entity = whom_it_counts(state.catalog, metric)
    verbs = [m for m in state.marks if m.verbs and not m.entities and m.became in ("", "verb") and m not in undone]
    bare = entity and all(_is_bare(state, m, entity) for m in state.marks if m.became == f"metric:{metric}")
    if not entity or not bare or not state.catalog.entity(entity).people or len(verbs) != 1 or _is_called_by(state, verbs[0], metric):
        return
    name = called_by(state, verbs[0], entity)
    if name and denied_there(state, entity, set(state.catalog.formula(name).homes)):
        return
    if name and can_be_asked(state, state.catalog.formula(name).homes[0]):
        replace_metric(state, 0, MetricRef(metric=name))
        state.take(verbs[0], "verb")


_HOW_MANY = re.compile(r"(?:how many|number of|多少|几)[个位名]? ?")


def _is_bare(state: State, mark: Mark, entity: str) -> bool:
    """Users, how many customers: the people alone, and not which of them."""
    if entity in mark.entities or mark.has("how_many"):
        return True
    name = _HOW_MANY.sub("", mark.text)
    names = {n.lower() for n in state.catalog.entity(entity).names()}
    return name in names or (name.isascii() and name.removesuffix("s") in names)


def _of_whole_rows(state: State, verb: Mark, target: Mark | None) -> bool:
    """多少用户下单: where a verb tells of all rows of its first dataset (orders) and of some of another (the log), the first counts."""
    first = verb.verbs[0]
    known = target is None or state.catalog.entity_field(target.entities[0], first) is not None
    return known and all(d != first for d, _ in verb.deeds)


def _of_deed(state: State, verb: Mark, asked: list[Mark], target: Mark | None) -> None:
    """How many users redeemed, how many were redeemed: what a verb of a segment tells is counted among its rows."""
    dataset = next((d for d, _ in verb.deeds if target is None or state.catalog.entity_field(target.entities[0], d)), None)
    if dataset is None:
        return
    own = target is not None and (state.catalog.entity(target.entities[0]).dataset == dataset or _is_object(state, target, verb, dataset))
    counted = counted_doers(state, verb, dataset, target.entities[0]) if target and not own else None
    name = counted_deeds(state, verb, dataset) if target is None or own else None
    ref = counted or (MetricRef(metric=name) if name else None)
    if ref is None:
        return
    state.where += [c for c in ref.where if c not in state.where]
    state.add_metric(ref.model_copy(update={"where": ()}))
    for mark in [verb, *asked, *state.ops("different"), *([target] if target else [])]:
        state.take(mark, f"metric:{ref.name}")


def _is_object(state: State, target: Mark, verb: Mark, dataset: str) -> bool:
    """Coupons redeemed: what the metric of the deed says in its name that it counts, and no doer; different ones are counted once each."""
    spec = state.catalog.entity(target.entities[0])
    deeds = counted_deeds(state, verb, dataset)
    if deeds is None or spec.people or state.ops("different") or not (spec.dataset and spec.shown_by):
        return False
    shown, label = state.catalog.field(f"{spec.dataset}.{spec.shown_by}").spec.label.en, state.catalog.metric(deeds).label.en
    return label.startswith(shown)


def _distinct_in(state: State, entity: str, metric: str, dataset: str) -> MetricRef | None:
    """Different coupons that were redeemed: each once, where the metric counts the redemptions."""
    field = state.catalog.entity_field(entity, dataset)
    return MetricRef(agg="count_distinct", field=f"{dataset}.{field}") if field and counted_entity(state, metric) != entity else None


def _counts_in(state: State, metric: str, entity: str, dataset: str) -> bool:
    """Whether a metric counts the entity there, or the rows that the dataset's verbs say of it (redeemed coupons)."""
    formula = state.catalog.formula(metric)
    return entity in _of_rows(state, dataset) or any(counts_entity(state, formula, entity, dataset, f) for f in (False, True))


def _of_rows(state: State, dataset: str) -> set[str]:
    """The entities that are counted by counting a dataset's rows: those that its own verbs name (redeemed coupons)."""
    named = " ".join(verbs_of(state.catalog)[dataset])
    return {e for e, spec in state.catalog.spec.entities.items() if any(n in named for n in (spec.label.zh, spec.label.en))}


def counted_doers(state: State, verb: Mark, dataset: str, entity: str) -> MetricRef | None:
    """The number of those who did what a verb says: the metric of just them, else the different ones among its rows."""
    if not (kept := _kept(state, verb, dataset)):
        return None
    for name, spec in state.catalog.spec.metrics.items():
        if spec.filter == kept and counts_entity(state, state.catalog.formula(name), entity, dataset, filtered=True):
            return MetricRef(metric=name)
    field = state.catalog.entity_field(entity, dataset)
    return MetricRef(agg="count_distinct", field=f"{dataset}.{field}", where=told_of(verb, dataset)) if field else None


def counted_deeds(state: State, verb: Mark, dataset: str) -> str | None:
    """The metric that counts how often it was done: redemptions, additions to the cart."""
    kept = _kept(state, verb, dataset)
    for name, spec in state.catalog.spec.metrics.items():
        formula = state.catalog.formula(name)
        leaf = formula.aggregates[0]
        if formula.homes == (dataset,) and formula.kind == "additive" and len(formula.aggregates) == 1 and leaf.counts and spec.filter == kept:
            return name
    return None


def _kept(state: State, verb: Mark, dataset: str) -> tuple[Condition, ...]:
    segment = next((s for d, s in verb.deeds if d == dataset), None)
    return state.catalog.segment(segment).where if segment else ()
