"""Reading JSON lines, with errors that name the file and the line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from semantic_layer.errors import UsageError


def read_file(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object of a JSONL file with its place (`file:line`)."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read ({error}); give a UTF-8 file with one JSON object a line.",
            f"无法读取 {path}（{error}）；请给出每行一个 JSON 对象的 UTF-8 文件。",
        ) from error
    return parse(text.split("\n"), str(path))


def parse(lines: Iterable[str], source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object among the lines with its place (`source:line`); empty lines are passed over."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            place = f"{source}:{number}"
            yield place, _object(line, place)


def _object(line: str, place: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{place}: not JSON ({error.msg}, column {error.colno}); write one JSON object a line.",
            f"{place}：不是 JSON（{error.msg}，第 {error.colno} 列）；每行请写一个 JSON 对象。",
        ) from error
    if not isinstance(value, dict):
        raise UsageError(
            f"{place}: a JSON object is needed, not {type(value).__name__}; write one object a line.",
            f"{place}：需要 JSON 对象，而不是 {type(value).__name__}；每行请写一个对象。",
        )
    return value
