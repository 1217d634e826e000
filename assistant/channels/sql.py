"""SQL that an analyst writes: one statement over a shop, or a file of statements tried against the gate."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.answer.export import csv_text
from assistant.channels.render import table_text
from semantic_layer.engines import Result
from semantic_layer.errors import EngineError, GuardError, UsageError
from semantic_layer.shops import Access
from semantic_layer.shops.database import Database


def run_statement(access: Access, sql: str, user: str, format: str, lang: str) -> str:
    """The rows of a statement as text, JSON or CSV. Raises GuardError, EngineError."""
    result = access.run_sql(sql, user=user)
    names = [c.name for c in result.columns]
    if format == "csv":
        return csv_text(names, result.rows)
    if format == "json":
        columns = [{"name": c.name, "type": c.type} for c in result.columns]
        return _line({"columns": columns, "rows": result.rows, "truncated": result.truncated})
    cut = f"Only the first {len(result.rows)} rows are shown." if lang == "en" else f"只显示前 {len(result.rows)} 行。"
    return table_text(names, result.rows) + (f"\n{cut}" if result.truncated else "")


def check_file(database: Database, file: Path, run: bool, lang: str) -> Iterator[str]:
    """One JSON line for each line of `file`: `id`, `verdict`, `reason`, `sql` as it would run, and its rows with `run`."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read as UTF-8 text: {error}.", f"无法以 UTF-8 读取 {file}：{error}。") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _line(_checked(database, line, number, run, lang))


def _checked(database: Database, line: str, number: int, run: bool, lang: str) -> dict[str, Any]:
    try:
        given = json.loads(line)
        name, sql = given["id"], given["sql"]
        if not isinstance(sql, str):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        reason = f'Line {number} is not a JSON object with "id" and "sql".' if lang == "en" else f"第 {number} 行不是含 id 与 sql 的 JSON。"
        return {"id": None, "line": number, "verdict": "refuse", "reason": reason, "sql": None}
    try:
        admitted = database.admit(sql)
    except GuardError as error:
        return {"id": name, "verdict": "refuse", "reason": error.text(lang), "sql": None}
    found: dict[str, Any] = {"id": name, "verdict": "accept", "reason": "", "sql": admitted.sql}
    if beyond := database.gate.unfiltered(admitted.tables):
        found["unfiltered"] = list(beyond)
    if run:
        found |= _rows(database, admitted, lang)
    return found


def _rows(database: Database, admitted: Any, lang: str) -> dict[str, Any]:
    try:
        result: Result = database.run(admitted)
    except EngineError as error:
        return {"rows": None, "truncated": False, "error": {"message": error.text(lang), "id": error.id}}
    return {"columns": [c.name for c in result.columns], "rows": result.rows, "truncated": result.truncated, "error": None}


def _line(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else str(value)
