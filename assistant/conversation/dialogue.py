"""One turn of a conversation: a choice, a step back, a change of the last question, or a new one."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from assistant.analyses.sides import two_groups
from assistant.answer.model import Answer, Choice, Failure
from assistant.conversation import choices
from assistant.conversation.commands import FORGET, UNDO, is_command
from assistant.conversation.last import Last
from assistant.conversation.memory import Conversations
from assistant.conversation.openings import accepts
from assistant.conversation.understanding import answered_back, names_things, only_changes, understand
from assistant.question import check_text
from assistant.reading import AskBack, Reader, Reading
from assistant.reading.drawing import drawn
from assistant.reading.rules.why import only_why, which_period
from assistant.store import Turn
from prompts import word
from semantic_layer.catalog.models import Text
from semantic_layer.errors import WenshuError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Access

if TYPE_CHECKING:
    from assistant.ask import Assistant

_REMEMBERED = 3  # queries that a follow-up may point to


class Dialogue:
    """One conversation of one user. Never raises for what a person may type."""

    def __init__(self, assistant: Assistant, conversations: Conversations, conversation: str, user: str | None) -> None:
        self._assistant, self._kept, self._id, self._user = assistant, conversations, conversation, user
        self._lost = False  # whether, if this question is not answered, it is not clear what the next one goes on from

    @property
    def _name(self) -> str:
        return self._user or ""

    def ask(self, question: str, lang: str, id: str | None) -> Answer:
        """Answers and keeps the turn."""
        try:
            return self._ask(question, lang, id or uuid.uuid4().hex[:12])
        except WenshuError as error:
            return _failed(question, lang, id, error)

    def _ask(self, question: str, lang: str, id: str) -> Answer:
        if is_command(UNDO, question):
            return self._undo(question, lang, id)
        if is_command(FORGET, question):
            return self._forget(question, lang, id)
        turn = self._kept.last(self._id, self._name)
        picked = choices.picked(question, turn.answer) if turn else None
        if turn and picked is not None:
            return self._picked(turn, picked, question, lang, id)
        last = self._last()

        def read(access: Access) -> Reading:
            return drawn(question, lambda rest: self._read(access, rest, lang, last, turn), last.query if last else None)

        answer = self._assistant.answered(question, lang, id, self._user, read)
        self._keep(answer, lang, None if self._lost else last)
        return answer

    def run(self, query: SemanticQuery, question: str, lang: str, id: str | None, analysis: str = "") -> Answer:
        """Answers a query as the next turn, as of a chip, with an analysis where one is named; one of the choices just offered is picked with it."""
        try:
            turn = self._kept.last(self._id, self._name)
            offered = choices.offered(turn.answer) if turn else []
            picked = next((i for i, c in enumerate(offered) if SemanticQuery.model_validate(c["query"]) == query), None)
            if turn and picked is not None and not analysis:
                return self._picked(turn, picked, question, lang, id or uuid.uuid4().hex[:12])
            last = self._last()
            answer = self._assistant.answered(question, lang, id, self._user, lambda access: Reading(query, analysis=analysis))
            self._keep(answer, lang, last)
        except WenshuError as error:
            return _failed(question, lang, id, error)
        return answer

    def choose(self, choice: str, lang: str, id: str | None) -> Answer:
        """Runs one of the choices of the last answer, by its id."""
        id = id or uuid.uuid4().hex[:12]
        try:
            turn = self._kept.last(self._id, self._name)
            offered = choices.offered(turn.answer) if turn else []
            lang = (turn.lang if turn else "en") if lang == "auto" else lang
            number = next((i for i, c in enumerate(offered) if c["id"] == choice), len(offered))
            if turn is None or not offered:
                return self._said(choice, lang, id, "no_choice", "refused")
            return self._picked(turn, number, choice, lang, id)
        except WenshuError as error:
            return _failed(choice, lang, id, error)

    # -- steps ------------------------------------------------------------------------------------------------------

    def _undo(self, question: str, lang: str, id: str) -> Answer:
        """Back to the query before the last one; the turns since then are gone."""
        turns = self._kept.turns(self._id, self._name)
        asked = [t for t in turns if t.status == "answered" and t.query]
        if len(asked) < 2:
            return self._said(question, lang, id, "nothing_to_undo", "refused")
        if turns[-1].status in ("clarify", "refused"):
            return self._undo_what(question, lang, id, asked)
        gone = next(n for n, turn in enumerate(reversed(turns)) if turn is asked[-2])
        for _ in range(gone):
            self._kept.drop_last(self._id, self._name)
        query = SemanticQuery.model_validate(asked[-2].query)
        note = Text(zh=word("undone", "zh"), en=word("undone", "en"))
        answer = self._assistant.answered(question, lang, id, self._user, lambda access: Reading(query, notes=(note,)))
        answer.undone = gone
        return answer

    def _undo_what(self, question: str, lang: str, id: str, asked: list[Turn]) -> Answer:
        """After a question that was not answered there is nothing to undo: back to the last answer, or to the one before it?"""
        queries = tuple(SemanticQuery.model_validate(t.query) for t in (asked[-1], asked[-2]))
        message = Text(zh=word("undo_what", "zh"), en=word("undo_what", "en"))

        def read(access: Access) -> Reading:
            raise AskBack(message, tuple(dict.fromkeys(queries)))

        answer = self._assistant.answered(question, lang, id, self._user, read)
        self._keep(answer, lang, self._last())
        return answer

    def _forget(self, question: str, lang: str, id: str) -> Answer:
        number = self._kept.forget(self._assistant.shop.name, self._name)
        return self._said(question, lang, id, "forgotten" if number else "nothing_to_forget", "answered", n=number)

    def _picked(self, turn: Turn, number: int, question: str, lang: str, id: str) -> Answer:
        offered = choices.offered(turn.answer)
        if number >= len(offered):
            answer = self._said(question, lang, id, "no_such_choice", "clarify", n=len(offered))
            answer.choices = [Choice.model_validate(c) for c in offered]
            return answer
        choice = offered[number]
        query = SemanticQuery.model_validate(choice["query"])
        last = self._last()
        analysis = choice.get("analysis", "")
        answer = self._assistant.answered(question, lang, id, self._user, lambda access: Reading(query, analysis=analysis))
        key = choices.key(turn.answer)
        if key and turn.status == "clarify" and answer.status == "answered":
            self._kept.remember(self._assistant.shop.name, self._name, key, choice["query"], choice["text"])
        self._keep(answer, lang, last)
        return answer

    # -- reading ----------------------------------------------------------------------------------------------------

    def _read(self, access: Access, question: str, lang: str, last: Last | None, turn: Turn | None) -> Reading:
        check_text(question)
        reader: Reader = self._assistant.reader(access)
        if last and (analysis := only_why(reader.marks(question))):
            return _why(question, last, reader, analysis)
        unanswered = self._unanswered(turn)
        if turn and last and unanswered is not None and turn.status == "refused" and accepts(question):
            unanswered = None if only_changes(reader, turn.question, last, turn.answer.get("unexplained")) else unanswered
        if turn and turn.status == "clarify":
            reading = answered_back(reader, turn.question, turn.answer.get("unexplained") or (), question, last)
            if reading is not None:
                return reading
        self._lost = unanswered is not None or names_things(reader, question)

        def grammar(question: str) -> Reading:
            return self._understood(reader, question, last, unanswered)

        return self._assistant.read(access, question, lang, self._user, grammar, last.query if last else None)

    def _understood(self, reader: Reader, question: str, last: Last | None, unanswered: tuple[SemanticQuery, ...] | None) -> Reading:
        """What the grammar makes of a question, and of what was chosen for its words before."""
        try:
            return understand(reader, question, last, unanswered)
        except AskBack as asked:
            remembered = self._remembered(asked)
            if remembered is None:
                raise
            return remembered

    def _remembered(self, asked: AskBack) -> Reading | None:
        """What was chosen for these words before, where one of the choices is just that."""
        key = choices.key_of(asked.unexplained)
        chosen = self._kept.choice(self._assistant.shop.name, self._name, key) if key and asked.choices else None
        query = choices.alike(asked.choices, chosen) if chosen else None
        if query is None:
            return None
        words = "、".join(asked.unexplained), ", ".join(asked.unexplained)
        note = Text(zh=word("as_chosen", "zh", words=words[0]), en=word("as_chosen", "en", words=words[1]))
        return Reading(query, asked.words, notes=(note,), confidence=0.9)

    def _last(self) -> Last | None:
        """The query the conversation is at, with the rows of its answer."""
        turns = [t for t in reversed(self._kept.turns(self._id, self._name)) if t.status == "answered" and t.query]
        if not turns:
            return None
        try:
            query, *before = (SemanticQuery.model_validate(t.query) for t in turns[:_REMEMBERED])
        except ValidationError:  # of an older version
            return None
        answer = turns[0].answer
        columns, rows, truncated = answer.get("columns", []), answer.get("rows", []), bool(answer.get("truncated"))
        return Last.of(query, columns, rows, truncated, tuple(before), answer.get("analysis") or "")

    @staticmethod
    def _unanswered(turn: Turn | None) -> tuple[SemanticQuery, ...] | None:
        """What a question that was not answered, and left the conversation at no query, may have meant."""
        if turn is None or turn.query or turn.status == "answered":
            return None
        return tuple(SemanticQuery.model_validate(c["query"]) for key in ("choices", "nearest") for c in turn.answer.get(key) or [])

    # -- keeping ----------------------------------------------------------------------------------------------------

    def _keep(self, answer: Answer, lang: str, last: Last | None) -> None:
        query = answer.query if answer.status == "answered" else last.query.to_dict() if last else None
        turn = Turn(question=answer.question, lang=lang, status=answer.status, answer=answer.to_json(kept=True), query=query)
        try:
            self._kept.append(self._id, self._name, turn)
        except WenshuError as error:  # what was answered is still given
            answer.caveats.append(word("not_kept", lang, reason=error.text(lang)))

    def _said(self, question: str, lang: str, id: str, key: str, status: Any, **parts: object) -> Answer:
        return Answer(id=id, question=question, status=status, text=word(key, lang, **parts))


def _why(question: str, last: Last, reader: Reader, analysis: str) -> Reading:
    """Why the last answer is as it is. Raises AskBack where that was of no period."""
    query = last.query
    if query.metrics and query.time is None and query.compare is None and query.time_group is None and two_groups(query) is None:
        asked = SemanticQuery(metrics=query.metrics[:1], where=query.where)
        clock = reader.clock
        raise which_period(asked, clock.today, clock.data_end, reader.shop.catalog, analysis)
    return Reading(query, ((question, "why"),), analysis=analysis)


def _failed(question: str, lang: str, id: str | None, error: WenshuError) -> Answer:
    text = error.text(lang)
    return Answer(id=id or uuid.uuid4().hex[:12], question=question, status="error", text=text, error=Failure(code=error.code, message=text))



