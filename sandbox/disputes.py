"""Disputes and fraud warnings, as some test cards bring them on."""

from typing import NamedTuple

from sandbox import events
from sandbox.cards import Card
from sandbox.errors import Json
from sandbox.ids import new_id
from sandbox.records import Record, Tx
from sandbox.shapes import nulls

_DAYS_TO_ANSWER = 7
_NO_EVIDENCE: Json = {
    **nulls(
        "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure "
        "cancellation_rebuttal customer_communication customer_email_address customer_name "
        "customer_purchase_ip customer_signature duplicate_charge_documentation "
        "duplicate_charge_explanation duplicate_charge_id product_description receipt "
        "refund_policy refund_policy_disclosure refund_refusal_explanation service_date "
        "service_documentation shipping_address shipping_carrier shipping_date "
        "shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text"
    ),
    "enhanced_evidence": {},
}


class Story(NamedTuple):
    reason: str = "fraudulent"
    network_code: str = "10.4"
    case_type: str = "chargeback"
    eligibility: Json = {}


# The stories that cards.py names, beside `warning`.
_STORIES = {
    "fraudulent": Story(),
    "product_not_received": Story("product_not_received", "13.1"),
    "inquiry": Story(case_type="inquiry"),
    "compelling_evidence": Story(
        eligibility={"visa_compelling_evidence_3": {"required_actions": [], "status": "qualified"}}
    ),
    "compliance": Story(
        "noncompliant",
        "C1",
        "compliance",
        {"visa_compliance": {"status": "requires_fee_acknowledgement"}},
    ),
}


def foresee(tx: Tx, charge: Record, card: Card, protected: bool) -> None:
    """Lets happen right after the charge what its card is for.

    3D Secure protects from disputes about fraud: the bank that checked is liable.
    """
    for story in card.disputes.split("+"):
        if story and not (protected and story == "fraudulent"):
            tx.schedule(0, f"dispute:{story}", charge.id)


def begin(tx: Tx, charge_id: str, story: str) -> None:
    charge = tx.get("charge", charge_id)
    if story == "warning":
        events.emit(tx, "radar.early_fraud_warning.created", tx.add(_warning(tx, charge)))
        return
    dispute = tx.add(_body(tx, charge, _STORIES[story]))
    charge["disputed"] = True
    tx.schedule(_DAYS_TO_ANSWER * 86400, "close_dispute", dispute.id)
    events.emit(tx, "charge.dispute.created", dispute)
    if not dispute["is_charge_refundable"]:
        events.emit(tx, "charge.dispute.funds_withdrawn", dispute)


def close(tx: Tx, dispute_id: str) -> None:
    """Nobody answered in time: lost, or an inquiry that came to nothing."""
    dispute = tx.get("dispute", dispute_id)
    before = dict(dispute.body)
    inquiry = dispute["status"] == "warning_needs_response"
    dispute["status"] = "warning_closed" if inquiry else "lost"
    dispute["evidence_details"] = {**dispute["evidence_details"], "past_due": True}
    events.emit(tx, "charge.dispute.closed", dispute, before)


def _body(tx: Tx, charge: Record, story: Story) -> Json:
    inquiry = story.case_type == "inquiry"
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge.id,
        "created": tx.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": list(story.eligibility),
        "evidence": _NO_EVIDENCE,
        "evidence_details": _deadline(tx, story),
        "intended_submission_method": None,
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "network_reason_code": story.network_code,
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": _card(charge, story), "type": "card"},
        "reason": story.reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def _deadline(tx: Tx, story: Story) -> Json:
    return {
        "due_by": tx.now + _DAYS_TO_ANSWER * 86400,
        "enhanced_eligibility": story.eligibility,
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
    }


def _card(charge: Record, story: Story) -> Json:
    brand = charge["payment_method_details"]["card"]["brand"]
    return {
        "brand": brand,
        "case_type": story.case_type,
        "network": brand,
        "network_reason_code": story.network_code,
    }


def _warning(tx: Tx, charge: Record) -> Json:
    return {
        "id": new_id("issfr"),
        "object": "radar.early_fraud_warning",
        "actionable": True,
        "charge": charge.id,
        "created": tx.now,
        "fraud_type": "misc",
        "livemode": False,
        "payment_intent": charge["payment_intent"],
    }
