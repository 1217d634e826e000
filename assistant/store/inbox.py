"""What platforms of chat delivered: each thing once, and again only where whoever took it up did not finish."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.exc import IntegrityError

from assistant.store.records import Received, now
from assistant.store.schema import inbox
from assistant.store.tables import Tables, check_names, storable

MOST_TRIES = 10
_COLUMNS = tuple(f.name for f in fields(Received))


class Inbox(Tables):
    """The deliveries of a shop's platforms, shared by all its servers. Every method raises StoreError, StoreBusy, UsageError."""

    def take(self, shop: str, platform: str, key: str, payload: dict[str, Any], seconds: float) -> bool:
        """Takes a delivery up for so many seconds; False where it is here already, whoever has it."""
        check_names(shop, platform, key)
        at = now()
        values = {"payload": _storable(payload), "received": at, "due": at + dt.timedelta(seconds=seconds), "tries": 1}
        with self._writing() as connection:
            try:
                with connection.begin_nested():
                    connection.execute(inbox.insert().values(shop=shop, platform=platform, key=key, **values))
            except IntegrityError:
                return False
        return True

    def done(self, shop: str, platform: str, key: str) -> None:
        """A delivery is answered."""
        with self._writing() as connection:
            connection.execute(inbox.update().where(_is(shop, platform, key)).values(done=now()))

    def again(self, shop: str, platform: str, key: str, seconds: float) -> None:
        """A delivery could not be answered, and is taken up again after so many seconds."""
        later = now() + dt.timedelta(seconds=seconds)
        with self._writing() as connection:
            connection.execute(inbox.update().where(_is(shop, platform, key), inbox.c.done.is_(None)).values(due=later))

    def next_due(self, shop: str, platform: str) -> dt.datetime | None:
        """When the next delivery is to be taken up again, if nobody finishes it before."""
        with self._reading() as connection:
            found: dt.datetime | None = connection.execute(select(func.min(inbox.c.due)).where(_open(shop, platform))).scalar_one()
        return found

    def hold(self, shop: str, platform: str, keys: Sequence[str], seconds: float) -> None:
        """Whoever took these up is still at them, and will be for so many seconds."""
        mine = and_(inbox.c.shop == shop, inbox.c.platform == platform, inbox.c.key.in_(keys), inbox.c.done.is_(None))
        if keys:
            with self._writing() as connection:
                connection.execute(inbox.update().where(mine).values(due=now() + dt.timedelta(seconds=seconds)))

    def unfinished(self, shop: str, platform: str, seconds: float, most: int) -> tuple[Received, ...]:
        """Takes up, for so many seconds, what others took up and did not finish in their time: at most so many, those that were tried least first.

        Each is a try that is counted, so that nobody takes up more than they can begin with; what kills its servers holds up nothing else.
        """
        c, at = inbox.c, now()
        with self._writing() as connection:
            found = select(*(c[name] for name in _COLUMNS)).where(_open(shop, platform), c.due <= at).order_by(c.tries, c.received).limit(most)
            taken = []
            for row in connection.execute(found).all():
                taking = inbox.update().where(_is(shop, platform, row.key), c.done.is_(None), c.tries == row.tries)
                if connection.execute(taking.values(due=at + dt.timedelta(seconds=seconds), tries=row.tries + 1)).rowcount:
                    taken.append(Received(**{**row._mapping, "tries": row.tries + 1}))
        return tuple(taken)

    def give_up(self, shop: str, platform: str) -> tuple[str, ...]:
        """Ends what was taken up too often by servers that did not live to finish it; gives the keys."""
        c, at = inbox.c, now()
        lost = and_(c.shop == shop, c.platform == platform, c.done.is_(None), c.due <= at, c.tries >= MOST_TRIES)
        with self._writing() as connection:
            keys = tuple(connection.execute(select(c.key).where(lost)).scalars())
            if keys:
                connection.execute(inbox.update().where(lost).values(done=at))
        return keys

    def forget(self, before: dt.datetime) -> int:
        """Deletes what came before; gives how much. No platform may still deliver it again."""
        with self._writing() as connection:
            return int(connection.execute(inbox.delete().where(inbox.c.received < before)).rowcount)


def _is(shop: str, platform: str, key: str) -> ColumnElement[bool]:
    return and_(inbox.c.shop == shop, inbox.c.platform == platform, inbox.c.key == key)


def _open(shop: str, platform: str) -> ColumnElement[bool]:
    """What is not answered, and was not tried too often."""
    c = inbox.c
    return and_(c.shop == shop, c.platform == platform, c.done.is_(None), c.tries < MOST_TRIES)


def _storable(value: Any) -> Any:
    """The same data with texts that every database keeps."""
    if isinstance(value, dict):
        return {k: _storable(v) for k, v in value.items()}
    return storable(value) if isinstance(value, str) else value
