"""Who asked what and what SQL ran for it, in a database."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import fields

from sqlalchemy import select

from assistant.store.records import Asked, now
from assistant.store.schema import audit
from assistant.store.tables import Tables, storable

ASKED = tuple(f.name for f in fields(Asked))


class AuditLog(Tables):
    """The questions of a shop. Every method raises StoreError, StoreBusy."""

    def record(self, asked: Asked) -> None:
        """Adds a question."""
        values = {name: getattr(asked, name) for name in ASKED}
        values |= {"question": storable(asked.question), "statements": [storable(s) for s in asked.statements]}
        with self._writing() as connection:
            connection.execute(audit.insert().values(id=uuid.uuid4().hex, **values))

    def asked(self, shop: str, user: str | None = None, since: dt.datetime | None = None, limit: int = 100) -> tuple[Asked, ...]:
        """What was asked of a shop, the last first; of one user, or since a point in time."""
        found = select(*(audit.c[name] for name in ASKED)).where(audit.c.shop == shop).order_by(audit.c.at.desc(), audit.c.id).limit(limit)
        if user is not None:
            found = found.where(audit.c.user == user)
        if since is not None:
            found = found.where(audit.c.at >= since)
        with self._reading() as connection:
            return tuple(Asked(**row._mapping) for row in connection.execute(found))

    def forget(self, shop: str, days: int) -> int:
        """Deletes what is older than so many days; gives how much that was."""
        with self._writing() as connection:
            older = audit.delete().where(audit.c.shop == shop, audit.c.at < now() - dt.timedelta(days=days))
            return int(connection.execute(older).rowcount)
