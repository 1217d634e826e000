"""Whether a model works at all, and by which method it can be held to a form: one small call for each that is tried."""

from __future__ import annotations

import time
from dataclasses import replace

from assistant.llm.failures import ModelFailed
from assistant.llm.proposal import Unusable, parsed
from assistant.llm.reader import models_of
from prompts import word
from semantic_layer.errors import Message
from semantic_layer.shops.settings import ModelSettings

_FORM = {
    "title": "reading",
    "description": "How a question is read.",
    "type": "object",
    "properties": {"metric": {"type": "string", "enum": ["sales", "orders"]}},
    "required": ["metric"],
    "additionalProperties": False,
}
_MESSAGES = (("system", "Answer with one JSON object in the given form."), ("user", "Which metric does the question ask for: total sales in May?"))


def probe(settings: ModelSettings) -> tuple[bool, Message]:
    """Whether the model gives a filled form, and what to say of it in both languages. Raises UsageError where langchain is missing."""
    model = replace(models_of(settings)[0], seconds=settings.seconds)
    started = time.monotonic()
    try:
        model.load()
        said = model.fill(_MESSAGES, _FORM, time.monotonic() + settings.seconds)
        if parsed(said.text).get("metric") not in ("sales", "orders"):
            raise ModelFailed("unusable")
    except (ModelFailed, Unusable) as error:
        reason = error.reason if isinstance(error, ModelFailed) else "unusable"
        return False, Message(*(_wrong(settings, reason, lang) for lang in ("en", "zh")))
    took = f"{time.monotonic() - started:.1f}"
    told = {"model": settings.name, "method": said.method, "seconds": took, "input": said.input, "output": said.output}
    return True, Message(word("model_check_fine", "en", **told), word("model_check_fine", "zh", **told))


def _wrong(settings: ModelSettings, reason: str, lang: str) -> str:
    return word("model_check_wrong", lang, model=settings.name, reason=word(f"model_{reason}", lang, seconds=f"{settings.seconds:g}"))
