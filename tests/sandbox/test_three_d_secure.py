"""Payments that the bank, or a captcha, holds up until the customer answers."""

from typing import Any

import pytest

from tests.sandbox.helpers import refusal

CHALLENGED = "pm_card_threeDSecure2Required"


def test_3d_secure_accepted(pay: Any, api: Any, browser: Any):
    intent = pay(CHALLENGED)
    action = intent.next_action
    assert (intent.status, intent.latest_charge) == ("requires_action", None)
    assert (action.type, action.use_stripe_sdk.type) == (
        "use_stripe_sdk",
        "stripe_3ds2_fingerprint",
    )
    assert action.use_stripe_sdk.three_d_secure_2_source.startswith("payatt_")
    seen = browser.answer_challenge(intent)
    assert seen.status == "succeeded"
    charge = pay.again(intent.id).latest_charge
    secure = charge.payment_method_details.card.three_d_secure
    assert (secure.result, secure.authentication_flow) == ("authenticated", "challenge")


@pytest.mark.parametrize("outcome", ["fail", "cancel"])
def test_3d_secure_refused_asks_for_another_card(outcome: str, pay: Any, api: Any, browser: Any):
    intent = pay(CHALLENGED)
    seen = browser.answer_challenge(intent, outcome)
    assert seen.status == "requires_payment_method"
    assert seen.last_payment_error.code == "payment_intent_authentication_failure"
    intent = api.payment_intents.retrieve(intent.id)
    assert (intent.latest_charge, intent.next_action) == (None, None)
    assert "unable to authenticate" in intent.last_payment_error.message
    paid = api.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert paid.status == "succeeded"


def test_a_challenge_is_answered_once_and_only_with_its_secret(pay: Any, browser: Any, api: Any):
    intent, other = pay(CHALLENGED), pay(CHALLENGED)
    source = intent.next_action.use_stripe_sdk.three_d_secure_2_source

    def answer(secret: str, source: str = source) -> Any:
        return browser.raw(
            "POST", "3ds2/authenticate", source=source, client_secret=secret, outcome="complete"
        )

    assert answer(other.client_secret)[0] == 400
    assert answer(intent.client_secret, "payatt_unknown")[0] == 404
    status, page = browser.raw("GET", f"3ds2/challenge/{source}", client_secret=other.client_secret)
    assert status == 400
    status, page = browser.raw(
        "GET", f"3ds2/challenge/{source}", client_secret=intent.client_secret
    )
    assert (page["kind"], page["amount"], page["currency"]) == ("three_d_secure", 1500, "usd")
    assert page["card"] == {"brand": "visa", "last4": "3220"}
    assert answer(intent.client_secret)[1]["status"] == "succeeded"
    assert answer(intent.client_secret)[0] == 400
    assert len(pay.charges()) == 1


def test_a_new_attempt_makes_the_old_challenge_void(pay: Any, api: Any, browser: Any):
    intent = pay(CHALLENGED)
    api.payment_intents.confirm(intent.id, {"payment_method": CHALLENGED})
    error = refusal(browser.answer_challenge, intent)
    assert error.status == 404


def test_changing_the_amount_ends_a_running_challenge(pay: Any, api: Any, browser: Any):
    intent = pay(CHALLENGED)
    changed = api.payment_intents.update(intent.id, {"amount": 2500})
    assert (changed.status, changed.next_action) == ("requires_confirmation", None)
    assert refusal(browser.answer_challenge, intent).status == 400


def test_with_a_return_url_the_challenge_is_a_redirect(pay: Any):
    intent = pay(CHALLENGED, return_url="https://shop.example/back")
    action = intent.next_action
    assert action.type == "redirect_to_url"
    assert action.redirect_to_url.return_url == "https://shop.example/back"
    assert "payatt_" in action.redirect_to_url.url
    sdk = pay(CHALLENGED, return_url="https://shop.example/back", use_stripe_sdk=True)
    assert sdk.next_action.type == "use_stripe_sdk"


def test_confirming_by_hand_after_the_challenge(pay: Any, api: Any, browser: Any):
    intent = pay(CHALLENGED, confirmation_method="manual")
    assert browser.answer_challenge(intent).status == "requires_confirmation"
    assert pay.charges() == []
    assert api.payment_intents.confirm(intent.id).status == "succeeded"


def test_a_captcha_is_a_challenge_of_its_own_kind(pay: Any, browser: Any):
    method = browser.payment_method("4000000000001208")
    intent = pay(method.id)
    assert intent.next_action.use_stripe_sdk.type == "intent_confirmation_challenge"
    source = intent.next_action.use_stripe_sdk.three_d_secure_2_source
    _, page = browser.raw("GET", f"3ds2/challenge/{source}", client_secret=intent.client_secret)
    assert page["kind"] == "captcha"
    assert browser.answer_challenge(intent).status == "succeeded"
    assert pay.again(intent.id).latest_charge.payment_method_details.card.three_d_secure is None


def test_error_on_requires_action(pay: Any):
    error = refusal(pay, CHALLENGED, error_on_requires_action=True)
    assert (error.status, error.code) == (402, "authentication_required")
    assert error.decline_code == "authentication_not_handled"
    assert error.payment_intent["status"] == "requires_payment_method"
    assert pay.charges() == []
