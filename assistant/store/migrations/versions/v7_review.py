"""What an opinion is about, and what came of it."""

import sqlalchemy as sa
from alembic import op

from assistant.store.schema import Json, Moment, Name

revision = "7"
down_revision = "6"


def upgrade() -> None:
    """Adds the columns; opinions of before are about no known query."""
    for column in (
        sa.Column("query", Json),
        sa.Column("analysis", sa.String(128)),
        sa.Column("lang", sa.String(16)),
        sa.Column("closed", Moment),
        sa.Column("closed_by", Name),
        sa.Column("reason", sa.Text),
    ):
        op.add_column("wenshu_feedback", column)
