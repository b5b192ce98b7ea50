"""Customers, tokens, PaymentMethods and lists of them."""

from typing import Any

import pytest

from tests.sandbox.helpers import refusal


def test_a_token_is_good_for_one_use(api: Any, browser: Any):
    token = browser.token("4242424242424242", name="Ann Lee", address_zip="12345")
    assert (token.used, token.type, token.card.brand) == (False, "card", "Visa")
    assert (token.card.cvc_check, token.card.address_zip_check) == ("unchecked", "unchecked")
    card = {"type": "card", "card": {"token": token.id}}
    method = api.payment_methods.create(card)
    assert method.billing_details.name == "Ann Lee"
    assert method.billing_details.address.postal_code == "12345"
    assert api.tokens.retrieve(token.id).used
    error = refusal(api.payment_methods.create, card)
    assert (error.status, error.code) == (400, "token_already_used")
    assert error.message == f"You cannot use a Stripe token more than once: {token.id}."


def test_a_refused_call_does_not_spend_the_token(api: Any, browser: Any):
    token = browser.token("4242424242424242")
    card = {"type": "card", "card": {"token": token.id}, "allow_redisplay": "perhaps"}
    refusal(api.payment_methods.create, card)
    assert not api.tokens.retrieve(token.id).used


def test_magic_tokens_can_be_used_again_and_again(api: Any):
    card = {"type": "card", "card": {"token": "tok_visa"}}
    assert api.payment_methods.create(card).id != api.payment_methods.create(card).id
    error = refusal(api.payment_methods.create, {"type": "card", "card": {"token": "tok_none"}})
    assert error.message == "No such token: 'tok_none'"


def test_a_server_must_not_send_card_numbers(api: Any, browser: Any):
    details = browser.card("4242424242424242")
    error = refusal(api.tokens.create, {"card": details})
    assert (error.status, error.code) == (402, None)
    assert error.message.startswith("Sending credit card numbers directly to the Stripe API")


def test_a_cvc_token(browser: Any):
    assert browser.v1.tokens.create({"cvc_update": {"cvc": "123"}}).type == "cvc_update"
    assert refusal(browser.v1.tokens.create, {}).status == 400


def test_a_payment_method_with_its_details(browser: Any, api: Any):
    made = browser.v1.payment_methods.create(
        {
            "type": "card",
            "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034},
            "billing_details": {"email": "ann@example.com", "address": {"line1": "1 Main St"}},
            "metadata": {"a": "b"},
            "allow_redisplay": "always",
        }
    )
    method = api.payment_methods.retrieve(made.id)
    assert (method.customer, method.allow_redisplay) == (None, "always")
    assert method.billing_details.to_dict()["email"] == "ann@example.com"
    assert (method.card.checks.cvc_check, method.card.checks.address_line1_check) == (
        None,
        "unchecked",
    )
    assert (method.card.last4, method.card.exp_year) == ("4242", 2034)
    assert "fingerprint" not in made.card
    assert method.card.fingerprint


def test_only_a_saved_card_can_be_changed(api: Any):
    customer = api.customers.create().id
    method = api.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}).id
    assert "must save" in refusal(api.payment_methods.update, method, {}).message
    api.payment_methods.attach(method, {"customer": customer})
    changed = api.payment_methods.update(
        method,
        {
            "card": {"exp_month": 3, "exp_year": 2033},
            "billing_details": {"name": "Ann"},
            "metadata": {"nick": "blue card"},
        },
    )
    assert (changed.card.exp_month, changed.billing_details.name) == (3, "Ann")
    bad = {"card": {"exp_month": 13}}
    assert refusal(api.payment_methods.update, method, bad).code == "invalid_expiry_month"


def test_a_card_belongs_to_one_customer(api: Any):
    ann, bob = api.customers.create().id, api.customers.create().id
    method = api.payment_methods.attach("pm_card_visa", {"customer": ann}).id
    assert api.payment_methods.attach(method, {"customer": ann}).customer == ann
    assert (
        "already been attached"
        in refusal(api.payment_methods.attach, method, {"customer": bob}).message
    )
    assert api.customers.payment_methods.retrieve(ann, method).id == method
    assert refusal(api.customers.payment_methods.retrieve, bob, method).status == 400
    assert refusal(api.payment_methods.attach, method, {}).code == "parameter_missing"


def test_listing_the_cards_of_a_customer(api: Any):
    ann = api.customers.create().id
    first = api.payment_methods.attach("pm_card_visa", {"customer": ann}).id
    second = api.payment_methods.attach("pm_card_amex", {"customer": ann}).id
    api.payment_methods.attach("pm_card_jcb", {"customer": api.customers.create().id})
    for found in (
        api.customers.payment_methods.list(ann, {"type": "card"}),
        api.payment_methods.list({"customer": ann}),
    ):
        assert [one.id for one in found.data] == [second, first]
        assert found.has_more is False
    assert api.customers.payment_methods.list(ann, {"type": "klarna"}).data == []
    api.payment_methods.update(first, {"allow_redisplay": "always"})
    shown = api.payment_methods.list({"customer": ann, "allow_redisplay": "always"})
    assert [one.id for one in shown.data] == [first]


