"""Which verified question a question is, if any. Never by the likeness of whole sentences: each thing that one says, the other has to say.

1. The question in the same spelling.
2. The grammar reads it as the verified query.
3. The grammar reads it as a query of the same shape over the same figures, that gives the same rows in every month.
4. Near: the grammar has no reading of it, or none that speaks against it, and both say the same things of the query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from assistant.language import Clock
from assistant.linking.encoders import Vectors
from assistant.reading import AskBack, Reader, Reading, Refuse
from assistant.reading.typed import one_spelling
from assistant.verified.content import SOFT, Content, content
from assistant.verified.entry import Entry
from assistant.verified.facets import Facets, facets_of
from assistant.verified.likeness import paired
from assistant.verified.moving import Outdated, moved
from assistant.verified.one_form import one_form
from assistant.verified.same_rows import give_the_same, may_be_one
from assistant.verified.saying import Foreign, Said
from semantic_layer.errors import QueryError
from semantic_layer.query import SemanticQuery

Way = Literal["text", "query", "near", "rows"]
Outcome = Reading | AskBack | Refuse
Encode = Callable[[Sequence[str]], Vectors]

_NEVER_MORE = ("not", "time", "earlier", "grain", "number", "bound", "growth", "share", "value", "segment", "direction", "event", "running")
_BY_MEANING = ("metric", "count", "field", "value", "entity", "share", "segment", "part")  # what words that name nothing of it may mean


@dataclass(frozen=True)
class Asking:
    """One question of an entry, with the query that it means to this reader today."""

    entry: Entry
    question: str
    query: SemanticQuery
    facets: Facets


@dataclass(frozen=True)
class Match:
    """The verified question that a question is, with the query as it is today."""

    entry: Entry
    question: str
    query: SemanticQuery
    way: Way


class Matcher:
    """The verified questions beside one reader, on one day. Safe to use from many threads; what it works out is kept."""

    def __init__(self, reader: Reader, entries: tuple[Entry, ...]) -> None:
        self._reader = reader
        self.entries = entries
        clock = reader.clock
        self.today = clock.today
        self._askings = [a for e in entries for q in e.questions if (a := _asking(reader, e, q, clock))]
        self._contents: dict[tuple[str, str], Content] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._equal: dict[tuple[str, str], bool] = {}

    @property
    def usable(self) -> frozenset[str]:
        """The ids of the entries that this reader can answer from."""
        return frozenset(a.entry.id for a in self._askings)

    def spelled(self, question: str) -> Match | None:
        """The verified question that is spelled like this one."""
        text = one_spelling(question).rstrip(" ?？。.!！")
        return _only([a for a in self._askings if one_spelling(a.question).rstrip(" ?？。.!！") == text], "text")

    def read_alike(self, question: str, reading: Reading) -> Match | None:
        """The verified question whose query a reading has, in the same or, where nothing else is named, in another form of it."""
        same = [a for a in self._askings if a.query == reading.query and a.entry.analysis == reading.analysis]
        if same or reading.analysis:
            return _only(same, "query")
        form, asked = self._form(reading.query), len(reading.query.metrics)  # the whole beside its share is asked for here
        plain = [a for a in self._askings if not a.entry.analysis and len(a.query.metrics) == asked]
        return _only([a for a in plain if self._form(a.query) == form and self._names_no_more(a, question)], "query")

    def _names_no_more(self, asking: Asking, question: str) -> bool:
        """Whether what a question names beside the query the verified one names as well: the stores, and not their baskets."""
        known = {t for f in self._content(asking).foreign for t in f.targets}
        return all(f.targets & known for f in content(self._reader, question, asking.facets).foreign)

    def near(self, question: str, outcome: Outcome) -> Match | None:
        """The one verified question that says the same as this one; none where the grammar's reading speaks against it."""
        found = [a for a in self._askings if self._is_near(a, question, outcome)]
        return _only(found, "near")

    def same_rows(self, reading: Reading) -> Match | None:
        """The verified question whose query is another way to write that of a reading: both give the same rows, and did in every month."""
        return _only([a for a in self._askings if not a.entry.analysis and not reading.analysis and self._same_rows(a.query, reading.query)], "rows")

    def _same_rows(self, one: SemanticQuery, other: SemanticQuery) -> bool:
        if not may_be_one(one, other, self._reader.shop.catalog):
            return False
        key = one.key, other.key
        if key not in self._equal:
            self._equal[key] = give_the_same(one, other, self._reader.shop)
        return self._equal[key]

    def nearest(self, question: str) -> Entry | None:
        """The verified question nearest in meaning, for a person to look at; never to answer from."""
        return next((a.entry for a in self.nearest_askings(question, 1)), None)

    def nearest_askings(self, question: str, most: int) -> list[Asking]:
        """The verified questions nearest in meaning, the nearest first, each of one entry; never to answer from."""
        if not self._askings or not most:
            return []
        encode = self._reader.lexicon.encode
        likeness = encode([a.question for a in self._askings]) @ encode([question])[0]
        ranked = {self._askings[n].entry.id: self._askings[n] for n in likeness.argsort().tolist()}  # the nearest question of each entry
        return sorted(ranked.values(), key=lambda a: -float(likeness[self._askings.index(a)]))[:most]

    def _is_near(self, asking: Asking, question: str, outcome: Outcome) -> bool:
        if asking.entry.analysis:
            return False
        theirs, alike = self._content(asking), self._read_alike(asking, outcome)
        settled, encode = ("direction",) if alike else (), self._reader.lexicon.encode
        ours = content(self._reader, question, asking.facets)
        if not says_the_same(ours, theirs, asking.facets, encode, settled):
            if isinstance(outcome, Reading) or not _may_be_meant(ours, theirs):
                return False
            ours = content(self._reader, question, asking.facets, by_meaning=True)
            return says_the_same(ours, theirs, asking.facets, encode)
        if not isinstance(outcome, Reading) or outcome.assumptions or outcome.unexplained or alike:
            return True
        if self._form(outcome.query) == self._form(asking.query) or (self._unread(asking, outcome) and not ours.rest):
            return True
        return self._explains_more(asking, question, ours, outcome)

    def _explains_more(self, asking: Asking, question: str, ours: Content, outcome: Reading) -> bool:
        """Whether every word of a question tells of the verified query, and all of it, while the grammar measures what leaves words, or says more.

        How many gold customers didn't pay for any order, read as orders by level: nobody said by level.
        """
        if ours.foreign or ours.rest or _hidden(ours, asking.facets):
            return False
        figures = {m.metric or m.field for m in asking.query.metrics}
        if any((m.metric or m.field) in figures or m.per or m.over or m.share for m in outcome.query.metrics):
            return False
        if {s for s in ours.said ^ self._content(asking).said if s[0] in ("how_many", "average")}:
            return False
        catalog = self._reader.shop.catalog
        facets = facets_of(outcome.query, catalog, self._reader.shop.compile(outcome.query))
        read = content(self._reader, question, facets)
        return bool(read.foreign or read.rest or _hidden(read, facets))

    def _read_alike(self, asking: Asking, outcome: Outcome) -> bool:
        """Whether the grammar reads both questions as one query: then neither says what the other does not, as far as it can tell."""
        if not isinstance(outcome, Reading):
            return False
        known = self._read(asking.question)
        return isinstance(known, Reading) and (known.query == outcome.query or self._form(known.query) == self._form(outcome.query))

    def _form(self, query: SemanticQuery) -> Mapping[str, Any]:
        return one_form(query, self._reader.shop.catalog)

    def _unread(self, asking: Asking, outcome: Reading) -> bool:
        """Whether the grammar cannot read the verified question, and so may miss what both mean, while it agrees on what is measured."""
        same = outcome.query.metrics == asking.query.metrics and outcome.query.group_by == asking.query.group_by
        return same and not isinstance(self._read(asking.question), Reading)

    def _content(self, asking: Asking) -> Content:
        key = asking.entry.id, asking.question
        if key not in self._contents:
            self._contents[key] = content(self._reader, asking.question, asking.facets)
        return self._contents[key]

    def _read(self, question: str) -> Outcome:
        if question not in self._outcomes:
            self._outcomes[question] = tried(lambda: self._reader.read(question))
        return self._outcomes[question]


