"""What was decided about actions, in a database; nothing is overwritten."""

from __future__ import annotations

import dataclasses

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from assistant.store.records import Decision
from assistant.store.schema import action_steps
from assistant.store.tables import Tables, check_names, storable
from semantic_layer.errors import StoreBusy

_COLUMNS = tuple(f.name for f in dataclasses.fields(Decision))
_TRIES = 10  # for the next number, where others add a step at the same time


class Decisions(Tables):
    """The steps of the actions of a shop. Every method raises StoreError, StoreBusy, UsageError."""

    def decide(self, shop: str, decision: Decision) -> int:
        """Keeps a step; gives its number among those of its action."""
        check_names(shop, decision.user)
        c = action_steps.c
        values = {name: getattr(decision, name) for name in _COLUMNS} | {"shop": shop, "reason": storable(decision.reason)}
        with self._writing() as connection:
            for _ in range(_TRIES):
                last = connection.execute(select(func.max(c.number)).where(c.shop == shop, c.action == decision.action)).scalar_one()
                number = 1 + int(last or 0)
                try:
                    with connection.begin_nested():
                        connection.execute(action_steps.insert().values(values | {"number": number}))
                    return number
                except IntegrityError:
                    continue
        raise StoreBusy("Others decide about this action at the same time. Try again in a moment.", "其他人正在处理这项行动，请稍后再试。")

    def of(self, shop: str) -> tuple[Decision, ...]:
        """All steps of a shop's actions, the first first."""
        check_names(shop)
        c = action_steps.c
        found = select(*(c[name] for name in _COLUMNS)).where(c.shop == shop).order_by(c.created, c.action, c.number)
        with self._reading() as connection:
            return tuple(Decision(**row._mapping) for row in connection.execute(found))
