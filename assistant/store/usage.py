"""What language models used, in a database: tokens and what they cost, by user and day."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.exc import IntegrityError

from assistant.store.records import Used
from assistant.store.schema import model_usage
from assistant.store.tables import Tables, check_names


class Usage(Tables):
    """Sums that many processes add to. Every method raises StoreError, StoreBusy, UsageError."""

    def add(self, shop: str, user: str, day: dt.date, model: str, used: Used) -> None:
        """Adds to what a user used of a model on a day."""
        check_names(shop, user, model)
        c = model_usage.c
        which = and_(_of(shop, user, day), c.model == model)
        more = {"calls": c.calls + used.calls, "input": c.input + used.input, "output": c.output + used.output, "cost": c.cost + used.cost}
        first = {"shop": shop, "user": user, "day": day, "model": model, "calls": used.calls, "input": used.input, "output": used.output}
        with self._writing() as connection:
            if connection.execute(model_usage.update().where(which).values(more)).rowcount:
                return
            try:
                with connection.begin_nested():
                    connection.execute(model_usage.insert().values(first | {"cost": used.cost}))
            except IntegrityError:  # another process was first
                connection.execute(model_usage.update().where(which).values(more))

    def of(self, shop: str, user: str, day: dt.date) -> Used:
        """What a user used on a day, of all models."""
        c = model_usage.c
        sums = select(*(func.coalesce(func.sum(x), 0) for x in (c.calls, c.input, c.output, c.cost))).where(_of(shop, user, day))
        with self._reading() as connection:
            calls, input, output, cost = connection.execute(sums).one()
        return Used(int(calls), int(input), int(output), float(cost))

    def since(self, shop: str, day: dt.date) -> tuple[tuple[str, str, Used], ...]:
        """What each user used of each model since a day, the most costly first."""
        c = model_usage.c
        sums = [func.sum(x) for x in (c.calls, c.input, c.output, c.cost)]
        found = select(c.user, c.model, *sums).where(c.shop == shop, c.day >= day).group_by(c.user, c.model).order_by(sums[3].desc(), sums[1].desc())
        with self._reading() as connection:
            return tuple((u, m, Used(int(n), int(i), int(o), float(x))) for u, m, n, i, o, x in connection.execute(found))


def _of(shop: str, user: str, day: dt.date) -> ColumnElement[bool]:
    check_names(shop, user)
    c = model_usage.c
    return and_(c.shop == shop, c.user == user, c.day == day)
