"""The second reader: asks a model what a question means where the grammar is unsure, and weighs both."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from cachetools import TTLCache

from assistant.llm.calling import Caller
from assistant.llm.chat import ChatModel, Message, Said
from assistant.llm.failures import ModelFailed
from assistant.llm.flat import FlatForm
from assistant.llm.forms import FullForm
from assistant.llm.prompts import prompt
from assistant.llm.proposal import Proposal, Unusable, parsed, proposal
from assistant.llm.sent import log_sent
from assistant.llm.telling import Examples, Told, told
from assistant.llm.usage import Account, InMemory
from assistant.llm.weighing import Outcome, rests_on_model, weighed
from assistant.progress import present
from assistant.reading import AskBack, Reading, Refuse
from assistant.reading.around import Asked
from prompts import word
from semantic_layer.catalog.models import Text
from semantic_layer.shops import Shop
from semantic_layer.shops.settings import ModelSettings

log = logging.getLogger("wenshu.model")
_CACHED = 2_000


class ModelReader:
    """One of the readers around the grammar. Safe to use from many threads.

    `examples` gives verified questions near to one that is asked; `account` keeps what is used.
    """

    def __init__(self, shop: Shop, settings: ModelSettings, models: tuple[ChatModel, ...], examples: Examples) -> None:
        self._shop, self.settings = shop, settings
        self.examples = examples
        self.account = Account(shop.name, settings, InMemory())
        self._form = FlatForm() if settings.form == "flat" else FullForm()
        self._caller = Caller(models, settings.seconds, settings.tries)
        self._cache: TTLCache[str, Proposal] = TTLCache(_CACHED, max(1, settings.cache_seconds))
        self._caching = threading.Lock()

    @property
    def models(self) -> tuple[ChatModel, ...]:
        """The models, in the order in which they are asked."""
        return tuple(self._caller.models)

    def read(self, asked: Asked, behind: Callable[[], Reading]) -> Reading:
        """The reading of the grammar, of the model, or of both. Raises AskBack, Refuse, and Cancelled where the answer was stopped."""
        outcome = _outcome(behind)
        if self._wanted(outcome):
            present().at("model")
            try:
                both = weighed(asked, outcome, self.proposed(asked, outcome), self.settings.proposals)
                if isinstance(both, Reading):
                    present().remarks += rests_on_model(outcome, self.settings.name.partition(":")[2])
                outcome = both
            except ModelFailed as failed:
                present().remarks.append(remark(failed, self.settings))
        if isinstance(outcome, Reading):
            return outcome
        raise outcome

    def _wanted(self, outcome: Outcome) -> bool:
        """An analysis is no semantic query, so that a model could not propose it."""
        if self.settings.when == "never" or outcome.analysis or (isinstance(outcome, Reading) and outcome.verified):
            return False
        return self.settings.when == "always" or not isinstance(outcome, Reading) or outcome.confidence < self.settings.sure

    def proposed(self, asked: Asked, outcome: Outcome) -> Proposal:
        """What the model proposes, or proposed before for the same question. Raises ModelFailed."""
        examples = tuple(self.examples(asked, self.settings.examples)) if self.settings.examples else ()
        question = told(asked, outcome.unexplained, self._form, self.settings, examples)
        key = self._key(asked, question)
        with self._caching:
            known = self._cache.get(key) if self.settings.cache_seconds else None
        if known is not None:
            return known
        self.account.check(asked.user)
        made = self._asked(asked, question)
        with self._caching:
            self._cache[key] = made
        return made

    def worded(self, messages: tuple[Message, ...], user: str) -> str:
        """What the model says to messages, in plain text. Raises ModelFailed, Cancelled."""
        self.account.check(user)

        def ask(model: ChatModel, until: float) -> Said:
            self._log(model, user, messages)
            return model.word(messages, until)

        return self._paid(user, ask).text

    def _key(self, asked: Asked, question: Told) -> str:
        """Equal for equal questions about an equal catalog, by whoever may see the same."""
        access = asked.reader.shop
        parts = (self.settings.name, access.catalog.hash, access.version, access.rights.hash, question.messages)
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False, default=str).encode("utf-8", "replace")).hexdigest()

    def _asked(self, asked: Asked, question: Told) -> Proposal:
        """Asks, and once more with what is wrong. Raises ModelFailed."""
        said = self._call(asked, question.messages, question)
        try:
            return self._read(said, asked, question)
        except Unusable as error:
            log.info("repaired: %s", error)
            problems = "\n".join(f"- {p}" for p in error.problems)
            again: tuple[Message, ...] = (
                *question.messages, ("assistant", said.text or "{}"), ("user", prompt("repair", asked.lang).filled(problems=problems)),
            )  # fmt: skip
        try:
            return self._read(self._call(asked, again, question), asked, question)
        except Unusable as error:
            raise ModelFailed("unusable") from error

    def _read(self, said: Said, asked: Asked, question: Told) -> Proposal:
        data = question.question.restored(parsed(said.text))
        try:
            filled = self._form.read(data, question.brought, asked.reader.shop.today)
        except ValueError as error:
            raise Unusable(str(error)) from error
        return proposal(filled, asked)

    def _call(self, asked: Asked, messages: tuple[Message, ...], question: Told) -> Said:
        """One call, paid for. Raises ModelFailed."""

        def ask(model: ChatModel, until: float) -> Said:
            self._log(model, asked.user, messages)
            return model.fill(messages, question.schema, until)

        return self._paid(asked.user, ask)

    def _paid(self, user: str, ask: Callable[[ChatModel, float], Said]) -> Said:
        """One call, put to the account of its user. Raises ModelFailed, Cancelled."""
        said, model = self._caller.call(ask)
        self.account.add(user, model.name, said.input, said.output)
        return said

    def _log(self, model: ChatModel, user: str, messages: tuple[Message, ...]) -> None:
        if self.settings.log_sent:
            log_sent(self._shop.state / "model-sent.jsonl", model.name, user, messages)


def _outcome(behind: Callable[[], Reading]) -> Outcome:
    try:
        return behind()
    except (AskBack, Refuse) as other:
        return other


def remark(failed: ModelFailed, settings: ModelSettings) -> Text:
    """What is said of an answer in which the model took no part."""
    said = {lang: word(f"model_{failed.reason}", lang, seconds=f"{settings.seconds:g}") for lang in ("zh", "en")}
    return Text(zh=word("model_down", "zh", reason=said["zh"]), en=word("model_down", "en", reason=said["en"]))


def model_reader(shop: Shop, settings: ModelSettings, examples: Examples) -> ModelReader | None:
    """The second reader that settings name; none where they name no model. Raises UsageError where langchain is missing."""
    if not settings.name or settings.when == "never":
        return None
    return ModelReader(shop, settings, models_of(settings), examples)


def models_of(settings: ModelSettings) -> tuple[ChatModel, ...]:
    """The model and the one instead of it. Raises UsageError."""
    first = ChatModel(
        settings.name, settings.base_url, settings.api_key, settings.options, settings.seconds, settings.output_tokens, settings.at_once,
        settings.method,
    )  # fmt: skip
    return (first, replace(first, name=settings.fallback, base_url=None, api_key=None)) if settings.fallback else (first,)
