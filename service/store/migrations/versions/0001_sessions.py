"""The list of sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "sessions",
        sa.Column("session", sa.String(64), primary_key=True),
        sa.Column("machine", sa.String(129), nullable=False),
        sa.Column("started_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_utc", sa.DateTime(timezone=True)),
        sa.Column("plan", sa.JSON(none_as_null=True)),
        sa.Column("sets", sa.JSON, nullable=False),
        sa.Column("completeness", sa.JSON, nullable=False),
        sa.Column("final", sa.Boolean, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
    )
    op.create_index("sessions_by_time", "sessions", ["started_utc", "session"])
    op.create_index("sessions_by_machine", "sessions", ["machine", "started_utc", "session"])


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("sessions")
