"""Which conversation a thread of a platform of chat is, for each who writes in it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from assistant.store.records import Thread
from assistant.store.schema import threads
from assistant.store.tables import Tables, check_names


class Threads(Tables):
    """The threads of a shop's platforms. Every method raises StoreError, StoreBusy, UsageError."""

    def keep(self, shop: str, platform: str, thread: str, user: str, conversation: str) -> str:
        """Keeps that a thread is this conversation for this user; gives the one that it is, where somebody was faster."""
        check_names(shop, platform, thread, user)
        values = {"shop": shop, "platform": platform, "thread": thread, "user": user}
        with self._writing() as connection:
            try:
                with connection.begin_nested():
                    connection.execute(threads.insert().values(**values, conversation=conversation))
                return conversation
            except IntegrityError:
                known = select(threads.c.conversation).where(*(threads.c[name] == value for name, value in values.items()))
                return str(connection.execute(known).scalar_one())

    def of(self, shop: str, platform: str, thread: str) -> tuple[Thread, ...]:
        """The conversations of a thread, one for each user who wrote in it."""
        check_names(shop, platform, thread)
        c = threads.c
        found = select(c.platform, c.thread, c.user, c.conversation).where(c.shop == shop, c.platform == platform, c.thread == thread)
        with self._reading() as connection:
            return tuple(Thread(**row._mapping) for row in connection.execute(found.order_by(c.user)))
