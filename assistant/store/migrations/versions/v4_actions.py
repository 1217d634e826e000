"""What was decided about actions."""

import sqlalchemy as sa
from alembic import op

from assistant.store.schema import Json, Moment, Name

revision = "4"
down_revision = "3"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "wenshu_action_steps",
        sa.Column("shop", Name, primary_key=True),
        sa.Column("action", sa.String(128), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(128), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("user", Name, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("changes", Json, nullable=False),
        sa.Column("card", Json, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("created", Moment, nullable=False),
    )
