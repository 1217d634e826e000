"""Conversations and their turns."""

import sqlalchemy as sa
from alembic import op

from assistant.store.schema import Json, Moment, Name

revision = "1"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "wenshu_conversations",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("shop", Name, nullable=False),
        sa.Column("user", Name, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("changed", Moment, nullable=False),
    )
    op.create_index("wenshu_conversations_of_user", "wenshu_conversations", ["shop", "user"])
    op.create_table(
        "wenshu_turns",
        sa.Column("conversation", sa.String(32), sa.ForeignKey("wenshu_conversations.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("lang", sa.String(16), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("query", Json),
        sa.Column("answer", Json, nullable=False),
        sa.Column("created", Moment, nullable=False),
    )
