"""When a guest signs in, what he bought becomes the account's."""

from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.people import guest_signed_in
from extensions import db, new_id
from payments.history import loaded, locked
from payments.models import OPEN, Attempt, Transaction
from wallet.models import Card


@guest_signed_in.connect
def carry_over(_sender: Any, guest_id: str, user_id: str) -> None:
    """Move cards and transactions, inside the transaction of the sign-in.

    A running payment stays where the account has one running in that shop itself; it follows
    when it has ended (`follow`).
    """
    session = db.session()
    # The account too: it may be buying at this moment.
    session.execute(select(User.id).where(User.id == user_id).with_for_update())
    query = locked(loaded().where(Transaction.user_id == guest_id).order_by(Transaction.id))
    for transaction in list(session.scalars(query)):
        if not _is_in_the_way(session, transaction, user_id):
            _hand_over(session, transaction, user_id)
    session.execute(update(Card).where(Card.user_id == guest_id).values(user_id=user_id))


def follow(session: Session, transaction: Transaction) -> Transaction | None:
    """A payment that had to stay with its guest goes to the account once it has ended.

    So does, still running, what it was in the way of: that one is returned.
    """
    if transaction.status in OPEN:
        return None
    query = select(User.merged_into_id).where(User.id == transaction.user_id)
    heir = session.scalar(query)
    if heir:
        _hand_over(session, transaction, heir)
    waiting = _waiting_for(session, transaction)
    if waiting is None or _is_in_the_way(session, waiting, transaction.user_id):
        return None
    _hand_over(session, waiting, transaction.user_id)
    return waiting


def _waiting_for(session: Session, transaction: Transaction) -> Transaction | None:
    """A running payment of the same shop that stayed with a guest of this account's.

    Not waited for: whoever has locked it is settling it, and it follows at the latest when it has
    ended.
    """
    guests = select(User.id).where(User.merged_into_id == transaction.user_id)
    query = loaded().where(
        Transaction.user_id.in_(guests),
        Transaction.cog_id == transaction.cog_id,
        Transaction.mode == transaction.mode,
        Transaction.status.in_(OPEN),
    )
    query = query.order_by(Transaction.created_at, Transaction.id).limit(1)
    free = query.with_for_update(of=Transaction, skip_locked=True)
    return session.scalars(free.execution_options(populate_existing=True)).first()


def _is_in_the_way(session: Session, transaction: Transaction, user_id: str) -> bool:
    """Whether moving it would make two running payments in one shop."""
    if transaction.status not in OPEN:
        return False
    here = (Transaction.cog_id == transaction.cog_id, Transaction.mode == transaction.mode)
    running = (Transaction.user_id == user_id, Transaction.status.in_(OPEN), *here)
    return session.scalar(select(Transaction.id).where(*running)) is not None


def _hand_over(session: Session, transaction: Transaction, user_id: str) -> None:
    everything: list[Transaction | Attempt] = [transaction, *transaction.attempts]
    for made in everything:
        if _is_taken(session, made.request_id, user_id):
            # The account means another purchase by this id.
            made.request_id = new_id("auto")
    transaction.user_id = user_id
    session.flush()


def _is_taken(session: Session, request_id: str, user_id: str) -> bool:
    again = Transaction.attempts.any(Attempt.request_id == request_id)
    known = or_(Transaction.request_id == request_id, again)
    query = select(Transaction.id).where(Transaction.user_id == user_id, known)
    return session.scalar(query.limit(1)) is not None
