"""Users as Stripe's customers: one per user and mode, made when first needed."""

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import gateway
from accounts.models import Customer, User
from accounts.sessions import Identity
from errors import Unavailable
from extensions import atomic, db, now, release_reads, settings
from gateway import KeyUsed, OutcomeUnknown

# How many of deleted accounts, or of new addresses, one round of recovery deals with.
LEFTOVERS = 20


def stripe_id(user_id: str) -> str | None:
    """The user's customer id in the running mode, if he has one."""
    query = select(Customer.stripe_id).where(Customer.user_id == user_id, _here())
    return db.session.scalar(query.where(Customer.deleted_at.is_(None)))


def ensure(who: Identity) -> str:
    """The user's customer id, made at Stripe if need be (one call, once).

    Raises: Unavailable when Stripe gives no definite answer; asking again is safe.
    """
    query = select(Customer).where(Customer.user_id == who.user_id, _here())
    known = db.session.scalar(query)
    release_reads()
    if known and known.deleted_at is None:
        return known.stripe_id
    mode = settings().mode
    key = f"customer:{mode}:{who.user_id}"
    # Under the key of one that was deleted Stripe would only tell of him again.
    key += f":after:{known.stripe_id}" if known else ""
    created = _created(who, key)
    if known:
        _replace(known.stripe_id, created)
        return created
    try:
        with atomic() as session:
            # His address may have changed while Stripe was told the former one.
            email = session.scalar(select(User.email).where(User.id == who.user_id))
            row = Customer(user_id=who.user_id, mode=mode, stripe_id=created)
            row.has_new_email = email != who.email
            session.add(row)
    except IntegrityError:
        # Another request of the same user was faster: what it has written counts.
        created = stripe_id(who.user_id) or created
        release_reads()
    return created


def _created(who: Identity, key: str) -> str:
    """One call, under one key: nobody becomes two customers by asking twice.

    Except where Stripe has no answer under this key, and won't for a day: a failure that it
    remembers, or an address that has changed since an answer was lost. Then under the next one,
    the last of which is another one each hour; what may be left there is a customer without
    cards. Source: Stripe docs, "Idempotent requests".
    """
    for suffix in ("", ":again", f":at:{now():%Y%m%d%H}"):
        try:
            return gateway.current().create_customer(who.user_id, who.email, key + suffix)
        except OutcomeUnknown as error:
            if not (error.replayed or isinstance(error, KeyUsed)):
                break
    raise Unavailable


def owner(customer_id: str) -> str | None:
    """The user whose customer this is, unless he was forgotten already."""
    query = select(Customer.user_id).where(Customer.stripe_id == customer_id, _here())
    return db.session.scalar(query.where(Customer.deleted_at.is_(None)))


def forget(session: Session, customer_id: str) -> None:
    """Stripe has deleted him; the next need makes a new one. Called inside `atomic()`."""
    gone = update(Customer).where(Customer.stripe_id == customer_id, _here())
    session.execute(gone.values(deleted_at=now()))


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
            forget(session, customer_id)


def _replace(former_id: str, customer_id: str) -> None:
    with atomic() as session:
        former = update(Customer).where(Customer.stripe_id == former_id, _here())
        session.execute(former.values(stripe_id=customer_id, deleted_at=None))


def _here() -> ColumnElement[bool]:
    return Customer.mode == settings().mode
