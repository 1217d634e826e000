"""Short ways to write cases, answers and suites."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.suite import Case

MakeCase = Callable[..., Case]
WriteSuite = Callable[..., Path]


@pytest.fixture
def make_case() -> MakeCase:
    """A case with defaults; it expects an answer unless told otherwise."""

    def make(**fields: Any) -> Case:
        return Case.model_validate(case_line(**fields))

    return make


@pytest.fixture
def write_lines(tmp_path: Path) -> WriteSuite:
    """Writes objects (or raw text) as lines of a file and gives its path."""

    def write(*lines: dict[str, Any] | str, name: str = "dev.jsonl") -> Path:
        path = tmp_path / name
        texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
        path.write_text("\n".join(texts) + "\n", encoding="utf-8")
        return path

    return write


def case_line(**fields: Any) -> dict[str, Any]:
    """The JSON of a case."""
    line = {"id": "q1", "question": "Sales in May?", "lang": "en", "class": "total", "expect": "answer", **fields}
    if line["expect"] == "answer" and "gold_query" not in line:
        line.setdefault("gold_sql", "SELECT 1 AS sales")
    return line


def answered(columns: Sequence[str | dict[str, str]], rows: Sequence[Sequence[Any]], **more: Any) -> dict[str, Any]:
    """An answer with this table."""
    named = [{"name": column} if isinstance(column, str) else column for column in columns]
    return {"status": "answered", "columns": named, "rows": [list(row) for row in rows], **more}
