"""Rows of what a shopper's bank says of a payment after it was made."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from extensions import MODES, Model, UtcDateTime, new_id, now, one_of

# Source: Stripe API reference, "The Dispute object".
DISPUTE_STATUSES = (
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "needs_response",
    "under_review",
    "appeal_needs_response",
    "appeal_under_review",
    "won",
    "lost",
    "prevented",
)

_CLOSED = ("warning_closed", "won", "lost", "prevented")
OPEN_DISPUTES = tuple(status for status in DISPUTE_STATUSES if status not in _CLOSED)


class Dispute(Model):
    """The shopper's bank asks for a payment back, or asks about it; by Stripe's id.

    Beside the status of the transaction, as a refund is. The status is Stripe's word and may go
    back and forth (an inquiry becomes a dispute, a lost one is appealed): `version` counts.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        UniqueConstraint("mode", "stripe_id"),
        CheckConstraint(one_of("mode", MODES), name="mode"),
        CheckConstraint(one_of("status", DISPUTE_STATUSES), name="status"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("length(currency) = 3 AND currency = lower(currency)", name="currency"),
        CheckConstraint("version >= 1", name="version"),
        Index("ix_dispute_transaction_id", "transaction_id"),
        Index("ix_dispute_status", "status", "mode", "updated_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("dsp"))
    transaction_id: Mapped[str] = mapped_column(ForeignKey("transaction.id"))
    mode: Mapped[str] = mapped_column(String(8))
    stripe_id: Mapped[str] = mapped_column(String(64))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(String(60))
    # Until when the shop may answer it in Stripe's dashboard.
    due_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class FraudWarning(Model):
    """A bank's early word that a payment was fraud; for the owner's eyes only."""

    __tablename__ = "fraud_warning"
    __table_args__ = (
        UniqueConstraint("mode", "stripe_id"),
        CheckConstraint(one_of("mode", MODES), name="mode"),
        Index("ix_fraud_warning_transaction_id", "transaction_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("efw"))
    transaction_id: Mapped[str] = mapped_column(ForeignKey("transaction.id"))
    mode: Mapped[str] = mapped_column(String(8))
    stripe_id: Mapped[str] = mapped_column(String(64))
    fraud_type: Mapped[str] = mapped_column(String(60))
    # Not disputed yet and not wholly refunded: a refund may still prevent a dispute.
    actionable: Mapped[bool]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
