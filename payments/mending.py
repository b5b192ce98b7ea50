"""Mend what `reconcile` found, only by the ways that settle an order at any other time."""

from collections import defaultdict
from collections.abc import Sequence

import structlog

import gateway
from errors import Unavailable
from extensions import atomic, release_reads
from gateway import OutcomeUnknown, Refused
from payments import differences, disputes, history, recovery, refunds, settlement
from payments.differences import Difference
from payments.models import OPEN, Transaction
from payments.states import Stale

log = structlog.get_logger()

# What bringing in Stripe's word can change. Another amount of a payment needs a person.
MENDABLE = (
    *("status", "missing_there"),
    *("refund_missing_here", "refund_status", "refund_amount", "refund_total", "dispute"),
)
# Not about an order and its own payment, so not found again by comparing those.
APART = ("missing_here", "second_payment")


def mend(found: Sequence[Difference]) -> list[Difference]:
    """Bring Stripe's word into the orders that differ; returns what differs still."""
    mendable = {one.transaction for one in found if one.kind in MENDABLE and one.transaction}
    remaining: list[Difference] = []
    wrong: dict[str, list[Difference]] = defaultdict(list)
    for one in found:
        if one.transaction in mendable and one.kind not in APART:
            wrong[str(one.transaction)].append(one)
        else:
            remaining.append(one)
    for transaction_id, differing in wrong.items():
        try:
            remaining += _mend_order(transaction_id, differing)
        except (Unavailable, OutcomeUnknown, Refused, Stale) as error:
            log.warning("not mended", transaction=transaction_id, reason=str(error))
            remaining += differing
    return remaining


def _mend_order(transaction_id: str, differing: list[Difference]) -> list[Difference]:
    """Settle one order by how its payment is now; returns how they differ afterwards.

    differing: what was found of this order.

    Raises: Unavailable, OutcomeUnknown, Refused, Stale.
    """
    is_disputed = any(one.kind == "dispute" for one in differing)
    intent_id = _order(transaction_id).payment_intent_id or differing[0].payment_intent
    left = _bring_in(transaction_id, intent_id, is_disputed) if intent_id else None
    order = _order(transaction_id)
    unsettled = left is None or any(one.kind == "status" for one in left)
    if order.status in OPEN and unsettled:
        # Nobody comes back for it: what is still open at Stripe is made impossible first.
        recovery.recover(order)
        order = _order(transaction_id)
        intent_id = order.payment_intent_id
        left = _bring_in(transaction_id, intent_id, is_disputed) if intent_id else None
    if left is None:
        return [differences.missing_there(order)] if order.status in OPEN else []
    return left


def _bring_in(transaction_id: str, intent_id: str, is_disputed: bool) -> list[Difference]:
    """What a webhook about this payment would do. Raises: Unavailable, Refused, Stale.

    is_disputed: a dispute was found, whatever the charge says of itself.
    """
    stripe, version = gateway.current(), _order(transaction_id).version
    payment, facts = stripe.payment(intent_id), stripe.refunds(intent_id)
    is_disputed = is_disputed or payment.disputed
    news = disputes.ask(transaction_id, intent_id) if is_disputed else None
    with atomic() as session:
        effects = settlement.apply(session, transaction_id, payment, "reconcile", version=version)
        effects.moved |= refunds.apply(session, effects.transaction, facts)
        if news:
            effects.moved |= disputes.apply(session, effects.transaction, news)
    order = settlement.announce(effects)
    left = differences.of_payment(order, payment, facts)
    return left + list(differences.of_disputes(order, news.disputes)) if news else left


def _order(transaction_id: str) -> Transaction:
    order = history.by_id(transaction_id)
    release_reads()
    return order
