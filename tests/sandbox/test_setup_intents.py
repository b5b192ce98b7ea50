"""The life of a SetupIntent: a card made ready for later."""

from typing import Any

import pytest

from tests.sandbox.helpers import NEVER, refusal

CHALLENGED = "pm_card_authenticationRequired"


@pytest.fixture
def customer(api: Any) -> str:
    return api.customers.create({"email": "ann@example.com"}).id


def saved(api: Any, customer: str) -> list[str]:
    return [one.id for one in api.customers.payment_methods.list(customer).data]


def test_saving_a_card(save: Any, api: Any, customer: str):
    intent = save("pm_card_visa", customer, usage="on_session")
    assert (intent.status, intent.usage) == ("succeeded", "on_session")
    assert saved(api, customer) == [intent.payment_method]
    assert intent.latest_attempt.startswith("setatt_")


def test_step_by_step(api: Any, customer: str):
    intent = api.setup_intents.create({"customer": customer, "automatic_payment_methods": NEVER})
    assert (intent.status, intent.usage) == ("requires_payment_method", "off_session")
    error = refusal(api.setup_intents.confirm, intent.id)
    assert error.code == "setup_intent_unexpected_state"
    ready = api.setup_intents.update(intent.id, {"payment_method": "pm_card_visa"})
    assert ready.status == "requires_confirmation"
    assert api.setup_intents.confirm(intent.id).status == "succeeded"
    assert "already succeeded" in refusal(api.setup_intents.confirm, intent.id).message
    assert refusal(api.setup_intents.cancel, intent.id).code == "setup_intent_unexpected_state"


def test_3d_secure_accepted(save: Any, api: Any, browser: Any, customer: str):
    intent = save(CHALLENGED, customer)
    assert (intent.status, saved(api, customer)) == ("requires_action", [])
    assert browser.answer_challenge(intent).status == "succeeded"
    assert saved(api, customer) == [intent.payment_method]


@pytest.mark.parametrize("outcome", ["fail", "cancel"])
def test_3d_secure_refused(outcome: str, save: Any, api: Any, browser: Any, customer: str):
    intent = save(CHALLENGED, customer)
    seen = browser.answer_challenge(intent, outcome)
    assert seen.status == "requires_payment_method"
    assert seen.last_setup_error.code == "setup_intent_authentication_failure"
    assert saved(api, customer) == []
    again = api.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (again.status, again.last_setup_error) == ("succeeded", None)


def test_a_bad_card_is_refused(save: Any, api: Any, customer: str):
    error = refusal(save, "pm_card_visa_chargeDeclinedLostCard", customer)
    assert (error.status, error.code, error.decline_code) == (402, "card_declined", "lost_card")
    intent = api.setup_intents.retrieve(error.setup_intent["id"])
    assert intent.last_setup_error.payment_method.id == error.payment_method["id"]
    assert intent.payment_method is None


def test_an_expired_card_cannot_be_saved(save: Any, browser: Any, sandbox: Any, customer: str):
    method = browser.payment_method("4242424242424242", exp_year="2027").id
    sandbox.clock.advance(3 * 365 * 86400)
    assert refusal(save, method, customer).code == "expired_card"


def test_a_used_card_cannot_be_saved(save: Any, pay: Any, customer: str):
    used = pay("pm_card_visa").payment_method
    assert "previously used" in refusal(save, used, customer).message


def test_cancelling(api: Any):
    intent = api.setup_intents.create({"payment_method": "pm_card_visa"})
    canceled = api.setup_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert "has a status of canceled" in refusal(api.setup_intents.confirm, intent.id).message


def test_possible_redirects_need_a_return_url(api: Any, customer: str):
    params = {"customer": customer, "payment_method": "pm_card_visa", "confirm": True}
    error = refusal(api.setup_intents.create, params)
    assert "This SetupIntent is configured" in error.message
    assert error.setup_intent["status"] == "requires_confirmation"
    assert api.setup_intents.create({**params, "return_url": "https://a.example"}).status == (
        "succeeded"
    )


def test_listing_by_customer_and_card(save: Any, api: Any, customer: str):
    first, second = save("pm_card_visa", customer), save("pm_card_amex", customer)
    save("pm_card_visa", api.customers.create().id)
    by_customer = api.setup_intents.list({"customer": customer})
    assert [one.id for one in by_customer.data] == [second.id, first.id]
    by_card = api.setup_intents.list({"payment_method": first.payment_method})
    assert [one.id for one in by_card.data] == [first.id]


def test_options_of_the_card(save: Any, customer: str, browser: Any):
    options = {"card": {"request_three_d_secure": "any"}}
    intent = save("pm_card_threeDSecureOptional", customer, payment_method_options=options)
    assert intent.status == "requires_action"
    assert intent.payment_method_options.card.request_three_d_secure == "any"
    assert browser.answer_challenge(intent).status == "succeeded"
