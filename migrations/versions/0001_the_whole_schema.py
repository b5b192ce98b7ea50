"""the whole schema

Revision 0001, after .
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "cog",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("tagline", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("accent", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(currency) = 3 AND currency = lower(currency)", name=op.f("ck_cog_currency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cog")),
        sa.UniqueConstraint("slug", name=op.f("uq_cog_slug")),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("contact_email", sa.String(length=254), nullable=True),
        sa.Column("merged_into_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["user.id"], name=op.f("fk_user_merged_into_id")
        ),
        sa.CheckConstraint(
            "(email IS NULL) = (password_hash IS NULL)", name=op.f("ck_user_account_or_guest")
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_user_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "webhook_event",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_event")),
    )
    op.create_table(
        "card",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("cog_id", sa.String(length=40), nullable=True),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=True),
        sa.Column("setup_intent_id", sa.String(length=64), nullable=True),
        sa.Column("claimed_id", sa.String(length=64), nullable=False),
        sa.Column("payment_method_id", sa.String(length=64), nullable=False),
        sa.Column("token_id", sa.String(length=64), nullable=True),
        sa.Column("token_type", sa.String(length=10), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=True),
        sa.Column("brand", sa.String(length=30), nullable=True),
        sa.Column("expomon", sa.Integer(), nullable=True),
        sa.Column("expoyear", sa.Integer(), nullable=True),
        sa.Column("name_on_card", sa.String(length=200), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "NOT is_default OR (token_type = 'permanent' AND status = 'ACTIVE' AND verified)",
            name=op.f("ck_card_default_is_listed"),
        ),
        sa.CheckConstraint(
            "action IN ('added', 'updated', 'replaced', 'consumed', 'deleted', 'detached')",
            name=op.f("ck_card_action"),
        ),
        sa.CheckConstraint("mode IN ('sandbox', 'test', 'live')", name=op.f("ck_card_mode")),
        sa.CheckConstraint(
            "status IN ('PENDING', 'ACTIVE', 'FAILED')", name=op.f("ck_card_status")
        ),
        sa.CheckConstraint(
            "token_type IN ('permanent', 'single')", name=op.f("ck_card_token_type")
        ),
        sa.CheckConstraint("expomon BETWEEN 1 AND 12", name=op.f("ck_card_expomon")),
        sa.CheckConstraint("length(last_four) = 4", name=op.f("ck_card_last_four")),
        sa.ForeignKeyConstraint(["cog_id"], ["cog.id"], name=op.f("fk_card_cog_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_card_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
    )
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.create_index("ix_card_wallet", ["user_id", "mode"], unique=False)
        batch_op.create_index("ix_card_claimed", ["claimed_id", "mode"], unique=False)
        batch_op.create_index("ix_card_method", ["payment_method_id", "mode"], unique=False)
        batch_op.create_index(
            "uq_card_default",
            ["user_id", "mode"],
            unique=True,
            sqlite_where=sa.text("is_default"),
            postgresql_where=sa.text("is_default"),
        )
        batch_op.create_index(
            "uq_card_stripe",
            ["mode", "payment_method_id"],
            unique=True,
            sqlite_where=sa.text("verified"),
            postgresql_where=sa.text("verified"),
        )

    op.create_table(
        "customer",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("stripe_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode IN ('sandbox', 'test', 'live')", name=op.f("ck_customer_mode")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_customer_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("mode", "stripe_id", name=op.f("uq_customer_mode_stripe_id")),
        sa.UniqueConstraint("user_id", "mode", name=op.f("uq_customer_user_id_mode")),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("cog_id", sa.String(length=40), nullable=False),
        sa.Column("item_id", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("image", sa.String(length=120), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("price_cents BETWEEN 1 AND 99999999", name=op.f("ck_item_price")),
        sa.ForeignKeyConstraint(["cog_id"], ["cog.id"], name=op.f("fk_item_cog_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("cog_id", "item_id", name=op.f("uq_item_cog_id_item_id")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "transaction",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("cog_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("request_id", sa.String(length=80), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("basket_hash", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("payment_intent_id", sa.String(length=64), nullable=True),
        sa.Column("customer_id", sa.String(length=64), nullable=True),
        sa.Column("receipt_email", sa.String(length=254), nullable=True),
        sa.Column("amount_refunded", sa.Integer(), nullable=False),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode IN ('sandbox', 'test', 'live')", name=op.f("ck_transaction_mode")),
        sa.CheckConstraint(
            "status <> 'succeeded' OR payment_intent_id IS NOT NULL",
            name=op.f("ck_transaction_paid_by"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'requires_action', 'processing', 'succeeded', 'declined', 'canceled')",
            name=op.f("ck_transaction_status"),
        ),
        sa.CheckConstraint("amount BETWEEN 1 AND 99999999", name=op.f("ck_transaction_amount")),
        sa.CheckConstraint(
            "amount_refunded BETWEEN 0 AND amount", name=op.f("ck_transaction_amount_refunded")
        ),
        sa.CheckConstraint(
            "length(currency) = 3 AND currency = lower(currency)",
            name=op.f("ck_transaction_currency"),
        ),
        sa.ForeignKeyConstraint(["cog_id"], ["cog.id"], name=op.f("fk_transaction_cog_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_transaction_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transaction")),
        sa.UniqueConstraint(
            "mode", "payment_intent_id", name=op.f("uq_transaction_mode_payment_intent_id")
        ),
        sa.UniqueConstraint(
            "user_id", "mode", "request_id", name=op.f("uq_transaction_user_id_mode_request_id")
        ),
    )
    with op.batch_alter_table("transaction", schema=None) as batch_op:
        batch_op.create_index(
            "ix_transaction_history", ["user_id", "mode", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "uq_transaction_open",
            ["user_id", "cog_id", "mode"],
            unique=True,
            sqlite_where=sa.text("status IN ('pending', 'requires_action', 'processing')"),
            postgresql_where=sa.text("status IN ('pending', 'requires_action', 'processing')"),
        )

    op.create_table(
        "attempt",
        sa.Column("transaction_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(length=80), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("card_id", sa.String(length=40), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("charge_id", sa.String(length=64), nullable=True),
        sa.Column("code", sa.String(length=80), nullable=True),
        sa.Column("decline_code", sa.String(length=80), nullable=True),
        sa.Column("payment_method_id", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=30), nullable=True),
        sa.Column("last_four", sa.String(length=4), nullable=True),
        sa.Column("expomon", sa.Integer(), nullable=True),
        sa.Column("expoyear", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_attempt_number")),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_attempt_card_id")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transaction.id"], name=op.f("fk_attempt_transaction_id")
        ),
        sa.PrimaryKeyConstraint("transaction_id", "number", name=op.f("pk_attempt")),
        sa.UniqueConstraint(
            "transaction_id", "request_id", name=op.f("uq_attempt_transaction_id_request_id")
        ),
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("transaction_id", sa.String(length=40), nullable=False),
        sa.Column("stripe_id", sa.String(length=64), nullable=False),
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
    )
    op.create_table(
        "transaction_event",
        sa.Column("transaction_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_status", sa.String(length=16), nullable=True),
        sa.Column("to_status", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transaction.id"], name=op.f("fk_transaction_event_transaction_id")
        ),
        sa.PrimaryKeyConstraint("transaction_id", "version", name=op.f("pk_transaction_event")),
    )
    op.create_table(
        "transaction_line",
        sa.Column("transaction_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "amount = price_cents * quantity", name=op.f("ck_transaction_line_amount")
        ),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_transaction_line_quantity")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transaction.id"], name=op.f("fk_transaction_line_transaction_id")
        ),
        sa.PrimaryKeyConstraint("transaction_id", "position", name=op.f("pk_transaction_line")),
    )


def downgrade():
    op.drop_table("transaction_line")
    op.drop_table("transaction_event")
    op.drop_table("refund")
    op.drop_table("attempt")
    with op.batch_alter_table("transaction", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_transaction_open",
            sqlite_where=sa.text("status IN ('pending', 'requires_action', 'processing')"),
            postgresql_where=sa.text("status IN ('pending', 'requires_action', 'processing')"),
        )
        batch_op.drop_index("ix_transaction_history")

    op.drop_table("transaction")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_user_id"))

    op.drop_table("session")
    op.drop_table("item")
    op.drop_table("customer")
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_card_stripe", sqlite_where=sa.text("verified"), postgresql_where=sa.text("verified")
        )
        batch_op.drop_index(
            "uq_card_default",
            sqlite_where=sa.text("is_default"),
            postgresql_where=sa.text("is_default"),
        )
        batch_op.drop_index("ix_card_method")
        batch_op.drop_index("ix_card_claimed")
        batch_op.drop_index("ix_card_wallet")

    op.drop_table("card")
    op.drop_table("webhook_event")
    op.drop_table("lease")
    op.drop_table("user")
    op.drop_table("cog")
