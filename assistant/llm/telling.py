"""What a model is told for a question: the prompt within its budget, and the form to fill in."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.llm.brought import Brought, bring, catalog_text
from assistant.llm.chat import Message
from assistant.llm.forms import Form
from assistant.llm.private import Masked, masked
from assistant.llm.prompts import prompt, tokens
from assistant.llm.proposal import field_conditions
from assistant.reading.around import Asked
from semantic_layer.errors import QueryError
from semantic_layer.query import SemanticQuery, TimeRange
from semantic_layer.shops.settings import ModelSettings

# A verified question with its query.
Example = tuple[str, SemanticQuery]
Examples = Callable[[Asked, int], Sequence[Example]]


@dataclass(frozen=True)
class Told:
    """The messages, the schema of the form, what was brought for it, the question as it was sent, and about how many tokens it is in all."""

    messages: tuple[Message, ...]
    schema: dict[str, Any]
    brought: Brought
    question: Masked
    size: int


def told(asked: Asked, unknown: Sequence[str], form: Form, settings: ModelSettings, examples: Sequence[Example]) -> Told:
    """All that is sent for a question. What is farthest from it is left out until it stays within `prompt_tokens`."""
    brought, question = bring(asked, unknown), masked(asked.question)
    shown = list(examples)
    while True:
        made = _told(asked, question, brought, form, settings, shown)
        if made.size <= settings.prompt_tokens:
            return made
        smaller = brought.smaller()
        if smaller == brought and not shown:
            return made
        brought, shown = smaller, shown[: len(shown) // 2] if smaller == brought else shown


def _told(asked: Asked, question: Masked, brought: Brought, form: Form, settings: ModelSettings, examples: Sequence[Example]) -> Told:
    catalog, today = asked.reader.shop.catalog, asked.reader.shop.today
    schema = form.schema(brought, catalog, today)
    system = prompt("read", asked.lang).filled(
        today=f"{today.isoformat()} ({today:%A})",
        catalog=catalog_text(brought, catalog, asked.lang),
        values=json.dumps([f"{f} = {v}" for f, v in brought.values], ensure_ascii=False) if brought.values else "",
        periods="\n".join(_period(p) for p in brought.periods),
        unknown=json.dumps([masked(w).text for w in brought.unknown], ensure_ascii=False) if brought.unknown else "",
        examples="\n".join(_example(e, asked) for e in examples),
        last=json.dumps(_shown(asked.last, asked), ensure_ascii=False) if asked.last and _shown(asked.last, asked) else "",
        form=settings.form,
    )
    size = tokens(system) + tokens(question.text) + tokens(json.dumps(schema, ensure_ascii=False))
    return Told((("system", system), ("user", question.text)), schema, brought, question, size)


def _period(time: TimeRange) -> str:
    return f'- "{time.words}": [{time.start or ""}, {time.end or ""})'


def _example(example: Example, asked: Asked) -> str:
    question, query = example
    data = _shown(query, asked)
    return f"- {masked(question).text} -> {json.dumps(data, ensure_ascii=False)}" if data else ""


def _shown(query: SemanticQuery, asked: Asked) -> dict[str, Any] | None:
    """A query as it may leave the machine: not at all where it compares a personal field, or names what this user may not see."""
    catalog = asked.reader.shop.catalog
    try:
        personal = any(c.field != "time" and "." in c.field and catalog.field(c.field).spec.personal for c in field_conditions(query))
    except QueryError:  # the field is not there for this user
        return None
    return None if personal else query.to_dict()
