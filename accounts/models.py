from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from extensions import MODES, Model, UtcDateTime, new_id, now, one_of


class User(Model):
    """Who is buying: a guest (no e-mail, no password) or an account (both)."""

    __tablename__ = "user"
    __table_args__ = (
        CheckConstraint("(email IS NULL) = (password_hash IS NULL)", name="account_or_guest"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        Index(None, "closed_at"),
        Index(None, "merged_into_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("user"))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    # Where a guest wants his receipts; an account's e-mail serves itself.
    contact_email: Mapped[str | None] = mapped_column(String(254))
    # The account that this guest signed in to: what he left behind goes there.
    merged_into_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    # An account that was deleted: what is left is an id for its orders.
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Session(Model):
    """A signed-in browser. The cookie carries a random token; here is only its hash."""

    __tablename__ = "session"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("ses"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # For the owner's list of where he is signed in; written now and then.
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=now)
    browser: Mapped[str | None] = mapped_column(String(20))
    platform: Mapped[str | None] = mapped_column(String(20))


class Customer(Model):
    """A user as one Stripe mode knows him."""

    __tablename__ = "customer"
    __table_args__ = (
        UniqueConstraint("user_id", "mode"),
        UniqueConstraint("mode", "stripe_id"),
        CheckConstraint(one_of("mode", MODES), name="mode"),
        Index(None, "has_new_email", "mode"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("cst"))
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    mode: Mapped[str] = mapped_column(String(8))
    stripe_id: Mapped[str] = mapped_column(String(64))
    # The user has another address than Stripe was told.
    has_new_email: Mapped[bool] = mapped_column(default=False)
    # Set once Stripe has deleted him: with his account here, or by the shop's owner there.
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
