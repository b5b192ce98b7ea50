"""The life of a PaymentIntent."""

from typing import Any

import pytest

from tests.sandbox.helpers import NEVER, refusal

DECLINED = "pm_card_visa_chargeDeclinedInsufficientFunds"


def test_made_without_a_card_it_waits_for_one(api: Any):
    intent = api.payment_intents.create({"amount": 2000, "currency": "EUR"})
    assert (intent.status, intent.currency) == ("requires_payment_method", "eur")
    assert intent.automatic_payment_methods.allow_redirects == "always"
    assert intent.capture_method == "automatic_async"
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    error = refusal(api.payment_intents.confirm, intent.id)
    assert error.code == "payment_intent_unexpected_state"
    assert "missing a payment method" in error.message


def test_made_with_a_card_it_waits_for_confirmation(api: Any):
    params = {"amount": 2000, "currency": "usd", "payment_method": "pm_card_visa"}
    intent = api.payment_intents.create(params | {"automatic_payment_methods": NEVER})
    assert intent.status == "requires_confirmation"
    assert api.payment_intents.confirm(intent.id).status == "succeeded"


def test_a_success_shows_the_charge(pay: Any, api: Any):
    intent = pay(
        "pm_card_visa",
        amount=1999,
        metadata={"order": "7"},
        receipt_email="ann@example.com",
        statement_descriptor_suffix="MUG",
        expand=["latest_charge", "payment_method"],
    )
    charge = intent.latest_charge
    assert (intent.status, intent.amount_received) == ("succeeded", 1999)
    assert (charge.amount, charge.amount_captured, charge.captured) == (1999, 1999, True)
    assert charge.metadata.to_dict() == {"order": "7"}
    assert charge.receipt_email == "ann@example.com"
    assert charge.calculated_statement_descriptor == "SANDBOX* MUG"
    assert charge.payment_method == intent.payment_method.id
    assert charge.payment_intent == intent.id
    assert intent.last_payment_error is None


def test_a_decline_leaves_the_failed_charge_and_asks_for_another_card(pay: Any, api: Any):
    error = refusal(pay, DECLINED)
    assert (error.status, error.type) == (402, "card_error")
    assert (error.code, error.decline_code) == ("card_declined", "insufficient_funds")
    assert error.message == "Your card has insufficient funds."
    assert error.headers["Stripe-Should-Retry"] == "false"
    intent = api.payment_intents.retrieve(error.payment_intent["id"])
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.latest_charge == error.charge
    assert intent.last_payment_error.decline_code == "insufficient_funds"
    assert intent.last_payment_error.payment_method.id == error.payment_method["id"]
    assert "request_log_url" not in intent.last_payment_error
    charge = api.charges.retrieve(error.charge)
    assert (charge.status, charge.paid, charge.captured) == ("failed", False, False)
    assert charge.failure_code == "card_declined"
    assert charge.outcome.reason == "insufficient_funds"

    again = api.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert again.status == "succeeded"
    assert again.last_payment_error is None
    assert again.latest_charge != error.charge


def test_optional_members_of_errors_are_absent_not_null(pay: Any):
    error = refusal(pay, "pm_card_chargeDeclinedExpiredCard").error.json_body["error"]
    assert "decline_code" not in error
    assert all(value is not None for value in error.values())


def test_success_is_final(pay: Any, api: Any):
    intent = pay("pm_card_visa")
    error = refusal(api.payment_intents.confirm, intent.id)
    assert (error.status, error.code) == (400, "payment_intent_unexpected_state")
    assert error.message == (
        "You cannot confirm this PaymentIntent because it has already succeeded after being "
        "previously confirmed."
    )
    assert error.payment_intent["status"] == "succeeded"
    error = refusal(api.payment_intents.cancel, intent.id)
    assert error.message == (
        "You cannot cancel this PaymentIntent because it has a status of succeeded. Only a "
        "PaymentIntent with one of the following statuses may be canceled: "
        "requires_payment_method, requires_capture, requires_reauthorization, "
        "requires_confirmation, requires_action, processing."
    )
    assert (
        "could not be updated"
        in refusal(api.payment_intents.update, intent.id, {"amount": 1}).message
    )
    assert api.payment_intents.update(intent.id, {"metadata": {"a": "b"}}).metadata["a"] == "b"


