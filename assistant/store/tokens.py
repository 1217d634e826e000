"""Tokens of the HTTP API in a database: whose they are, what they are good for, and of the token itself only its SHA-256."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import select

from assistant.store.records import Token, now
from assistant.store.schema import tokens
from assistant.store.tables import Tables, check_names, storable
from semantic_layer.errors import StoreError, UsageError, did_you_mean

PREFIX = "wenshu_"  # by which people, and what looks for secrets in files, know one
_SEEN = dt.timedelta(minutes=1)  # how exactly it is kept when a token was used last
_COLUMNS = tuple(f.name for f in fields(Token))


class Tokens(Tables):
    """The tokens of shops. Every method raises StoreError, StoreBusy, UsageError."""

    def create(self, shop: str, user: str, name: str, scopes: Sequence[str], expires: dt.datetime | None = None) -> tuple[Token, str]:
        """A new token of a user; also the secret itself, which nobody can be told again."""
        check_names(shop, user)
        secret = PREFIX + secrets.token_urlsafe(32)
        token = Token(uuid.uuid4().hex[:12], user, storable(name), list(scopes), now(), expires)
        values = {c: getattr(token, c) for c in _COLUMNS}
        with self._writing() as connection:
            connection.execute(tokens.insert().values(shop=shop, hash=_hash(secret), **values))
        return token, secret

    def of(self, shop: str) -> tuple[Token, ...]:
        """All tokens that a shop ever had, the oldest first."""
        check_names(shop)
        found = select(*(tokens.c[name] for name in _COLUMNS)).where(tokens.c.shop == shop).order_by(tokens.c.created, tokens.c.id)
        with self._reading() as connection:
            return tuple(_token(row._mapping) for row in connection.execute(found))

    def any(self, shop: str) -> bool:
        """Whether a shop ever had a token: from then on nobody is let in without one."""
        with self._reading() as connection:
            return connection.execute(select(tokens.c.id).where(tokens.c.shop == shop).limit(1)).first() is not None

    def known(self, shop: str, secret: str) -> Token | None:
        """The token that a secret is, where it is one of this shop and still good; keeps that it was used."""
        hash, at = _hash(secret), now()
        found = select(tokens.c.hash, *(tokens.c[name] for name in _COLUMNS)).where(tokens.c.shop == shop, tokens.c.hash == hash)
        with self._reading() as connection:
            row = connection.execute(found).first()
        if row is None or not hmac.compare_digest(row.hash, hash):
            return None
        token = _token({c: row._mapping[c] for c in _COLUMNS})
        if not token.good(at):
            return None
        if token.used is None or at - token.used >= _SEEN:
            with contextlib.suppress(StoreError), self._writing() as connection:  # who is let in does not hang on it
                connection.execute(tokens.update().where(tokens.c.id == token.id).values(used=at))
        return token

    def revoke(self, shop: str, id: str) -> Token:
        """Makes a token, named by its id or the beginning of it, good for nothing from now on. UsageError where there is no such one, or several."""
        known = self.of(shop)
        found = [t for t in known if t.id == id] or [t for t in known if id and t.id.startswith(id)]
        if len(found) != 1:
            ids = [t.id for t in known]
            raise UsageError(f"There is no token {id}." + did_you_mean(id, ids), f"没有令牌 {id}。" + did_you_mean(id, ids, "zh"))
        with self._writing() as connection:
            connection.execute(tokens.update().where(tokens.c.id == found[0].id, tokens.c.revoked.is_(None)).values(revoked=now()))
        return next(t for t in self.of(shop) if t.id == found[0].id)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _token(row: object) -> Token:
    return Token(**row)  # type: ignore[arg-type]
