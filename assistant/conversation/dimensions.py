"""Which conditions and groups are about the same thing."""

from __future__ import annotations

from collections.abc import Iterable

from semantic_layer.catalog import Catalog
from semantic_layer.query import TIME, Condition, EntityCondition, EventCondition, ExistsCondition, FieldCondition, Group, SegmentCondition


def dimension(catalog: Catalog, ref: str, grain: str | None = None) -> str:
    """What a field is about: the hierarchy it is a level of, the entity it is the key of, else itself."""
    if ref == TIME or grain:
        return f"{ref}:{grain or ''}"
    if "." in ref:
        for name, levels in catalog.spec.hierarchies.items():
            if ref in levels:
                return f"hierarchy:{name}"
        entity = catalog.field(ref).spec.entity
        return entity or ref
    return ref


def of_condition(catalog: Catalog, condition: Condition) -> set[str]:
    """What a condition is about."""
    if isinstance(condition, FieldCondition):
        return {dimension(catalog, condition.field, condition.grain)}
    if isinstance(condition, SegmentCondition):
        return {d for c in catalog.segment(condition.segment).where for d in of_condition(catalog, c)}
    if isinstance(condition, EntityCondition):
        return {f"{condition.entity}:{condition.metric.name}"}
    if isinstance(condition, ExistsCondition):
        return {f"{condition.entity}:{condition.exists}"}
    if isinstance(condition, EventCondition):
        return {f"{condition.entity}:{condition.event}:{condition.dataset}"}
    return set()


def excludes(condition: Condition) -> bool:
    """Whether a condition leaves something out rather than keeping it."""
    out = getattr(condition, "op", "") in ("!=", "not_in")
    return out != condition.negated


def of_group(catalog: Catalog, group: Group) -> str:
    """What a group is about; all grains of time are one."""
    if group.field is None:
        return group.name
    return TIME if group.field == TIME else dimension(catalog, group.field, group.grain)


def named(catalog: Catalog, fields: Iterable[str], entities: Iterable[str]) -> set[str]:
    """What the names of fields and entities are about, the attributes of an entity with it."""
    out = {dimension(catalog, f) for f in fields} | set(entities)
    for entity in entities:
        home = catalog.entity(entity).dataset
        if home:
            out |= {dimension(catalog, f"{home}.{f}") for f in catalog.dataset(home).fields}
    return out


def has_one(catalog: Catalog, entity: str | None, field: str) -> bool:
    """Whether each of an entity has one value of a field: the age of a customer, the manufacturer of a product."""
    dataset = field.split(".")[0]
    return entity is not None and "." in field and catalog.dataset(dataset).primary_key == (catalog.entity_field(entity, dataset),)
