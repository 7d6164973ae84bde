"""What stands out in a session."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("sessions", sa.Column("flags", sa.Text))


def downgrade() -> None:
    """Back to the one before."""
    op.drop_column("sessions", "flags")
