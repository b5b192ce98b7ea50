"""What a basket costs: always by the catalog; a price from a browser is only a claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select

import money
from catalog import taxes
from catalog.models import Cog, Item
from errors import AmountOutOfRange, InvalidMessage, ItemUnavailable, NotFound, PriceChanged
from extensions import db
from languages import _

MAXIMUM_LINES = 50
MAXIMUM_QUANTITY = 999


class Claim(Protocol):
    """One line as the browser says it; `price_cents` None where it claims no price."""

    @property
    def item_id(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def price_cents(self) -> int | None: ...


@dataclass(frozen=True)
class PricedLine:
    """One line by the catalog; amounts in minor units."""

    item: Item
    quantity: int

    @property
    def amount(self) -> int:
        return self.item.price_cents * self.quantity

    def to_wire(self, currency: str) -> dict[str, Any]:
        return {
            "item_id": self.item.item_id,
            "name": self.item.name,
            "price_cents": self.item.price_cents,
            "price_display": money.display(self.item.price_cents, currency),
            "quantity": self.quantity,
            "amount_cents": self.amount,
            "amount_display": money.display(self.amount, currency),
            "image": self.item.image,
            "available": self.item.active,
        }


@dataclass(frozen=True)
class Basket:
    cog: Cog
    lines: tuple[PricedLine, ...]

    @property
    def total(self) -> int:
        """Minor units of the cog's currency, of what can be bought."""
        return sum(line.amount for line in self.lines if line.item.active)

    @property
    def tax(self) -> taxes.Tax | None:
        """What of the total is tax."""
        return taxes.included(self.cog, self.total)

    def to_wire(self) -> dict[str, Any]:
        currency = self.cog.currency
        return {
            "lines": [line.to_wire(currency) for line in self.lines],
            "total_cents": self.total,
            "total_display": money.display(self.total, currency),
            "tax": self.tax.to_wire(currency) if self.tax else None,
            "count": sum(line.quantity for line in self.lines if line.item.active),
            "currency": currency,
        }


def cog_by_id(cog_id: str) -> Cog:
    """Raises: NotFound."""
    cog = db.session.get(Cog, cog_id)
    if cog is None:
        raise NotFound(_("We couldn’t find this shop."))
    return cog


def price(cog: Cog, claims: Sequence[Claim]) -> Basket:
    """The basket at today's prices, payable as it stands.

    Raises: NotFound (unknown item, or another cog's), ItemUnavailable and PriceChanged (both with
    the fresh `items`), AmountOutOfRange, InvalidMessage (no line, or more than 50).
    """
    if not 1 <= len(claims) <= MAXIMUM_LINES:
        raise InvalidMessage(_("A basket has 1 to %(most)s lines.", most=MAXIMUM_LINES))
    basket = look_up(cog, claims)
    if len(basket.lines) < len(claims):
        raise NotFound(_("We couldn’t find one of these items in this shop."))
    if not all(line.item.active for line in basket.lines):
        raise ItemUnavailable(**_afresh(basket))
    for claim, line in zip(claims, basket.lines, strict=True):
        if claim.price_cents is not None and claim.price_cents != line.item.price_cents:
            raise PriceChanged(**_afresh(basket))
    if not money.is_chargeable(basket.total, cog.currency):
        raise AmountOutOfRange(_range_words(cog.currency))
    return basket


def look_up(cog: Cog, claims: Sequence[Claim]) -> Basket:
    """The lines whose items this cog knows, available or not; for showing, not for paying."""
    wanted = {claim.item_id for claim in claims}
    query = select(Item).where(Item.cog_id == cog.id, Item.item_id.in_(wanted))
    items = {item.item_id: item for item in db.session.scalars(query)}
    known = [claim for claim in claims if claim.item_id in items]
    return Basket(cog, tuple(PricedLine(items[c.item_id], c.quantity) for c in known))


def _afresh(basket: Basket) -> dict[str, Any]:
    """What an error brings along: its lines are `items`, as in the message that asked."""
    wire = basket.to_wire()
    totals = {name: wire[name] for name in ("total_cents", "total_display")}
    return {"items": wire["lines"], **totals}


def _range_words(currency: str) -> str:
    least, most = (
        money.display(amount, currency) for amount in (money.minimum(currency), money.MAXIMUM)
    )
    return _(
        "Card payments here go from %(least)s to %(most)s. Please change the basket.",
        least=least,
        most=most,
    )
