"""The pipeline: a question becomes a reading, the reading a query, the query rows, the rows an answer. Read this file first."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from assistant.actions import Desk
from assistant.analyses import AHEAD, ANALYSES, Analysis, Study
from assistant.analyses.offered import why
from assistant.analyses.unusual import notes
from assistant.answer.beside import agrees, changed, trend
from assistant.answer.caveats import data_caveats
from assistant.answer.chart import FORMS, TABLE, plan_of, spec_of
from assistant.answer.chart.partial import partial_rows
from assistant.answer.columns import columns_of
from assistant.answer.model import Answer, Beside, Choice, Failure, Period, Word
from assistant.answer.say import Speaker
from assistant.answer.sentence import sentence
from assistant.answer.suggestions import Example, starters, suggestions
from assistant.auditing import Auditor
from assistant.conversation import Chip, Conversations, Dialogue, InMemory, chips
from assistant.language import is_chinese
from assistant.linking.encoders import Encoder, load_encoder
from assistant.linking.lexicon import Lexicon
from assistant.llm.second import SecondReader, chosen
from assistant.progress import following, present
from assistant.question import MAX_QUESTION, check_text
from assistant.reading import AskBack, Reader, Reading, Refuse
from assistant.reading.around import Around, Asked, read_around
from assistant.reading.drawing import drawn
from assistant.verified import VerifiedReader, book_of
from semantic_layer.compiler import Compiled
from semantic_layer.engines import Snapshot
from semantic_layer.errors import DataReplaced, EngineError, QueryError, QueryTimeout, QueryTooLarge, ShopError, StoreError, WenshuError
from semantic_layer.query import SemanticQuery, TimeRange
from semantic_layer.shops import Access, Shop
from semantic_layer.shops.problems import Problems

ATTEMPTS = 3  # when the data are replaced in the middle of an answer


class Assistant:
    """Answers questions about one shop; what it needs is loaded once. Safe to use from many threads.

    `model` is a language model to read beside the grammar, instead of that of the shop's settings.
    """

    def __init__(self, shop: Shop, conversations: Conversations | None = None, model: str = "") -> None:
        self.shop = shop
        self.conversations = conversations or InMemory()
        self.auditor: Auditor | None = None
        self.desk = Desk(shop)
        self.verified = book_of(shop)
        confirmed = VerifiedReader(self.verified)
        self.model = SecondReader(shop, lambda: chosen(shop.settings.model, model), confirmed.near)
        self.around: tuple[Around, ...] = (confirmed, self.model)
        self._revision = 0
        self._readers: dict[str, Reader] = {}
        self._lexicons: dict[str, Lexicon] = {}
        self._encoder: tuple[str, Encoder] | None = None
        self._loading = threading.Lock()

    def reader(self, access: Access) -> Reader:
        """The reader for what a role sees, made when first needed and whenever the data, their values or the shop's files change."""
        with self._loading:
            if access.revision > self._revision:
                self._revision = access.revision
                self._readers.clear()
                self._lexicons.clear()
            values, role = access.values, access.rights.hash
            known = self._readers.get(role)
            if known is None or known.shop is not access or known.values is not values:
                known = Reader(access, self._lexicon(access), values)
                if access.revision == self._revision:
                    self._readers[role] = known
            return known

    def _lexicon(self, access: Access) -> Lexicon:
        catalog = access.catalog
        known = self._lexicons.get(catalog.hash)
        if known is None:
            name = self.shop.settings.encoder
            if self._encoder is None or self._encoder[0] != name:
                self._encoder = name, load_encoder(name)
            known = Lexicon(catalog, self._encoder[1], self.shop.state / "vectors")
            if access.revision == self._revision:
                self._lexicons[catalog.hash] = known
        return known

    def prepare(self) -> None:
        """Loads what the first question needs, and keeps on disk what takes long: values and vectors."""
        self.reader(self.shop.whole).lexicon.meaning([self.shop.name])
        self.model.prepare()

    def ask(self, question: str, lang: str = "auto", id: str | None = None, user: str | None = None, conversation: str | None = None) -> Answer:
        """The answer to a question of `user`. Never raises for what a person may type; raises nothing of the engine's.

        In a `conversation` a question may change the last one, choose what was offered, or undo.
        """
        speech = ("zh" if is_chinese(question) else "en") if lang == "auto" else lang
        if conversation is not None:
            return self._recorded(user, conversation, lambda: self._dialogue(conversation, user).ask(question, speech, id))

        def read(access: Access) -> Reading:
            check_text(question)
            return drawn(question, lambda rest: self.read(access, rest, speech, user, self.reader(access).read))

        return self._recorded(user, None, lambda: self.answered(question, speech, id, user, read))

    def answer(
        self,
        query: SemanticQuery,
        lang: str,
        *,
        question: str = "",
        id: str | None = None,
        user: str | None = None,
        conversation: str | None = None,
        analysis: str = "",
    ) -> Answer:
        """The answer to a semantic query of `user`, as of a chip; like `ask`, but that nothing is read. `question` is what it is called."""
        if conversation is not None:
            return self._recorded(user, conversation, lambda: self._dialogue(conversation, user).run(query, question, lang, id, analysis))
        read = Reading(query, analysis=analysis)
        return self._recorded(user, None, lambda: self.answered(question, lang, id, user, lambda access: read))

    def choose(self, conversation: str, choice: str, lang: str = "auto", id: str | None = None, user: str | None = None) -> Answer:
        """Runs one of the choices of the last answer of a conversation, by its id, and remembers what was meant."""
        return self._recorded(user, conversation, lambda: self._dialogue(conversation, user).choose(choice, lang, id))

    def read(
        self, access: Access, question: str, lang: str, user: str | None, grammar: Callable[[str], Reading], last: SemanticQuery | None = None
    ) -> Reading:
        """What the readers around the `grammar` and it make of a question that may go on from the `last`. Raises AskBack and Refuse."""
        asked = Asked(question, lang, user or "", self.reader(access), last)
        return read_around(asked, self.around, lambda: grammar(question))

    def _dialogue(self, conversation: str, user: str | None) -> Dialogue:
        return Dialogue(self, self.conversations, conversation, user)

    def _recorded(self, user: str | None, conversation: str | None, made: Callable[[], Answer]) -> Answer:
        """The answer, written down where an auditor is."""
        with following(None) as progress:
            answer = made()
            if self.auditor:
                self.auditor.record(answer, user or "", conversation, progress)
            return answer

    def answered(self, question: str, lang: str, id: str | None, user: str | None, read: Callable[[Access], Reading]) -> Answer:
        """The answer to what `read` makes of a question; `read` may raise AskBack and Refuse."""
        started = time.perf_counter()
        id = id or uuid.uuid4().hex[:12]
        for attempt in range(1, ATTEMPTS + 1):
            answer = Answer(id=id, question=question, status="error", lang=lang)
            try:
                revision = self.shop.now()
                present().at("read")
                present().remarks.clear()
                with revision.engine.snapshot(present().watch) as data:
                    _Asked(revision.access(user), data, user or "", lang, self.shop.problems, self.desk).fill(answer, read)
                answer.caveats += [remark.get(lang) for remark in present().remarks]
                answer.worded = self.model.word(answer, user or "")
                break
            except DataReplaced as error:
                if attempt == ATTEMPTS:
                    _fail(answer, error, lang)
            except WenshuError as error:
                _fail(answer, error, lang)
                break
        answer.timings_ms["total"] = _since(started)
        return answer

    def chips(self, query: SemanticQuery, lang: str, user: str | None = None) -> tuple[Chip, ...]:
        """The parts of a query, each with what it can be changed to. Empty where the shop no longer knows the query. Raises ShopError, UsageError."""
        access = self.shop.access(user)
        return chips(query, access, Speaker(access.catalog, lang))

    def examples(self, lang: str, user: str | None = None) -> list[Example]:
        """What can be asked: the shop's own examples, or else queries of its catalog. Raises ShopError, UsageError."""
        own = self.shop.settings.examples.get(lang)
        if own:
            return [Example(text) for text in own]
        access = self.shop.access(user)
        return starters(access, Speaker(access.catalog, lang))


