from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.models import Cog
from extensions import MODES, Model, UtcDateTime, new_id, now, one_of

OPEN = ("pending", "requires_action", "processing")
STATUSES = (*OPEN, "succeeded", "declined", "canceled")
# `refused`: Stripe said no before doing anything. A refund may fail long after it succeeded.
REFUND_STATUSES = ("pending", "requires_action", "succeeded", "failed", "canceled", "refused")
# One that failed, was cancelled or refused gave nothing back.
COUNTED_REFUNDS = ("pending", "requires_action", "succeeded")
# What all disputes of an order come to, for the shopper; the first that holds is shown.
DISPUTE_STATES = ("open", "inquiry", "lost", "won", "closed")
_IS_OPEN = text("status IN ('pending', 'requires_action', 'processing')")


class Transaction(Model):
    """One purchase. Amounts in minor units of `currency`; `status` moves only in `states.py`."""

    __tablename__ = "transaction"
    __table_args__ = (
        UniqueConstraint("user_id", "mode", "request_id"),
        UniqueConstraint("mode", "payment_intent_id"),
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint(one_of("mode", MODES), name="mode"),
        CheckConstraint("amount BETWEEN 1 AND 99999999", name="amount"),
        CheckConstraint("amount_refunded BETWEEN 0 AND amount", name="amount_refunded"),
        CheckConstraint(
            "(tax_name IS NULL) = (tax_rate IS NULL) AND (tax_rate IS NULL) = (tax_amount IS NULL)"
            " AND tax_amount BETWEEN 0 AND amount",
            name="tax",
        ),
        CheckConstraint("length(currency) = 3 AND currency = lower(currency)", name="currency"),
        CheckConstraint(one_of("dispute_state", DISPUTE_STATES), name="dispute_state"),
        CheckConstraint("status <> 'succeeded' OR payment_intent_id IS NOT NULL", name="paid_by"),
        Index(
            "uq_transaction_open",
            "user_id",
            "cog_id",
            "mode",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        Index("ix_transaction_history", "user_id", "mode", "created_at", "id"),
        Index("ix_transaction_status", "status", "mode", "updated_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("txn"))
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    cog_id: Mapped[str] = mapped_column(ForeignKey("cog.id"))
    mode: Mapped[str] = mapped_column(String(8))
    # What the request was and what it contained: the same again is answered, never done again.
    request_id: Mapped[str] = mapped_column(String(80))
    request_hash: Mapped[str] = mapped_column(String(64))
    basket_hash: Mapped[str] = mapped_column(String(64))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    # What of `amount` was tax, by the shop's rate of that day (thousandths of a percent).
    tax_name: Mapped[str | None] = mapped_column(String(30))
    tax_rate: Mapped[int | None]
    tax_amount: Mapped[int | None]
    status: Mapped[str] = mapped_column(String(16), default="pending")
    version: Mapped[int] = mapped_column(default=1)
    payment_intent_id: Mapped[str | None] = mapped_column(String(64))
    customer_id: Mapped[str | None] = mapped_column(String(64))
    receipt_email: Mapped[str | None] = mapped_column(String(254))
    amount_refunded: Mapped[int] = mapped_column(default=0)
    dispute_state: Mapped[str | None] = mapped_column(String(10))
    needs_review: Mapped[bool] = mapped_column(default=False)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    cog: Mapped[Cog] = relationship(lazy="raise")
    lines: Mapped[list["Line"]] = relationship(order_by="Line.position", lazy="raise")
    attempts: Mapped[list["Attempt"]] = relationship(order_by="Attempt.number", lazy="raise")
    refunds: Mapped[list["Refund"]] = relationship(order_by="Refund.created_at", lazy="raise")

    @property
    def attempt(self) -> "Attempt":
        """The latest try; the only one that can still change."""
        return self.attempts[-1]

    def count_refunds(self) -> None:
        """Sum up what was given back, or is about to be."""
        counted = (refund for refund in self.refunds if refund.status in COUNTED_REFUNDS)
        self.amount_refunded = min(sum(refund.amount for refund in counted), self.amount)


class Line(Model):
    """One line as it was sold: name and price are copies, the catalog may change."""

    __tablename__ = "transaction_line"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("amount = price_cents * quantity", name="amount"),
    )

    transaction_id: Mapped[str] = mapped_column(ForeignKey("transaction.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    price_cents: Mapped[int]
    quantity: Mapped[int]
    amount: Mapped[int]


class Attempt(Model):
    """One try to pay with one card, with the very parameters that Stripe was or will be sent."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("transaction_id", "request_id"),
        CheckConstraint("number >= 1", name="number"),
    )

    transaction_id: Mapped[str] = mapped_column(ForeignKey("transaction.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[str] = mapped_column(String(80))
    request_hash: Mapped[str] = mapped_column(String(64))
    card_id: Mapped[str] = mapped_column(ForeignKey("card.id"))
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    charge_id: Mapped[str | None] = mapped_column(String(64))
    code: Mapped[str | None] = mapped_column(String(80))
    decline_code: Mapped[str | None] = mapped_column(String(80))
    # The card as it was when it paid: the wallet's row may change or go.
    payment_method_id: Mapped[str] = mapped_column(String(64))
    brand: Mapped[str | None] = mapped_column(String(30))
    last_four: Mapped[str | None] = mapped_column(String(4))
    expomon: Mapped[int | None]
    expoyear: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    @property
    def idempotency_key(self) -> str:
        return f"{self.transaction_id}:{self.number}"


class Refund(Model):
    """Money given back. Beside the status of the transaction, never in it.

    One that we asked for has its frozen parameters; one made in Stripe's dashboard has none. Until
    Stripe has answered there is no `stripe_id`: the refund may or may not have been made.
    """

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("transaction_id", "stripe_id"),
        UniqueConstraint("transaction_id", "request_key"),
        CheckConstraint("amount >= 1", name="amount"),
        CheckConstraint("length(currency) = 3 AND currency = lower(currency)", name="currency"),
        CheckConstraint(one_of("status", REFUND_STATUSES), name="status"),
        CheckConstraint(
            "stripe_id IS NOT NULL OR (params IS NOT NULL AND status IN ('pending', 'refused'))",
            name="asked",
        ),
        CheckConstraint("request_key IS NULL OR params IS NOT NULL", name="request_key"),
        Index("ix_refund_status", "status", "updated_at"),
        Index(None, "stripe_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("ref"))
    transaction_id: Mapped[str] = mapped_column(ForeignKey("transaction.id"))
    stripe_id: Mapped[str | None] = mapped_column(String(64))
    # The operator's own name for what he asked: the same again is the same refund.
    request_key: Mapped[str | None] = mapped_column(String(80))
    params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(40))
    # Stripe's word for why it was refused, or failed after all.
    failure_reason: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    @property
    def idempotency_key(self) -> str:
        return f"refund:{self.id}"

    @property
    def is_unanswered(self) -> bool:
        """Whether it may or may not have been made."""
        return self.stripe_id is None and self.status == "pending"


class TransactionEvent(Model):
    """One move of a transaction, kept for good. `source` says who learned of it."""

    __tablename__ = "transaction_event"

    transaction_id: Mapped[str] = mapped_column(ForeignKey("transaction.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    from_status: Mapped[str | None] = mapped_column(String(16))
    to_status: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Lease(Model):
    """Work that only one process may do at a time, until `expires_at`."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WebhookEvent(Model):
    """The inbox: an event id that is here was dealt with."""

    __tablename__ = "webhook_event"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
