"""The question while it is being read: its marks, and the query that the rules build from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assistant.reading.corrections import Correction
from assistant.reading.mark import Mark
from assistant.reading.subject import subject_metric
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import Text
from semantic_layer.query import Compare, Condition, Group, Having, MetricRef, Order, Records, Running, Share, TimeRange


@dataclass
class State:
    """Marks and draft. Rules use up marks (`take`) and fill the draft; what stays unused is unexplained.

    `about` are the metrics of a question that names none; `rules` are those that read it,
    `mended` the typing errors that its text had.
    """

    text: str
    marks: list[Mark]
    catalog: Catalog
    today: dt.date
    data_end: dt.date | None = None
    rules: tuple[Callable[[State], None], ...] = ()
    about: tuple[MetricRef, ...] = ()
    mended: tuple[Correction, ...] = ()
    data_start: dt.date | None = None
    metrics: list[MetricRef] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    where: list[Condition] = field(default_factory=list)
    having: list[Having] = field(default_factory=list)
    order: list[Order] = field(default_factory=list)
    time: TimeRange | None = None
    best_time: TimeRange | None = None  # the period that the best ones are the best of, where it is not the one asked about
    limit: int | None = None
    limit_per: list[str] = field(default_factory=list)
    compare: Compare | None = None
    share: Share | None = None
    running: Running | None = None
    records: Records | None = None
    rows_of: str = ""  # the dataset whose rows are listed, where columns of it were named
    analysis: str = ""
    assumptions: list[Text] = field(default_factory=list)
    one_of_several: bool = False  # a word was given one of its meanings: what fits it only by force is no reading

    def again(self, marks: list[Mark]) -> State:
        """The same question with other marks, and nothing drafted."""
        return State(
            self.text, marks, self.catalog, self.today, self.data_end, self.rules, self.about, mended=self.mended, data_start=self.data_start
        )

    # -- marks ------------------------------------------------------------------------------------------------

    def free(self, test: Callable[[Mark], Any] | None = None) -> list[Mark]:
        """The marks not used yet (that pass a test)."""
        return [m for m in self.marks if not m.became and (test is None or test(m))]

    def ops(self, *names: str) -> list[Mark]:
        """The unused marks of these operators."""
        return self.free(lambda m: m.has(*names))

    def take(self, mark: Mark, became: str) -> Mark:
        """Uses up a mark."""
        mark.became = mark.became or became
        return mark

    def following(self, mark: Mark, skip: Callable[[Mark], Any] | None = None) -> Iterator[Mark]:
        """The marks after one, left to right, passing over fillers (or what `skip` says)."""
        at = self.marks.index(mark)
        yield from (m for m in self.marks[at + 1 :] if not (skip or _filler)(m))

    def preceding(self, mark: Mark, skip: Callable[[Mark], Any] | None = None) -> Iterator[Mark]:
        """The marks before one, right to left, passing over fillers (or what `skip` says)."""
        at = self.marks.index(mark)
        yield from (m for m in reversed(self.marks[:at]) if not (skip or _filler)(m))

    def after(self, mark: Mark) -> Mark | None:
        """The next mark that is no filler, within the clause."""
        return next((m for m in self.following(mark) if self.same_clause(mark, m)), None)

    def before(self, mark: Mark) -> Mark | None:
        """The last mark that is no filler, within the clause."""
        return next((m for m in self.preceding(mark) if self.same_clause(m, mark)), None)

    def same_clause(self, left: Mark, right: Mark) -> bool:
        """Whether no comma or the like stands between two marks."""
        between = self.text[min(left.end, right.end) : max(left.start, right.start)]
        return not any(c in between for c in ",;:?!。")

    def close(self, left: Mark, right: Mark, gap: int = 2) -> bool:
        """Whether two marks (nearly) touch, but for fillers."""
        first, second = sorted((left, right), key=lambda m: m.start)
        inner = [m for m in self.marks if first.end <= m.start and m.end <= second.start]
        rest = second.start - first.end - sum(m.end - m.start for m in inner)
        return all(m.filler or m.became for m in inner) and rest <= gap + len(inner) and self.same_clause(first, second)

    def nearest(self, mark: Mark, test: Callable[[Mark], Any], forward_first: bool = True) -> Mark | None:
        """The nearest unused mark that passes a test: ahead first (or behind first), within the clause, then anywhere."""
        ahead = [m for m in self.following(mark) if not m.became and test(m)]
        behind = [m for m in self.preceding(mark) if not m.became and test(m)]
        order = [ahead, behind] if forward_first else [behind, ahead]
        for clause_only in (True, False):
            for side in order:
                for m in side:
                    if not clause_only or self.same_clause(mark, m):
                        return m
        return None

    # -- draft ------------------------------------------------------------------------------------------------

    def add_metric(self, ref: MetricRef) -> MetricRef:
        """Adds a metric once."""
        known = next((m for m in self.metrics if m.name == ref.name), None)
        if known is None:
            self.metrics.append(ref)
        return known or ref

    def add_group(self, group: Group) -> Group:
        """Adds a group once."""
        known = next((g for g in self.groups if g.name == group.name), None)
        if known is None:
            self.groups.append(group)
        return known or group

    def assume(self, zh: str, en: str) -> None:
        """Notes something the question did not say."""
        note = Text(zh=zh, en=en)
        if note not in self.assumptions:
            self.assumptions.append(note)

    # -- catalog ----------------------------------------------------------------------------------------------

    def default_metric(self) -> str:
        """The metric of questions that name none."""
        about = next((m.metric for m in self.about if m.metric), None)
        return about or self.catalog.default_metric or next(iter(self.catalog.spec.metrics))

    def meant_metric(self) -> str:
        """The metric that is meant where none is named: the default one, or that of the rows that the question speaks of."""
        about = next((m.metric for m in self.about if m.metric), None)
        return about or self._subject or self.default_metric()

    @cached_property
    def _subject(self) -> str:
        """The metric of the rows that the question speaks of, where they are not those of the default metric."""
        return subject_metric(self.catalog, self.marks, self.text, self.reaches)

    def homes(self) -> tuple[str, ...]:
        """The home datasets of the metrics so far, or of the default metric."""
        metrics = self.metrics or self.about
        names = [m.metric for m in metrics if m.metric] or [self.meant_metric()]
        inline = [m.field.split(".")[0] for m in metrics if m.field and "." in m.field]
        found = [h for n in names for h in self.catalog.formula(n).homes] if not inline or any(m.metric for m in metrics) else []
        return tuple(dict.fromkeys([*found, *inline]))

    def reaches(self, home: str, ref: str) -> bool:
        """Whether a field or entity can be asked of a dataset."""
        if "." not in ref:
            return any(self.catalog.entity_field(ref, d) and (d == home or self.catalog.graph.paths(home, d)) for d in self.catalog.spec.datasets)
        dataset = ref.split(".")[0]
        entity = self.catalog.field(ref).spec.entity
        return dataset == home or bool(self.catalog.graph.paths(home, dataset)) or bool(entity and self.catalog.entity_field(entity, home))


def _filler(mark: Mark) -> bool:
    return mark.filler
