"""From the words of a question to one semantic query, a question back, or a refusal."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from pydantic import ValidationError

from assistant.language import Clock, NamedEvent
from assistant.language.operators import FILLER
from assistant.linking.fluency import Fluency
from assistant.linking.lexicon import Lexicon
from assistant.linking.misspelt_en import EnglishWords
from assistant.linking.misspelt_zh import ChineseWords
from assistant.linking.vocabulary import MOST_VALUES, vocabulary
from assistant.reading.adjoining import adjoin
from assistant.reading.asides import without_asides
from assistant.reading.confidence import confidence
from assistant.reading.contradictions import refuse_contradictions
from assistant.reading.corrections import Corrected, Correction, Corrector
from assistant.reading.glosses import glosses
from assistant.reading.joint_names import joined
from assistant.reading.ladders import stepped
from assistant.reading.leftover import HEAVY, Leftovers, names_a_thing
from assistant.reading.mark import Mark
from assistant.reading.marks import Marker, clock_events
from assistant.reading.meaning import likely
from assistant.reading.neighbours import settled
from assistant.reading.outcome import AskBack, Reading, Refuse
from assistant.reading.parted import parted
from assistant.reading.repair import repair
from assistant.reading.roles import ROLES, meant_apart, meant_here
from assistant.reading.rules import RULES, people_named
from assistant.reading.rules.counting import counted_entity
from assistant.reading.second_look import unsaid
from assistant.reading.state import State
from assistant.reading.typed import one_spelling
from assistant.reading.unanswerable import unanswerable
from assistant.reading.worded import worded
from semantic_layer.catalog.models import Text
from semantic_layer.compiler import compile_query
from semantic_layer.compiler.time import WEEK_STARTS
from semantic_layer.errors import QueryError
from semantic_layer.query import ExistsCondition, MetricRef, SemanticQuery
from semantic_layer.shops import Access
from semantic_layer.spelling import has_han
from semantic_layer.values import ValueIndex

_SMALL = frozenset(["am", "as", "at", "be", "do", "hi", "in", "is", "it", "me", "my", "no", "ok", "on", "or", "so", "to", "us", "we"])
_UNITS = frozenset(["day", "week", "month", "year", "hour", "sat", "sun", "mon", "may", "jun", "dec", "all", "any", "one", "ten"])


# How sure a reading is at most that passes over a clause.
_WITH_ASIDES = 0.85


# The most weight of leftover words that an answer may have; chosen on the dev questions.
MOST_LEFT = 0.4


@dataclass
class Reader:
    """Reads questions about a shop, as one role sees it."""

    shop: Access
    lexicon: Lexicon
    values: ValueIndex

    def __post_init__(self) -> None:
        self._marker = Marker(self.shop.catalog, self.lexicon, self.values)
        self._events: tuple[tuple[int, int], tuple[NamedEvent, ...]] | None = None
        self._corrected: dict[str, Corrected] = {}
        self._marked: dict[tuple[str, str, dt.date], list[Mark]] = {}

    @cached_property
    def _corrector(self) -> Corrector:
        """Made when first needed: a question without an unknown word goes without."""
        few = self.values.names if len(self.values) <= MOST_VALUES else ()
        english, chinese = vocabulary(self._marker.names(), few)
        return Corrector(EnglishWords(english), ChineseWords(chinese), Fluency(chinese), self._marks_of)

    def _known_events(self, first: int, last: int) -> tuple[NamedEvent, ...]:
        """The named events of the years from first to last, looked up again when a year has gone by."""
        if self._events is None or self._events[0] != (first, last):
            self._events = (first, last), clock_events(self.shop.catalog, first, last)
        return self._events[1]

    @cached_property
    def _people(self) -> str:
        """The entity of people, where the catalog has just one, or one that stands in the rows of the default metric."""
        catalog = self.shop.catalog
        people = [e for e, spec in catalog.spec.entities.items() if spec.people]
        if len(people) > 1 and (name := catalog.default_metric):
            people = [e for e in people if any(catalog.entity_field(e, home) for home in catalog.formula(name).homes)]
        return people[0] if len(people) == 1 else ""

    @property
    def clock(self) -> Clock:
        """What the shop's relative words count from."""
        shop, span = self.shop, self.shop.data_span
        calendar = shop.catalog.spec.calendar
        return Clock(
            today=shop.today,
            week_start=WEEK_STARTS[calendar.week_start],
            fiscal_year_start=calendar.fiscal_year_start,
            data_start=span[0] if span else None,
            data_end=span[1] if span else None,
            events=self._known_events((span[0] if span else shop.today).year - 1, shop.today.year + 1),
        )

    def text(self, question: str) -> str:
        """A question as it is read: in one spelling, glued words apart, typing errors mended."""
        return self.corrected(question).text

    def corrected(self, question: str) -> Corrected:
        """A question as it is read, with what was mended in it."""
        known = self._corrected.get(question)
        if known is None:
            text = one_spelling(question)
            whole = not has_han(text) and not any(m.unknown for m in self._marks_of(question, text))
            known = Corrected(text) if whole else self._corrector.corrected(question, text)
            _keep(self._corrected, question, known)
        return known

    def _marks_of(self, question: str, text: str) -> list[Mark]:
        return self._marker.marks(text, self.clock, question)

    def marks(self, question: str, text: str = "") -> list[Mark]:
        """What each stretch of a question's `text`, or of a part of it, may be.

        The last ones are kept: each verified question is held against what is asked.
        """
        text = text or self.text(question)
        key = question, text, self.shop.today
        known = self._marked.get(key)
        if known is None:
            known = joined([_as_code(m, question) for m in self._marks_of(question, text)], text, self.lexicon)
            _keep(self._marked, key, known)
        return [replace(m) for m in known]

    def marks_in_place(self, question: str) -> list[Mark]:
        """The marks of a question, with what they stand next to taken into account."""
        return settled(self.marks(question), self.text(question), self._people)

    def read(
        self,
        question: str,
        rules: tuple[Callable[[State], None], ...] = RULES,
        claimed: tuple[Mark, ...] = (),
        about: tuple[MetricRef, ...] = (),
    ) -> Reading:
        """The reading of a question by rules, apart from the stretches of its `text` that are `claimed`. Raises AskBack or Refuse."""
        corrected = self.corrected(question)
        if claimed:
            return self._read(question, corrected, rules, claimed, about)
        try:
            reading = self._one_way(question, corrected, rules, about)
        except (AskBack, Refuse):
            if plain := self._without_asides(question, rules, about):
                return plain
            raise
        return (self._without_asides(question, rules, about) if reading.unexplained else None) or reading

    def _without_asides(self, question: str, rules: tuple[Callable[[State], None], ...], about: tuple[MetricRef, ...]) -> Reading | None:
        """The reading of what a question asks, without the clauses that say why; these are named. None where there are none, or words are left."""
        people = frozenset(e for e, spec in self.shop.catalog.spec.entities.items() if spec.people)
        for asked in without_asides(question, lambda said: self._marks_of(said, one_spelling(said)), people):
            corrected = self.corrected(asked.question)
            try:
                reading = self._one_way(asked.question, corrected, rules, about)
            except (AskBack, Refuse):
                continue
            if not reading.unexplained:
                passed = Text(zh=f"“{'”、“'.join(asked.said)}”只作背景，没有计入", en=f'"{", ".join(asked.said)}" was taken as background only')
                sure = min(reading.confidence, _WITH_ASIDES)
                return replace(reading, unexplained=asked.said, assumptions=(*reading.assumptions, passed), confidence=sure)
        return None

    def _one_way(self, question: str, corrected: Corrected, rules: tuple[Callable[[State], None], ...], about: tuple[MetricRef, ...]) -> Reading:
        return self._either(question, corrected, rules, about) if corrected.others else self._read(question, corrected, rules, about=about)

    def _read(
        self,
        question: str,
        corrected: Corrected,
        rules: tuple[Callable[[State], None], ...],
        claimed: tuple[Mark, ...] = (),
        about: tuple[MetricRef, ...] = (),
    ) -> Reading:
        rest, clock = _blank(corrected.text, claimed), self.clock
        marks = worded(rest, self.marks(question, rest), self.values)
        marks = parted(rest, marks, self.lexicon)
        marks = repair(rest, marks, self.lexicon, self.values)
        marks = stepped(rest, marks, self.shop.catalog, self._marker.ladders)
        marks = settled(sorted([*marks, *(replace(m) for m in claimed)], key=lambda m: m.start), rest, self._people)
        state = State(rest, marks, self.shop.catalog, clock.today, clock.data_end, rules, about, corrected.corrections, clock.data_start)
        for role in ROLES:
            role(state)
        adjoin(state, self.lexicon)
        return self._without_glosses(state) or self._composed_or_asked(state)

    def _either(self, question: str, corrected: Corrected, rules: tuple[Callable[[State], None], ...], about: tuple[MetricRef, ...]) -> Reading:
        """The reading of a misspelt question that may be mended in several ways; asks back where they mean different things."""
        readings: dict[SemanticQuery, Reading] = {}
        for way in (corrected, *corrected.others):
            try:
                reading = self._read(question, way, rules, about=about)
            except (AskBack, Refuse):
                continue
            readings.setdefault(reading.query, reading)
        if len(readings) > 1:
            ways = dict.fromkeys(c for way in (corrected, *corrected.others) for c in way.corrections if not _in_all(c, corrected))
            typed = tuple(dict.fromkeys(c.typed for c in ways))
            meant_zh, meant_en = "还是".join(f"“{c.meant}”" for c in ways), " or ".join(f'"{c.meant}"' for c in ways)
            message = Text(zh=f"“{typed[0]}”是指{meant_zh}？", en=f'Does "{typed[0]}" mean {meant_en}?')
            raise AskBack(message, tuple(readings), typed)
        return next(iter(readings.values())) if readings else self._read(question, corrected, rules, about=about)

    def _without_glosses(self, state: State) -> Reading | None:
        """The reading of a question that says something twice, by what it says outside its glosses."""
        explained = glosses(state.text, state.marks)
        if not explained:
            return None
        marks = [replace(m, became="explained") if m in explained else replace(m) for m in state.marks]
        try:
            return self._composed_or_asked(state.again(marks))
        except (AskBack, Refuse):
            return None

    def _composed(self, state: State) -> Reading:
        for rule in state.rules:
            rule(state)
        return self._conclude(state)

    def _one_of(self, state: State) -> Reading | None:
        """A word that may be one of several things: read as the one that fits the rest, asked back where several do."""
        mark = next((m for m in state.marks if len(m.either) > 1 or len(m.metrics) > 1), None)
        if mark is None:
            return None
        readings: dict[str, Reading] = {}
        asked: AskBack | None = None
        refused: Refuse | None = None
        for name in self._told(state, mark) or meant_here(state, mark) or mark.metrics:
            try:
                readings[name] = self._composed_or_asked(self._read_as(state, mark, name))
            except AskBack as error:
                asked = asked or error
            except Refuse as error:
                refused = refused or error
        if len(readings) > 1 and (told := _of_those_who_did(state, readings)):
            return told
        if mark.either and len({r.query for r in readings.values()}) == 1:
            if refused is not None and self._of_another_kind(mark, readings):
                raise self._which(mark, mark.either, tuple(r.query for r in readings.values()))
            return next(iter(readings.values()))
        if readings:
            raise self._which(mark, tuple(readings), tuple(r.query for r in readings.values()))
        if refused is not None:
            raise refused
        if asked is not None and mark.either:
            raise asked
        return None

    def _told(self, state: State, mark: Mark) -> tuple[str, ...]:
        """Shopper headcount: the one meaning that counts the entity right beside the word."""
        beside = [m for m in (next(iter(state.preceding(mark)), None), next(iter(state.following(mark)), None)) if m and state.close(m, mark, 2)]
        entities = {e for m in beside for e in m.entities}
        fits = [n for n in (mark.either or mark.metrics) if "." not in n and counted_entity(state, n) in entities]
        return (fits[0],) if len(fits) == 1 and entities else ()

    def _read_as(self, state: State, mark: Mark, name: str) -> State:
        """The question with one word meaning one thing."""
        kind: dict[str, Any] = {"fields": (name,), "metrics": (), "counters": ()} if "." in name else {"metrics": (name,)}
        dataset, _, field = name.partition(".")
        shown = next((e for e, spec in state.catalog.spec.entities.items() if field and (spec.dataset, spec.shown_by) == (dataset, field)), None)
        if shown:
            kind |= {"fields": (), "entities": (shown,), "shown": name}
        same = [m for m in state.marks if mark.either and m.either == mark.either and not meant_apart(state, m, name)]
        marks = [replace(m, either=(), **kind) if m is mark or m in same else replace(m) for m in state.marks]
        state = state.again(marks)
        state.one_of_several = True
        return state

    def _composed_or_asked(self, state: State) -> Reading:
        return self._one_of(state) or self._composed(state)

    def _which(self, mark: Mark, meant: tuple[str, ...], queries: tuple[SemanticQuery, ...]) -> AskBack:
        catalog = self.shop.catalog
        names = [catalog.field(n).spec.label if "." in n else catalog.metric(n).label for n in meant]
        message = Text(zh=f"“{mark.text}”是指{'还是'.join(n.zh for n in names)}？", en=f'Does "{mark.text}" mean {" or ".join(n.en for n in names)}?')
        return AskBack(message, queries, (mark.text,))

    def _of_another_kind(self, mark: Mark, readings: dict[str, Reading]) -> bool:
        """Redemption value of campaign 18: that money cannot be told of a campaign does not make a number of it."""
        unit = {n: self.shop.catalog.metric(n).unit for n in mark.either if "." not in n}
        return len(unit) == len(mark.either) and any(unit[n] for n in unit.keys() - readings.keys()) and not any(unit[n] for n in readings)

    def _conclude(self, state: State) -> Reading:
        left = [m for m in state.free() if not m.filler and not _passed(m) and not people_named.takes_no_room(m)]
        refuse_contradictions(state)
        missing = unsaid(state)
        weigh = Leftovers(state)
        weight = sum(weigh.weight(m) for m in left) + HEAVY * len(missing)
        left = list(dict.fromkeys([*left, *missing]))
        taken = [m for m in state.marks if m.became and not people_named.takes_no_room(m)]
        words = (*((c.typed, f"read as {c.meant}") for c in state.mended), *((m.text, m.became) for m in taken))
        query = self._query(state)
        unexplained = _named(left)
        if query is None:
            raise self._asked(state, left, words) or self._lost(state, left, words)
        try:
            compile_query(query, self.shop.catalog, self.shop.today)
        except QueryError as error:
            raise Refuse(unanswerable(error, query, self.shop.catalog), self._without(query, error), unexplained, words) from error
        if weight > MOST_LEFT:
            raise self._asked(state, left, words) or self._left_over(left, query, words)
        for c in state.mended:
            state.assume(f"“{c.typed}”读作“{c.meant}”", f'"{c.typed}" read as "{c.meant}"')
        return Reading(query, words, unexplained, tuple(state.assumptions), confidence(state, weight), analysis=state.analysis)

    def _query(self, state: State) -> SemanticQuery | None:
        if not state.metrics and not state.records:
            return None
        try:
            return SemanticQuery(
                metrics=tuple(state.metrics),
                group_by=tuple(state.groups),
                where=tuple(state.where),
                time=state.time,
                having=tuple(state.having),
                order_by=tuple(state.order),
                limit=state.limit,
                limit_per=tuple(state.limit_per),
                records=state.records,
                compare=state.compare,
                share=state.share,
                running=state.running,
            )
        except ValidationError:
            return None

    def _asked(self, state: State, left: list[Mark], words: tuple[tuple[str, str], ...]) -> AskBack | None:
        """The question back, with the whole question read in each way that what was not understood may mean."""
        queries: list[SemanticQuery] = []
        for marks in likely(state.marks, left, state.text, self.lexicon):
            fresh = [replace(m, became="") for m in marks]
            try:
                queries.append(self._composed(state.again(fresh)).query)
            except (AskBack, Refuse):
                continue
        if not queries:
            return None
        named = _named(left)
        zh, en = "、".join(f"“{w}”" for w in named), ", ".join(f'"{w}"' for w in named)
        message = Text(zh=f"没有完全看懂 {zh}。您是不是指：", en=f"{en} was not understood. Do you mean:")
        return AskBack(message, tuple(dict.fromkeys(queries)), named, words)

    def _left_over(self, left: list[Mark], query: SemanticQuery, words: tuple[tuple[str, str], ...]) -> Refuse | AskBack:
        """Words that nothing explained: the answer without them is offered, never given. Only what is a thing may be said to be missing."""
        named = _named(left)
        zh, en = "、".join(f"“{w}”" for w in named), ", ".join(f'"{w}"' for w in named)
        if not any(names_a_thing(m) for m in left):
            return AskBack(Text(zh=f"没有看懂 {zh}。您是不是指：", en=f"{en} was not understood. Do you mean:"), (query,), named, words)
        return Refuse(
            Text(zh=f"数据里没有 {zh} 对应的内容，所以没有作答。", en=f"The data hold nothing called {en}, so this was not answered."),
            (query,),
            named,
            words,
        )

    def _meant(self, state: State, left: list[Mark]) -> tuple[SemanticQuery, ...]:
        """The metrics nearest in meaning to what was not understood, as runnable queries."""
        unknown = [m for m in left if m.unknown]
        if not unknown:
            return ()
        chunk = state.text[unknown[0].start : unknown[-1].end] if len(unknown) > 1 else unknown[0].text
        links = self.lexicon.meaning([chunk])[0]
        return tuple(SemanticQuery(metrics=(MetricRef(metric=x.target),)) for x in links if x.kind == "metric")[:3]

    def _lost(self, state: State, left: list[Mark], words: tuple[tuple[str, str], ...]) -> Refuse:
        """No metric at all: says what was not understood and shows what can be asked."""
        named = _named(left)
        nearest = self._meant(state, left)
        if not nearest:
            nearest = tuple(SemanticQuery(metrics=(MetricRef(metric=n),)) for n in list(self.shop.catalog.spec.metrics)[:3])
        zh, en = "、".join(f"“{w}”" for w in named), ", ".join(f'"{w}"' for w in named)
        if any(names_a_thing(m) for m in left):
            text = Text(zh=f"数据里没有 {zh} 对应的内容。", en=f"The data hold nothing called {en}.")
        elif named:
            text = Text(zh=f"没有看出要问哪个指标，也没有看懂 {zh}。", en=f"No metric was named, and {en} was not understood.")
        else:
            text = Text(zh="没有看出要问哪个指标。", en="No metric was named.")
        return Refuse(text, nearest, named, words)

    def _without(self, query: SemanticQuery, error: QueryError) -> tuple[SemanticQuery, ...]:
        """The query without what cannot be reached."""
        groups = tuple(g for g in query.group_by if error.subject not in (g.field, g.grain and "time"))
        names = {g.name for g in groups} | {m.name for m in query.metrics}
        try:
            smaller = query.model_copy(
                update={
                    "group_by": groups,
                    "order_by": tuple(o for o in query.order_by if o.by in names),
                    "limit_per": (),
                    "time": None if error.subject == "time" else query.time,
                    "where": tuple(c for c in query.where if getattr(c, "field", "") != error.subject),
                }
            )
            checked = SemanticQuery.model_validate(smaller.to_dict())
            compile_query(checked, self.shop.catalog, self.shop.today)
        except (ValidationError, QueryError):
            return ()
        return (checked,) if checked != query else ()


