"""What therapists said of a session."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("sessions", sa.Column("labels", sa.JSON, nullable=False, server_default="[]"))


def downgrade() -> None:
    """Back to the one before."""
    op.drop_column("sessions", "labels")
