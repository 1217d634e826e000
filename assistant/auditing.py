"""Writes down who asked what and which SQL ran for it, for as many days as the shop says."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from assistant.answer.model import Answer
from assistant.progress import Progress
from assistant.store import Asked
from semantic_layer.errors import WenshuError
from semantic_layer.shops import Shop

if TYPE_CHECKING:
    from assistant.store.audit import AuditLog

log = logging.getLogger("wenshu.audit")


class Auditor:
    """The audit of one shop's questions in a store."""

    def __init__(self, kept: AuditLog, shop: Shop) -> None:
        self._kept, self._shop = kept, shop
        self._cleared: dt.date | None = None

    def record(self, answer: Answer, user: str, conversation: str | None, progress: Progress) -> None:
        """Writes an answer down. What cannot be written is in the log, and keeps nobody from the answer."""
        asked = Asked(
            shop=self._shop.name,
            user=user,
            channel=progress.channel,
            answer=answer.id,
            question=answer.question,
            lang=answer.lang,
            status=answer.status,
            statements=list(progress.watch.statements),
            rows=len(answer.rows),
            milliseconds=round(answer.timings_ms.get("total", 0)),
            error=answer.error.code if answer.error else "",
            conversation=conversation,
        )
        self._write(asked)

    def listed(self, action: str, headline: str, user: str, lang: str, channel: str, statement: str, rows: int, milliseconds: int) -> None:
        """Writes down that the members of an action's audience were looked at or taken along."""
        self._write(Asked(self._shop.name, user, channel, action, headline, lang, "listed", [statement], rows, milliseconds))

    def _write(self, asked: Asked) -> None:
        days = self._shop.settings.audit_days
        try:
            if days:
                self._kept.record(asked)
            self._forget(days)
        except WenshuError as error:
            log.warning("the question %s is not in the audit: %s", asked.answer, error)

    def _forget(self, days: int) -> None:
        """Once a day, what is too old."""
        today = dt.datetime.now(dt.UTC).date()
        if self._cleared != today:
            self._kept.forget(self._shop.name, days)
            self._cleared = today
