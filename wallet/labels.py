"""What a user writes on a card of the wallet, or takes off it: a nickname, a note of its bank's."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.sessions import Identity
from errors import CardDataRejected, NotFound
from extensions import atomic
from languages import _
from wallet import cards, records
from wallet.models import LONGEST_NICKNAME, Card
from wire import has_card_number
from wire_types import CardWire

# Joins emoji into one; all else that can't be seen could turn the words beside it around.
_JOINER = "\u200d"


def _clean(text: str) -> str:
    """One line of what can be seen. Raises: CardDataRejected, for what is left of it."""
    seen = "".join(c for c in " ".join(text.split()) if c.isprintable() or c == _JOINER)
    if has_card_number(seen):
        raise CardDataRejected()
    return seen.strip(" " + _JOINER)


# Empty: no nickname.
Nickname = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=0, max_length=LONGEST_NICKNAME),
    AfterValidator(_clean),
]


def rename(who: Identity, card_id: str, nickname: str) -> list[CardWire]:
    """Call a card of the wallet something, or nothing any more. Raises: NotFound."""
    with atomic() as session:
        _in_wallet(session, who.user_id, card_id).nickname = nickname or None
    return cards.announce(who.user_id)


def dismiss_renewal(who: Identity, card_id: str) -> list[CardWire]:
    """The news that a bank renewed this card has been read. Raises: NotFound."""
    with atomic() as session:
        _in_wallet(session, who.user_id, card_id).renewed_at = None
    return cards.announce(who.user_id)


def _in_wallet(session: Session, user_id: str, card_id: str) -> Card:
    records.lock_wallet(session, user_id)
    query = select(Card).where(records.owned(user_id), records.in_wallet(), Card.id == card_id)
    card = session.scalar(query)
    if card is None:
        raise NotFound(_("We couldn’t find this card."))
    return card
