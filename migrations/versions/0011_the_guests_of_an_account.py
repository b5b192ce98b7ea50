"""an index for the guests whom an account was before: what they have running counts as its own

Revision 0011, after 0010.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_user_merged_into_id", "user", ["merged_into_id"])


def downgrade():
    op.drop_index("ix_user_merged_into_id", table_name="user")
