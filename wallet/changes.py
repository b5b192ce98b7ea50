"""Cards that have changed at Stripe: through their bank, or the shop's owner in the dashboard."""

from sqlalchemy.orm import Session

import gateway
from errors import Unavailable
from extensions import atomic, release_reads
from gateway import Refused
from gateway_types import CardFacts
from wallet import cards, records, renewals
from wallet.models import Card

# How often to look anew while others, who know more by now, are faster.
TRIES = 3


def refresh(payment_method_id: str, by_bank: bool) -> None:
    """A card changed at Stripe, through its bank or the shop's owner: fetch its facts anew.

    Raises: Unavailable.
    """
    for _try in range(TRIES):
        before = records.shown_as(payment_method_id)
        release_reads()
        facts = _facts(payment_method_id)
        with atomic() as session:
            card = records.saved_as(session, payment_method_id)
            # Whoever looked later may have been faster: then this is how it was, not how it is.
            is_stale = card is not None and renewals.shown(card) != before
            if card and not is_stale:
                _take_news(session, card, facts, by_bank)
        if card is None:
            return
        if not is_stale:
            cards.announce(card.user_id)
            return
    raise Unavailable


def _facts(payment_method_id: str) -> CardFacts | None:
    try:
        return gateway.current().card_facts(payment_method_id)
    except Refused:
        return None


def _take_news(session: Session, card: Card, facts: CardFacts | None, by_bank: bool) -> None:
    if facts is None or facts.customer_id != card.customer_id:
        records.mark_detached(session, card)
        return
    if by_bank:
        renewals.note(card, facts)
    records.take_facts(card, facts)
    card.action = "updated"
    if not records.is_expired(card):
        records.claim_default(session, card)
