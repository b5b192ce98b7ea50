"""webhook health

Revision 0003, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    table = op.create_table(
        "webhook_health",
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_failure_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_failure", sa.String(length=200), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_webhook_health_failures")),
        sa.CheckConstraint(
            "mode IN ('sandbox', 'test', 'live')", name=op.f("ck_webhook_health_mode")
        ),
        sa.PrimaryKeyConstraint("mode", name=op.f("pk_webhook_health")),
    )
    # One row per mode, from the beginning: whoever notes something only updates.
    op.bulk_insert(table, [{"mode": mode, "failures": 0} for mode in ("sandbox", "test", "live")])


def downgrade():
    op.drop_table("webhook_health")
