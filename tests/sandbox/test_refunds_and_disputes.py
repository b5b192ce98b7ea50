"""Money going back: refunds, and disputes that some cards bring on."""

from typing import Any

import pytest

from tests.sandbox.helpers import refusal


def types(sandbox: Any) -> list[str]:
    return [event["type"] for event in sandbox.ledger()["events"]]


def test_the_whole(pay: Any, api: Any, sandbox: Any):
    intent = pay("pm_card_visa", amount=2000)
    refund = api.refunds.create(
        {"payment_intent": intent.id, "reason": "requested_by_customer", "metadata": {"a": "b"}}
    )
    assert (refund.amount, refund.status, refund.charge) == (
        2000,
        "succeeded",
        intent.latest_charge,
    )
    assert refund.payment_method == intent.payment_method
    charge = pay.again(intent.id).latest_charge
    assert (charge.refunded, charge.amount_refunded) == (True, 2000)
    assert api.payment_intents.retrieve(intent.id).status == "succeeded"
    error = refusal(api.refunds.create, {"payment_intent": intent.id})
    assert error.code == "charge_already_refunded"
    assert types(sandbox)[-2:] == ["refund.created", "charge.refunded"]


def test_in_parts(pay: Any, api: Any):
    intent = pay("pm_card_visa", amount=2000)
    first = api.refunds.create({"charge": intent.latest_charge, "amount": 500})
    error = refusal(api.refunds.create, {"payment_intent": intent.id, "amount": 1501})
    assert "greater than unrefunded amount" in error.message
    second = api.refunds.create({"payment_intent": intent.id})
    assert second.amount == 1500
    found = api.refunds.list({"payment_intent": intent.id})
    assert [one.id for one in found.data] == [second.id, first.id]
    found = api.refunds.list({"charge": intent.latest_charge, "limit": 1})
    assert ([one.id for one in found.data], found.has_more) == ([second.id], True)


def test_what_cannot_be_refunded(pay: Any, api: Any):
    create = api.refunds.create
    intent = pay("pm_card_visa", amount=2000)
    assert (
        "greater than charge amount"
        in refusal(create, {"payment_intent": intent.id, "amount": 2001}).message
    )
    assert refusal(create, {"payment_intent": intent.id, "amount": 0}).status == 400
    assert "payment_intent or charge" in refusal(create, {}).message
    both = {"payment_intent": intent.id, "charge": intent.latest_charge}
    assert refusal(create, both).code == "parameters_exclusive"
    fresh = api.payment_intents.create({"amount": 2000, "currency": "usd"})
    assert (
        "does not have a successful charge" in refusal(create, {"payment_intent": fresh.id}).message
    )
    held = pay("pm_card_visa", capture_method="manual")
    assert refusal(create, {"payment_intent": held.id}).code == "charge_not_refundable"
    assert refusal(create, {"charge": "ch_none"}).code == "resource_missing"


def test_metadata_of_a_refund(pay: Any, api: Any):
    refund = api.refunds.create({"payment_intent": pay("pm_card_visa").id})
    assert api.refunds.update(refund.id, {"metadata": {"a": "b"}}).metadata["a"] == "b"
    assert api.refunds.retrieve(refund.id).metadata["a"] == "b"


def test_a_pending_refund_succeeds_later(pay: Any, api: Any, sandbox: Any):
    intent = pay("pm_card_pendingRefund")
    refund = api.refunds.create({"payment_intent": intent.id})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    sandbox.clock.advance(60)
    assert api.refunds.retrieve(refund.id).status == "succeeded"
    assert "refund.updated" in types(sandbox)
    assert "refund.failed" not in types(sandbox)


def test_a_failing_refund_fails_later(pay: Any, api: Any, sandbox: Any):
    intent = pay("pm_card_refundFail")
    refund = api.refunds.create({"payment_intent": intent.id})
    assert refund.status == "succeeded"
    sandbox.clock.advance(60)
    sandbox.pump()
    failed = api.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    charge = pay.again(intent.id).latest_charge
    assert (charge.refunded, charge.amount_refunded) == (False, 0)
    assert "refund.failed" in types(sandbox)


