"""Cards that left the wallet: Stripe lets go of them too, as soon as it can be reached."""

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session, aliased

import gateway
from accounts import customers
from errors import Unavailable
from extensions import atomic, db, release_reads
from gateway import OutcomeUnknown
from wallet import records
from wallet.models import GONE, Card

# How many cards one round of recovery lets go of.
LEFTOVERS = 20


def let_go(payment_method_id: str) -> None:
    """Detach at Stripe. Without an answer the row keeps `detached_at` empty: it is tried again."""
    try:
        gateway.current().detach(payment_method_id)
    except (OutcomeUnknown, Unavailable):
        return
    mark_detached(payment_method_id)


def let_go_of_leftovers() -> None:
    """Detach what left the wallet while Stripe was out of reach."""
    kept = aliased(Card)
    in_use = exists().where(
        kept.payment_method_id == Card.payment_method_id,
        kept.mode == Card.mode,
        kept.verified,
        kept.action.not_in(GONE),
    )
    query = select(Card.payment_method_id).where(
        records.here(),
        Card.customer_id.is_not(None),
        Card.status == "ACTIVE",
        Card.action.in_(("deleted", "replaced")),
        Card.detached_at.is_(None),
        ~in_use,
    )
    leftovers = set(db.session.scalars(query.limit(LEFTOVERS)))
    release_reads()
    for payment_method_id in leftovers:
        let_go(payment_method_id)


def customer_gone(customer_id: str) -> str | None:
    """If Stripe has deleted this customer, forget him and his cards, which he took with him.

    Returns the user whose wallet has changed. Raises: Unavailable.
    """
    user_id = customers.owner(customer_id)
    release_reads()
    if user_id is None or gateway.current().has_customer(customer_id):
        return None
    with atomic() as session:
        records.lock_wallet(session, user_id)
        customers.forget(session, customer_id)
        kept = (Card.customer_id == customer_id, Card.detached_at.is_(None))
        for card in list(session.scalars(select(Card).where(records.owned(user_id), *kept))):
            records.mark_detached(session, card)
    return user_id


def forget(session: Session, user_id: str) -> None:
    """All cards of a user leave, in every mode, and nobody's words or name stay on one.

    Called inside `atomic()` with the user held; Stripe lets go of them as leftovers.
    """
    his = Card.user_id == user_id
    # A consumed one too: an order may still come to its end, and that must bring no name back.
    going = update(Card).where(his, or_(Card.action.not_in(GONE), Card.action == "consumed"))
    session.execute(going.values(action="deleted", is_default=False))
    session.execute(update(Card).where(his).values(name_on_card=None, nickname=None))


def mark_detached(payment_method_id: str) -> None:
    with atomic() as session:
        query = select(Card.id).where(Card.payment_method_id == payment_method_id, records.here())
        for card_id in list(session.scalars(query)):
            card = records.locked_card(session, card_id)
            # While it waited for the lock the row may have taken another PaymentMethod.
            if card.payment_method_id == payment_method_id:
                records.mark_detached(session, card)
