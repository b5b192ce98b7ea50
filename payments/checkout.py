"""What the checkout page starts from: the basket at today's prices, wallet, running payment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.sessions import Identity
from catalog import basket as visit
from catalog import pricing, shops
from catalog.models import Cog
from catalog.pricing import Claim
from errors import AppError, ItemUnavailable, NotFound
from extensions import now, release_reads
from languages import _
from payments import history, views
from payments.models import Transaction
from wallet import cards
from wire_types import CardWire


@dataclass(frozen=True)
class Page:
    cog: Cog
    template: dict[str, Any]
    context: dict[str, Any]


def prepare(who: Identity, slug: str | None, wanted: list[str]) -> Page:
    """The checkout of a shop, with the items of its address or else the basket of the visit.

    A basket that can't be paid as it is makes a page that says so, not an error.
    Raises: NotFound when there is no such shop.
    """
    cog = _cog(slug)
    problem: str | None = None
    claims: Sequence[Claim] = ()
    try:
        claims = visit.from_query(wanted) if wanted else visit.lines(cog.slug)
        pricing.price(cog, claims)
    except AppError as error:
        problem = error.message if claims or wanted else _("Your basket is empty.")
    basket = pricing.look_up(cog, claims).to_wire()
    running = history.open_one(who.user_id, cog.id)
    wallet = cards.listing(who.user_id)
    release_reads()
    template = {
        "cog": cog,
        "basket": basket,
        "cards": wallet,
        "open_transaction": views.to_wire(running) if running else None,
        "problem": problem,
    }
    return Page(cog, template, _context(cog, basket, wallet))


def fill_again(transaction: Transaction) -> tuple[list[str], list[str]]:
    """Put what an order bought into the basket of its shop, as many of each.

    Returns the names of what is in it now, and of what isn't for sale any more.
    Raises: InvalidMessage when the basket is full.
    """
    kept, gone = [], []
    for line in transaction.lines:
        wanted = {"item_id": line.item_id, "quantity": str(line.quantity)}
        try:
            visit.put(transaction.cog.slug, line.item_id, 0)
            visit.change(transaction.cog, wanted)
            kept.append(line.name)
        except (NotFound, ItemUnavailable):
            gone.append(line.name)
    return kept, gone


def _context(cog: Cog, basket: dict[str, Any], wallet: list[CardWire]) -> dict[str, Any]:
    fields = ("item_id", "name", "price_cents", "quantity")
    payable = [line for line in basket["lines"] if line["available"]]
    return {
        "cogName": cog.name,
        "currency": cog.currency,
        "items": [{name: line[name] for name in fields} for line in payable],
        "total_cents": basket["total_cents"],
        "total_display": basket["total_display"],
        "openedAt": now().isoformat(),
        "cards": wallet,
    }


def _cog(slug: str | None) -> Cog:
    """The shop of this name; without a name the only one there is. Raises: NotFound."""
    if slug:
        return shops.by_slug(slug)
    every = shops.all_cogs()
    if len(every) != 1:
        raise NotFound(_("We couldn’t find this shop."))
    return every[0]
