"""Cards that their bank renewed: what is new about them, for whoever knew the old ones."""

from datetime import timedelta

from extensions import now
from gateway_types import CardFacts
from wallet.models import Card
from wire_types import RenewalWire

# How long it is news, unless its owner has said that he read it.
NEWS = timedelta(days=30)
# Last four, month, year.
Shown = tuple[str | None, int | None, int | None]


def note(card: Card, facts: CardFacts) -> None:
    """Before a card takes facts that its bank reported: remember what it was, if they differ."""
    if (facts.last_four, facts.expomon, facts.expoyear) == shown(card):
        return
    if _news(card) is None:
        card.former_last_four, card.former_expomon, card.former_expoyear = shown(card)
    card.renewed_at = now()


def to_wire(card: Card) -> RenewalWire | None:
    """None when there is no news, or the card is again what it was."""
    at = _news(card)
    former = (card.former_last_four, card.former_expomon, card.former_expoyear)
    if at is None or former == shown(card):
        return None
    last_four, *expiry = former
    is_new_date = expiry != [card.expomon, card.expoyear]
    return {
        "at": at,
        "former_last_four": last_four if last_four != card.last_four else None,
        "former_expomon": expiry[0] if is_new_date else None,
        "former_expoyear": expiry[1] if is_new_date else None,
    }


def _news(card: Card) -> str | None:
    is_news = card.renewed_at is not None and now() - card.renewed_at < NEWS
    return card.renewed_at.isoformat() if card.renewed_at and is_news else None


def shown(card: Card) -> Shown:
    """What a person recognises it by, and what a look at Stripe may change."""
    return card.last_four, card.expomon, card.expoyear
