"""Boards with their pins, feedback on answers, and the audit of questions."""

import sqlalchemy as sa
from alembic import op

from assistant.store.schema import Json, Moment, Name

revision = "3"
down_revision = "2"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "wenshu_boards",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("shop", Name, nullable=False),
        sa.Column("user", Name, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("created", Moment, nullable=False),
    )
    op.create_index("wenshu_boards_of_user", "wenshu_boards", ["shop", "user"])
    op.create_table(
        "wenshu_pins",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("board", sa.String(32), sa.ForeignKey("wenshu_boards.id"), nullable=False, index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("lang", sa.String(16), nullable=False),
        sa.Column("query", Json, nullable=False),
        sa.Column("analysis", Name, nullable=False),
        sa.Column("form", Name, nullable=False),
        sa.Column("created", Moment, nullable=False),
    )
    op.create_table(
        "wenshu_pin_answers",
        sa.Column("pin", sa.String(32), sa.ForeignKey("wenshu_pins.id"), primary_key=True),
        sa.Column("user", Name, primary_key=True),
        sa.Column("rights", sa.String(32), nullable=False),
        sa.Column("answer", Json, nullable=False),
        sa.Column("created", Moment, nullable=False),
    )
    op.create_table(
        "wenshu_feedback",
        sa.Column("shop", Name, primary_key=True),
        sa.Column("user", Name, primary_key=True),
        sa.Column("answer", sa.String(32), primary_key=True),
        sa.Column("rating", sa.Integer, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("created", Moment, nullable=False),
    )
    op.create_table(
        "wenshu_audit",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("shop", Name, nullable=False),
        sa.Column("user", Name, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("conversation", sa.String(32)),
        sa.Column("answer", sa.String(32), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("lang", sa.String(16), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("error", sa.String(64), nullable=False),
        sa.Column("statements", Json, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("milliseconds", sa.Integer, nullable=False),
    )
    op.create_index("wenshu_audit_of_shop", "wenshu_audit", ["shop", "at"])
