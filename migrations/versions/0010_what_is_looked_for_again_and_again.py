"""indexes for what recovery and webhooks look for again and again, however long the history

Revision 0010, after 0009.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_transaction_status": ("transaction", ["status", "mode", "updated_at"]),
    "ix_dispute_status": ("dispute", ["status", "mode", "updated_at"]),
    "ix_refund_stripe_id": ("refund", ["stripe_id"]),
    "ix_card_setup": ("card", ["setup_intent_id", "mode"]),
    "ix_card_leaving": ("card", ["action", "mode", "detached_at"]),
    "ix_user_closed_at": ("user", ["closed_at"]),
    "ix_customer_has_new_email_mode": ("customer", ["has_new_email", "mode"]),
}


def upgrade():
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)


def downgrade():
    for name, (table, _columns) in INDEXES.items():
        op.drop_index(name, table_name=table)
