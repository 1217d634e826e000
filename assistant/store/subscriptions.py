"""What users want to be told, in a database: each due thing is taken up by one worker, and its message is written where its next time is."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.exc import IntegrityError

from assistant.store.records import Claim, Outgoing, Subscription, now
from assistant.store.schema import outbox, subscriptions
from assistant.store.tables import Tables, check_names, storable

_COLUMNS = tuple(f.name for f in dataclasses.fields(Subscription))
_CLAIMING = 20  # how often the next due one is looked for, where other workers are faster


class Subscriptions(Tables):
    """The subscriptions of the shops that share a store. Every method raises StoreError, StoreBusy, UsageError."""

    def add(self, shop: str, subscription: Subscription) -> str:
        """A new subscription; gives its id."""
        check_names(shop, subscription.user, subscription.place)
        id = uuid.uuid4().hex
        values = {name: getattr(subscription, name) for name in _COLUMNS}
        values |= {"id": id, "created": now(), "title": storable(subscription.title), "shop": shop}
        with self._writing() as connection:
            connection.execute(subscriptions.insert().values(values))
        return id

    def of(self, shop: str, user: str | None = None) -> tuple[Subscription, ...]:
        """The subscriptions of a user, or of all, the oldest first."""
        check_names(shop, user or "")
        c = subscriptions.c
        whose = and_(c.shop == shop, c.user == user) if user is not None else c.shop == shop
        with self._reading() as connection:
            rows = connection.execute(select(*(c[name] for name in _COLUMNS)).where(whose).order_by(c.created, c.id))
            return tuple(Subscription(**row._mapping) for row in rows)

    def pause(self, shop: str, user: str, id: str) -> bool:
        """Stops a subscription, and what is still to be sent for it; False where it is not there or not theirs."""
        with self._writing() as connection:
            stopping = subscriptions.update().where(_is(shop, user, id)).values(paused=now(), claim=None, claimed=None)
            if not connection.execute(stopping).rowcount:
                return False
            connection.execute(outbox.delete().where(outbox.c.subscription == id, outbox.c.sent.is_(None), outbox.c.given_up.is_(None)))
        return True

    def resume(self, shop: str, user: str, id: str, due: dt.datetime) -> bool:
        """Lets a subscription go on from when it is due next, as if nothing had been found before."""
        with self._writing() as connection:
            going = subscriptions.update().where(_is(shop, user, id)).values(paused=None, due=due, state={}, claim=None, claimed=None)
            return bool(connection.execute(going).rowcount)

    def remove(self, shop: str, user: str, id: str) -> bool:
        """Deletes a subscription with its messages."""
        with self._writing() as connection:
            if not connection.execute(subscriptions.delete().where(_is(shop, user, id))).rowcount:
                return False
            connection.execute(outbox.delete().where(outbox.c.subscription == id))
        return True

    # -- of workers --------------------------------------------------------------------------------------------------

    def next_due(self, shop: str) -> dt.datetime | None:
        """When the next subscription is due, whoever is at it."""
        c = subscriptions.c
        with self._reading() as connection:
            found: dt.datetime | None = connection.execute(select(func.min(c.due)).where(c.shop == shop, c.paused.is_(None))).scalar_one()
        return found

    def claim(self, shop: str, seconds: float) -> Claim[Subscription] | None:
        """Takes up, for so many seconds, the subscription that has been due longest and that nobody is at; None where there is none."""
        c, at, token = subscriptions.c, now(), uuid.uuid4().hex
        free = or_(c.claimed.is_(None), c.claimed <= at)
        due = and_(c.shop == shop, c.paused.is_(None), c.due <= at, free)
        with self._writing() as connection:
            for _ in range(_CLAIMING):
                row = connection.execute(select(*(c[name] for name in _COLUMNS)).where(due).order_by(c.due, c.id).limit(1)).first()
                if row is None:
                    return None
                taking = subscriptions.update().where(c.id == row.id, due).values(claim=token, claimed=at + dt.timedelta(seconds=seconds))
                if connection.execute(taking).rowcount:
                    return Claim(token, Subscription(**row._mapping))
        return None

    def settle(self, shop: str, claim: Claim[Subscription], due: dt.datetime, state: dict[str, Any], message: Outgoing | None = None) -> bool:
        """Sets when a subscription is due next, and puts its message into the outbox: both or neither.

        False, and neither, where it is no longer this worker's: another has taken it up, or its user has stopped it.
        """
        mine = and_(subscriptions.c.id == claim.of.id, subscriptions.c.claim == claim.token)
        with self._writing() as connection:
            if not connection.execute(subscriptions.update().where(mine).values(due=due, state=state, claim=None, claimed=None)).rowcount:
                return False
            if message is not None:
                values = {f.name: getattr(message, f.name) for f in dataclasses.fields(Outgoing)} | {"shop": shop}
                try:
                    with connection.begin_nested():
                        connection.execute(outbox.insert().values(values))
                except IntegrityError:  # it is on its way already
                    pass
        return True


def _is(shop: str, user: str, id: str) -> ColumnElement[bool]:
    check_names(shop, user, id)
    return and_(subscriptions.c.shop == shop, subscriptions.c.user == user, subscriptions.c.id == id)
