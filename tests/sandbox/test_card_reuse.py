"""How often a card may be used, and by whom."""

from typing import Any

from tests.sandbox.helpers import refusal

DECLINED = "pm_card_visa_chargeDeclinedInsufficientFunds"


def test_saving_the_card_with_a_payment(pay: Any, api: Any, browser: Any):
    customer = api.customers.create().id
    method = browser.payment_method("4000002500003155").id
    intent = pay(method, customer=customer, setup_future_usage="off_session")
    assert api.customers.payment_methods.list(customer).data == []
    browser.answer_challenge(intent)
    assert [one.id for one in api.customers.payment_methods.list(customer).data] == [method]
    later = pay(method, customer=customer, off_session=True)
    assert later.status == "succeeded"


def test_a_declined_card_is_not_saved(pay: Any, api: Any):
    customer = api.customers.create().id
    refusal(pay, DECLINED, customer=customer, setup_future_usage="on_session")
    assert api.customers.payment_methods.list(customer).data == []


def test_a_loose_card_serves_one_payment(pay: Any, api: Any, browser: Any):
    customer = api.customers.create().id
    for number in ("4242424242424242", "4000000000009995"):
        method = browser.payment_method(number).id
        if number == "4242424242424242":
            pay(method, customer=customer)
        else:
            refusal(pay, method)
        error = refusal(pay, method)
        assert (error.status, error.type) == (400, "invalid_request_error")
        assert error.message.startswith(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer"
        )
        attach = refusal(api.payment_methods.attach, method, {"customer": customer})
        assert "may not be used again" in attach.message


def test_a_saved_card_needs_its_own_customer(pay: Any, api: Any):
    ann, bob = api.customers.create().id, api.customers.create().id
    method = api.payment_methods.attach("pm_card_visa", {"customer": ann}).id
    assert pay(method, customer=ann).status == "succeeded"
    assert pay(method, customer=ann).status == "succeeded"
    error = refusal(pay, method)
    assert f"belongs to the Customer {ann}" in error.message
    error = refusal(pay, method, customer=bob)
    assert error.message == (
        f"The customer does not have a payment method with the ID {method}. The payment method "
        "must be attached to the customer."
    )


def test_a_detached_card_is_dead(pay: Any, api: Any):
    customer = api.customers.create().id
    method = api.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    assert api.payment_methods.detach(method).customer is None
    assert "was detached from a Customer" in refusal(pay, method).message
    assert "detached" in refusal(api.payment_methods.attach, method, {"customer": customer}).message
    assert "detachment is impossible" in refusal(api.payment_methods.detach, method).message


def test_a_card_expires_with_the_clock(pay: Any, api: Any, browser: Any, sandbox: Any):
    customer = api.customers.create().id
    method = browser.payment_method("4242424242424242", exp_month="01", exp_year="2028").id
    api.payment_methods.attach(method, {"customer": customer})
    assert pay(method, customer=customer).status == "succeeded"
    sandbox.clock.advance(3 * 365 * 86400)
    assert refusal(pay, method, customer=customer).code == "expired_card"
    assert refusal(browser.token, "4242424242424242", exp_year="2028").code == (
        "invalid_expiry_year"
    )
