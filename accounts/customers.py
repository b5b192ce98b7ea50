"""Users as Stripe's customers: one per user and mode, made when first needed."""

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import gateway
from accounts.models import Customer, User
from accounts.sessions import Identity
from errors import Unavailable
from extensions import atomic, db, now, release_reads, settings
from gateway import OutcomeUnknown

# How many of deleted accounts, or of new addresses, one round of recovery deals with.
LEFTOVERS = 20


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


def note_new_email(session: Session, user_id: str) -> None:
    """Called inside `atomic()` with the user held: his customers, in every mode, are to be told."""
    session.execute(update(Customer).where(Customer.user_id == user_id).values(has_new_email=True))


def tell_new_emails() -> None:
    """Tell Stripe of addresses that have changed here."""
    query = select(Customer.stripe_id, User.email).join(User, User.id == Customer.user_id)
    untold = (Customer.has_new_email, User.email.is_not(None), _here())
    found = db.session.execute(query.where(*untold).limit(LEFTOVERS)).all()
    release_reads()
    for customer_id, email in found:
        try:
            gateway.current().tell_email(customer_id, str(email))
        except (OutcomeUnknown, Unavailable):
            return  # the next round tries again
        # Unless it has changed once more meanwhile.
        still = select(User.id).where(User.id == Customer.user_id, User.email == email).exists()
        with atomic() as session:
            told = update(Customer).where(Customer.stripe_id == customer_id, _here(), still)
            session.execute(told.values(has_new_email=False))


def let_go_of_leftovers() -> None:
    """Delete at Stripe who has deleted his account here."""
    # Before now, not "ever": an index helps with that on every database.
    closed = select(User.id).where(User.closed_at <= now())
    gone = (Customer.user_id.in_(closed), Customer.deleted_at.is_(None), _here())
    leftovers = list(db.session.scalars(select(Customer.stripe_id).where(*gone).limit(LEFTOVERS)))
    release_reads()
    for customer_id in leftovers:
        try:
            gateway.current().delete_customer(customer_id)
        except (OutcomeUnknown, Unavailable):
            return  # the next round tries again
        with atomic() as session:
            deleted = update(Customer).where(Customer.stripe_id == customer_id, _here())
            session.execute(deleted.values(deleted_at=now()))


def _here() -> ColumnElement[bool]:
    return Customer.mode == settings().mode
