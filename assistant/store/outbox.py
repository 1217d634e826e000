"""Messages on their way out, in a database: each is tried by one worker at a time, until it is sent or given up."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select

from assistant.store.records import Claim, Outgoing, now
from assistant.store.schema import outbox
from assistant.store.tables import Tables, check_names, storable

_COLUMNS = tuple(f.name for f in dataclasses.fields(Outgoing))
_LONGEST_ERROR = 1_000
_UNFINISHED = "taken up too often and never finished"


@dataclass(frozen=True)
class Delivered:
    """What became of the messages of one subscription: how many are sent, wait and are given up, when the last was sent, and what last went wrong."""

    sent: int = 0
    waiting: int = 0
    given_up: int = 0
    last: dt.datetime | None = None
    error: str = ""


class Outbox(Tables):
    """The messages of the shops that share a store. Every method raises StoreError, StoreBusy, UsageError."""

    def claim(self, shop: str, seconds: float, most: int, tries: int) -> tuple[Claim[Outgoing], ...]:
        """Takes up, for so many seconds, at most so many messages that are due and that nobody is at.

        What was taken up `tries` times before, by workers that did not live to say what became of it, is given up.
        """
        check_names(shop)
        c, at, token = outbox.c, now(), uuid.uuid4().hex
        open = and_(c.shop == shop, c.sent.is_(None), c.given_up.is_(None), c.due <= at, or_(c.claimed.is_(None), c.claimed <= at))
        with self._writing() as connection:
            connection.execute(outbox.update().where(open, c.tries >= tries).values(given_up=at, claim=None, claimed=None, error=_UNFINISHED))
            taken = []
            for row in connection.execute(select(*(c[name] for name in _COLUMNS)).where(open).order_by(c.due, c.key).limit(most)).all():
                taking = outbox.update().where(c.key == row.key, c.tries == row.tries, open)
                until = at + dt.timedelta(seconds=seconds)
                if connection.execute(taking.values(claim=token, claimed=until, tries=row.tries + 1)).rowcount:
                    taken.append(Claim(token, Outgoing(**{**row._mapping, "tries": row.tries + 1})))
        return tuple(taken)

    def sent(self, claim: Claim[Outgoing]) -> None:
        """A message has reached its receiver; true whoever else may have taken it up meanwhile."""
        with self._writing() as connection:
            values = {"sent": now(), "given_up": None, "claim": None, "claimed": None, "error": ""}
            connection.execute(outbox.update().where(outbox.c.key == claim.of.key).values(values))

    def again(self, claim: Claim[Outgoing], due: dt.datetime, error: str) -> None:
        """A message has to be tried again."""
        self._settle(claim, due=due, error=_short(error))

    def give_up(self, claim: Claim[Outgoing], error: str) -> None:
        """A message is tried no more."""
        self._settle(claim, given_up=now(), error=_short(error))

    def _settle(self, claim: Claim[Outgoing], **values: object) -> None:
        c = outbox.c
        with self._writing() as connection:
            mine = and_(c.key == claim.of.key, c.claim == claim.token, c.sent.is_(None))
            connection.execute(outbox.update().where(mine).values(claim=None, claimed=None, **values))

    def next_due(self, shop: str) -> dt.datetime | None:
        """When the next message is to be tried, whoever is at it."""
        c = outbox.c
        with self._reading() as connection:
            found: dt.datetime | None = connection.execute(
                select(func.min(c.due)).where(c.shop == shop, c.sent.is_(None), c.given_up.is_(None))
            ).scalar_one()
        return found

    def delivered(self, shop: str) -> dict[str, Delivered]:
        """What became of the messages of each subscription."""
        check_names(shop)
        c = outbox.c
        count: Counter[tuple[str, str]] = Counter()
        last: dict[str, dt.datetime] = {}
        error: dict[str, str] = {}
        found = select(c.subscription, c.sent, c.given_up, c.error).where(c.shop == shop).order_by(c.created)
        with self._reading() as connection:
            for row in connection.execute(found):
                count[row.subscription, "sent" if row.sent else "given_up" if row.given_up else "waiting"] += 1
                if row.sent:
                    last[row.subscription] = max(row.sent, last.get(row.subscription, row.sent))
                error[row.subscription] = row.error
        return {id: Delivered(count[id, "sent"], count[id, "waiting"], count[id, "given_up"], last.get(id), error[id]) for id in error}

    def forget(self, shop: str, before: dt.datetime) -> int:
        """Deletes what was sent or given up before; gives how much."""
        with self._writing() as connection:
            return int(connection.execute(outbox.delete().where(outbox.c.shop == shop, _over_before(before))).rowcount)


def _over_before(before: dt.datetime) -> ColumnElement[bool]:
    return or_(outbox.c.sent < before, outbox.c.given_up < before)


def _short(error: str) -> str:
    return storable(error)[:_LONGEST_ERROR]