@pytest.mark.parametrize(
    ("card", "reason", "status"),
    [
        ("createDispute", "fraudulent", "needs_response"),
        ("createDisputeProductNotReceived", "product_not_received", "needs_response"),
        ("createDisputeInquiry", "fraudulent", "warning_needs_response"),
        ("createCe3EligibleDispute", "fraudulent", "needs_response"),
        ("createComplianceDispute", "noncompliant", "needs_response"),
    ],
)
def test_a_dispute(card: str, reason: str, status: str, pay: Any, api: Any, sandbox: Any):
    intent = pay(f"pm_card_{card}")
    assert intent.status == "succeeded"
    (dispute,) = sandbox.ledger()["disputes"]
    assert (dispute["reason"], dispute["status"]) == (reason, status)
    assert dispute["payment_intent"] == intent.id
    assert api.charges.retrieve(intent.latest_charge).disputed
    assert "charge.dispute.created" in types(sandbox)
    withdrawn = "charge.dispute.funds_withdrawn" in types(sandbox)
    assert withdrawn == (status == "needs_response")
    refund = {"payment_intent": intent.id}
    if status == "needs_response":
        assert refusal(api.refunds.create, refund).code == "refund_disputed_payment"
    else:
        assert api.refunds.create(refund).status == "succeeded"
    sandbox.clock.advance(8 * 86400)
    (closed,) = sandbox.ledger()["disputes"]
    assert closed["status"] == ("lost" if status == "needs_response" else "warning_closed")
    assert "charge.dispute.closed" in types(sandbox)


def test_several_disputes(pay: Any, sandbox: Any):
    pay("pm_card_createMultipleDisputes")
    assert len(sandbox.ledger()["disputes"]) == 2


def test_a_warning_of_fraud(pay: Any, sandbox: Any):
    pay("pm_card_createIssuerFraudRecord")
    assert sandbox.ledger()["disputes"] == []
    assert types(sandbox)[-1] == "radar.early_fraud_warning.created"


def test_a_dispute_follows_the_payment(pay: Any, sandbox: Any):
    pay("pm_card_createDispute")
    assert types(sandbox) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ]


@pytest.mark.parametrize(
    ("evidence", "verdict", "refundable"),
    [("winning_evidence", "won", True), ("losing_evidence", "lost", False)],
)
def test_evidence_decides_a_dispute(
    pay: Any, api: Any, sandbox: Any, evidence: str, verdict: str, refundable: bool
):
    intent = pay("pm_card_createDispute")
    (dispute,) = api.disputes.list({"payment_intent": intent.id}).data
    sent = api.disputes.update(dispute.id, {"evidence": {"uncategorized_text": evidence}})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    decided = api.disputes.retrieve(dispute.id)
    assert (decided.status, decided.is_charge_refundable) == (verdict, refundable)
    assert ("charge.dispute.funds_reinstated" in types(sandbox)) == (verdict == "won")
    error = refusal(api.disputes.update, dispute.id, {"evidence": {"uncategorized_text": "x"}})
    assert error.message == "This dispute is already closed."
    sandbox.clock.advance(30 * 86400)
    assert api.disputes.retrieve(dispute.id).status == verdict


def test_evidence_may_be_staged(pay: Any, api: Any):
    intent = pay("pm_card_createDispute")
    (dispute,) = api.disputes.list({"charge": intent.latest_charge}).data
    evidence = {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": False}
    assert api.disputes.update(dispute.id, evidence).status == "needs_response"


def test_an_early_fraud_warning_is_listed(pay: Any, api: Any):
    intent = pay("pm_card_createIssuerFraudRecord")
    (warning,) = api.radar.early_fraud_warnings.list({"payment_intent": intent.id}).data
    assert api.radar.early_fraud_warnings.retrieve(warning.id).charge == intent.latest_charge
    assert api.disputes.list({"payment_intent": intent.id}).data == []