def test_a_customer(api: Any):
    customer = api.customers.create(
        {
            "email": "ann@example.com",
            "name": "Ann Lee",
            "metadata": {"a": "1"},
            "address": {"city": "Bonn"},
            "payment_method": "pm_card_visa",
        }
    )
    assert customer.address.country is None
    (card,) = api.customers.payment_methods.list(customer.id).data
    changed = api.customers.update(
        customer.id,
        {
            "name": "",
            "metadata": {"b": "2"},
            "invoice_settings": {"default_payment_method": card.id},
            "shipping": {"name": "Ann", "address": {"line1": "1 Main St"}},
        },
    )
    assert (changed.name, changed.metadata.to_dict()) == (None, {"a": "1", "b": "2"})
    shown = api.customers.retrieve(
        customer.id, {"expand": ["invoice_settings.default_payment_method"]}
    )
    assert shown.invoice_settings.default_payment_method.card.last4 == "4242"
    foreign = {"invoice_settings": {"default_payment_method": "pm_card_visa"}}
    assert refusal(api.customers.update, customer.id, foreign).status == 400


def test_a_declining_card_makes_no_customer(api: Any, sandbox: Any):
    error = refusal(api.customers.create, {"payment_method": "pm_card_visa_chargeDeclined"})
    assert (error.status, error.code) == (402, "card_declined")
    assert sandbox.ledger()["customers"] == []


def test_a_deleted_customer_leaves_a_tombstone(api: Any, pay: Any):
    customer = api.customers.create({"email": "ann@example.com"}).id
    method = api.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    intent = pay(method, customer=customer)
    assert api.customers.delete(customer).deleted
    assert api.customers.retrieve(customer).deleted
    assert refusal(api.customers.update, customer, {"name": "x"}).status == 404
    assert refusal(pay, "pm_card_visa", customer=customer).code == "resource_missing"
    assert api.payment_methods.retrieve(method).customer is None
    assert api.customers.list().data == []
    shown = api.payment_intents.retrieve(intent.id, {"expand": ["customer"]})
    assert shown.customer.deleted


def test_finding_customers(api: Any):
    for name in ("ann", "bob", "ann"):
        api.customers.create({"email": f"{name}@example.com"})
    assert len(api.customers.list({"email": "ann@example.com"}).data) == 2
    assert api.customers.list({"email": "ANN@example.com"}).data == []


def test_pages(api: Any):
    ids = [api.customers.create({"name": str(n)}).id for n in range(5)][::-1]
    page = api.customers.list({"limit": 2})
    assert ([one.id for one in page.data], page.has_more) == (ids[:2], True)
    page = api.customers.list({"limit": 2, "starting_after": ids[1]})
    assert ([one.id for one in page.data], page.has_more) == (ids[2:4], True)
    page = api.customers.list({"limit": 2, "starting_after": ids[3]})
    assert ([one.id for one in page.data], page.has_more) == (ids[4:], False)
    page = api.customers.list({"limit": 2, "ending_before": ids[3]})
    assert ([one.id for one in page.data], page.has_more) == (ids[1:3], True)
    page = api.customers.list({"limit": 2, "ending_before": ids[1]})
    assert ([one.id for one in page.data], page.has_more) == (ids[:1], False)
    assert [one.id for one in api.customers.list({"limit": 2}).auto_paging_iter()] == ids


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"starting_after": "cus_none"}, "starting_after"),
        ({"starting_after": "cus_a", "ending_before": "cus_b"}, "starting_after"),
        ({"created": {"since": 5}}, "created[since]"),
        ({"created": "today"}, "created"),
    ],
)
def test_lists_refuse_nonsense(params: dict[str, Any], param: str, api: Any):
    error = refusal(api.customers.list, params)
    assert (error.status, error.param) == (400, param)


def test_lists_by_time(api: Any, sandbox: Any):
    old = api.customers.create()
    sandbox.clock.advance(100)
    new = api.customers.create()
    middle = old.created + 50
    assert [one.id for one in api.customers.list({"created": {"gte": middle}}).data] == [new.id]
    assert [one.id for one in api.customers.list({"created": {"lt": middle}}).data] == [old.id]
    assert [one.id for one in api.customers.list({"created": old.created}).data] == [old.id]


def test_lists_of_payments_with_expanded_objects(api: Any, pay: Any):
    customer = api.customers.create().id
    intent = pay("pm_card_visa", customer=customer)
    pay("pm_card_visa")
    found = api.payment_intents.list(
        {"customer": customer, "expand": ["data.latest_charge", "data.payment_method"]}
    )
    assert [one.id for one in found.data] == [intent.id]
    assert found.data[0].latest_charge.status == "succeeded"
    assert found.data[0].payment_method.card.brand == "visa"


def test_expanding_several_levels_deep(api: Any, pay: Any):
    intent = pay("pm_card_visa", customer=api.customers.create({"name": "Ann"}).id)
    api.refunds.create({"payment_intent": intent.id, "amount": 500})
    paths = ["latest_charge.customer", "latest_charge.refunds.data.payment_intent"]
    shown = api.payment_intents.retrieve(intent.id, {"expand": paths})
    assert shown.latest_charge.customer.name == "Ann"
    (refund,) = shown.latest_charge.refunds.data
    assert refund.payment_intent.id == intent.id
    assert "refunds" not in api.charges.retrieve(intent.latest_charge)


def test_a_bank_renews_a_card(api: Any, sandbox: Any):
    customer = api.customers.create().id
    method = api.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    sandbox.renewals.renew(method, 7, 2039, last4="1881")
    card = api.payment_methods.retrieve(method).card
    assert (card.exp_year, card.last4) == (2039, "1881")
    (event,) = api.events.list({"type": "payment_method.automatically_updated"}).data
    assert event.data.object.card.exp_month == 7
    assert "card" in event.data.previous_attributes
