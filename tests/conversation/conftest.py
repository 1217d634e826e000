"""Conversations with the packaged shop: from a query, or from questions."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from assistant.answer.model import Answer
from assistant.ask import Assistant
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop

Say = Callable[..., Answer]
_number = itertools.count()


@pytest.fixture(scope="session")
def assistant(shop: Shop) -> Assistant:
    """One that keeps conversations in memory."""
    return Assistant(shop)


@pytest.fixture
def say(assistant: Assistant) -> Say:
    """Says lines one after another in a new conversation, after the answer to `query` if one is given; gives the last answer."""

    def say(*lines: str, query: dict[str, Any] | None = None, user: str | None = None) -> Answer:
        conversation = f"test{next(_number)}"
        answer = None
        if query is not None:
            answer = assistant.answer(SemanticQuery.model_validate(query), "en", question="query", user=user, conversation=conversation)
        for line in lines:
            answer = assistant.ask(line, user=user, conversation=conversation)
        assert answer is not None
        return answer

    return say


def query_of(answer: Answer) -> SemanticQuery:
    """The query of an answer that was given."""
    assert answer.status == "answered", (answer.question, answer.text)
    return SemanticQuery.model_validate(answer.query)