@dataclass
class _Asked:
    """One question of one user, over one state of the data."""

    access: Access
    data: Snapshot
    user: str
    lang: str
    problems: Problems
    desk: Desk

    def fill(self, answer: Answer, read: Callable[[Access], Reading]) -> None:
        lang = self.lang
        speaker = Speaker(self.access.catalog, lang)
        started = time.perf_counter()
        try:
            reading = read(self.access)
        except AskBack as asked:
            answer.status = "clarify"
            answer.text, answer.unexplained, answer.words = asked.message.get(lang), list(asked.unexplained), _words(asked.words)
            answer.choices = _choices(speaker, asked.choices, self.access, asked.analysis)
            return
        except Refuse as refused:
            answer.status = "refused"
            answer.text, answer.unexplained, answer.words = refused.message.get(lang), list(refused.unexplained), _words(refused.words)
            answer.nearest = _choices(speaker, refused.nearest, self.access, refused.analysis)
            return
        finally:
            answer.timings_ms["read"] = _since(started)
        self._run(answer, reading, speaker)

    def _run(self, answer: Answer, reading: Reading, speaker: Speaker) -> None:
        query, analysis = reading.query, ANALYSES.get(reading.analysis)
        if analysis:
            try:
                query = analysis.shown(query, self.access)
            except QueryError as error:
                answer.status, answer.text = "refused", error.text(speaker.lang)
                answer.nearest = _choices(speaker, (reading.query,), self.access)
                return
        answer.analysis = reading.analysis if analysis else ""
        answer.query, answer.words, answer.confidence = query.to_dict(), _words(reading.words), reading.confidence
        answer.verified, answer.model = reading.verified, reading.model
        outside = "" if answer.analysis in AHEAD else self._outside(query, speaker)
        if outside:
            answer.status, answer.text = "refused", outside
            answer.nearest = self._instead(query, speaker)
            return
        started = time.perf_counter()
        present().at("query")
        try:
            result = self.access.answer(query, self.data, self.user)
        except QueryError as error:
            answer.status, answer.text = "refused", error.text(speaker.lang)
            return
        compiled = result.compiled
        answer.sql = compiled.sql()
        answer.timings_ms["run"] = _since(started)
        present().at("explain")
        answer.status = "answered"
        answer.reading = speaker.word("and_join").join([speaker.query(query, compiled.earlier), *(n.get(speaker.lang) for n in reading.notes)])
        if reading.assumptions:
            answer.reading += speaker.word("and_join") + speaker.word(
                "assumed", notes=speaker.join([a.get(speaker.lang) for a in reading.assumptions])
            )
        answer.nearest = _choices(speaker, reading.others, self.access)
        answer.rows = [list(row) for row in result.rows]
        answer.columns = columns_of(speaker, query, result)
        answer.truncated = result.truncated
        answer.period = _period(query, compiled)
        answer.definitions = _definitions(speaker, query)
        answer.caveats = self._caveats(query, speaker, answer, result.withheld)
        answer.caveats += data_caveats(compiled, self.problems, self.access.rights, speaker)
        answer.freshness = self._freshness()
        started = time.perf_counter()
        answer.change = None if analysis else self._beside(changed(query, self.access), speaker)
        answer.timings_ms["change"] = _since(started)
        answer.text = sentence(speaker, query, compiled, answer, _partial(answer))
        present().text = "" if analysis else answer.text  # an analysis may say something else first, or instead
        started = time.perf_counter()
        course = None if analysis else self._beside(trend(query, self.access), speaker)
        answer.trend = course if course and agrees(course, answer) else None
        answer.timings_ms["trend"] = _since(started)
        answer.form = reading.form
        self._draw(answer, speaker)
        answer.next = suggestions(query, self.access, speaker, answer)
        if analysis:
            self._analyse(analysis, query, answer, speaker)
        else:
            answer.next = _numbered([*why(query, answer, self.access, speaker), *answer.next])
            answer.findings = list(notes(query, self.access, answer, speaker))
            answer.actions = self.desk.pointed(query, answer, speaker)

    def _instead(self, query: SemanticQuery, speaker: Speaker) -> list[Choice]:
        """In the place of a period without data: all time, and of days to come a forecast."""
        others = _choices(speaker, (query.model_copy(update={"time": None}),), self.access) if not query.compare else []
        try:
            ahead = ANALYSES["forecast"].shown(query, self.access)
            said = _analysed(speaker, speaker.query(ahead), "forecast")
        except QueryError:
            return others
        return [*others, Choice(id=str(len(others) + 1), text=said, query=ahead.to_dict(), analysis="forecast")]

    def _beside(self, query: SemanticQuery | None, speaker: Speaker) -> Beside | None:
        """Rows that nobody asked for, to stand beside a single figure; where they cannot be had, it stands alone."""
        if query is None:
            return None
        try:
            result = self.access.answer(query, self.data, self.user)
        except (QueryError, QueryTimeout, QueryTooLarge):
            return None
        if result.withheld or result.truncated or not result.rows:
            return None
        return Beside(query=query.to_dict(), columns=columns_of(speaker, query, result), rows=[list(row) for row in result.rows])

    def _analyse(self, analysis: Analysis, query: SemanticQuery, answer: Answer, speaker: Speaker) -> None:
        """What the analysis adds to the rows; where it fails, they are still given."""
        started = time.perf_counter()
        try:
            found = analysis.found(Study(query, self.access, self.data, self.user, speaker, self.desk), answer)
        except (QueryError, EngineError, ShopError, StoreError) as error:
            if isinstance(error, DataReplaced):
                raise
            answer.caveats.append(error.text(speaker.lang))
            return
        if found.refused:
            answer.status, answer.text, answer.columns, answer.rows, answer.chart = "refused", found.refused, [], [], None
            answer.nearest, answer.next = list(found.next), []
            return
        answer.actions = list(found.actions) or self.desk.pointed(query, answer, speaker)  # by the rows as they are still
        answer.findings, answer.caveats = list(found.findings), [*answer.caveats, *found.caveats]
        if found.text:
            answer.text = found.text if found.alone else speaker.word("sentences", first=found.text, second=answer.text)
        if found.columns:
            answer.columns, answer.rows = list(found.columns), [list(row) for row in found.rows]
            self._draw(answer, speaker)
        answer.chart = found.chart or answer.chart
        answer.next = _numbered([*found.next, *answer.next])
        answer.timings_ms["analyse"] = _since(started)

    def _draw(self, answer: Answer, speaker: Speaker) -> None:
        """The chart, in the form asked for where that shows the rows; else in another, which is said."""
        form = next((f for f in FORMS if f == answer.form), None)
        plan = None if answer.form == TABLE else plan_of(answer, form)
        if form and plan is None:
            plan = plan_of(answer)
            wanted = speaker.word(f"chart_{form}")
            said = speaker.word("chart_instead", form=wanted, other=speaker.word(f"chart_{plan.form}")) if plan else ""
            answer.caveats.append(said or speaker.word("chart_impossible", form=wanted))
        answer.chart = spec_of(answer, plan) if plan else None

    def _outside(self, query: SemanticQuery, speaker: Speaker) -> str:
        """A sentence when the period, or that of a condition, holds no data at all, so that no zero is given for it."""
        span = self.access.data_span
        if span is None:
            return ""
        periods = [query.time, *(getattr(c, "time", None) for c in query.where)]
        for asked in [p for p in periods if p and not p.field]:
            if (asked.start and asked.start > min(span[1], self.access.today)) or (asked.end and asked.end <= span[0]):
                return speaker.word("no_data_period", period=speaker.period(asked), start=span[0], end=span[1])
        return ""

    def _caveats(self, query: SemanticQuery, speaker: Speaker, answer: Answer, small: int) -> list[str]:
        span, asked, out = self.access.data_span, query.time, []
        if span and asked and asked.end and asked.start and not asked.field and answer.analysis not in AHEAD:
            if asked.end > span[1] and span[1] >= self.access.today:
                out.append(speaker.word("caveat_partial", day=span[1]))
            elif asked.start < span[0]:
                out.append(speaker.word("caveat_outside", start=span[0], end=span[1]))
        if answer.truncated:
            out.append(speaker.word("caveat_truncated", n=len(answer.rows)))
        if small:
            out.append(speaker.word("caveat_small_groups", n=small, smallest=self.access.rights.min_group_size))
        return out

    def _freshness(self) -> dict[str, str]:
        span = self.access.data_span
        return {"first_day": span[0].isoformat(), "last_day": span[1].isoformat(), "today": self.access.today.isoformat()} if span else {}


