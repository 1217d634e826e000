"""The reader of verified questions, which stands around the grammar."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from assistant.reading import AskBack, Reader, Reading, Refuse
from assistant.reading.around import Asked
from assistant.verified.book import Book, Page
from assistant.verified.match import Match, Matcher, Outcome, tried
from semantic_layer.query import SemanticQuery

log = logging.getLogger("wenshu.verified")


class VerifiedReader:
    """Answers a question from the verified one that it is, if any. Safe to use from many threads."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._kept: dict[str, tuple[Reader, Page, Matcher]] = {}  # by role, of the shop's last revision alone
        self._revision = 0
        self._making = threading.Lock()

    def read(self, asked: Asked, behind: Callable[[], Reading]) -> Reading:
        """The reading by a verified question, else that of the readers behind. Raises AskBack and Refuse, as they do."""
        matcher = self.matcher(asked.reader)
        if not matcher.entries:
            return behind()
        spelled = matcher.spelled(asked.question)
        if spelled and asked.last is None:
            return _reading(spelled, None)
        if asked.last is None:  # by the grammar alone: whether a language model is asked is then nobody's question
            alone = tried(lambda: asked.reader.read(asked.question))
            known = matched(matcher, asked.question, alone, None)
            return _reading(known, alone) if known else behind()
        outcome = tried(behind)
        if isinstance(outcome, Reading) and outcome.model == "alone":
            return outcome
        found = matched(matcher, asked.question, outcome, spelled if self._stands_alone(asked, outcome) else None)
        if found:
            return _reading(found, outcome)
        if isinstance(outcome, Reading):
            return outcome
        raise outcome

    def near(self, asked: Asked, most: int) -> list[tuple[str, SemanticQuery]]:
        """Verified questions near to one that is asked, as its user could ask them today, with their queries; those of an analysis are none."""
        nearest = self.matcher(asked.reader).nearest_askings(asked.question, most)
        return [(a.question, a.query) for a in nearest if not a.entry.analysis]

    def matcher(self, reader: Reader) -> Matcher:
        """The verified questions as this reader can answer from them today."""
        page, role = self.book.page(), reader.shop.rights.hash
        with self._making:
            if reader.shop.revision > self._revision:
                self._revision = reader.shop.revision
                self._kept.clear()
            known = self._kept.get(role)
            if known and known[0] is reader and known[1] is page and known[2].today == reader.shop.today:
                return known[2]
            matcher = Matcher(reader, page.entries)
            for entry in page.entries:
                if entry.id not in matcher.usable:
                    log.warning("the verified question %s is not used: its query no longer fits the catalog, or its period the day", entry.id)
            if reader.shop.revision == self._revision:
                self._kept[role] = reader, page, matcher
            return matcher

    @staticmethod
    def _stands_alone(asked: Asked, outcome: Outcome) -> bool:
        """Whether a question in a conversation is read as it would be without: then it does not go on from the last one."""
        if not isinstance(outcome, Reading):
            return True
        alone = tried(lambda: asked.reader.read(asked.question))
        return isinstance(alone, Reading) and alone.query == outcome.query


def matched(matcher: Matcher, question: str, outcome: Outcome, spelled: Match | None) -> Match | None:
    """The verified question that a question is, by the surest way that tells; `spelled` is the one in the same words."""
    if spelled:
        return spelled
    if isinstance(outcome, Reading) and (found := matcher.read_alike(question, outcome)):
        return found
    found = matcher.near(question, outcome)
    return matcher.same_rows(outcome) if found is None and isinstance(outcome, Reading) else found


def _reading(match: Match, outcome: Outcome | None) -> Reading:
    """The reading by a verified question; what the grammar made of the words stays where it reads them alike."""
    if isinstance(outcome, Reading) and outcome.query == match.query:
        return replace(outcome, verified=match.entry.id, analysis=match.entry.analysis, assumptions=(), confidence=1.0)
    words = outcome.words if isinstance(outcome, Reading | AskBack | Refuse) else ()
    return Reading(match.query, words=words if isinstance(outcome, Reading) else (), verified=match.entry.id, analysis=match.entry.analysis)