def tried(read: Callable[[], Reading]) -> Outcome:
    """A reading, or what was raised in its place."""
    try:
        return read()
    except (AskBack, Refuse) as outcome:
        return outcome


def says_the_same(ours: Content, theirs: Content, facets: Facets, encode: Encode, settled: tuple[str, ...] = ()) -> bool:
    """Whether a question says of a query what a verified question says of it: no more, and no less, but for kinds that are `settled`."""
    foreign = _left_over(ours.foreign, theirs.foreign)
    if foreign is None:
        return False
    hidden = _hidden(theirs, facets)  # what the words of the verified question that nobody knows stand for
    spelled_out = bool(foreign or theirs.rest) and not ours.rest
    if ours.rest or (theirs.rest and not spelled_out):
        if foreign or _deeds(ours) != _deeds(theirs) or not paired(ours.rest, theirs.rest, encode):
            return False
        hidden = frozenset()
    more = {s for s in ours.said - theirs.said if s[0] not in (*SOFT, *settled)}
    less = {s for s in theirs.said - ours.said if s[0] not in (*SOFT, *settled)}
    if less - _implied(ours, theirs, facets) or _asks_for_a_figure(ours, theirs, facets):
        return False
    if (spelled_out and theirs.rest) or foreign:
        return bool(hidden) and hidden <= ours.said and more <= hidden
    return not any(s[0] in _NEVER_MORE for s in more)


