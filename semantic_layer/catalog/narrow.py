"""The catalog as a role sees it: what the role may not see does not exist, nor does anything that is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlglot import exp

from semantic_layer.catalog.catalog import Catalog, FieldRef
from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.check.rules import conditions, datasets, metrics, relationships
from semantic_layer.catalog.check.walk import steps
from semantic_layer.catalog.graph import Path
from semantic_layer.catalog.models import CatalogSpec
from semantic_layer.catalog.source import Loc, Place, Problem, Source
from semantic_layer.errors import CatalogError, Message
from semantic_layer.query import ExistsCondition


class UndatedRows(Rule):
    """Rows whose existence is asked in the period of the question have a time.

    Where a role does not see it, they would be taken of all time. In a whole catalog that is what its author wrote.
    """

    def check(self, model: Model) -> Iterator[Problem]:
        for step in steps(model):
            condition = step.condition
            if not isinstance(condition, ExistsCondition) or (condition.time and condition.time.field):
                continue
            dataset = model.spec.datasets.get(condition.exists)
            if dataset and dataset.time is None:
                said = Message(f"{step.owner}: dataset {condition.exists} has no time", f"{step.owner}：数据集 {condition.exists} 没有时间")
                yield self.at(model, step.loc, said)


# What the parts of a catalog say of each other. The other rules are about one part alone, or about the database.
RULES: tuple[Rule, ...] = (
    datasets.UnknownPrimaryKey(),
    datasets.UnknownTimeField(),
    datasets.UnknownSnapshotField(),
    datasets.EntityWithoutField(),
    datasets.UnknownEntityDataset(),
    datasets.UnknownHierarchyField(),
    relationships.UnknownRelationshipField(),
    metrics.UnknownMetric(),
    metrics.UnknownMetricField(),
    metrics.MixedDatasets(),
    conditions.UnknownConditionField(),
    conditions.UnknownConditionEntity(),
    conditions.UnknownConditionMetric(),
    conditions.UnknownConditionDataset(),
    conditions.UnknownConditionSegment(),
    conditions.UnreachableCondition(),
    UndatedRows(),
)

# They take columns without naming them, so nobody can tell whether a hidden one is among them.
_UNNAMED = (exp.Star, exp.Columns, exp.PositionalColumn)

Data = dict[str, Any]


def narrowed(catalog: Catalog, table_hidden: Callable[[str], bool], column_hidden: Callable[[str, str], bool]) -> Catalog:
    """The catalog without hidden tables and columns, and without what cannot be told any more without them.

    `table_hidden(table)` and `column_hidden(table, column)` are asked with the names that the catalog writes: a
    dataset's `source` or else its own name, and each name in a field's expression. The engine does not tell names
    apart by their case, so neither should they. What remains means the same as before: where another join path or another key
    would take the place of a hidden one, it goes too, and so does a dataset of balances whose snapshot is no longer
    known. A default metric that is gone has no successor, and a term needs two meanings. The same catalog comes back
    when nothing is hidden.
    """
    hidden = set(_hidden(catalog, table_hidden, column_hidden))
    if not hidden:
        return catalog
    data: Data = catalog.spec.model_dump(by_alias=True, exclude_defaults=True)
    for section in ("datasets", "entities", "metrics", "segments", "terms"):
        data.setdefault(section, {})
    for metric in data["metrics"].values():
        metric.pop("expect", None)  # for whoever checks the catalog, and a number that the role might not see
    data["relationships"] = [*data.get("relationships", ())]
    data["hierarchies"] = {name: [*fields] for name, fields in data.get("hierarchies", {}).items()}
    known = {problem for problem, _ in _problems(data)}
    gone = hidden
    while gone:
        _drop(data, gone)
        gone = {loc for problem, loc in _problems(data) if problem not in known}
        gone = gone or set(_astray(catalog, Catalog(CatalogSpec.model_validate(data))))
    for metric in data["metrics"].values():
        if metric.get("follows") not in data["metrics"]:
            metric.pop("follows", None)
    return Catalog(CatalogSpec.model_validate(data))


def _hidden(catalog: Catalog, table_hidden: Callable[[str], bool], column_hidden: Callable[[str, str], bool]) -> Iterator[Loc]:
    """The datasets and fields that show something hidden."""
    for dataset, spec in catalog.spec.datasets.items():
        table = spec.source or dataset
        if table_hidden(table):
            yield ("datasets", dataset)
            continue
        names = {name: _columns(catalog, FieldRef(dataset, name, f)) for name, f in spec.fields.items()}
        fields = {name for name, used in names.items() if used is None or any(column_hidden(table, c) for c in used)}
        # The first key of an entity is the one that counts it: a payer may not become the customer where the buyer is hidden.
        entities = {e for e in catalog.spec.entities if catalog.entity_field(e, dataset) in fields}
        yield from (("datasets", dataset, "fields", n) for n, f in spec.fields.items() if n in fields or f.entity in entities)


def _columns(catalog: Catalog, ref: FieldRef) -> set[str] | None:
    """Every name in a field's expression, None if they cannot be told."""
    try:
        tree = catalog.expression(ref)
    except CatalogError:
        return None
    return None if tree.find(*_UNNAMED) else {name.name for name in tree.find_all(exp.Identifier)}


