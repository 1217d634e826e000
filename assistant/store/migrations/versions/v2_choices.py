"""Remembered choices."""

import sqlalchemy as sa
from alembic import op

from assistant.store.schema import Json, Moment, Name

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "wenshu_choices",
        sa.Column("shop", Name, primary_key=True),
        sa.Column("user", Name, primary_key=True),
        sa.Column("key", Name, primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("query", Json, nullable=False),
        sa.Column("created", Moment, nullable=False),
    )
