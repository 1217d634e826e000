"""The metrics of each dataset, and their entries."""

from __future__ import annotations

from collections import Counter
from typing import Any

from semantic_layer.catalog.draft import fields as columns
from semantic_layer.catalog.draft import metrics
from semantic_layer.catalog.draft.layout import Layout
from semantic_layer.catalog.draft.roles import DraftDataset
from semantic_layer.catalog.draft.words import EVENTS


class MetricEntries:
    """Drafts the metrics of a dataset, names them all, and writes them."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        plain = [d for d in layout.datasets if not d.role]
        self._measures = Counter(f.phrase.words for d in plain for f in layout.fields[d.name] if f.kind == "measure")

    def of(self, d: DraftDataset) -> list[metrics.DraftMetric]:
        """The number of its rows, what its measures add up to, and how many of what it points to are in it."""
        fields = self._layout.fields[d.name]
        out = [metrics.rows_of(d, fields), *metrics.pairs(d, fields)]
        for f in fields:
            if f.kind == "measure":
                out += metrics.of_measure(d, f, self._measures[f.phrase.words] == 1)
        for edge in d.edges:
            target = self._layout.by_name[edge.to]
            if len(edge.link.columns) == 1 and (d.named.own.has(*EVENTS) or self._layout.time(d)):
                field = next(f.name for f in fields if f.column and f.column.name == edge.link.columns[0])
                role = self._layout.role(target)
                out.append(metrics.seen_in(d, field, target.named.own, role.text.en if role else ""))
        return out

    def name(self, drafts: list[tuple[DraftDataset, metrics.DraftMetric]]) -> None:
        """Gives each metric a name of its own: with its dataset's where the plain one is taken."""
        taken: set[str] = set()
        for d, m in drafts:
            name, n = m.name, 2
            while name in taken:
                name = f"{d.name}_{m.name}" if n == 2 else f"{d.name}_{m.name}_{n}"
                n += 1
            m.name = name
            taken.add(name)

    def entries(self, drafts: list[tuple[DraftDataset, metrics.DraftMetric]], labels: dict[int, dict[str, str]]) -> dict[str, Any]:
        """By name; the likeliest is the default."""
        out: dict[str, Any] = {}
        likeliest = max(drafts, key=lambda p: p[1].weight, default=None)
        counters: set[str] = set()
        for d, m in drafts:
            name, n = m.name, 2
            while name in out or (name in self._layout.by_name and name != d.name):
                name, n = (f"{d.name}_{m.name}", n) if f"{d.name}_{m.name}" not in out else (f"{m.name}_{n}", n + 1)
            spec: dict[str, Any] = {
                "expression": m.expression, "filter": m.filter, "format": m.format, "unit": m.unit, "good": m.good,
                "label": labels[id(m)],
            }  # fmt: skip
            spec |= self._layout.claims.synonyms(f"metric {m.name}", m.zh, m.en)
            spec["description"] = {"zh": m.description[0], "en": m.description[1]}
            kept = {lang: [w for w in words if w not in counters] for lang, words in m.counters.items()}
            counters |= {w for words in kept.values() for w in words}
            spec["counters"] = {lang: words for lang, words in kept.items() if words}
            spec["default"] = likeliest is not None and m is likeliest[1]
            out[name] = columns.annotated({**spec, "format": "" if m.format == "number" else m.format})
            for reason in m.reviews + (["the metric of questions that name none"] if spec["default"] else []):
                self._layout.made.note(f"metrics.{name}", m.expression, reason)
        return out
