"""refunds asked for by the shop, disputes, early fraud warnings

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATUSES = "('pending', 'requires_action', 'succeeded', 'failed', 'canceled', 'refused')"


DISPUTE_STATUSES = (
    "('warning_needs_response', 'warning_under_review', 'warning_closed', 'needs_response', "
    "'under_review', 'appeal_needs_response', 'appeal_under_review', 'won', 'lost', 'prevented')"
)
MODES = "mode IN ('sandbox', 'test', 'live')"
CHECKS = {
    "ck_refund_currency": "length(currency) = 3 AND currency = lower(currency)",
    "ck_refund_status": f"status IN {STATUSES}",
    "ck_refund_asked": (
        "stripe_id IS NOT NULL OR (params IS NOT NULL AND status IN ('pending', 'refused'))"
    ),
    "ck_refund_request_key": "request_key IS NULL OR params IS NOT NULL",
}


def refund(*more, stripe_id_may_be_null=False):
    """SQLite makes a table anew and must be told of its checks, which it doesn't reflect."""
    return sa.Table(
        "refund",
        sa.MetaData(),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("transaction_id", sa.String(length=40), nullable=False),
        sa.Column("stripe_id", sa.String(length=64), nullable=stripe_id_may_be_null),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transaction.id"], name=op.f("fk_refund_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint(
            "transaction_id", "stripe_id", name=op.f("uq_refund_transaction_id_stripe_id")
        ),
        *more,
    )


def new_columns(updated_at_may_be_null=True):
    return [
        sa.Column("request_key", sa.String(length=80), nullable=True),
        sa.Column("params", sa.JSON(), nullable=True),
        sa.Column("failure_reason", sa.String(length=80), nullable=True),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), nullable=updated_at_may_be_null
        ),
    ]


def upgrade():
    with op.batch_alter_table("refund", copy_from=refund()) as batch_op:
        batch_op.alter_column("stripe_id", existing_type=sa.String(length=64), nullable=True)
        for column in new_columns():
            batch_op.add_column(column)
    op.execute("UPDATE refund SET updated_at = created_at")
    between = refund(*new_columns(), stripe_id_may_be_null=True)
    with op.batch_alter_table("refund", copy_from=between) as batch_op:
        batch_op.alter_column(
            "updated_at", existing_type=sa.DateTime(timezone=True), nullable=False
        )
        batch_op.create_unique_constraint(
            op.f("uq_refund_transaction_id_request_key"), ["transaction_id", "request_key"]
        )
        for name, condition in CHECKS.items():
            batch_op.create_check_constraint(op.f(name), condition)
    op.create_index("ix_refund_status", "refund", ["status", "updated_at"])
    # By hand: other tables refer to this one, so that SQLite can't make it anew.
    op.execute(
        'ALTER TABLE "transaction" ADD COLUMN dispute_state VARCHAR(10) '
        "CONSTRAINT ck_transaction_dispute_state "
        "CHECK (dispute_state IN ('open', 'inquiry', 'lost', 'won', 'closed'))"
    )
    create_disputes()
    create_fraud_warnings()


def create_disputes():
    op.create_table(
        "dispute",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("transaction_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("stripe_id", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("due_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_dispute_amount")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_dispute_version")),
        sa.CheckConstraint(MODES, name=op.f("ck_dispute_mode")),
        sa.CheckConstraint(f"status IN {DISPUTE_STATUSES}", name=op.f("ck_dispute_status")),
        sa.CheckConstraint(
            "length(currency) = 3 AND currency = lower(currency)", name=op.f("ck_dispute_currency")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transaction.id"], name=op.f("fk_dispute_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("mode", "stripe_id", name=op.f("uq_dispute_mode_stripe_id")),
    )
    op.create_index("ix_dispute_transaction_id", "dispute", ["transaction_id"])


def create_fraud_warnings():
    op.create_table(
        "fraud_warning",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("transaction_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("stripe_id", sa.String(length=64), nullable=False),
        sa.Column("fraud_type", sa.String(length=60), nullable=False),
        sa.Column("actionable", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(MODES, name=op.f("ck_fraud_warning_mode")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transaction.id"], name=op.f("fk_fraud_warning_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_warning")),
        sa.UniqueConstraint("mode", "stripe_id", name=op.f("uq_fraud_warning_mode_stripe_id")),
    )
    op.create_index("ix_fraud_warning_transaction_id", "fraud_warning", ["transaction_id"])


def downgrade():
    op.drop_table("fraud_warning")
    op.drop_table("dispute")
    op.execute('ALTER TABLE "transaction" DROP COLUMN dispute_state')
    # What Stripe never answered or refused has no place in the older schema.
    op.execute("DELETE FROM refund WHERE stripe_id IS NULL")
    op.drop_index("ix_refund_status", "refund")
    unique = sa.UniqueConstraint(
        "transaction_id", "request_key", name=op.f("uq_refund_transaction_id_request_key")
    )
    checks = [sa.CheckConstraint(text, name=op.f(name)) for name, text in CHECKS.items()]
    columns = new_columns(updated_at_may_be_null=False)
    now = refund(*columns, unique, *checks, stripe_id_may_be_null=True)
    with op.batch_alter_table("refund", copy_from=now) as batch_op:
        for name in CHECKS:
            batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.drop_constraint(unique.name, type_="unique")
        for column in columns:
            batch_op.drop_column(column.name)
        batch_op.alter_column("stripe_id", existing_type=sa.String(length=64), nullable=False)
