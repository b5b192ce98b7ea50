"""What orders and cards tell of a person: shown to him, and forgotten with his account."""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from accounts.models import User
from accounts.personal import account_closing, data_wanted
from accounts.tries import FormError
from extensions import db, settings
from languages import _
from payments import history, views
from payments.models import OPEN, Transaction
from wallet import leaving, records


@account_closing.connect
def forget(_sender: Any, user_id: str) -> None:
    """Orders stay, without a name or an address; all cards leave. Raises: FormError."""
    session = db.session()
    # What is left with a guest that he once was is running still; it comes over when it has ended.
    his = select(User.id).where(or_(User.id == user_id, User.merged_into_id == user_id))
    # Only of this mode: nothing ends what another one has left open, and it must not keep him here.
    here = Transaction.mode == settings().mode
    running = select(Transaction.id).where(Transaction.user_id.in_(his), here)
    if session.scalar(running.where(Transaction.status.in_(OPEN)).limit(1)) is not None:
        raise FormError(
            account=_(
                "One of your payments is still in progress. You can see it in your orders; please "
                "come back when it has finished."
            )
        )
    query = select(Transaction).options(selectinload(Transaction.attempts))
    query = query.where(Transaction.user_id == user_id).order_by(Transaction.id)
    for transaction in session.scalars(history.locked(query)):
        transaction.receipt_email = None
        for attempt in transaction.attempts:
            # Nothing is sent again for what has ended.
            attempt.params = {k: v for k, v in attempt.params.items() if k != "receipt_email"}
    leaving.forget(session, user_id)


@data_wanted.connect
def tell(_sender: Any, user_id: str) -> dict[str, Any]:
    """What is known of his cards and orders, in the words of the wire: nothing of Stripe's.

    Of every mode, and each says of which: what was tried with test keys is his, too.
    """
    return {
        "cards": [
            {**records.to_wire(card), "last_change": card.action, "mode": card.mode}
            for card in records.every_known(user_id)
        ],
        "orders": [
            {**views.to_wire(transaction), "mode": transaction.mode}
            for transaction in history.every(user_id)
        ],
    }
