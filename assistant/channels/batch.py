"""Files of questions: each line in gets one line out, in order, and the file appears whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from assistant.answer.model import Answer, Failure
from assistant.ask import Assistant
from semantic_layer.errors import UsageError


def run_batch(assistant: Assistant, source: Path, out: Path, lang: str, user: str | None = None) -> None:
    """Answers every line of `source` into `out`. A line that is no question gets an answer of status error.

    Lines with the same `conversation` are turns of one, in order. Raises UsageError when a file cannot be read or written.
    """
    lines = list(_lines(source))
    try:
        handle, name = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}.", f"无法写入 {out}：{error.strerror}。") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            talks = Conversations()
            for number, line in enumerate(lines, 1):
                file.write(json.dumps(_answer(assistant, line, number, lang, user, talks).to_json(), ensure_ascii=False) + "\n")
        os.replace(name, out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def answers(assistant: Assistant, lines: list[dict[str, Any]], lang: str = "auto") -> list[dict[str, Any]]:
    """The answers to lines with `id` and `question`, as JSON data; lines with the same `conversation` are turns of one, in order."""
    talks = Conversations()
    return [assistant.ask(str(line["question"]), lang, id=str(line["id"]), conversation=talks.of(line)).to_json() for line in lines]


class Conversations:
    """The conversations of one file: its names for them stand for new ones, so that no run goes on with those of another."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def of(self, line: Mapping[str, Any]) -> str | None:
        """The conversation that a line belongs to; None for a question by itself."""
        name = line.get("conversation")
        return None if name is None else self._ids.setdefault(str(name), uuid.uuid4().hex)


def _lines(source: Path) -> Iterator[str]:
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{source} cannot be read as UTF-8 text: {error}.", f"无法以 UTF-8 读取 {source}：{error}。") from None
    yield from (line for line in text.split("\n") if line.strip())


def _answer(assistant: Assistant, line: str, number: int, lang: str, user: str | None, talks: Conversations) -> Answer:
    try:
        data = json.loads(line)
        return assistant.ask(str(data["question"]), lang, id=str(data["id"]), user=user, conversation=talks.of(data))
    except (ValueError, KeyError, TypeError):
        message = f'Line {number} is not a JSON object with "id" and "question".'
        return Answer(id=str(number), question="", status="error", text=message, error=Failure(code="usage", message=message))
