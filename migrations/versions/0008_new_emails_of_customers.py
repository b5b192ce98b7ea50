"""whether a customer's new email is still to be told to Stripe

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade():
    untold = sa.Column("has_new_email", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("customer", untold)


def downgrade():
    op.execute("ALTER TABLE customer DROP COLUMN has_new_email")
