"""When a guest signs in, what he bought becomes the account's."""

from typing import Any

from sqlalchemy import select, update

from accounts.people import guest_signed_in
from extensions import db, new_id
from payments.models import OPEN, Transaction
from wallet.models import Card


@guest_signed_in.connect
def carry_over(_sender: Any, guest_id: str, user_id: str) -> None:
    """Move cards and transactions, inside the transaction of the sign-in.

    What can't be moved without breaking "one running payment per shop" stays where it is.
    """
    db.session.execute(update(Card).where(Card.user_id == guest_id).values(user_id=user_id))
    mine = select(Transaction).where(Transaction.user_id == user_id)
    theirs = list(db.session.scalars(mine))
    request_ids = {transaction.request_id for transaction in theirs}
    running = {(t.cog_id, t.mode) for t in theirs if t.status in OPEN}
    for transaction in db.session.scalars(
        select(Transaction).where(Transaction.user_id == guest_id)
    ):
        if transaction.status in OPEN and (transaction.cog_id, transaction.mode) in running:
            continue
        if transaction.request_id in request_ids:
            transaction.request_id = new_id("auto")
        transaction.user_id = user_id
