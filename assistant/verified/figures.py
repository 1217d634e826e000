"""Whether words that do not name the figure of a query mean it together: 送货平均要多久, how much did a basket come to.

What is asked beside the figure is left out first: periods, values, groups, orders, and clauses of nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlglot import exp

from assistant.linking.lexicon import Lexicon, Link, band
from assistant.reading.mark import Mark
from assistant.reading.rules.ratios import counted_by, ratio_parts
from assistant.verified.framing import CLAUSES, words
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.expressions import Aggregate

_SHARING = ("share", "ratio", "parts")
_AUXILIARY = ("would", "will", "did", "does", "do", "can", "could", "is", "are", "was", "were", "has", "have", "had")
_ASKING = ("list", "which", "of_which", "by")  # they tell how the answer is wanted, as fillers do


@dataclass(frozen=True)
class Told:
    """A question's words: the `settled` ones say something of the query beside its figure, the `loose` ones name nothing of it."""

    text: str
    marks: Sequence[Mark]
    settled: Collection[Mark]
    loose: Sequence[Mark]


def means_figure(metric: str, lexicon: Lexicon, catalog: Catalog, told: Told) -> bool:
    """Whether what is said beside the settled words means the metric."""
    text, loose = told.text, told.loose
    kept = _beside(text, told.marks, told.settled, loose)
    if _means(metric, lexicon, catalog, text, kept, loose) or _average_of_each(metric, lexicon, catalog, text, kept, loose):
        return True
    telling = [m for m in loose if not m.has(*_SHARING)]
    if not telling or len(telling) == len(loose) or catalog.metric(metric).format != "percent":
        return False
    kept = [m for m in kept if m in telling or m not in loose]  # a rate says by itself that it is a part
    return _means(metric, lexicon, catalog, text, kept, telling) or _means_part(metric, lexicon, catalog, text, kept, telling)


def _means(metric: str, lexicon: Lexicon, catalog: Catalog, text: str, marks: Sequence[Mark], loose: Sequence[Mark]) -> bool:
    """Whether the words mean the metric, and each loose one bears on that: it brings the metric nearer, or sets it off from all others.

    A word that narrows it down does neither.
    """
    phrases = [_phrase(text, marks), *(_phrase(text, [m for m in marks if m is not left]) for left in loose)]
    links = [[k for k in found if not _is_averaged(k, metric, catalog)] for found in lexicon.meaning(phrases)]
    if not links[0] or links[0][0].target != metric or band(links[0]) != "auto":
        return False
    (score, ahead), *others = (_standing(metric, found) for found in links)
    return all(s < score or a < ahead for s, a in others)


def _is_averaged(link: Link, metric: str, catalog: Catalog) -> bool:
    """Whether a rival is only the field that the metric averages: hours from dispatch to delivery."""
    formula = catalog.formula(metric)
    leaf = formula.aggregates[0]
    column = leaf.call.this if len(formula.aggregates) == 1 and isinstance(leaf.call, exp.Avg) else None
    return link.kind == "field" and isinstance(column, exp.Column) and link.target == f"{column.table}.{column.name}"


def _standing(metric: str, links: Sequence[Link]) -> tuple[float, float]:
    """How likely the metric is, and how much likelier than all else."""
    score = next((link.score for link in links if (link.kind, link.target) == ("metric", metric)), 0.0)
    return score, score - max((link.score for link in links if link.target != metric), default=0.0)


def _means_part(metric: str, lexicon: Lexicon, catalog: Catalog, text: str, marks: Sequence[Mark], loose: Sequence[Mark]) -> bool:
    """What share of items got sent back: the part is what a rate has above its line, told of and not named."""
    parts = ratio_parts(catalog, metric)
    top = catalog.aggregate_name(parts[0]) if parts else None
    return top is not None and not any(m.metrics for m in loose) and _means(top, lexicon, catalog, text, marks, loose)


def does_part(catalog: Catalog, parts: tuple[Aggregate, Aggregate], deeds: Collection[tuple[str, str]]) -> bool:
    """Whether a verb tells of just the rows above the line of a rate: those of its segment. One that tells of all rows may mean another part."""
    top, bottom = parts
    return any(d == top.home and catalog.spec.segments[s].where == top.filter != bottom.filter for d, s in deeds)


def _average_of_each(metric: str, lexicon: Lexicon, catalog: Catalog, text: str, marks: Sequence[Mark], loose: Sequence[Mark]) -> bool:
    """What did the average order come to: the figure over the number of what is averaged, where no other is nearer to the words."""
    parts = ratio_parts(catalog, metric)
    entity = counted_by(catalog, parts[1]) if parts and catalog.metric(metric).format == "currency" else None
    asked = [m for m in marks if m in loose or m.has("how_many") or m.number or (m.unknown and m.text not in words("averages"))]
    if not entity or not any(m.has("average") for m in marks) or not all(entity in m.entities for m in asked):
        return False
    links = lexicon.meaning([_phrase(text, marks)])[0]
    return bool(links) and links[0].target == metric


def _beside(text: str, marks: Sequence[Mark], settled: Collection[Mark], loose: Sequence[Mark]) -> list[Mark]:
    """The marks without the settled ones, the fillers that lead to these, and clauses that hold nothing else."""
    leading: list[Mark] = []
    for mark in reversed(marks):
        after = next((m for m in marks if m.start >= mark.end), None)
        if after is not None and (after in settled or after in leading) and (mark.filler or mark.has("by")) and mark not in (*settled, *loose):
            leading += [mark] if mark.text not in _AUXILIARY else []
        elif mark.text == "'s" and any(m.end == mark.start for m in settled):
            leading.append(mark)  # the warehouse's stock
    kept = [m for m in marks if m not in settled and m not in leading]
    cuts = [0, *(m.end() for m in CLAUSES.finditer(text)), len(text)]
    clauses = [[m for m in kept if a <= m.start < b] for a, b in pairwise(cuts)]
    return [m for clause in clauses if not all(m.filler or m.has(*_ASKING) or _only_names(m, loose) for m in clause) for m in clause]


def _only_names(mark: Mark, loose: Sequence[Mark]) -> bool:
    """April shipments: whose rows are measured, in a clause of its own."""
    return bool(mark.entities) and not mark.metrics and mark not in loose


def _phrase(text: str, marks: Sequence[Mark]) -> str:
    """The words of these marks, apart as they were."""
    said = [text[m.start : m.end] for m in marks]
    return "".join(word + " " * (a.end != b.start) for word, (a, b) in zip(said, pairwise(marks), strict=False)) + "".join(said[-1:])
