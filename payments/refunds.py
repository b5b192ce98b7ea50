"""Refunds, as Stripe has them; wherever they were made."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from gateway_types import RefundFacts
from payments.models import Refund, Transaction

# A refund that failed or was cancelled gave nothing back.
COUNTS = ("pending", "requires_action", "succeeded")


def apply(session: Session, transaction: Transaction, facts: Sequence[RefundFacts]) -> bool:
    """Bring the rows to what Stripe says; whether anything changed. In the caller's commit."""
    known = {refund.stripe_id: refund for refund in transaction.refunds}
    changed = False
    for fact in reversed(facts):
        row = known.get(fact.id)
        if row is None:
            row = Refund(
                transaction_id=transaction.id,
                stripe_id=fact.id,
                amount=fact.amount,
                currency=fact.currency,
                status=fact.status,
                reason=fact.reason,
            )
            transaction.refunds.append(row)
            changed = True
        elif row.status != fact.status:
            row.status, changed = fact.status, True
    total = sum(refund.amount for refund in transaction.refunds if refund.status in COUNTS)
    transaction.amount_refunded = min(total, transaction.amount)
    session.flush()
    return changed
