"""The shops of this installation: find one, list them, open a new one, and what is on the shelf."""

import re
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

import money
from catalog import accents, logos, taxes
from catalog.cells import control_character
from catalog.models import Cog, CogLogo, Item
from errors import NotFound
from extensions import atomic, db
from languages import _

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_NAME_LENGTH, _TAGLINE_LENGTH = 120, 200


class ShopRefused(Exception):
    """A shop can't be opened like this; the message says how to mend it."""


def by_slug(slug: str) -> Cog:
    """Raises: NotFound."""
    # The pattern first: PostgreSQL refuses to look for some strings at all (a null byte).
    cog = db.session.scalar(select(Cog).where(Cog.slug == slug)) if _SLUG.fullmatch(slug) else None
    if cog is None:
        raise NotFound(_("We couldn’t find this shop."))
    return cog


def all_cogs() -> list[Cog]:
    """Every shop, the oldest first."""
    return list(db.session.scalars(select(Cog).order_by(Cog.created_at, Cog.slug)))


def overview() -> list[dict[str, Any]]:
    """Every shop with the number of its items for sale, for the page that lists them."""
    query = select(Item.cog_id, func.count()).where(Item.active).group_by(Item.cog_id)
    counts = {row[0]: row[1] for row in db.session.execute(query)}
    return [
        {
            "id": cog.id,
            "slug": cog.slug,
            "name": cog.name,
            "tagline": cog.tagline,
            "currency": cog.currency,
            "accent": cog.accent,
            "logo": cog.logo,
            "item_count": counts.get(cog.id, 0),
        }
        for cog in all_cogs()
    ]


def shelf(cog: Cog) -> list[dict[str, Any]]:
    """What the shop sells now, in the owner's order. `price_cents`: minor units."""
    query = select(Item).where(Item.cog_id == cog.id, Item.active)
    return [
        {
            "item_id": item.item_id,
            "name": item.name,
            "description": item.description,
            "price_cents": item.price_cents,
            "price_display": money.display(item.price_cents, cog.currency),
            "image": item.image,
        }
        for item in db.session.scalars(query.order_by(Item.position, Item.item_id))
    ]


def open_shop(
    slug: str,
    name: str,
    currency: str,
    tagline: str = "",
    accent: str = accents.NAMED[0],
    tax_name: str | None = None,
    tax_percent: str | None = None,
    logo: bytes | None = None,
) -> Cog:
    """A new, empty shop. Raises: ShopRefused."""
    cog = Cog(
        slug=slug,
        name=name.strip(),
        currency=currency.strip().lower(),
        tagline=tagline.strip(),
        accent=accent.strip().lower(),
    )
    _tax(cog, tax_name, tax_percent)
    _check(cog)
    with atomic() as session:
        if session.scalar(select(Cog.id).where(Cog.slug == slug)):
            raise ShopRefused(f"There is a shop {slug!r} already: choose another slug.")
        session.add(cog)
        session.flush()
        set_logo(session, cog, logo)
    return cog


def edit(
    slug: str,
    tax_name: str | None = None,
    tax_percent: str | None = None,
    logo: bytes | None = None,
    **changes: str | None,
) -> Cog:
    """Change name, tagline, accent, tax or logo of a shop; None leaves it, an empty logo takes it
    off.

    Raises: NotFound, ShopRefused.
    """
    with atomic() as session:
        cog = by_slug(slug)
        for field, value in changes.items():
            if value is not None:
                value = value.strip()
                setattr(cog, field, value.lower() if field == "accent" else value)
        _tax(cog, tax_name, tax_percent)
        _check(cog)
        session.add(cog)
        set_logo(session, cog, logo)
    return cog


def set_logo(session: Session, cog: Cog, data: bytes | None) -> None:
    """Keep the logo of a shop that has a row; empty: none; None: as it is. Raises: ShopRefused."""
    if data is None:
        return
    try:
        logo = logos.read(data) if data else None
    except logos.LogoRefused as error:
        raise ShopRefused(str(error)) from None
    session.execute(delete(CogLogo).where(CogLogo.cog_id == cog.id))
    cog.logo = logo.version if logo else None
    if logo:
        session.add(CogLogo(cog_id=cog.id, kind=logo.kind, data=logo.data))


def logo(slug: str) -> CogLogo:
    """Raises: NotFound."""
    found = db.session.get(CogLogo, by_slug(slug).id)
    if found is None:
        raise NotFound(_("We couldn’t find this shop."))
    return found


def _tax(cog: Cog, name: str | None, percent: str | None) -> None:
    """Take what is given over; no percent at all is no tax. Raises: ShopRefused."""
    name = cog.tax_name if name is None else name.strip()
    try:
        rate = cog.tax_rate if percent is None else taxes.parse_percent(percent)
    except ValueError as error:
        raise ShopRefused(str(error)) from None
    if percent is not None and not rate:
        cog.tax_name = cog.tax_rate = None
        return
    if bool(name) != bool(rate):
        raise ShopRefused("A tax has both a name and a percentage: give --tax-name, --tax-percent.")
    if name and (len(name) > taxes.LONGEST_NAME or control_character(name)):
        raise ShopRefused(f"A tax's name has up to {taxes.LONGEST_NAME} characters on one line.")
    cog.tax_name, cog.tax_rate = name or None, rate


def _check(cog: Cog) -> None:
    if not _SLUG.fullmatch(cog.slug):
        raise ShopRefused(
            f"{cog.slug!r} can't stand in an address: use up to 60 lower-case letters, digits and "
            "dashes, like morning-press."
        )
    if not 1 <= len(cog.name) <= _NAME_LENGTH or control_character(cog.name):
        raise ShopRefused(f"The name needs 1 to {_NAME_LENGTH} characters on one line.")
    if len(cog.tagline) > _TAGLINE_LENGTH or control_character(cog.tagline):
        raise ShopRefused(f"The tagline may have up to {_TAGLINE_LENGTH} characters on one line.")
    if not money.is_currency(cog.currency):
        raise ShopRefused(f"{cog.currency!r} is no currency: use its ISO code, like usd or jpy.")
    if not accents.known(cog.accent):
        raise ShopRefused(
            f"{cog.accent!r} is no accent: use a colour like #1f7a5c, or one of "
            f"{', '.join(accents.NAMED)}."
        )