def _problems(data: Data) -> Iterator[tuple[str, Loc]]:
    """Each problem of the catalog, and what has to go for it."""
    parts = list(_parts(data))
    places = {loc: Place("catalog", n) for n, loc in enumerate(parts)}
    model = Model(Source(data, places), None)
    for rule in RULES:
        yield from ((f"{p.message} [{p.rule}]", parts[p.place.line]) for p in rule.check(model))


def _parts(data: Data) -> Iterator[Loc]:
    """What can go alone. A problem lies with the smallest part that its place is in: a snapshot takes its dataset along."""
    for dataset, spec in data["datasets"].items():
        yield ("datasets", dataset)
        yield from (("datasets", dataset, key) for key in ("time", "primary_key") if key in spec)
    for entity, spec in data["entities"].items():
        yield ("entities", entity)
        if "dataset" in spec:
            yield ("entities", entity, "dataset")
    yield from ((section, name) for section in ("metrics", "segments") for name in data[section])
    yield from (("relationships", n) for n in range(len(data["relationships"])))
    yield from (("hierarchies", name, n) for name, fields in data["hierarchies"].items() for n in range(len(fields)))


def _drop(data: Data, gone: Iterable[Loc]) -> None:
    """Takes parts out, and what needs them to be whole: no rule looks at empty datasets, `lasts` and terms."""
    for loc in gone:
        node: Any = data
        for part in loc[:-1]:
            node = node.get(part, {})
        last: Any = loc[-1]
        if isinstance(node, list):
            node[last] = None  # the others keep their numbers until all are out
        else:
            node.pop(last, None)
    data["datasets"] = {name: spec for name, spec in data["datasets"].items() if spec["fields"]}
    for spec in data["datasets"].values():
        if any(field not in spec["fields"] for field in spec.get("lasts", ())):
            del spec["lasts"]
    data["relationships"] = [rel for rel in data["relationships"] if rel is not None]
    left = {name: [f for f in fields if f is not None] for name, fields in data["hierarchies"].items()}
    data["hierarchies"] = {name: fields for name, fields in left.items() if fields == data["hierarchies"][name] or len(fields) > 1}
    known = {*data["metrics"], *(f"{d}.{f}" for d, spec in data["datasets"].items() for f in spec["fields"])}
    meant = {name: [m for m in term["means"] if m in known] for name, term in data["terms"].items()}
    data["terms"] = {name: {**term, "means": meant[name]} for name, term in data["terms"].items() if len(meant[name]) > 1}


def _astray(full: Catalog, now: Catalog) -> Iterator[Loc]:
    """The relationships and keys that would lead elsewhere than in the full catalog, where what led there is gone."""
    number = {id(rel): n for n, rel in enumerate(now.spec.relationships)}
    for home in now.spec.datasets:
        for goal in now.spec.datasets:
            ways = now.graph.rivals(home, goal)
            if ways != full.graph.rivals(home, goal):
                yield from (("relationships", number[id(way[0])]) for way in ways)
        for entity in now.spec.entities:
            key, way = _key(now, home, entity)
            if way and key != _key(full, home, entity)[0]:
                yield ("relationships", number[id(way[0])])


def _key(catalog: Catalog, home: str, entity: str) -> tuple[str, Path]:
    """The field that an entity means to the rows of a dataset, empty if none does or several might; and the way to it."""
    if own := catalog.entity_field(entity, home):
        return f"{home}.{own}", ()
    holders = [d for d in catalog.spec.datasets if catalog.entity_field(entity, d)]
    ways = {d: found for d in holders if (found := catalog.graph.rivals(home, d))}
    if not ways or any(len(found) > 1 for found in ways.values()):
        return "", ()
    nearest = min(ways, key=lambda d: (len(ways[d][0]), d))
    return f"{nearest}.{catalog.entity_field(entity, nearest)}", ways[nearest][0]
