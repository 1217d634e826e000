"""What the server and the worker keep: tokens, what came in and the threads it came from, subscriptions and what goes out."""

import sqlalchemy as sa
from alembic import op

from assistant.store.schema import Json, Moment, Name

revision = "5"
down_revision = "4"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "wenshu_tokens",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("shop", Name, nullable=False),
        sa.Column("user", Name, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("expires", Moment),
        sa.Column("revoked", Moment),
        sa.Column("used", Moment),
    )
    op.create_table(
        "wenshu_inbox",
        sa.Column("shop", Name, primary_key=True),
        sa.Column("platform", sa.String(32), primary_key=True),
        sa.Column("key", Name, primary_key=True),
        sa.Column("payload", Json, nullable=False),
        sa.Column("received", Moment, nullable=False),
        sa.Column("due", Moment, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("done", Moment),
    )
    op.create_table(
        "wenshu_threads",
        sa.Column("shop", Name, primary_key=True),
        sa.Column("platform", sa.String(32), primary_key=True),
        sa.Column("thread", Name, primary_key=True),
        sa.Column("user", Name, primary_key=True),
        sa.Column("conversation", sa.String(32), nullable=False),
    )
    op.create_table(
        "wenshu_subscriptions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("shop", Name, nullable=False),
        sa.Column("user", Name, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("lang", sa.String(16), nullable=False),
        sa.Column("query", Json, nullable=False),
        sa.Column("analysis", Name, nullable=False),
        sa.Column("form", Name, nullable=False),
        sa.Column("schedule", Json, nullable=False),
        sa.Column("condition", Json),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("place", Name, nullable=False),
        sa.Column("state", Json, nullable=False),
        sa.Column("due", Moment, nullable=False),
        sa.Column("claim", sa.String(32)),
        sa.Column("claimed", Moment),
        sa.Column("paused", Moment),
        sa.Column("created", Moment, nullable=False),
    )
    op.create_table(
        "wenshu_outbox",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("shop", Name, nullable=False),
        sa.Column("subscription", sa.String(32), nullable=False),
        sa.Column("user", Name, nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("place", Name, nullable=False),
        sa.Column("message", Json, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("due", Moment, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("claim", sa.String(32)),
        sa.Column("claimed", Moment),
        sa.Column("sent", Moment),
        sa.Column("given_up", Moment),
        sa.Column("error", sa.Text, nullable=False),
    )
    op.create_index("wenshu_tokens_of_shop", "wenshu_tokens", ["shop", "user"])
    op.create_index("ix_wenshu_inbox_due", "wenshu_inbox", ["due"])
    op.create_index("ix_wenshu_threads_conversation", "wenshu_threads", ["conversation"])
    op.create_index("ix_wenshu_subscriptions_due", "wenshu_subscriptions", ["due"])
    op.create_index("wenshu_subscriptions_of_user", "wenshu_subscriptions", ["shop", "user"])
    op.create_index("ix_wenshu_outbox_subscription", "wenshu_outbox", ["subscription"])
    op.create_index("ix_wenshu_outbox_due", "wenshu_outbox", ["due"])
