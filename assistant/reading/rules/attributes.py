"""What is told of each of the ranked: the 8 customers with the lowest balance, with country and phone."""

from __future__ import annotations

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import count_metric, is_added
from assistant.reading.rules.shorthand import name_short
from assistant.reading.state import State
from semantic_layer.query import Group


def of_ranked(state: State) -> None:
    """Adds the fields of whom or what a ranking names, where they are listed beside it: each has one of them."""
    head = _ranked(state)
    if head is None:
        return
    dataset, ref = head
    name_short(state, dataset)
    for mark in state.free(lambda m: (m.fields or m.entities) and not m.metrics and not m.values):
        told = next((f for f in (mark.shown, *mark.fields, *mark.entities) if f and _has_one(state, dataset, f)), None)
        if told is None and mark.entities and is_added(state, mark) and (counted := count_metric(state, mark.entities[0])):
            state.add_metric(counted)  # the top 20 households by sales, with their baskets
            state.take(mark, "count")
        if told is None or _split_by(state, mark):
            continue
        if told == ref or any(told == g.field for g in state.groups):
            state.take(mark, "said")
            continue
        if own := _own_key(state, dataset, told):
            told = mark.shown = own
        dated = "." in told and state.catalog.field(told).spec.kind == "time"
        state.add_group(Group(field=told, grain="day" if dated else None))
        state.take(mark, f"group:{told}")


def _ranked(state: State) -> tuple[str, str] | None:
    """The dataset of the entities that are ranked, and the field or entity that they are shown by."""
    if state.records or state.compare or state.share or not state.order or state.limit is None:
        return None
    for group in state.groups:
        if group.field is None or group.grain or group.name in state.limit_per:
            continue
        if "." not in group.field:
            dataset = state.catalog.entity(group.field).dataset
            return (dataset, group.field) if dataset else None
        dataset, name = group.field.split(".")
        if any(spec.dataset == dataset and spec.shown_by == name for spec in state.catalog.spec.entities.values()):
            return dataset, group.field
    return None


def _own_key(state: State, dataset: str, ref: str) -> str | None:
    """The user's own city, where the rows that are measured lead to another one too (that of the order)."""
    owner = ref.split(".")[0] if "." in ref else state.catalog.entity(ref).dataset
    entity = next((e for e, spec in state.catalog.spec.entities.items() if spec.dataset == owner), None)
    key = state.catalog.entity_field(entity, dataset) if entity and owner != dataset else None
    several = owner and any(len(state.catalog.graph.paths(h, owner)) > 1 for h in state.homes())
    return f"{dataset}.{key}" if key and several else None


def _has_one(state: State, dataset: str, ref: str) -> bool:
    """Whether each row of a dataset has just one value of a field or entity."""
    if "." not in ref:
        return state.catalog.entity_field(ref, dataset) is not None
    owner = ref.split(".")[0]
    return state.catalog.field(ref).spec.kind in ("dimension", "time") and (owner == dataset or bool(state.catalog.graph.paths(dataset, owner)))


def _split_by(state: State, mark: Mark) -> bool:
    before = state.before(mark)
    return bool(before and before.has("by", "which"))
