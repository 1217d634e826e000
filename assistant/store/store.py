"""Conversations and remembered choices in a database, and the way to what else is kept there."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, select
from sqlalchemy.exc import IntegrityError

from assistant.store.audit import AuditLog
from assistant.store.boards import Boards
from assistant.store.decisions import Decisions
from assistant.store.feedback import Feedback
from assistant.store.inbox import Inbox
from assistant.store.outbox import Outbox
from assistant.store.records import Conversation, Remembered, Turn, bounded, now
from assistant.store.schema import choices, conversations, turns
from assistant.store.subscriptions import Subscriptions
from assistant.store.tables import Tables, check_names, keeps, storable
from assistant.store.threads import Threads
from assistant.store.tokens import Tokens
from assistant.store.usage import Usage
from semantic_layer.errors import UnknownConversation

TURN = ("number", "question", "lang", "status", "query", "answer", "created")


class Store(Tables):
    """Safe to use from many threads and processes. Every method raises StoreError, StoreBusy.

    What asks for a conversation also raises UnknownConversation: the same where there is none and where it is another user's.
    `shop` and `user` name whose things they are; shops that share a store need names of their own. Names that cannot be kept
    raise UsageError.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.boards, self.feedback, self.audit = Boards(engine), Feedback(engine), AuditLog(engine)
        self.decisions, self.inbox, self.threads = Decisions(engine), Inbox(engine), Threads(engine)
        self.tokens = Tokens(engine)
        self.usage = Usage(engine)
        self.subscriptions, self.outbox = Subscriptions(engine), Outbox(engine)

    def start(self, shop: str, user: str, title: str = "") -> str:
        """A new conversation; gives its id."""
        check_names(shop, user)
        id, at = uuid.uuid4().hex, now()
        with self._writing() as connection:
            connection.execute(conversations.insert().values(id=id, shop=shop, user=user, title=storable(title), created=at, changed=at))
        return id

    def conversations(self, shop: str, user: str, limit: int = 50) -> tuple[Conversation, ...]:
        """This user's conversations, the last changed first."""
        check_names(shop, user)
        c = conversations.c
        found = select(c.id, c.title, c.created, c.changed).where(c.shop == shop, c.user == user)
        with self._reading() as connection:
            return tuple(Conversation(**row._mapping) for row in connection.execute(found.order_by(c.changed.desc(), c.id).limit(limit)))

    def conversation(self, shop: str, user: str, id: str) -> Conversation:
        """One of this user's conversations of a shop."""
        check_names(shop, user)
        c = conversations.c
        found = select(c.id, c.title, c.created, c.changed).where(_is(id, user), c.shop == shop)
        with self._reading() as connection:
            row = connection.execute(found).first()
        if row is None:
            raise _unknown()
        return Conversation(**row._mapping)

    def rename(self, conversation: str, user: str, title: str) -> None:
        """Gives a conversation another title; it does not count as a change."""
        with self._writing() as connection:
            _hold(connection, conversation, user, title=storable(title))

    def remove(self, conversation: str, user: str) -> None:
        """Deletes a conversation with its turns."""
        with self._writing() as connection:
            _hold(connection, conversation, user, changed=now())
            connection.execute(turns.delete().where(turns.c.conversation == conversation))
            connection.execute(conversations.delete().where(_is(conversation, user)))

    def append(self, conversation: str, user: str, turn: Turn) -> int:
        """Adds a turn; gives its number. Numbers have no gaps, whoever appends at the same time."""
        with self._writing() as connection:
            _hold(connection, conversation, user, changed=now())
            number = 1 + _last_number(connection, conversation)
            values = {name: getattr(turn, name) for name in TURN} | {"number": number, "question": storable(turn.question)}
            values["answer"] = bounded(turn.answer, turn.lang)
            connection.execute(turns.insert().values(conversation=conversation, **values))
        return number

    def turns(self, conversation: str, user: str) -> tuple[Turn, ...]:
        """All turns, the first first."""
        return tuple(reversed(self._latest(conversation, user, None)))

    def last(self, conversation: str, user: str) -> Turn | None:
        """The last turn, if there is one."""
        return next(iter(self._latest(conversation, user, 1)), None)

    def turn(self, conversation: str, user: str, number: int) -> Turn | None:
        """The turn with a number, if there is one."""
        return next(iter(self._latest(conversation, user, 1, number)), None)

    def drop_last(self, conversation: str, user: str) -> None:
        """Deletes the last turn, if there is one."""
        with self._writing() as connection:
            _hold(connection, conversation, user, changed=now())
            number = _last_number(connection, conversation)
            connection.execute(turns.delete().where(turns.c.conversation == conversation, turns.c.number == number))

    def remember(self, shop: str, user: str, key: str, query: dict[str, Any], label: str) -> None:
        """Keeps what a user chose for `key`, instead of what was chosen before."""
        check_names(shop, user, key)
        chosen = {"query": query, "label": storable(label), "created": now()}
        with self._writing() as connection:
            try:
                with connection.begin_nested():
                    connection.execute(choices.insert().values(shop=shop, user=user, key=key, **chosen))
            except IntegrityError:
                connection.execute(choices.update().where(_of(shop, user, key)).values(chosen))

    def remembered(self, shop: str, user: str) -> tuple[Remembered, ...]:
        """What a user chose, the last first."""
        c = choices.c
        found = select(c.key, c.label, c.query, c.created).where(_of(shop, user)).order_by(c.created.desc(), c.key)
        with self._reading() as connection:
            return tuple(Remembered(**row._mapping) for row in connection.execute(found))

    def choice(self, shop: str, user: str, key: str) -> dict[str, Any] | None:
        """The query that was chosen for `key`, if one was."""
        with self._reading() as connection:
            return connection.execute(select(choices.c.query).where(_of(shop, user, key))).scalar_one_or_none()

    def forget(self, shop: str, user: str, key: str | None = None) -> int:
        """Deletes what was chosen for `key`, or everything the user chose; gives how many there were."""
        with self._writing() as connection:
            return int(connection.execute(choices.delete().where(_of(shop, user, key))).rowcount)

    def close(self) -> None:
        """Closes the connections."""
        self._engine.dispose()

    def _latest(self, conversation: str, user: str, limit: int | None, number: int | None = None) -> list[Turn]:
        """The turns from the last backwards, or the one with a number."""
        wanted = turns.c.conversation == conversation if number is None else and_(turns.c.conversation == conversation, turns.c.number == number)
        found = select(*(turns.c[name] for name in TURN)).where(wanted).order_by(turns.c.number.desc()).limit(limit)
        with self._reading() as connection:
            if connection.execute(select(conversations.c.id).where(_is(conversation, user))).first() is None:
                raise _unknown()
            return [Turn(**row._mapping) for row in connection.execute(found)]


def _is(conversation: str, user: str) -> ColumnElement[bool]:
    if not (keeps(conversation) and keeps(user)):
        raise _unknown()
    return and_(conversations.c.id == conversation, conversations.c.user == user)


def _of(shop: str, user: str, key: str | None = None) -> ColumnElement[bool]:
    check_names(shop, user, key or "")
    whose = and_(choices.c.shop == shop, choices.c.user == user)
    return whose if key is None else and_(whose, choices.c.key == key)


def _hold(connection: Connection, conversation: str, user: str, **values: object) -> None:
    """Changes the row of a conversation, so that until the end of the transaction nobody else adds to it or takes from it."""
    if not connection.execute(conversations.update().where(_is(conversation, user)).values(values)).rowcount:
        raise _unknown()


def _last_number(connection: Connection, conversation: str) -> int:
    last: int | None = connection.execute(select(func.max(turns.c.number)).where(turns.c.conversation == conversation)).scalar_one()
    return last or 0


def _unknown() -> UnknownConversation:
    return UnknownConversation(
        "There is no such conversation, or it is another user's. Start a new one, or choose one from your list.",
        "没有这个对话，或它属于其他用户。请新建对话，或从您的列表中选择。",
    )
