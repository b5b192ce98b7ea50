"""logos of shops

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "cog_logo",
        sa.Column("cog_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["cog_id"], ["cog.id"], name=op.f("fk_cog_logo_cog_id")),
        sa.PrimaryKeyConstraint("cog_id", name=op.f("pk_cog_logo")),
    )
    op.add_column("cog", sa.Column("logo", sa.String(length=16), nullable=True))


def downgrade():
    op.execute("ALTER TABLE cog DROP COLUMN logo")
    op.drop_table("cog_logo")
