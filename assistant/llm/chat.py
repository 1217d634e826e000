"""One chat model through langchain: held to a form, streamed, within its time, and stopped when nobody waits any more."""

from __future__ import annotations

import contextvars
import importlib.util
import json
import logging
import os
import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.llm.failures import ModelFailed, failure
from assistant.progress import present
from semantic_layer.errors import UsageError

log = logging.getLogger("wenshu.model")
METHODS = ("json_schema", "function_calling", "json_mode")
_LOOK = 0.05  # seconds between looks at whether somebody still waits
_END = object()

Message = tuple[str, str]  # role and text, as langchain takes them


@dataclass(frozen=True)
class Said:
    """What a model said: the text of a JSON object, or plain text; and the tokens it was told and gave."""

    text: str
    input: int
    output: int
    method: str = ""


@dataclass
class ChatModel:
    """A model by its name in langchain's words. Loaded when first asked; safe to use from many threads.

    `at_once` bounds the calls under way, those given up included: a provider that never answers holds that many threads at most.
    """

    name: str
    base_url: str | None = None
    api_key: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 20.0
    output_tokens: int = 1_000
    at_once: int = 8
    method: str = "auto"

    def __post_init__(self) -> None:
        check_installed(self.name)
        self._model: Any = None
        self._loading = threading.Lock()
        self._places = threading.BoundedSemaphore(self.at_once)
        self._methods = list(METHODS) if self.method == "auto" else [self.method]

    def fill(self, messages: Sequence[Message], schema: Mapping[str, Any], until: float) -> Said:
        """A filled form as JSON text, by the first method that the provider knows, which is remembered. Raises ModelFailed."""
        for method in tuple(self._methods):
            try:
                said = self._said(_bound(self.load(), schema, method), _with_schema(messages, schema, method), until)
            except ModelFailed as failed:
                if failed.form and method != self._methods[-1]:
                    continue
                raise
            if self._methods[0] != method:
                self._methods = [method]
            return Said(said.text, said.input, said.output, method)
        raise ModelFailed("denied")

    def word(self, messages: Sequence[Message], until: float) -> Said:
        """Plain text. Raises ModelFailed."""
        return self._said(self.load(), messages, until)

    def load(self) -> Any:
        """The client of langchain, made and imported the first time. Raises ModelFailed where something is missing, which the log tells."""
        with self._loading:
            if self._model is None:
                try:
                    self._model = _made(self)
                except UsageError as error:
                    log.error("%s", error)
                    raise ModelFailed("denied") from error
            return self._model

    def _said(self, model: Any, messages: Sequence[Message], until: float) -> Said:
        """All that is streamed until the end, looking meanwhile whether the answer was stopped. Raises ModelFailed, Cancelled."""
        if not self._places.acquire(blocking=False):
            raise ModelFailed("crowded")
        chunks: queue.SimpleQueue[Any] = queue.SimpleQueue()
        given_up = threading.Event()
        context = contextvars.copy_context()
        threading.Thread(target=lambda: context.run(self._stream, model, messages, chunks, given_up), daemon=True, name="wenshu-model").start()
        try:
            return _gathered(_taken(chunks, until))
        finally:
            given_up.set()

    def _stream(self, model: Any, messages: Sequence[Message], chunks: queue.SimpleQueue[Any], given_up: threading.Event) -> None:
        """Runs in a thread of its own: a provider's client cannot be interrupted, but what it says can be left."""
        from langsmith import tracing_context

        try:
            with tracing_context(enabled=False):  # what is asked goes to the model and nowhere else
                for chunk in model.stream(list(messages)):
                    if given_up.is_set():
                        return
                    chunks.put(chunk)
            chunks.put(_END)
        except Exception as error:  # of whatever library the provider comes with
            chunks.put(error)
        finally:
            self._places.release()


def check_installed(name: str) -> None:
    """Raises UsageError where langchain is missing."""
    if importlib.util.find_spec("langchain") is None:
        raise UsageError(
            f"The language model {name} needs langchain, which is not installed. Run: pip install 'wenshu[llm]' and the package of its provider.",
            f"语言模型 {name} 需要 langchain，但尚未安装。请运行：pip install 'wenshu[llm]'，并安装其提供方的包。",
        )


def _made(spec: ChatModel) -> Any:
    """The model of langchain. Raises UsageError that says what is missing."""
    from langchain.chat_models import init_chat_model

    told: dict[str, Any] = {"temperature": 0, "timeout": spec.seconds, "max_retries": 0, "max_tokens": spec.output_tokens, **spec.options}
    if spec.base_url:
        told["base_url"] = spec.base_url
    if spec.api_key:
        told["api_key"] = spec.api_key
    elif spec.base_url and spec.name.startswith("openai:") and "OPENAI_API_KEY" not in os.environ:
        told["api_key"] = "none"  # a server of one's own needs no key, but the client wants one
    if spec.name.startswith("openai:"):
        told["stream_usage"] = True
    try:
        return init_chat_model(spec.name, **told)
    except Exception as error:  # each provider has errors of its own for a missing package or key
        raise UsageError(f"The language model {spec.name} cannot be set up: {error}", f"无法配置语言模型 {spec.name}：{error}") from error


def _bound(model: Any, schema: Mapping[str, Any], method: str) -> Any:
    """The model held to a form; what it says is read by us, so that a wrong form is no error of langchain's."""
    try:
        return model.with_structured_output(dict(schema), method=method, include_raw=True)
    except (NotImplementedError, ValueError, TypeError) as error:
        raise ModelFailed("denied", form=True) from error


def _with_schema(messages: Sequence[Message], schema: Mapping[str, Any], method: str) -> Sequence[Message]:
    if method != "json_mode":
        return messages
    told = "The form, as a JSON schema:\n" + json.dumps(schema, ensure_ascii=False)
    return [(messages[0][0], f"{messages[0][1]}\n{told}"), *messages[1:]]


def _taken(chunks: queue.SimpleQueue[Any], until: float) -> Iterator[Any]:
    """The chunks as they come. Raises ModelFailed, Cancelled."""
    while True:
        present().watch.stop.check()
        try:
            chunk = chunks.get(timeout=_LOOK)
        except queue.Empty:
            if time.monotonic() >= until:
                raise ModelFailed("silent") from None
            continue
        if chunk is _END:
            return
        if isinstance(chunk, BaseException):
            raise failure(chunk) from chunk
        if time.monotonic() >= until:
            raise ModelFailed("silent")
        yield chunk


def _gathered(chunks: Iterator[Any]) -> Said:
    """The whole message. Raises ModelFailed."""
    whole: Any = None
    for chunk in chunks:
        part = chunk.get("raw") if isinstance(chunk, dict) else chunk
        if part is not None:
            whole = part if whole is None else whole + part
    if whole is None:
        raise ModelFailed("unusable")
    if whole.additional_kwargs.get("refusal"):
        raise ModelFailed("refused")
    usage = whole.usage_metadata or {}
    calls = getattr(whole, "tool_calls", None)
    text = json.dumps(calls[0]["args"], ensure_ascii=False) if calls else whole.text
    return Said(str(text), int(usage.get("input_tokens", 0)), int(usage.get("output_tokens", 0)))
