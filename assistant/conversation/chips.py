"""The parts of a query as chips: each said in words, with the query without it, and what can stand in its place.

Every change offered compiles for the role that asks; what does not is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.answer.say import Speaker
from assistant.conversation import edits
from assistant.conversation.presets import periods
from semantic_layer.errors import WenshuError
from semantic_layer.query import FORWARD_GRAINS, TIME, Compare, Group, SemanticQuery
from semantic_layer.shops import Access

Kind = Literal["metric", "period", "filter", "group", "more", "order", "compare", "share", "running", "having", "records"]
_LIMITS = (5, 10, 20, 50)


@dataclass(frozen=True)
class Edit:
    """A changed query, and what is new in it."""

    text: str
    query: SemanticQuery


@dataclass(frozen=True)
class Chip:
    """A part of a query. `without` is the query with the part taken out, where that makes sense."""

    kind: Kind
    text: str
    without: SemanticQuery | None = None
    others: tuple[Edit, ...] = ()


def chips(query: SemanticQuery, access: Access, speaker: Speaker) -> tuple[Chip, ...]:
    """The chips of a query in reading order; none where the shop, as this role sees it, does not know the query."""
    if _checked(lambda: query, access) is None:
        return ()
    return tuple(_Chips(query, access, speaker).all())


def _checked(made: Callable[[], SemanticQuery], access: Access) -> SemanticQuery | None:
    """The query, unless it contradicts itself or does not compile."""
    try:
        query = made()
        access.compile(query)
    except (ValueError, WenshuError):
        return None
    return query


class _Chips:
    """The chips of one query."""

    def __init__(self, query: SemanticQuery, access: Access, speaker: Speaker) -> None:
        self.query, self.access, self.speaker = query, access, speaker
        self.word, self.catalog = speaker.word, speaker.catalog

    def all(self) -> Iterator[Chip]:
        """In the order in which the reading says them."""
        q = self.query
        if q.records:
            yield Chip("records", self.speaker.records(q.records))
        for at in range(len(q.metrics)):
            yield self._metric(at)
        yield self._period()
        for at in range(len(q.group_by)):
            yield self._group(at)
        for at, condition in enumerate(q.where):
            turned = self._edits([(self.speaker.condition(edits.negated(q, at).where[at]), lambda at=at: edits.negated(q, at))])  # type: ignore[misc]
            yield Chip("filter", self.speaker.condition(condition), self._made(lambda at=at: edits.without_condition(q, at)), turned)  # type: ignore[misc]
        yield from self._windows()
        for at, having in enumerate(q.having):
            yield Chip("having", self.speaker.threshold(having, q), self._made(lambda at=at: edits.without_having(q, at)))  # type: ignore[misc]
        if q.order_by or q.limit:
            yield self._order()
        if q.metrics:
            yield self._more()

    def _made(self, made: Callable[[], SemanticQuery]) -> SemanticQuery | None:
        return _checked(made, self.access)

    def _edits(self, offered: Iterable[tuple[str, Callable[[], SemanticQuery]]]) -> tuple[Edit, ...]:
        """Those that compile and change anything, each once."""
        found: dict[SemanticQuery, Edit] = {}
        for text, make in offered:
            query = self._made(make)
            if query is not None and query != self.query:
                found.setdefault(query, Edit(text, query))
        return tuple(found.values())

    def _metric(self, at: int) -> Chip:
        q = self.query
        named = ((spec.label.get(self.speaker.lang) or name, name) for name, spec in self.catalog.spec.metrics.items())
        others = self._edits((label, lambda name=name: edits.with_metric(q, at, name)) for label, name in named)  # type: ignore[misc]
        without = self._made(lambda: edits.without_metric(q, at)) if len(q.metrics) > 1 else None
        return Chip("metric", self.speaker.metric(q.metrics[at]), without, others)

    def _period(self) -> Chip:
        q = self.query
        field = q.time.field if q.time else None
        offered = [(grain, r.model_copy(update={"field": field})) for grain, r in periods(self.access)]
        named = [(self.word("preset", grain=self.word(f"grain_{g}"), period=self.speaker.period(r)), r) for g, r in offered]
        others = self._edits((text, lambda r=r: edits.changed(q, time=r)) for text, r in named)  # type: ignore[misc]
        bounded = q.time is not None and (q.time.start or q.time.end)
        return Chip("period", self.speaker.period(q.time), self._made(lambda: edits.changed(q, time=None)) if bounded else None, others)

    def _group(self, at: int) -> Chip:
        q, group = self.query, self.query.group_by[at]
        return Chip("group", self.speaker.group(group), self._made(lambda: edits.without_group(q, at)), self._groups(at, group))

    def _groups(self, at: int, instead_of: Group | None = None) -> tuple[Edit, ...]:
        """Other grains for time, other fields for fields; for one group more, both."""
        offered: list[Group] = []
        grain = instead_of.grain if instead_of else None
        if instead_of is None or grain in FORWARD_GRAINS:
            smallest = FORWARD_GRAINS.index(self.catalog.spec.calendar.smallest_grain)
            field = instead_of.field if instead_of else TIME
            offered += [Group(field=field, grain=g) for g in FORWARD_GRAINS[smallest:]]  # type: ignore[arg-type]
        if instead_of is None or grain is None:
            offered += [Group(field=f) for f in self._fields()]
        return self._edits((self.speaker.group(g), lambda g=g: edits.with_group(self.query, at, g)) for g in offered)  # type: ignore[misc]

    def _fields(self) -> Iterator[str]:
        """What people group by: dimensions, and entities by what they are known by."""
        for dataset, d in self.catalog.spec.datasets.items():
            yield from (f"{dataset}.{name}" for name, f in d.fields.items() if f.kind == "dimension" and not f.personal)
        yield from self.catalog.spec.entities

    def _windows(self) -> Iterator[Chip]:
        q = self.query
        compiled = self.access.compile(q)
        for key, text in self.speaker.windows(q, compiled.earlier).items():
            if key == "compare":
                yield Chip("compare", text, self._made(lambda: edits.without_compare(q)), self._comparisons())
            else:
                yield Chip(key, text, self._made(lambda key=key: edits.without_window(q, key)))  # type: ignore[arg-type, misc]

    def _comparisons(self) -> tuple[Edit, ...]:
        q = self.query
        offered = [edits.changed(q, compare=Compare(to=to)) for to in ("previous", "last_year")]
        found = [(o, self.access.compile(o).earlier) for o in offered if self._made(lambda o=o: o)]  # type: ignore[misc]
        return self._edits((self.speaker.windows(o, earlier)["compare"], lambda o=o: o) for o, earlier in found)  # type: ignore[misc]

    def _order(self) -> Chip:
        q = self.query
        texts = [self.speaker.order(o, q) for o in q.order_by] + ([self.speaker.limit(q)] if q.limit else [])
        offered: list[tuple[str, Callable[[], SemanticQuery]]] = []
        if q.order_by:
            offered.append((self.speaker.order(edits.reversed_order(q).order_by[0], q), lambda: edits.reversed_order(q)))
        for n in _LIMITS:
            other = edits.changed(q, limit=n)
            offered.append((self.speaker.limit(other), lambda o=other: o))  # type: ignore[misc]
        return Chip("order", self.speaker.word("and_join").join(texts), self._made(lambda: edits.without_order(q)), self._edits(offered))

    def _more(self) -> Chip:
        """What can be added."""
        compared = () if self.query.compare else self._comparisons()
        return Chip("more", self.word("more"), None, (*self._groups(len(self.query.group_by)), *compared))

