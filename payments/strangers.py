"""Cards that somebody tries at Stripe directly, past our door and the limits that stand at it.

Who may answer his bank has the client secret, and with it and the publishable key Stripe takes any
card. Such a try is no attempt of ours. Each that is declined counts like one, and the intent is
called off, so that there is nothing left to try cards with.
"""

import structlog

import card_testing
import gateway
from errors import Unavailable
from extensions import release_reads
from gateway import OutcomeUnknown
from gateway_types import EventHint, Payment
from payments import settlement
from payments.models import Transaction
from wallet import records

log = structlog.get_logger()

# Nothing is on its way to a charge: called off, the intent takes no card any more.
UNPAID = ("requires_payment_method", "requires_confirmation", "requires_action")


def look(hint: EventHint, transaction: Transaction, payment: Payment) -> None:
    """After an event was settled: whether it tells of a card that we never sent.

    payment: the PaymentIntent as it stands. While an attempt of ours waits for its answer nothing
    is called off: the next such card comes to that.
    """
    failed, attempts = hint.failed, transaction.attempts
    if failed is None or (failed.id and failed.id in {a.charge_id for a in attempts}):
        return
    if failed.id:
        asked = card_testing.latest_asked([attempt.idempotency_key for attempt in attempts])
        card_testing.declined_later(transaction.user_id, asked, failed.why, failed.id)
    sent = {
        method for a in attempts for method in (a.params["payment_method"], a.payment_method_id)
    }
    may_be_ours = failed.payment_method_id in sent or transaction.status == "pending"
    if may_be_ours or payment.status not in UNPAID:
        return
    log.warning("a card was tried past us", transaction=transaction.id)
    try:
        canceled = gateway.current().cancel_payment(str(payment.id))
    except (Unavailable, OutcomeUnknown):
        return  # the next such card, or the recovery, comes to it
    settlement.settle(transaction.id, canceled, "webhook")


def look_at_setup(hint: EventHint) -> None:
    """The same for a card on its way into a wallet, before the event is settled.

    Raises: Unavailable, OutcomeUnknown; looking again counts nothing twice.
    """
    card = records.of_setup(hint.object_id) if hint.failed else None
    release_reads()
    if hint.failed is None or card is None or records.is_sent(card, hint.failed.payment_method_id):
        return
    card_testing.declined_later(card.user_id, card.id, hint.failed.why, hint.failed.id)
    if card.status != "ACTIVE":
        log.warning("a card was tried past us", card=card.id)
        gateway.current().cancel_setup(hint.object_id)
