"""The question why, as what could be asked next: under an answer that sets two periods or two groups side by side."""

from __future__ import annotations

from assistant.analyses.drivers import Drivers
from assistant.analyses.sides import two_groups
from assistant.answer.model import Answer, Beside, Choice
from assistant.answer.say import Speaker
from semantic_layer.errors import WenshuError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Access

_NOTABLE = 0.1  # growth of a single figure beside which nothing was asked for


def why(query: SemanticQuery, answer: Answer, access: Access, speaker: Speaker) -> list[Choice]:
    """One choice, or none where there is nothing to explain."""
    if not (query.compare or two_groups(query)):
        if answer.change is None or not _notable(answer.change):
            return []
        query = SemanticQuery.model_validate(answer.change.query)
    if len(query.metrics) != 1:
        return []
    try:
        shown = Drivers().shown(query, access)
        earlier = access.compile(shown).earlier
    except (WenshuError, ValueError):
        return []
    return [Choice(id="1", text=speaker.word("drivers_choice", query=speaker.query(shown, earlier)), query=shown.to_dict(), analysis="drivers")]


def _notable(change: Beside) -> bool:
    growth = next((i for i, c in enumerate(change.columns) if c.role == "growth"), None)
    return growth is not None and any(row[growth] is not None and abs(row[growth]) >= _NOTABLE for row in change.rows)
