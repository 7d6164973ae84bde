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
        columns: list[sa.ColumnClause[object]] = [sa.column(name) for name in COLUMNS]
        sealed = (part for column in columns for part in (sa.func.typeof(column), sa.cast(column, sa.LargeBinary)))
        op.execute(sa.table("sessions", sa.column("checksum")).update().values(checksum=sa.func.seal(*sealed)))


def downgrade() -> None:
    """Back to the one before."""
    op.drop_column("sessions", "checksum")
