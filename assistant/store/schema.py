"""The tables. A change here needs a migration in `migrations/versions`."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)  # fmt: skip
from sqlalchemy.dialects.mssql import NVARCHAR
from sqlalchemy.dialects.mysql import VARCHAR

# Some databases take Ann and ann for the same where not told otherwise.
Name = String(255).with_variant(VARCHAR(255, collation="utf8mb4_bin"), "mysql", "mariadb").with_variant(NVARCHAR(255, "Latin1_General_BIN2"), "mssql")
Json = JSON(none_as_null=True)


class Moment(TypeDecorator[dt.datetime]):
    """A point in time: UTC without a zone in the database, with one in Python."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Raises ValueError without a time zone."""
        if value and value.tzinfo is None:
            raise ValueError("a point in time without a time zone")
        return value and value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """In UTC."""
        return value and value.replace(tzinfo=dt.UTC)


metadata = MetaData()

conversations = Table(
    "wenshu_conversations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("shop", Name, nullable=False),
    Column("user", Name, nullable=False),
    Column("title", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("changed", Moment, nullable=False),
    Index("wenshu_conversations_of_user", "shop", "user"),
)

turns = Table(
    "wenshu_turns",
    metadata,
    Column("conversation", String(32), ForeignKey(conversations.c.id), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("question", Text, nullable=False),
    Column("lang", String(16), nullable=False),
    Column("status", String(32), nullable=False),
    Column("query", Json),
    Column("answer", Json, nullable=False),
    Column("created", Moment, nullable=False),
)

choices = Table(
    "wenshu_choices",
    metadata,
    Column("shop", Name, primary_key=True),
    Column("user", Name, primary_key=True),
    Column("key", Name, primary_key=True),
    Column("label", Text, nullable=False),
    Column("query", Json, nullable=False),
    Column("created", Moment, nullable=False),
)

boards = Table(
    "wenshu_boards",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("shop", Name, nullable=False),
    Column("user", Name, nullable=False),
    Column("title", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Index("wenshu_boards_of_user", "shop", "user"),
)

pins = Table(
    "wenshu_pins",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("board", String(32), ForeignKey(boards.c.id), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("lang", String(16), nullable=False),
    Column("query", Json, nullable=False),
    Column("analysis", Name, nullable=False),
    Column("form", Name, nullable=False),
    Column("created", Moment, nullable=False),
)

# The last good answer of a pin, as one user was shown it under these rights.
pin_answers = Table(
    "wenshu_pin_answers",
    metadata,
    Column("pin", String(32), ForeignKey(pins.c.id), primary_key=True),
    Column("user", Name, primary_key=True),
    Column("rights", String(32), nullable=False),
    Column("answer", Json, nullable=False),
    Column("created", Moment, nullable=False),
)

feedback = Table(
    "wenshu_feedback",
    metadata,
    Column("shop", Name, primary_key=True),
    Column("user", Name, primary_key=True),
    Column("answer", String(32), primary_key=True),
    Column("rating", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("query", Json),
    Column("analysis", String(128)),
    Column("lang", String(16)),
    Column("closed", Moment),
    Column("closed_by", Name),
    Column("reason", Text),
)

audit = Table(
    "wenshu_audit",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("shop", Name, nullable=False),
    Column("user", Name, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("conversation", String(32)),
    Column("answer", String(32), nullable=False),
    Column("question", Text, nullable=False),
    Column("lang", String(16), nullable=False),
    Column("status", String(32), nullable=False),
    Column("error", String(64), nullable=False),
    Column("statements", Json, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Index("wenshu_audit_of_shop", "shop", "at"),
)

action_steps = Table(
    "wenshu_action_steps",
    metadata,
    Column("shop", Name, primary_key=True),
    Column("action", String(128), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(128), nullable=False),
    Column("state", String(32), nullable=False),
    Column("user", Name, nullable=False),
    Column("reason", Text, nullable=False),
    Column("changes", Json, nullable=False),
    Column("card", Json, nullable=False),
    Column("day", Date, nullable=False),
    Column("created", Moment, nullable=False),
)

# Who may use the HTTP API, as whom and for what; of a token only the hash is kept.
tokens = Table(
    "wenshu_tokens",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("shop", Name, nullable=False),
    Column("user", Name, nullable=False),
    Column("name", Text, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("scopes", Json, nullable=False),
    Column("created", Moment, nullable=False),
    Column("expires", Moment),
    Column("revoked", Moment),
    Column("used", Moment),
    Index("wenshu_tokens_of_shop", "shop", "user"),
)

# What platforms of chat delivered, so that nothing is answered twice and nothing is lost.
inbox = Table(
    "wenshu_inbox",
    metadata,
    Column("shop", Name, primary_key=True),
    Column("platform", String(32), primary_key=True),
    Column("key", Name, primary_key=True),
    Column("payload", Json, nullable=False),
    Column("received", Moment, nullable=False),
    Column("due", Moment, nullable=False, index=True),
    Column("tries", Integer, nullable=False),
    Column("done", Moment),
)

# The conversation that a thread of a platform is, for each who writes in it.
threads = Table(
    "wenshu_threads",
    metadata,
    Column("shop", Name, primary_key=True),
    Column("platform", String(32), primary_key=True),
    Column("thread", Name, primary_key=True),
    Column("user", Name, primary_key=True),
    Column("conversation", String(32), nullable=False, index=True),
)

# What somebody wants to be told, when, and where. `state` is what its condition was when it was looked at last.
# Whoever has the `claim` is at it until `claimed`; then another may take it up.
subscriptions = Table(
    "wenshu_subscriptions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("shop", Name, nullable=False),
    Column("user", Name, nullable=False),
    Column("title", Text, nullable=False),
    Column("lang", String(16), nullable=False),
    Column("query", Json, nullable=False),
    Column("analysis", Name, nullable=False),
    Column("form", Name, nullable=False),
    Column("schedule", Json, nullable=False),
    Column("condition", Json),
    Column("channel", String(32), nullable=False),
    Column("place", Name, nullable=False),
    Column("state", Json, nullable=False),
    Column("due", Moment, nullable=False, index=True),
    Column("claim", String(32)),
    Column("claimed", Moment),
    Column("paused", Moment),
    Column("created", Moment, nullable=False),
    Index("wenshu_subscriptions_of_user", "shop", "user"),
)

# Messages on their way out; the key is the same at every try, so that a receiver can tell a repeat. Whoever has the `claim` is at it until `claimed`.
outbox = Table(
    "wenshu_outbox",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("shop", Name, nullable=False),
    Column("subscription", String(32), nullable=False, index=True),
    Column("user", Name, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("place", Name, nullable=False),
    Column("message", Json, nullable=False),
    Column("created", Moment, nullable=False),
    Column("due", Moment, nullable=False, index=True),
    Column("tries", Integer, nullable=False),
    Column("claim", String(32)),
    Column("claimed", Moment),
    Column("sent", Moment),
    Column("given_up", Moment),
    Column("error", Text, nullable=False),
)

# What language models used, by user and day.
model_usage = Table(
    "wenshu_model_usage",
    metadata,
    Column("shop", Name, primary_key=True),
    Column("user", Name, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("model", Name, primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("input", BigInteger, nullable=False),
    Column("output", BigInteger, nullable=False),
    Column("cost", Float, nullable=False),
)
