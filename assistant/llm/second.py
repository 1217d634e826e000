"""The language model of a shop as its settings are now: it reads and words, or there is none."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from assistant.answer.model import Answer
from assistant.llm.failures import ModelFailed
from assistant.llm.reader import ModelReader, model_reader
from assistant.llm.telling import Examples
from assistant.llm.usage import Book, InMemory
from assistant.llm.wording import asked_to_word, kept
from assistant.reading import Reading, Refuse
from assistant.reading.around import Asked
from assistant.variables import filled
from semantic_layer.catalog.models import Text
from semantic_layer.errors import UsageError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop
from semantic_layer.shops.settings import ModelSettings

log = logging.getLogger("wenshu.model")
VARIABLE = "WENSHU_MODEL"


def chosen(settings: ModelSettings, name: str = "") -> ModelSettings:
    """The settings with the model that is named, here or in the environment, instead of theirs. Raises UsageError."""
    name = name or os.environ.get(VARIABLE, "")
    if name and name != settings.name:
        own = name.partition(":")[0] == settings.name.partition(":")[0]
        data = settings.model_dump() | {"name": name, "fallback": ""} | ({} if own else {"base_url": None, "api_key": None, "options": {}})
        try:
            settings = ModelSettings.model_validate(data)
        except ValueError:
            raise UsageError(
                f"The model {name} is not named as provider:model. For example: openai:gpt-4.1-mini",
                f"模型 {name} 的写法应为 提供方:模型，例如 openai:gpt-4.1-mini",
            ) from None
    told = filled({"api_key": settings.api_key, "base_url": settings.base_url, "options": settings.options}, "model") if settings.name else {}
    return settings.model_copy(update=told)


class SecondReader:
    """One of the readers around the grammar; follows the settings of the shop. Safe to use from many threads.

    `settings` are those of the shop where not given; `book` keeps what is used; `examples` gives verified questions.
    """

    def __init__(self, shop: Shop, settings: Callable[[], ModelSettings] | None = None, examples: Examples = lambda asked, n: ()) -> None:
        self._shop, self.examples = shop, examples
        self._settings = settings or (lambda: chosen(shop.settings.model))
        self.book: Book = InMemory()
        self._reader: tuple[ModelSettings, ModelReader | None] | None = None
        self._making = threading.Lock()

    def present(self) -> ModelReader | None:
        """The reader by the settings as they are; none without a model. Raises UsageError, ShopError."""
        settings = self._settings()
        with self._making:
            if self._reader is None or self._reader[0] != settings:
                self._reader = settings, model_reader(self._shop, settings, self.examples)
            reader = self._reader[1]
        if reader is not None:
            reader.account.book = self.book
        return reader

    def prepare(self) -> None:
        """Loads the model's client, which takes seconds, without asking anything. Raises UsageError where langchain is missing."""
        reader = self.present()
        for model in reader.models if reader else ():
            with suppress(ModelFailed):  # said when it is asked
                model.load()

    def read(self, asked: Asked, behind: Callable[[], Reading]) -> Reading:
        """The reading of the grammar, of the model, or of both. Raises AskBack, Refuse, Cancelled, UsageError."""
        reader = self.present()
        return behind() if reader is None else reader.read(asked, behind)

    def proposes(self, asked: Asked) -> SemanticQuery | None:
        """The one query that the model proposes, for a person to look at; None where there is no model, or it proposes none."""
        reader = self.present()
        try:
            made = reader.proposed(asked, Refuse(Text())) if reader else None
        except ModelFailed:
            return None
        return made.queries[0] if made and made.kind == "query" else None

    def word(self, answer: Answer, user: str) -> str:
        """An answer in the model's words, "" where it words none, fails, or writes a figure that is not the answer's. Raises Cancelled."""
        reader = self.present()
        if reader is None or not reader.settings.wording or answer.status != "answered":
            return ""
        started = time.monotonic()
        try:
            text = kept(reader.worded(asked_to_word(answer), user), answer)
        except ModelFailed as failed:
            log.info("no wording: %s", failed.reason)
            return ""
        log.debug("worded in %.1f s", time.monotonic() - started)
        return text
