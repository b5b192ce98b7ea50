"""Requests that Stripe refuses before doing anything."""

from typing import Any

import pytest

from tests.sandbox.helpers import NEVER, refusal

INTENT = {"amount": 1500, "currency": "usd"}


@pytest.fixture
def create(api: Any) -> Any:
    return lambda **params: api.payment_intents.create({**INTENT, **params})


def test_unknown_parameters_are_named(create: Any, api: Any):
    error = refusal(create, colour="red")
    assert (error.status, error.code, error.param) == (400, "parameter_unknown", "colour")
    assert error.message == "Received unknown parameter: colour"
    assert error.doc_url == "https://stripe.com/docs/error-codes/parameter-unknown"
    assert error.request_log_url.startswith("https://dashboard.stripe.com/test/logs/req_")
    error = refusal(api.payment_intents.confirm, "pi_x", {"amount": 5, "currency": "usd"})
    assert error.message == "Received unknown parameters: amount, currency"
    assert error.param == "amount"
    assert refusal(create, shipping={"name": "Ann", "planet": "Mars"}).param == "shipping[planet]"


def test_missing_parameters_are_named(api: Any, create: Any):
    error = refusal(api.payment_intents.create, {"amount": 1500})
    assert (error.status, error.code, error.param) == (400, "parameter_missing", "currency")
    assert error.message == "Missing required param: currency."
    assert refusal(create, shipping={"name": "Ann"}).param == "shipping[address]"
    assert refusal(create, payment_method_data={"metadata": {"a": "b"}}).param == (
        "payment_method_data[type]"
    )


def test_payment_method_types_is_gone(api: Any, create: Any):
    calls = [
        lambda params: create(**params),
        lambda params: api.payment_intents.update("pi_x", params),
        lambda params: api.payment_intents.confirm("pi_x", params),
        api.setup_intents.create,
        lambda params: api.setup_intents.update("seti_x", params),
    ]
    for call in calls:
        error = refusal(call, {"payment_method_types": ["card"]})
        assert (error.status, error.param) == (400, "payment_method_types")
        assert error.code == "payment_method_types_no_longer_supported"


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"amount": "lots"}, "amount", "parameter_invalid_integer"),
        ({"amount": 12.5}, "amount", "parameter_invalid_integer"),
        ({"amount": 10**20}, "amount", "parameter_invalid_integer"),
        ({"amount": ""}, "amount", "parameter_invalid_empty"),
        ({"amount": {"a": 1}}, "amount", None),
        ({"currency": "xyz"}, "currency", None),
        ({"currency": ""}, "currency", "parameter_invalid_empty"),
        ({"customer": ""}, "customer", "parameter_invalid_empty"),
        ({"receipt_email": "ann"}, "receipt_email", "email_invalid"),
        ({"confirm": "perhaps"}, "confirm", None),
        ({"capture_method": "never"}, "capture_method", None),
        ({"statement_descriptor_suffix": "x" * 23}, "statement_descriptor_suffix", None),
        ({"description": "x" * 1001}, "description", None),
        ({"description": "nu\0ll"}, "description", None),
        ({"metadata": "text"}, "metadata", None),
        ({"metadata": {"k" * 41: "v"}}, "metadata", None),
        ({"metadata": {"k": "v" * 501}}, "metadata[k]", None),
        ({"metadata": {str(n): "v" for n in range(51)}}, "metadata", None),
        ({"shipping": "here"}, "shipping", None),
        ({"allowed_payment_method_types": "card"}, "allowed_payment_method_types", None),
        ({"allowed_payment_method_types": ["klarna"]}, "allowed_payment_method_types", None),
        (
            {"automatic_payment_methods": {"enabled": "x"}},
            "automatic_payment_methods[enabled]",
            None,
        ),
        ({"payment_method_options": {"klarna": "x"}}, "payment_method_options[klarna]", None),
        (
            {"payment_method": "pm_card_visa", "payment_method_data": {"type": "klarna"}},
            "payment_method",
            "parameters_exclusive",
        ),
        ({"payment_method_data": {"type": "klarna"}}, "type", None),
        ({"transfer_data": {"destination": "acct_1"}}, "transfer_data", None),
    ],
)
def test_values_of_the_wrong_kind(params: Any, param: str, code: str | None, create: Any):
    error = refusal(create, **params)
    assert (error.status, error.type) == (400, "invalid_request_error")
    assert (error.param, error.code) == (param, code)