_KEPT = 256
_K = TypeVar("_K")
_V = TypeVar("_V")


def _keep(known: dict[_K, _V], key: _K, value: _V) -> None:
    """Keeps one more, and forgets all before when there are many."""
    if len(known) >= _KEPT:
        known.clear()
    known[key] = value


def _of_those_who_did(state: State, readings: dict[str, Reading]) -> Reading | None:
    """Bought in May, not in June - headcount: what counts those that the conditions are about."""
    asked = [c.entity for r in readings.values() for c in r.query.where if isinstance(c, ExistsCondition)]
    counting = [r for name, r in readings.items() if "." not in name and counted_entity(state, name) in asked]
    return counting[0] if len(counting) == 1 else None


def _in_all(correction: Correction, corrected: Corrected) -> bool:
    return all(correction in way.corrections for way in (corrected, *corrected.others))



def _blank(text: str, claimed: tuple[Mark, ...]) -> str:
    """The text with spaces where others have understood it, everything at its place."""
    for mark in claimed:
        text = text[: mark.start] + " " * (mark.end - mark.start) + text[mark.end :]
    return text


def _as_code(mark: Mark, question: str) -> Mark:
    """US suppliers, flights of AS: small words in capitals, where the rest is not, are codes and no fillers. Hour of day: no code."""
    shouted = re.search(rf"(?<![A-Za-z]){mark.text.upper()}(?![A-Za-z])", question) if mark.text in _SMALL | _UNITS else None
    if mark.text in _UNITS and mark.values and not shouted:
        return replace(mark, values=())
    return replace(mark, ops=frozenset()) if mark.text in _SMALL and mark.filler and shouted and question != question.upper() else mark


def _passed(mark: Mark) -> bool:
    """A filler word that could also count something, and was not needed for it."""
    return FILLER in mark.ops and not (mark.number or mark.metrics or mark.fields or mark.entities)


def _named(left: list[Mark]) -> tuple[str, ...]:
    """What to name as not understood: names and unknown words; the words around them only where there is nothing else."""
    telling = [m for m in left if not m.ops]
    return tuple(m.text for m in telling or left)
