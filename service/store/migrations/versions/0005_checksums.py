"""What tells a row that is as it was written."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("sessions", sa.Column("checksum", sa.BigInteger))


def downgrade() -> None:
    """Back to the one before."""
    op.drop_column("sessions", "checksum")
