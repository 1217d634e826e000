"""What there is to review: each answer that a user found wrong, with its readings side by side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from assistant.answer.say import Speaker
from assistant.reading import AskBack, Refuse
from assistant.reading.around import Asked
from assistant.store import Complaint
from assistant.verified import Entry, VerifiedReader
from semantic_layer.catalog.models import Text
from semantic_layer.errors import QueryError
from semantic_layer.query import SemanticQuery

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from assistant.store.store import Store


@dataclass(frozen=True)
class Item:
    """An answer that was found wrong. `then` is its query; `now` what the grammar reads, or `why_not` it reads nothing; `nearest` the verified
    question nearest in meaning; `model` what the language model proposes, where there is one."""

    complaint: Complaint
    then: SemanticQuery | None
    now: SemanticQuery | None
    why_not: Text | None
    nearest: Entry | None
    model: SemanticQuery | None = None


def items(assistant: Assistant, store: Store, user: str | None = None) -> list[Item]:
    """What nobody has closed yet, the newest first, as an analyst sees it. Raises ShopError, StoreError."""
    return [_item(assistant, complaint, user) for complaint in store.feedback.complaints(assistant.shop.name)]


def _item(assistant: Assistant, complaint: Complaint, user: str | None) -> Item:
    question, lang = complaint.opinion.question, complaint.opinion.lang or "en"
    reader = assistant.reader(assistant.shop.access(user))
    now: SemanticQuery | None = None
    why_not: Text | None = None
    try:
        now = reader.read(question).query if question.strip() else None
    except (AskBack, Refuse) as outcome:
        why_not = outcome.message
    verified = next((r for r in assistant.around if isinstance(r, VerifiedReader)), None)
    nearest = verified.matcher(reader).nearest(question) if verified and question.strip() else None
    model = assistant.model.proposes(Asked(question, lang, user or "", reader)) if question.strip() else None
    return Item(complaint, _query(complaint), now, why_not, nearest, model)


def _query(complaint: Complaint) -> SemanticQuery | None:
    try:
        return SemanticQuery.model_validate(complaint.opinion.query) if complaint.opinion.query else None
    except ValidationError:  # of another version
        return None


def said_back(assistant: Assistant, query: SemanticQuery | None, lang: str) -> str:
    """A query in words; as data where the catalog no longer knows it."""
    if query is None:
        return "—"
    try:
        return Speaker(assistant.shop.catalog, lang).query(query)
    except (QueryError, KeyError):
        return json.dumps(query.to_dict(), ensure_ascii=False)