@pytest.mark.parametrize("reason", [None, "abandoned", "duplicate"])
def test_cancelling(reason: str | None, api: Any):
    intent = api.payment_intents.create({"amount": 2000, "currency": "usd"})
    params = {"cancellation_reason": reason} if reason else {}
    canceled = api.payment_intents.cancel(intent.id, params)
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", reason)
    assert canceled.canceled_at
    error = refusal(api.payment_intents.confirm, intent.id, {"payment_method": "pm_card_visa"})
    assert "has a status of canceled" in error.message
    assert refusal(api.payment_intents.cancel, intent.id).status == 400


@pytest.mark.parametrize("automatic", [None, {"enabled": True}])
def test_possible_redirects_need_a_return_url(automatic: Any, api: Any):
    params = {
        "amount": 1500,
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "confirm": True,
    }
    if automatic:
        params["automatic_payment_methods"] = automatic
    error = refusal(api.payment_intents.create, params)
    assert (error.status, error.code) == (400, None)
    assert "you must provide a `return_url`" in error.message
    assert error.payment_intent["status"] == "requires_confirmation"
    assert api.payment_intents.retrieve(error.payment_intent["id"])
    paid = api.payment_intents.create(params | {"return_url": "https://shop.example"})
    assert paid.status == "succeeded"


def test_only_cards_allowed_needs_no_return_url(api: Any):
    params = {
        "amount": 1500,
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "confirm": True,
        "allowed_payment_method_types": ["card"],
    }
    intent = api.payment_intents.create(params)
    assert (intent.status, intent.automatic_payment_methods) == ("succeeded", None)
    assert intent.allowed_payment_method_types == ["card"]
    error = refusal(api.payment_intents.create, params | {"automatic_payment_methods": NEVER})
    assert error.code == "parameters_exclusive"


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (0, "usd", "parameter_invalid_integer"),
        (-5, "usd", "parameter_invalid_integer"),
        (49, "usd", "amount_too_small"),
        (29, "gbp", "amount_too_small"),
        (49, "jpy", "amount_too_small"),
        (100_000_000, "usd", "amount_too_large"),
        (150, "isk", "invalid_charge_amount"),
        (5123, "kwd", "invalid_charge_amount"),
        (50, "usd", None),
        (50, "jpy", None),
        (99_999_999, "usd", None),
        (500, "isk", None),
        (5120, "kwd", None),
    ],
)
def test_amounts(amount: int, currency: str, code: str | None, api: Any):
    params = {"amount": amount, "currency": currency}
    if code is None:
        assert api.payment_intents.create(params).amount == amount
    else:
        error = refusal(api.payment_intents.create, params)
        assert (error.status, error.code, error.param) == (400, code, "amount")


def test_authorizing_and_capturing(pay: Any, api: Any):
    intent = pay("pm_card_visa", amount=1000, capture_method="manual", expand=["latest_charge"])
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 1000)
    assert (intent.latest_charge.captured, intent.latest_charge.amount_captured) == (False, 0)
    too_much = {"amount_to_capture": 1001}
    assert refusal(api.payment_intents.capture, intent.id, too_much).param == "amount_to_capture"
    captured = api.payment_intents.capture(intent.id, {"amount_to_capture": 600})
    assert (captured.status, captured.amount_received) == ("succeeded", 600)
    charge = pay.again(intent.id).latest_charge
    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, 600, 400)
    error = refusal(api.payment_intents.capture, intent.id)
    assert error.message == (
        "This PaymentIntent could not be captured because it has already been captured."
    )
    fresh = api.payment_intents.create({"amount": 1000, "currency": "usd"})
    assert (
        "has a status of requires_payment_method"
        in refusal(api.payment_intents.capture, fresh.id).message
    )