def _may_be_meant(ours: Content, theirs: Content) -> bool:
    """Whether the two differ by nothing but what words may mean: no period, number or denial is missing or too much."""
    missing = {s[0] for s in theirs.said - ours.said} - set(_BY_MEANING) - set(SOFT)
    more = {s[0] for s in ours.said - theirs.said} & set(_NEVER_MORE) - set(_BY_MEANING)
    return not missing and not more


def _deeds(content: Content) -> set[Said]:
    """What is done, where only a segment of the rows tells of it: who likes to favourite is not who likes to fill carts."""
    return {s for s in content.said if s[0] == "deed"}


def _asks_for_a_figure(ours: Content, theirs: Content, facets: Facets) -> bool:
    """Whether one asks for a figure of what the other only lists: how many heroes there are, what they sold, beside which they are.

    The figure by which both say the things are picked is none that is asked for: categories with sales over 1,500 dollars.
    """
    if any(s[0] in ("metric", "count") for s in theirs.said):
        return False
    picked = {s for s in ours.said & theirs.said if s[0] in ("bound", "direction")}
    by = {o.by for o in facets.query.order_by} | {h.by for h in facets.query.having} if picked else set()
    told = {("count",), *(("metric", m) for m in facets.metrics & by)} if facets.metrics & by else set()
    more = {str(s[0]) for s in ours.said - theirs.said - told}
    return bool(more & {"metric", "count", "how_many", "average"}) or ("verb" in more and ("listed",) not in ours.said)


def _hidden(theirs: Content, facets: Facets) -> frozenset[Said]:
    """The parts of a query that its verified question does not say in known words."""
    whole: set[Said] = {("value", *v) for v in facets.values} | {("segment", s) for s in facets.segments}
    whole |= {("metric", m) for m in facets.metrics} | {("number", n) for n in facets.numbers}
    whole |= {("time", *p) for p in facets.periods} | ({("not",)} if facets.negations else set())
    whole |= {("field", str(g.field)) for g in facets.query.group_by if g.field and g.field != "time"}
    counted = {("metric", m.metric) for m in facets.query.metrics if m.metric and facets.counts}
    return frozenset(whole - theirs.said - counted)


def _implied(ours: Content, theirs: Content, facets: Facets) -> set[Said]:
    """What need not be said where something else is: the metric that counts what is counted, and, where all words are known, who that is."""
    if ("count",) not in ours.said:
        return set()
    whom = () if ours.foreign or ours.rest or theirs.rest else facets.counts
    return {("metric", m.metric) for m in facets.query.metrics if m.metric} | {("entity", e) for e in whom}


def _left_over(ours: tuple[Foreign, ...], theirs: tuple[Foreign, ...]) -> list[Foreign] | None:
    """The known words of the verified question that the query does not hold and the other does not say; None where that says more."""
    left = list(theirs)
    for word in ours:
        other = next((t for t in left if t.targets & word.targets or t.text == word.text), None)
        if other is None:
            return None
        left.remove(other)
    return left


def _asking(reader: Reader, entry: Entry, question: str, clock: Clock) -> Asking | None:
    """A question of an entry for this reader; none where the query does not fit what its user may see, or has gone out of date."""
    try:
        query = moved(entry.query, (question, *entry.periods), entry.on, clock)
        compiled = reader.shop.compile(query)
    except (Outdated, QueryError):
        return None
    return Asking(entry, question, query, facets_of(query, reader.shop.catalog, compiled))


def _only(found: list[Asking], way: Way) -> Match | None:
    """The match, where all that was found is one entry with one query."""
    if len({(a.entry.id, a.query) for a in found}) != 1:
        return None
    first = found[0]
    return Match(first.entry, first.question, first.query, way)
