"""Boards of pinned answers in a database."""

from __future__ import annotations

import uuid
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from assistant.store.records import Board, KeptAnswer, Pin, bounded, now
from assistant.store.schema import boards, pin_answers, pins
from assistant.store.tables import Tables, check_names, keeps, storable
from semantic_layer.errors import UnknownBoard

PIN = tuple(f.name for f in fields(Pin))
WIDEST = 6


class Boards(Tables):
    """Boards with their pins. Whoever knows the id of a board may read it; only its user changes it.

    Every method raises StoreError, StoreBusy; what asks for a board also raises UnknownBoard, what names a shop or a user UsageError.
    """

    def start(self, shop: str, user: str, title: str) -> str:
        """A new board; gives its id."""
        check_names(shop, user)
        id = uuid.uuid4().hex
        with self._writing() as connection:
            connection.execute(boards.insert().values(id=id, shop=shop, user=user, title=storable(title), created=now()))
        return id

    def of(self, shop: str, user: str) -> tuple[Board, ...]:
        """This user's boards, the oldest first."""
        check_names(shop, user)
        found = select(boards).where(boards.c.shop == shop, boards.c.user == user).order_by(boards.c.created, boards.c.id)
        with self._reading() as connection:
            return tuple(Board(**row._mapping) for row in connection.execute(found))

    def board(self, id: str) -> Board:
        """A board by its id, whosever it is."""
        with self._reading() as connection:
            row = connection.execute(select(boards).where(boards.c.id == id)).first() if keeps(id) else None
        if row is None:
            raise _unknown()
        return Board(**row._mapping)

    def rename(self, board: str, user: str, title: str) -> None:
        """Gives a board another title."""
        with self._writing() as connection:
            _hold(connection, board, user, title=storable(title))

    def remove(self, board: str, user: str) -> None:
        """Deletes a board with its pins."""
        with self._writing() as connection:
            _hold(connection, board, user)
            connection.execute(pin_answers.delete().where(pin_answers.c.pin.in_(select(pins.c.id).where(pins.c.board == board))))
            connection.execute(pins.delete().where(pins.c.board == board))
            connection.execute(boards.delete().where(boards.c.id == board))

    def pins(self, board: str) -> tuple[Pin, ...]:
        """The pins of a board, in their order."""
        found = select(*(pins.c[name] for name in PIN)).where(pins.c.board == board).order_by(pins.c.position, pins.c.id)
        with self._reading() as connection:
            return tuple(Pin(**row._mapping) for row in connection.execute(found))

    def pin(self, board: str, user: str, pin: Pin) -> str:
        """Adds a pin at the end; gives its id."""
        id = uuid.uuid4().hex
        values = {name: getattr(pin, name) for name in PIN} | {"id": id, "title": storable(pin.title), "created": now(), "width": _width(pin.width)}
        with self._writing() as connection:
            _hold(connection, board, user)
            last: int | None = connection.execute(select(func.max(pins.c.position)).where(pins.c.board == board)).scalar_one()
            connection.execute(pins.insert().values(board=board, position=(last or 0) + 1, **values))
        return id

    def change(self, board: str, user: str, pin: str, *, title: str | None = None, width: int | None = None) -> None:
        """Gives a pin another title or width."""
        values: dict[str, str | int] = {"title": storable(title)} if title is not None else {}
        values |= {"width": _width(width)} if width else {}
        with self._writing() as connection:
            _hold(connection, board, user)
            if values:
                connection.execute(pins.update().where(_on(board, pin)).values(values))

    def move(self, board: str, user: str, pin: str, by: int) -> None:
        """Moves a pin by so many places; less than nothing is towards the beginning."""
        with self._writing() as connection:
            _hold(connection, board, user)
            order = list(connection.execute(select(pins.c.id).where(pins.c.board == board).order_by(pins.c.position, pins.c.id)).scalars())
            if pin not in order:
                return
            at = order.index(pin)
            order.insert(min(max(at + by, 0), len(order) - 1), order.pop(at))
            for position, id in enumerate(order, 1):
                connection.execute(pins.update().where(pins.c.id == id).values(position=position))

    def unpin(self, board: str, user: str, pin: str) -> None:
        """Takes a pin off."""
        with self._writing() as connection:
            _hold(connection, board, user)
            connection.execute(pin_answers.delete().where(pin_answers.c.pin.in_(select(pins.c.id).where(_on(board, pin)))))
            connection.execute(pins.delete().where(_on(board, pin)))

    def keep(self, pin: str, user: str, rights: str, answer: dict[str, Any], lang: str) -> None:
        """Keeps the answer of a pin as this user was shown it under these rights, instead of the one before. Nothing where the pin is gone."""
        check_names(user)
        mine = and_(pin_answers.c.pin == pin, pin_answers.c.user == user)
        with self._writing() as connection:
            if connection.execute(select(pins.c.id).where(pins.c.id == pin)).first() is None:
                return
            connection.execute(pin_answers.delete().where(mine))
            values = {"rights": rights, "answer": bounded(answer, lang), "created": now()}
            connection.execute(pin_answers.insert().values(pin=pin, user=user, **values))

    def kept(self, pin: str, user: str, rights: str) -> KeptAnswer | None:
        """The last good answer of a pin for this user, if one was kept under these rights."""
        c = pin_answers.c
        found = select(c.answer, c.created).where(c.pin == pin, c.user == user, c.rights == rights)
        with self._reading() as connection:
            row = connection.execute(found).first()
        return KeptAnswer(**row._mapping) if row else None


def _width(width: int) -> int:
    return min(max(width, 1), WIDEST)


def _on(board: str, pin: str) -> ColumnElement[bool]:
    return and_(pins.c.board == board, pins.c.id == pin)


def _hold(connection: Connection, board: str, user: str, **values: object) -> None:
    """Changes the row of a board, so that nobody else changes the board until the end of the transaction."""
    whose = and_(boards.c.id == board, boards.c.user == user)
    if not (keeps(board) and keeps(user) and connection.execute(boards.update().where(whose).values(**(values or {"id": board}))).rowcount):
        raise _unknown()


def _unknown() -> UnknownBoard:
    return UnknownBoard("There is no such board, or it is not yours to change.", "没有这个看板，或您无权修改它。")
