"""The checker that the other tests lean on finds what is wrong."""

from typing import Any

import pytest

from tests import openapi

pytestmark = openapi.needs_specification
INTENT = {"amount": 1500, "currency": "usd"}


@pytest.mark.parametrize(
    "params",
    [
        INTENT,
        {"amount": "1500", "currency": "usd", "confirm": "true", "off_session": "one_off"},
        {**INTENT, "expand": {"0": "customer"}, "metadata": {"a": "b"}},
        {**INTENT, "shipping": {"name": "Ann", "address": {"line1": "1 Main St"}}},
    ],
)
def test_good_requests(params: dict[str, Any]):
    openapi.check_request("POST", "/v1/payment_intents", params)


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"amount": 1500}, "'currency' is a required property"),
        ({**INTENT, "payment_method_types": ["card"]}, "'payment_method_types' was unexpected"),
        ({"amount": "lots", "currency": "usd"}, "at amount: 'lots' is not of type 'integer'"),
        ({**INTENT, "shipping": {"name": "x", "address": {"planet": "Mars"}}}, "'planet'"),
        ({**INTENT, "capture_method": "never"}, "at capture_method"),
        ({**INTENT, "statement_descriptor_suffix": "x" * 23}, "too long"),
    ],
)
def test_bad_requests(params: dict[str, Any], problem: str):
    with pytest.raises(AssertionError, match=problem):
        openapi.check_request("POST", "/v1/payment_intents", params)


def test_unknown_endpoints():
    with pytest.raises(AssertionError, match="no POST /v1/orders"):
        openapi.check_request("POST", "/v1/orders", {})


def test_the_browser_sends_more_than_the_specification_says():
    card = {"number": "***", "cvc": "***", "exp_month": 12, "exp_year": 2034}
    params = {"client_secret": "x", "payment_method_data": {"type": "card", "card": card}}
    openapi.check_request("POST", "/v1/payment_intents/pi_1/confirm", params)
    openapi.check_request("POST", "/v1/3ds2/authenticate", {"anything": "goes"})


def test_answers(api: Any):
    customer = api.customers.create({"name": "Ann"}).to_dict(for_json=True)
    openapi.check_response("POST", "/v1/customers", 200, customer)
    lacking = {name: value for name, value in customer.items() if name != "balance"}
    with pytest.raises(AssertionError, match="'balance' is a required property"):
        openapi.check_response("POST", "/v1/customers", 200, lacking)
    with pytest.raises(AssertionError, match="'colour' was unexpected"):
        openapi.check_response("POST", "/v1/customers", 200, {**customer, "colour": "red"})
    with pytest.raises(AssertionError, match="at created"):
        openapi.check_response("POST", "/v1/customers", 200, {**customer, "created": "now"})


def test_errors():
    openapi.check_response("POST", "/v1/customers", 400, {"error": {"type": "api_error"}})
    error = {"type": "card_error", "code": "bad_luck"}
    with pytest.raises(AssertionError, match="at error/code"):
        openapi.check_response("POST", "/v1/customers", 402, {"error": error})
