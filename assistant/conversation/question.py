"""One question about one last query: what its readers share."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.conversation.changes import changes
from assistant.conversation.dimensions import of_condition
from assistant.conversation.known import settle_measures, settle_names
from assistant.conversation.last import Last
from assistant.reading import Reader
from assistant.reading.mark import Mark
from assistant.reading.rules.filters import conditions_of
from assistant.reading.state import State
from semantic_layer.compiler.time import previous
from semantic_layer.errors import WenshuError
from semantic_layer.query import Compare, SemanticQuery, TimeRange

# 不分店, 别分类型: the word of splitting and the name, where both together are another name (分店).
_NOT_SPLIT = re.compile(r"((?:不|别|不再|不用|不要|不必|别再)分)(?=[店类])")


class Question:
    """A question, its marks, the last query and what the cues change in that. Raises AskBack where what they point to is not clear."""

    def __init__(self, reader: Reader, question: str, last: Last) -> None:
        question = _apart(question)
        self.reader, self.question, self.last, self.base = reader, question, last, last.query
        self.catalog = reader.shop.catalog
        self.text = reader.text(question)
        self.marks = reader.marks(question)
        settle_names(self.catalog, self.marks, last)
        settle_measures(self.catalog, self.marks, last)
        self.changes = self.working = changes(self.text, self.marks, last, self.catalog)

    def _dimensions(self, state: State, mark: Mark) -> set[str]:
        if mark.time:
            return {"time:day_of_week"}
        trial = State(state.text, [replace(mark)], state.catalog, state.today, state.data_end, about=state.about)
        return {d for c in conditions_of(trial, trial.marks) for d in of_condition(self.catalog, c)}

    def _compare(self, current: TimeRange, earlier: TimeRange) -> Compare:
        """`previous` or `last_year` where that is just it."""
        for to in ("previous", "last_year"):
            whole, before = previous(current, self.reader.shop.today, to)
            if (before.start, before.end) == (earlier.start, earlier.end) and whole.end == current.end:
                return Compare(to=to)
        return Compare(to="range", range=earlier)

    def _checked(self, query: SemanticQuery, **parts: object) -> SemanticQuery | None:
        try:
            made = SemanticQuery.model_validate({**{n: getattr(query, n) for n in SemanticQuery.model_fields}, **parts})
            self.reader.shop.compile(made)
        except (ValueError, WenshuError):
            return None
        return made


def _apart(question: str) -> str:
    return _NOT_SPLIT.sub(r"\1 ", question)