@pytest.mark.parametrize("path", ["amount", "customer.email.x", "nothing", "latest_charge.amount"])
def test_what_cannot_be_expanded(path: str, create: Any):
    error = refusal(create, expand=[path])
    assert (error.status, error.message) == (
        400,
        f"This property cannot be expanded ({path}).",
    )


def test_lists_expand_below_data(api: Any):
    assert refusal(api.payment_intents.list, {"expand": ["customer"]}).status == 400
    assert api.payment_intents.list({"expand": ["data.customer"]}).data == []
    deep = ".".join(["data", "latest_charge", "payment_intent", "latest_charge", "customer"])
    assert api.payment_intents.list({"expand": [deep]}).data == []
    too_deep = f"{deep}.invoice_settings.default_payment_method"
    assert refusal(api.payment_intents.list, {"expand": [too_deep]}).status == 400


def test_what_the_sandbox_has_no_object_for_expands_to_null(create: Any):
    assert create(expand=["review", "on_behalf_of"]).review is None


@pytest.mark.parametrize("spelling", ["expand[]=customer", "expand[0]=customer"])
def test_both_spellings_of_a_list(spelling: str, sandbox: Any, api: Any):
    customer = api.customers.create({"name": "Ann"}).id
    form = f"amount=1500&currency=usd&customer={customer}&{spelling}"
    status, body = post(sandbox, "payment_intents", form)
    assert (status, body["customer"]["name"]) == (200, "Ann")


@pytest.mark.parametrize(
    "form",
    [
        "amount[=5",
        "]=5",
        "amount=5&amount[a]=6",
        "amount[a]=6&amount=5",
        b"\xff\xfe=1",
        "a=1&" * 3000,
    ],
)
def test_forms_that_are_none(form: Any, sandbox: Any):
    status, body = post(sandbox, "payment_intents", form)
    assert (status, body["error"]["type"]) == (400, "invalid_request_error")


def test_unknown_urls(sandbox: Any):
    for path in (
        "nothing",
        "payment_intents/pi_1/nothing",
        "",
        "customers/cus_1/payment_methods/pm_1/x",
    ):
        status, body = post(sandbox, path, "")
        assert status == 404
        assert body["error"]["message"].startswith(f"Unrecognized request URL (POST: /v1/{path})")


def test_other_versions_are_refused(sandbox: Any):
    status, body = post(sandbox, "customers", "", **{"Stripe-Version": "2024-06-20"})
    assert status == 400
    assert "2026-10-28.endive" in body["error"]["message"]


def test_what_is_known_and_not_imitated_is_told(api: Any):
    error = refusal(api.payment_intents.create, {**INTENT, "confirmation_token": "ctoken_1"})
    assert error.message == (
        "Stripe knows `confirmation_token`, but this sandbox does not imitate it."
    )
    bank = {"type": "us_bank_account", "us_bank_account": {"account_number": "1"}}
    assert refusal(api.payment_methods.create, bank).param == "us_bank_account"
    assert "cards only" in refusal(api.payment_methods.create, {"type": "klarna"}).message


def test_secret_calls_do_not_take_what_only_browsers_send(api: Any, create: Any):
    intent = create(automatic_payment_methods=NEVER)
    error = refusal(api.payment_intents.confirm, intent.id, {"client_secret": intent.client_secret})
    assert error.code == "parameter_unknown"


def post(sandbox: Any, path: str, form: str | bytes, **headers: str) -> tuple[int, Any]:
    import json

    all_headers = {"Authorization": "Bearer sk_test_x", **headers}
    client = sandbox.http_client()
    body, status, _ = client.request("post", f"https://api.stripe.com/v1/{path}", all_headers, form)
    return status, json.loads(body)
