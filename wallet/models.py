from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import MODES, Model, UtcDateTime, new_id, now, one_of

# status: where the card stands at Stripe. action: what last happened to it here.
STATUSES = ("PENDING", "ACTIVE", "FAILED")
ACTIONS = ("added", "updated", "replaced", "consumed", "deleted", "detached")
GONE = ("replaced", "consumed", "deleted", "detached")
# One row at a time has a PaymentMethod; a removed one may come back while Stripe still keeps it.
_SAVED = f"verified AND action NOT IN {GONE}"
LONGEST_NICKNAME = 40


class Card(Model):
    """One card, by Stripe's ids only; its number was never here.

    `token_type` is permanent (in the wallet) or single (one purchase, never listed). Facts are
    NULL until Stripe told them. A card is good through the last day of its month.
    """

    __tablename__ = "card"
    __table_args__ = (
        CheckConstraint(one_of("token_type", ("permanent", "single")), name="token_type"),
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint(one_of("action", ACTIONS), name="action"),
        CheckConstraint(one_of("mode", MODES), name="mode"),
        CheckConstraint("expomon BETWEEN 1 AND 12", name="expomon"),
        CheckConstraint("length(last_four) = 4", name="last_four"),
        CheckConstraint(f"length(nickname) BETWEEN 1 AND {LONGEST_NICKNAME}", name="nickname"),
        CheckConstraint(
            "NOT is_default OR (token_type = 'permanent' AND status = 'ACTIVE' AND verified)",
            name="default_is_listed",
        ),
        Index("ix_card_wallet", "user_id", "mode"),
        Index("ix_card_claimed", "claimed_id", "mode"),
        Index("ix_card_method", "payment_method_id", "mode"),
        Index("ix_card_setup", "setup_intent_id", "mode"),
        Index("ix_card_leaving", "action", "mode", "detached_at"),
        Index(
            "uq_card_default",
            "user_id",
            "mode",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
        Index(
            "uq_card_stripe",
            "mode",
            "payment_method_id",
            unique=True,
            sqlite_where=text(_SAVED),
            postgresql_where=text(_SAVED),
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("card"))
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    cog_id: Mapped[str | None] = mapped_column(ForeignKey("cog.id"))
    mode: Mapped[str] = mapped_column(String(8))
    customer_id: Mapped[str | None] = mapped_column(String(64))
    setup_intent_id: Mapped[str | None] = mapped_column(String(64))
    # What the browser claimed, to know a repeated message by; then Stripe's own id.
    claimed_id: Mapped[str] = mapped_column(String(64))
    payment_method_id: Mapped[str] = mapped_column(String(64))
    token_id: Mapped[str | None] = mapped_column(String(64))
    token_type: Mapped[str] = mapped_column(String(10))
    last_four: Mapped[str | None] = mapped_column(String(4))
    brand: Mapped[str | None] = mapped_column(String(30))
    expomon: Mapped[int | None]
    expoyear: Mapped[int | None]
    name_on_card: Mapped[str | None] = mapped_column(String(200))
    nickname: Mapped[str | None] = mapped_column(String(LONGEST_NICKNAME))
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    verified: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(10), default="PENDING")
    action: Mapped[str] = mapped_column(String(10), default="added")
    is_default: Mapped[bool] = mapped_column(default=False)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Set once Stripe has let go of a card that left the wallet.
    detached_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Until it is read: when its bank renewed the card, and what it was before.
    renewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    former_last_four: Mapped[str | None] = mapped_column(String(4))
    former_expomon: Mapped[int | None]
    former_expoyear: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
