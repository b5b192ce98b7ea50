"""The states of a transaction: one table of legal moves, and the only writer of `status`.

Nothing ever un-happens: `succeeded` is final, and so is `canceled` unless Stripe says otherwise.
"""

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from extensions import now
from payments.models import Refund, Transaction, TransactionEvent

# target -> the statuses from which it may be reached
SOURCES: dict[str, frozenset[str]] = {
    "pending": frozenset({"requires_action", "declined"}),  # a new attempt
    "requires_action": frozenset({"pending"}),
    "processing": frozenset({"pending", "requires_action"}),
    "declined": frozenset({"pending", "requires_action", "processing"}),
    "canceled": frozenset({"pending", "requires_action", "processing", "declined"}),
    # Late truth from Stripe wins even over our own decline or cancellation: the money has moved.
    "succeeded": frozenset({"pending", "requires_action", "processing", "declined", "canceled"}),
}
# The same for a refund. It may fail long after it succeeded, and old news never brings it back;
# Stripe's word that there is one wins even over our `refused`.
_OPEN_REFUND = frozenset({"pending", "requires_action", "refused"})
REFUND_SOURCES: dict[str, frozenset[str]] = {
    "pending": frozenset({"requires_action", "refused"}),
    "requires_action": frozenset({"pending", "refused"}),
    "succeeded": _OPEN_REFUND,
    "failed": _OPEN_REFUND | {"succeeded"},
    "canceled": _OPEN_REFUND | {"succeeded"},
    "refused": frozenset({"pending"}),
}


class Stale(Exception):
    """Somebody has learned more while we were asking Stripe: ask again."""


def opened(session: Session, transaction: Transaction, source: str) -> None:
    """Write the first event of a new transaction."""
    _append(session, transaction, None, source)


def move(
    session: Session, transaction: Transaction, target: str, source: str, **facts: Any
) -> bool:
    """Move to `target` and set `facts` with it; False when the row has moved on meanwhile.

    0 rows is stale, not an error: whoever was faster knew at least as much.
    """
    before = transaction.status
    if before not in SOURCES[target]:
        return False
    values = {**facts, "status": target, "version": transaction.version + 1, "updated_at": now()}
    if target == "succeeded":
        values["paid_at"] = now()
    if before == "canceled":
        values["needs_review"] = True
    if not _compare_and_set(session, transaction, values):
        return False
    session.refresh(transaction, list(values))
    _append(session, transaction, before, source)
    return True


def move_refund(refund: Refund, target: str) -> bool:
    """Move a refund, under the lock of its transaction; False when that is no news for it."""
    if refund.status not in REFUND_SOURCES.get(target, ()):
        return False
    refund.status, refund.updated_at = target, now()
    return True


def _compare_and_set(session: Session, transaction: Transaction, values: dict[str, Any]) -> bool:
    """Write, unless another process has written since this row was read."""
    unmoved = (
        Transaction.id == transaction.id,
        Transaction.version == transaction.version,
        Transaction.status.in_(SOURCES[values["status"]]),
    )
    statement = update(Transaction).where(*unmoved).values(**values)
    statement = statement.execution_options(synchronize_session=False)
    return session.execute(statement.returning(Transaction.id)).first() is not None


def _append(session: Session, transaction: Transaction, before: str | None, source: str) -> None:
    session.add(
        TransactionEvent(
            transaction_id=transaction.id,
            version=transaction.version,
            from_status=before,
            to_status=transaction.status,
            source=source,
        )
    )
