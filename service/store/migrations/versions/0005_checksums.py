"""What tells a row that is as it was written."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = ["session", "machine", "started_utc", "ended_utc", "plan", "sets", "completeness", "final", "path", "damage", "flags", "labels"]


def upgrade() -> None:
    """To this revision: what is there counts as written, for a row without a checksum is damaged from now on."""
    op.add_column("sessions", sa.Column("checksum", sa.BigInteger))
    if op.get_bind().dialect.name == "sqlite":
        sealed = ", ".join(f"typeof({name}), CAST({name} AS BLOB)" for name in COLUMNS)
        op.execute(f"UPDATE sessions SET checksum = seal({sealed})")  # noqa: S608 - our own names


def downgrade() -> None:
    """Back to the one before."""
    op.drop_column("sessions", "checksum")