def ask(question: str, shop: Shop, lang: str = "auto", user: str | None = None) -> Answer:
    """Answers one question; for many, keep an Assistant."""
    return Assistant(shop).ask(question, lang, user=user)


def _fail(answer: Answer, error: WenshuError, lang: str) -> None:
    answer.status = "error"
    answer.error = Failure(code=error.code, message=error.text(lang), id=error.id if isinstance(error, EngineError) else "")
    answer.text = error.text(lang)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)


def _words(words: tuple[tuple[str, str], ...]) -> list[Word]:
    return [Word(text=t, became=b) for t, b in words]


def _choices(speaker: Speaker, queries: tuple[SemanticQuery, ...], access: Access, analysis: str = "") -> list[Choice]:
    said = ((q, speaker.query(q, _earlier(q, access))) for q in dict.fromkeys(queries))
    return [Choice(id=str(i), text=_analysed(speaker, text, analysis), query=q.to_dict(), analysis=analysis) for i, (q, text) in enumerate(said, 1)]


def _analysed(speaker: Speaker, text: str, analysis: str) -> str:
    return speaker.word(f"{analysis}_choice", query=text) if analysis else text


def _numbered(choices: list[Choice]) -> list[Choice]:
    for number, choice in enumerate(choices, 1):
        choice.id = str(number)
    return choices


def _earlier(query: SemanticQuery, access: Access) -> TimeRange | None:
    """The period that a query is compared with."""
    try:
        return access.compile(query).earlier if query.compare else None
    except QueryError:
        return None


def _partial(answer: Answer) -> frozenset[int]:
    """The rows of periods that are not covered whole."""
    key = next((i for i, c in enumerate(answer.columns) if c.role == "time"), None)
    return frozenset() if key is None else partial_rows(answer, answer.rows, key)


def _period(query: SemanticQuery, compiled: Compiled) -> Period | None:
    time, group = compiled.period, query.time_group
    if time is None and group is None:
        return None
    return Period(start=time.start if time else None, end=time.end if time else None, grain=group.grain if group else None)


def _definitions(speaker: Speaker, query: SemanticQuery) -> list[str]:
    out = []
    for ref in query.metrics:
        if ref.metric:
            spec = speaker.catalog.metric(ref.metric)
            text = spec.description.get(speaker.lang)
            out.append(f"{spec.label.get(speaker.lang)}: {text}" if text else spec.label.get(speaker.lang))
    return out


__all__ = ["MAX_QUESTION", "Assistant", "ask", "check_text"]
