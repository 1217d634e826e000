"""What language models used."""

import sqlalchemy as sa
from alembic import op

from assistant.store.schema import Name

revision = "6"
down_revision = "5"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "wenshu_model_usage",
        sa.Column("shop", Name, primary_key=True),
        sa.Column("user", Name, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("model", Name, primary_key=True),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("input", sa.BigInteger, nullable=False),
        sa.Column("output", sa.BigInteger, nullable=False),
        sa.Column("cost", sa.Float, nullable=False),
    )
