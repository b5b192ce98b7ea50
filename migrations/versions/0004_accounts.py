"""accounts: where one is signed in, and accounts that were deleted

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("session") as table:
        table.add_column(sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("browser", sa.String(length=20), nullable=True))
        table.add_column(sa.Column("platform", sa.String(length=20), nullable=True))
    with op.batch_alter_table("user") as table:
        table.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("customer") as table:
        table.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    with op.batch_alter_table("customer") as table:
        table.drop_column("deleted_at")
    with op.batch_alter_table("user") as table:
        table.drop_column("closed_at")
    with op.batch_alter_table("session") as table:
        table.drop_column("platform")
        table.drop_column("browser")
        table.drop_column("last_seen_at")
