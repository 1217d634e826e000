"""A question on its way: answered by a thread of its own, so that no click and no closed page cuts the answer short."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.answer import Answer
from assistant.progress import Progress, following
from semantic_layer.query import SemanticQuery

if TYPE_CHECKING:
    from ui.served import Served


@dataclass(eq=False)
class Pending:
    """What is being asked: a question, or a query with the words that it is shown by and the analysis it is to be run with."""

    question: str
    lang: str
    query: SemanticQuery | None = None
    analysis: str = ""
    progress: Progress = field(default_factory=lambda: Progress("page"))
    begun: bool = False
    conversation: str | None = None
    _answer: Answer | None = None
    _error: BaseException | None = None
    _done: threading.Event = field(default_factory=threading.Event)

    def begin(self, served: Served, conversation: str | None) -> None:
        """Starts answering, in its turn: what was asked before in the conversation is answered first."""
        self.begun, self.conversation = True, conversation
        before = served.running_in(conversation)[-1:] if conversation else []
        if conversation:
            served.running.append(self)
        threading.Thread(target=self._run, args=(served, before), daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Waits at most so long; gives whether the answer is there."""
        return self._done.wait(seconds)

    @property
    def answer(self) -> Answer:
        """The answer, once it is there. Raises what went wrong where it should not have."""
        if self._error:
            raise self._error
        assert self._answer is not None
        return self._answer

    def _run(self, served: Served, before: list[Pending]) -> None:
        for each in before:
            each._done.wait()
        try:
            with following(self.progress):
                self._answer = self._ask(served)
        except BaseException as error:
            self._error = error
        finally:
            if self.conversation:
                served.running.remove(self)
            self._done.set()

    def _ask(self, served: Served) -> Answer:
        this, user, conversation = served.assistant, served.user, self.conversation
        if self.query is None:
            return this.ask(self.question, self.lang, user=user, conversation=conversation)
        return this.answer(self.query, self.lang, question=self.question, user=user, conversation=conversation, analysis=self.analysis)
