"""Disputes and fraud warnings, as some test cards bring them on."""

from typing import NamedTuple

from sandbox import events, lists
from sandbox.cards import Card
from sandbox.context import Context
from sandbox.errors import ApiError, Json
from sandbox.ids import new_id
from sandbox.records import Record, Tx
from sandbox.shapes import merged_metadata, nulls

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


# What is under review while the bank has the evidence. The others are closed.
_UNDER_REVIEW = {
    "needs_response": "under_review",
    "warning_needs_response": "warning_under_review",
}
_OPEN = frozenset({*_UNDER_REVIEW, *_UNDER_REVIEW.values()})
# Source: docs.stripe.com/testing, "Evidence".
_VERDICTS = {"winning_evidence": "won", "losing_evidence": "lost"}


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


def close(tx: Tx, dispute_id: str, verdict: str = "lost") -> None:
    """The bank has decided; without evidence, against the shop."""
    dispute = tx.get("dispute", dispute_id)
    if dispute["status"] not in _OPEN:
        return
    before = dict(dispute.body)
    inquiry = dispute["status"].startswith("warning_")
    late = dispute["status"] in _UNDER_REVIEW
    dispute.change(
        status="warning_closed" if inquiry else verdict,
        is_charge_refundable=dispute["is_charge_refundable"] or verdict == "won",
        evidence_details={**dispute["evidence_details"], "past_due": late},
    )
    events.emit(tx, "charge.dispute.closed", dispute, before)
    if dispute["status"] == "won":
        events.emit(tx, "charge.dispute.funds_reinstated", dispute)


def retrieve(ctx: Context) -> Record:
    return ctx.tx.get("dispute", ctx.ids[0], "dispute", 404)


def list_all(ctx: Context) -> Json:
    return _listing(ctx, "dispute", "/v1/disputes")


def update(ctx: Context) -> Record:
    """Evidence of the shop; `winning_evidence` and `losing_evidence` decide at once."""
    dispute = retrieve(ctx)
    if dispute["status"] not in _OPEN:
        raise ApiError(400, "This dispute is already closed.")
    before, evidence = dict(dispute.body), ctx.params.get("evidence") or {}
    dispute["metadata"] = merged_metadata(dispute["metadata"], ctx.params.get("metadata"))
    dispute["evidence"] = {**dispute["evidence"], **evidence}
    if evidence and ctx.params.get("submit", True):
        details = dispute["evidence_details"]
        count = details["submission_count"] + 1
        dispute.change(
            status=_UNDER_REVIEW.get(dispute["status"], dispute["status"]),
            evidence_details={**details, "has_evidence": True, "submission_count": count},
        )
        if verdict := _VERDICTS.get(evidence.get("uncategorized_text", "")):
            ctx.tx.schedule(0, f"judge:{verdict}", dispute.id)
    events.emit(ctx.tx, "charge.dispute.updated", dispute, before)
    return dispute


def retrieve_warning(ctx: Context) -> Record:
    return ctx.tx.get("radar.early_fraud_warning", ctx.ids[0], "early_fraud_warning", 404)


def list_warnings(ctx: Context) -> Json:
    return _listing(ctx, "radar.early_fraud_warning", "/v1/radar/early_fraud_warnings")


def _listing(ctx: Context, kind: str, url: str) -> Json:
    query = lists.Query(kind, url)
    if "payment_intent" in ctx.params:
        query.where("link = ?", ctx.params["payment_intent"])
    if "charge" in ctx.params:
        query.where("json_extract(body, '$.charge') = ?", ctx.params["charge"])
    return query.page(ctx)


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
