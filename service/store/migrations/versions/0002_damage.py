"""What is wrong with a recording."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("sessions", sa.Column("damage", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    """Back to the one before."""
    op.drop_column("sessions", "damage")
