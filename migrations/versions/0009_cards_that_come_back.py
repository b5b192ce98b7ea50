"""a removed card that Stripe still has may be added again

Revision 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

GONE = ("replaced", "consumed", "deleted", "detached")
CARD = sa.table("card", sa.column("verified"), sa.column("action"))


def upgrade():
    _index(sa.text(f"verified AND action NOT IN {GONE}"))


def downgrade():
    op.execute(sa.update(CARD).where(CARD.c.action.in_(GONE)).values(verified=sa.false()))
    _index(sa.text("verified"))


def _index(where):
    op.drop_index("uq_card_stripe", table_name="card")
    columns = ["mode", "payment_method_id"]
    conditions = {"sqlite_where": where, "postgresql_where": where}
    op.create_index("uq_card_stripe", "card", columns, unique=True, **conditions)
