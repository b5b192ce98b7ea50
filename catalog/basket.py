"""The basket of a visit: what a visitor has put aside in each shop, before anything is bought.

It lives in Flask's signed session cookie: a visitor who only looks around leaves no row behind. A
list and not a mapping per shop, because the cookie's JSON sorts keys and lines keep their place.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app, session
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from catalog.cells import ITEM_ID
from catalog.models import Cog, Item
from catalog.pricing import MAXIMUM_LINES, MAXIMUM_QUANTITY
from errors import InvalidMessage, ItemUnavailable, NotFound
from extensions import db
from languages import _

_KEY = "basket"
_NUMBER = re.compile(r"[0-9]{1,6}")
# Browsers drop a cookie of more than 4,096 bytes, name and attributes included.
_COOKIE_BYTES = 3_600


@dataclass(frozen=True)
class BasketLine:
    """One line of a basket, a `pricing.Claim` that claims no price."""

    item_id: str
    quantity: int
    price_cents: None = None


def lines(slug: str) -> tuple[BasketLine, ...]:
    """What this visit has put aside in a shop, in the order in which it was added."""
    return tuple(BasketLine(item_id, quantity) for item_id, quantity in _stored().get(slug, []))


def put(slug: str, item_id: str, quantity: int) -> None:
    """Have exactly this many of an item; 0 takes it out.

    Raises: InvalidMessage: not 0 to 999, or more lines than a basket holds.
    """
    if not 0 <= quantity <= MAXIMUM_QUANTITY:
        raise InvalidMessage(
            _("Please choose between 1 and %(most)s of an item.", most=MAXIMUM_QUANTITY)
        )
    chosen = {line.item_id: line.quantity for line in lines(slug)} | {item_id: quantity}
    kept = [[item_id, quantity] for item_id, quantity in chosen.items() if quantity]
    if len(kept) > MAXIMUM_LINES:
        raise InvalidMessage(
            _("The basket is full: it holds %(most)s different items.", most=MAXIMUM_LINES)
        )
    _store(slug, kept)


def change(cog: Cog, form: Mapping[str, str]) -> None:
    """Do what the form of a shop page asks: `quantity` is absolute, `add` comes on top.

    Raises: InvalidMessage, NotFound (no such item in this shop), ItemUnavailable.
    """
    item_id = form.get("item_id", "")
    if ("quantity" in form) == ("add" in form):
        raise InvalidMessage(_("Please say either quantity or add."))
    number = _number(form.get("quantity") or form.get("add") or "")
    present = _present(cog.slug, item_id)
    wanted = number if "quantity" in form else present + number
    # Having less must always work: the item may have gone since.
    if wanted > present:
        _check_for_sale(cog, item_id)
    put(cog.slug, item_id, wanted)


def from_query(values: Sequence[str]) -> tuple[BasketLine, ...]:
    """The lines of a link to the checkout, each `<item_id>` or `<item_id>:<quantity>`.

    The same item twice is one line with both quantities.
    Raises: InvalidMessage for what can't be a line, for a quantity that is not 1 to 999 and for
    more than 50 lines.
    """
    if len(values) > MAXIMUM_LINES:
        raise InvalidMessage(_("This link has more than %(most)s items.", most=MAXIMUM_LINES))
    chosen: dict[str, int] = {}
    for value in values:
        item_id, _colon, quantity = value.partition(":")
        if not ITEM_ID.fullmatch(item_id):
            raise InvalidMessage(_("This link names something that can’t be an item of a shop."))
        number = _number(quantity) if ":" in value else 1
        chosen[item_id] = chosen.get(item_id, 0) + number
        if not number or chosen[item_id] > MAXIMUM_QUANTITY:
            raise InvalidMessage(
                _("This link asks for more than %(most)s or for none.", most=MAXIMUM_QUANTITY)
            )
    return tuple(BasketLine(item_id, quantity) for item_id, quantity in chosen.items())


def _present(slug: str, item_id: str) -> int:
    return next((line.quantity for line in lines(slug) if line.item_id == item_id), 0)


def _check_for_sale(cog: Cog, item_id: str) -> None:
    query = select(Item.active).where(Item.cog_id == cog.id, Item.item_id == item_id)
    # The pattern first: PostgreSQL refuses to look for some strings at all (a null byte).
    active = db.session.scalar(query) if ITEM_ID.fullmatch(item_id) else None
    if active is None:
        raise NotFound(_("We couldn’t find this item in this shop."))
    if not active:
        raise ItemUnavailable(_("This item is no longer available."))


def _number(text: str) -> int:
    """ASCII digits only: int() takes signs, underscores and every script's digits as well."""
    if not _NUMBER.fullmatch(text):
        raise InvalidMessage(_("A quantity must be a whole number."))
    return int(text)


def _stored() -> dict[str, list[list[Any]]]:
    stored: dict[str, list[list[Any]]] = session.get(_KEY, {})
    return stored


def _store(slug: str, kept: list[list[Any]]) -> None:
    before = _stored()
    baskets = {**before, slug: kept}
    session[_KEY] = {slug: lines for slug, lines in baskets.items() if lines}
    grown = len(kept) > len(before.get(slug, []))
    if grown and _cookie_size() > _COOKIE_BYTES:
        session[_KEY] = before
        raise InvalidMessage(_("The basket is full. Please check out before you add more."))


def _cookie_size() -> int:
    interface = cast(SecureCookieSessionInterface, current_app.session_interface)
    serializer = interface.get_signing_serializer(current_app)
    return len(serializer.dumps(dict(session))) if serializer else 0
