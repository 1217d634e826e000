"""What users think of answers, in a database."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import ColumnElement, and_, select

from assistant.store.records import Opinion
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
        c = feedback.c
        with self._reading() as connection:
            row = connection.execute(select(c.rating, c.comment, c.question, c.created).where(_of(shop, user, answer))).first()
        return Opinion(**row._mapping) if row else None


def _of(shop: str, user: str, answer: str) -> ColumnElement[bool]:
    check_names(shop, user, answer)
    return and_(feedback.c.shop == shop, feedback.c.user == user, feedback.c.answer == answer)
