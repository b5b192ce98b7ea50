from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, UtcDateTime, new_id, now


class Cog(Model):
    """One storefront, selling in one currency."""

    __tablename__ = "cog"
    __table_args__ = (
        CheckConstraint("length(currency) = 3 AND currency = lower(currency)", name="currency"),
        CheckConstraint(
            "(tax_name IS NULL) = (tax_rate IS NULL) AND tax_rate BETWEEN 1 AND 100000",
            name="tax",
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("cog"))
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    tagline: Mapped[str] = mapped_column(String(200), default="")
    currency: Mapped[str] = mapped_column(String(3))
    accent: Mapped[str] = mapped_column(String(20), default="moss")
    # The tax that is in the prices, in thousandths of a percent; see `taxes`.
    tax_name: Mapped[str | None] = mapped_column(String(30))
    tax_rate: Mapped[int | None]
    # The version of its logo, where it has one: every page needs that, and never the picture.
    logo: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class CogLogo(Model):
    """The picture of a shop; see `logos`."""

    __tablename__ = "cog_logo"

    cog_id: Mapped[str] = mapped_column(ForeignKey("cog.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Item(Model):
    """What a cog sells. `price_cents` is in minor units of the cog's currency."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("cog_id", "item_id"),
        CheckConstraint("price_cents BETWEEN 1 AND 99999999", name="price"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("item"))
    cog_id: Mapped[str] = mapped_column(ForeignKey("cog.id"))
    item_id: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(String(500), default="")
    price_cents: Mapped[int]
    image: Mapped[str] = mapped_column(String(120), default="")
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
