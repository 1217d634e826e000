"""Which measure is meant where none is named: that of the rows which hold what the question speaks of, be they no sales."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sqlglot import exp

from assistant.reading.catalog_words import deeds_of
from assistant.reading.mark import Mark
from semantic_layer.catalog import Catalog
from semantic_layer.query import FieldCondition

Reaches = Callable[[str, str], bool]
_AMOUNT = re.compile(r"多少钱|金额|\bhow much money\b|\bamount\b")


def subject_metric(catalog: Catalog, marks: Iterable[Mark], text: str, reaches: Reaches) -> str:
    """The metric of the one dataset that holds what the default metric cannot be asked for: returns by reason, failed payments.

    Empty where a metric is named, where the default one can be asked for everything, or where several datasets fit alike.
    """
    marks = list(marks)
    default = catalog.default_metric
    if default is None or any(m.metrics for m in marks):
        return ""
    asked = [refs for m in marks if (refs := _refs(catalog, m))]
    if all(_held(refs, catalog.formula(default).homes, reaches) for refs in asked):
        return ""
    missed = [refs for refs in asked if not _held(refs, catalog.formula(default).homes, reaches)]
    fits = [d for d in catalog.spec.datasets if _metric_of(catalog, d, missed, text) and all(_held(refs, (d,), reaches) for refs in asked)]
    named = [d for d in fits if any(d in m.verbs or any(catalog.entity(e).dataset == d for e in m.entities) for m in marks)]
    own = [d for d in named or fits if any(r.split(".")[0] == d for refs in missed for r in refs)]
    found = own or named or fits
    return _metric_of(catalog, found[0], missed, text) if len(found) == 1 else ""


def _refs(catalog: Catalog, mark: Mark) -> tuple[str, ...]:
    """The fields and entities that a mark may restrict or split by."""
    kept = (c.field for s in mark.segments if not mark.verbs for c in catalog.segment(s).where if isinstance(c, FieldCondition) and "." in c.field)
    numbered = (mark.ids[0],) if mark.ids else ()
    fields = (f for f, _ in mark.values)
    return tuple(dict.fromkeys((*fields, *mark.fields, *((mark.shown,) if mark.shown else mark.entities), *mark.either, *kept, *numbered)))


def _held(refs: tuple[str, ...], homes: Iterable[str], reaches: Reaches) -> bool:
    return any(all(reaches(h, r) for h in homes) for r in refs)


def _metric_of(catalog: Catalog, dataset: str, missed: list[tuple[str, ...]], text: str) -> str:
    """What the rows of a dataset are measured by: their number; the one amount of money where money is asked for."""
    own = [n for n in catalog.spec.metrics if catalog.formula(n).homes == (dataset,) and catalog.formula(n).kind == "additive"]
    if _AMOUNT.search(text):
        money = [n for n in own if catalog.metric(n).format == "currency"]
        return money[0] if len(money) == 1 else ""
    counting = [n for n in own if _counts(catalog, n)]
    every = next((n for n in counting if not catalog.metric(n).filter), "")
    return every or next((n for n in counting if _told_by(catalog, dataset, n, missed)), "")


def _counts(catalog: Catalog, metric: str) -> bool:
    formula = catalog.formula(metric)
    return isinstance(formula.tree, exp.Placeholder) and formula.aggregates[0].counts


def _told_by(catalog: Catalog, dataset: str, metric: str, missed: list[tuple[str, ...]]) -> bool:
    """Search terms are of searches: the name of a field begins with the verb of the rows that a metric counts."""
    kept = catalog.metric(metric).filter
    verbs = [w for (d, s), words in deeds_of(catalog).items() if d == dataset and s and catalog.segment(s).where == kept for w in words]
    fields = [r for refs in missed for r in refs if r.split(".")[0] == dataset and "." in r]
    names = [n.lower() for f in fields for n in catalog.field(f).spec.names()]
    return any(n.startswith(v.removesuffix("ed")) for n in names for v in verbs)