def test_an_authorization_can_be_cancelled_and_lapses(pay: Any, api: Any, sandbox: Any):
    canceled = api.payment_intents.cancel(pay("pm_card_visa", capture_method="manual").id)
    assert (canceled.status, canceled.amount_capturable) == ("canceled", 0)
    assert api.charges.retrieve(canceled.latest_charge).refunded
    lapsing = pay("pm_card_visa", capture_method="manual")
    sandbox.clock.advance(7 * 86400 + 1)
    lapsed = api.payment_intents.retrieve(lapsing.id)
    assert (lapsed.status, lapsed.cancellation_reason) == ("canceled", "automatic")


def test_options_for_cards_go_before_those_of_the_intent(pay: Any, api: Any):
    customer = api.customers.create().id
    options = {"card": {"capture_method": "manual", "setup_future_usage": "on_session"}}
    intent = pay("pm_card_visa", customer=customer, payment_method_options=options)
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 1500)
    assert len(api.customers.payment_methods.list(customer).data) == 1
    none = {"card": {"setup_future_usage": "none"}}
    pay(
        "pm_card_amex",
        customer=customer,
        payment_method_options=none,
        setup_future_usage="off_session",
    )
    assert len(api.customers.payment_methods.list(customer).data) == 1


def test_updating(api: Any):
    intent = api.payment_intents.create(
        {"amount": 1000, "currency": "usd", "metadata": {"a": "1", "b": "2"}}
    )
    ann, bob = api.customers.create().id, api.customers.create().id
    changed = api.payment_intents.update(
        intent.id,
        {
            "amount": 1200,
            "customer": ann,
            "description": "A mug",
            "metadata": {"a": "", "c": "3"},
            "shipping": {"name": "Ann", "address": {"line1": "1 Main St", "city": "Bonn"}},
            "setup_future_usage": "on_session",
        },
    )
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    assert (changed.amount, changed.customer, changed.description) == (1200, ann, "A mug")
    assert changed.shipping.address.line2 is None
    emptied = api.payment_intents.update(
        intent.id, {"metadata": "", "shipping": "", "setup_future_usage": "", "description": ""}
    )
    assert emptied.metadata.to_dict() == {}
    assert emptied.shipping is emptied.setup_future_usage is emptied.description is None
    error = refusal(api.payment_intents.update, intent.id, {"customer": bob})
    assert "cannot modify `customer`" in error.message
    assert refusal(api.payment_intents.update, intent.id, {"amount": 10}).code == (
        "amount_too_small"
    )


def test_the_secret_in_place_of_the_id_is_told(api: Any):
    intent = api.payment_intents.create({"amount": 1000, "currency": "usd"})
    error = refusal(api.payment_intents.retrieve, intent.client_secret)
    assert (error.status, error.param) == (400, "intent")
    assert "looks like a client secret" in error.message


def test_unknown_ids_are_404_in_the_url_and_400_in_parameters(api: Any, pay: Any):
    for call, noun, param in (
        (api.payment_intents.retrieve, "payment_intent", "intent"),
        (api.setup_intents.retrieve, "setupintent", "intent"),
        (api.customers.retrieve, "customer", "id"),
        (api.charges.retrieve, "charge", "charge"),
        (api.payment_methods.retrieve, "PaymentMethod", "payment_method"),
    ):
        error = refusal(call, "nothing")
        assert (error.status, error.code, error.param) == (404, "resource_missing", param)
        assert error.message == f"No such {noun}: 'nothing'"
    error = refusal(pay, "pm_nothing")
    assert (error.status, error.code, error.param) == (400, "resource_missing", "payment_method")
    error = refusal(pay, "pm_card_visa", customer="cus_nothing")
    assert (error.status, error.param) == (400, "customer")


def test_parameters_of_confirming_need_confirm(api: Any):
    for name, value in {"off_session": True, "return_url": "https://shop.example"}.items():
        params = {"amount": 1000, "currency": "usd", name: value}
        assert refusal(api.payment_intents.create, params).param == name


def test_nothing_is_left_of_a_refused_call(api: Any, sandbox: Any):
    before = sandbox.ledger()
    params = {"amount": 1000, "currency": "usd", "confirm": True, "payment_method": "pm_nothing"}
    refusal(api.payment_intents.create, params | {"automatic_payment_methods": NEVER})
    assert sandbox.ledger() == before
