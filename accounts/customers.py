"""Users as Stripe's customers: one per user and mode, made when first needed."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

import gateway
from accounts.models import Customer
from accounts.sessions import Identity
from errors import Unavailable
from extensions import atomic, db, release_reads, settings
from gateway import OutcomeUnknown


def stripe_id(user_id: str) -> str | None:
    """The user's customer id in the running mode, if he has one."""
    query = select(Customer.stripe_id).where(
        Customer.user_id == user_id, Customer.mode == settings().mode
    )
    return db.session.scalar(query)


def ensure(who: Identity) -> str:
    """The user's customer id, made at Stripe if need be (one call, once).

    Raises: Unavailable when Stripe gives no definite answer; asking again is safe.
    """
    known = stripe_id(who.user_id)
    release_reads()
    if known:
        return known
    mode = settings().mode
    try:
        key = f"customer:{mode}:{who.user_id}"
        created = gateway.current().create_customer(who.user_id, who.email, key)
    except OutcomeUnknown:
        raise Unavailable() from None
    try:
        with atomic() as session:
            session.add(Customer(user_id=who.user_id, mode=mode, stripe_id=created))
    except IntegrityError:
        pass  # another request of the same user was faster; the key gave both the same customer
    return created
