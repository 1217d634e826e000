"""Our own sentences for what goes wrong in an engine; its text goes to the log only, under an id."""

from __future__ import annotations

import logging
import uuid
from typing import Literal

from semantic_layer.engines.base import Limits
from semantic_layer.errors import EngineError, QueryTimeout, QueryTooLarge

log = logging.getLogger("wenshu.engine")

# `fatal`: the engine can run nothing any more; `damaged`: the file cannot be read where the query reads it.
Kind = Literal["timeout", "memory", "damaged", "fatal", "other"]
_LONGEST = 2_000


def described(error: BaseException | str) -> str:
    """An error for the log: on one line, printable and of bounded length, whatever the data in its text."""
    text = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    return "".join(c if c.isprintable() else " " for c in text[:_LONGEST])


def failure(kind: Kind, text: str, limits: Limits) -> EngineError:
    """The error of ours for a query that failed; `text` is for the log."""
    number = uuid.uuid4().hex[:8]
    log.warning("query %s failed: %s", number, described(text))
    if kind == "timeout":
        return QueryTimeout(
            f"The query took longer than {limits.seconds:g} seconds and was stopped. Ask for a shorter period or fewer groups. ({number})",
            f"查询超过 {limits.seconds:g} 秒，已停止。请缩短时间段或减少分组。（{number}）",
            id=number,
        )
    if kind == "memory":
        return QueryTooLarge(
            f"The query needs more memory than it may use. Ask for a shorter period or fewer groups. ({number})",
            f"查询所需内存超过上限。请缩短时间段或减少分组。（{number}）",
            id=number,
        )
    if kind == "damaged":
        return EngineError(
            f"The database file is damaged where this query reads it. Restore it, or build it again. ({number})",
            f"数据库文件在这个查询读取之处已损坏。请恢复或重新生成。（{number}）",
            id=number,
        )
    return EngineError(
        f"The database could not run this query. The details are in the log under {number}.",
        f"数据库无法执行这个查询。详情见日志，编号 {number}。",
        id=number,
    )
