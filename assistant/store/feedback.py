"""What users think of answers, and what became of it, in a database."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from assistant.store.records import Complaint, Opinion, now
from assistant.store.schema import feedback
from assistant.store.tables import Tables, check_names, storable


class Feedback(Tables):
    """One opinion of each user on each answer. Every method raises StoreError, StoreBusy, UsageError."""

    def give(self, shop: str, user: str, answer: str, opinion: Opinion | None) -> None:
        """Keeps an opinion on an answer, by its id, instead of the one before; none takes it back."""
        whose = _of(shop, user, answer)
        with self._writing() as connection:
            connection.execute(feedback.delete().where(whose))
            if opinion is not None:
                values = asdict(opinion) | {"comment": storable(opinion.comment), "question": storable(opinion.question)}
                connection.execute(feedback.insert().values(shop=shop, user=user, answer=answer, **values))

    def on(self, shop: str, user: str, answer: str) -> Opinion | None:
        """This user's opinion on an answer, if there is one."""
        with self._reading() as connection:
            row = connection.execute(select(*_OPINION).where(_of(shop, user, answer))).first()
        return _opinion(row._mapping) if row else None

    def complaints(self, shop: str, *, closed: bool = False) -> tuple[Complaint, ...]:
        """What users found wrong, the newest first; unless `closed`, only what nobody has closed."""
        c = feedback.c
        check_names(shop)
        wanted = and_(c.shop == shop, c.rating < 0) if closed else and_(c.shop == shop, c.rating < 0, c.closed.is_(None))
        with self._reading() as connection:
            rows = connection.execute(select(feedback).where(wanted).order_by(c.created.desc(), c.answer)).all()
        return tuple(_complaint(row._mapping) for row in rows)

    def close(self, shop: str, user: str, answer: str, by: str, reason: str) -> None:
        """Closes what a user found wrong with an answer. What is not there is left so."""
        check_names(by)
        with self._writing() as connection:
            values = {"closed": now(), "closed_by": by, "reason": storable(reason)}
            connection.execute(feedback.update().where(_of(shop, user, answer)).values(**values))


_OPINION = [feedback.c[name] for name in ("rating", "comment", "question", "created", "query", "analysis", "lang")]


def _opinion(row: Any) -> Opinion:
    known = {column.name: row[column.name] for column in _OPINION}
    return Opinion(**{**known, "analysis": known["analysis"] or "", "lang": known["lang"] or ""})


def _complaint(row: Any) -> Complaint:
    return Complaint(row["user"], row["answer"], _opinion(row), row["closed"], row["closed_by"] or "", row["reason"] or "")


def _of(shop: str, user: str, answer: str) -> ColumnElement[bool]:
    check_names(shop, user, answer)
    return and_(feedback.c.shop == shop, feedback.c.user == user, feedback.c.answer == answer)
