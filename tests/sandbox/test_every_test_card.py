"""Every test card does what Stripe's table of test cards says."""

import json
from pathlib import Path
from typing import Any

import pytest
import stripe

from sandbox import cards
from tests.sandbox.helpers import NEVER, refusal

TABLE = Path(__file__).resolve().parents[3] / "shared" / "stripe" / "test-cards.json"
ROWS: list[dict[str, Any]] = json.loads(TABLE.read_text())["cards"] if TABLE.exists() else []
needs_table = pytest.mark.skipif(not ROWS, reason=f"the table of test cards is not at {TABLE}")
MISTYPED = "4242424242424241"


def spellings() -> list[Any]:
    """Each card by number, by `pm_card_...` and by `tok_...`, as far as it has them."""
    return [
        pytest.param(row, way, id=f"{row[way]}")
        for row in ROWS
        for way in ("number", "payment_method", "token")
        if row[way] and row["number"] != MISTYPED
    ]


@pytest.fixture
def method_of(api: Any, browser: Any) -> Any:
    def method_id(row: dict[str, Any], way: str) -> str:
        if way == "payment_method":
            return row["payment_method"]
        if way == "token":
            card = {"token": row["token"]}
            return api.payment_methods.create({"type": "card", "card": card}).id
        return browser.payment_method(row["number"]).id

    return method_id


@pytest.fixture
def customer(api: Any) -> str:
    return api.customers.create({"email": "ann@example.com"}).id


@needs_table
@pytest.mark.parametrize(("row", "way"), spellings())
def test_paying(row: dict[str, Any], way: str, pay: Any, api: Any, method_of: Any, browser: Any):
    outcome = pay_through(row, pay, method_of(row, way), browser)
    charge = api.charges.retrieve(outcome["charge"])
    card = charge.payment_method_details.card
    assert card.brand == row["brand"]
    assert card.funding == row.get("funding", "credit")
    assert outcome["challenged"] == expected_challenge(row)
    assert (outcome["code"], outcome["decline_code"]) == expected_decline(row)
    assert charge.status == ("failed" if outcome["code"] else "succeeded")
    check_judgement(row, charge)


def pay_through(row: dict[str, Any], pay: Any, method: str, browser: Any) -> dict[str, Any]:
    """Pays, answers a challenge if there is one, and says how it went."""
    challenged = False
    try:
        intent = pay(method, expand=["latest_charge"])
    except stripe.CardError as error:
        intent, failure = error.error.payment_intent, error.error
    else:
        failure = None
        if intent.status == "requires_action":
            challenged = True
            assert intent.latest_charge is None
            seen = browser.answer_challenge(intent)
            failure = seen.last_payment_error
            intent = pay.again(intent.id)
        assert intent.status == ("requires_payment_method" if failure else "succeeded")
    charge = intent.latest_charge
    return {
        "challenged": challenged,
        "charge": charge if isinstance(charge, str) else charge.id,
        "code": failure and failure.code,
        "decline_code": failure and getattr(failure, "decline_code", None),
    }


def expected_challenge(row: dict[str, Any]) -> bool:
    challenge = row.get("on_session", row.get("outcome", ""))
    return challenge.startswith(("challenge", "captcha"))


def expected_decline(row: dict[str, Any]) -> tuple[str | None, str | None]:
    if "code" in row:
        return row["code"], row["decline_code"]
    if "blocked" in row.get("outcome", "") and row["group"] == "fraud":
        return "card_declined", "fraudulent"
    story = row.get("on_session", "")
    if "insufficient_funds" in story:
        return "card_declined", "insufficient_funds"
    if "card_declined" in story:
        return "card_declined", "generic_decline"
    return None, None


def check_judgement(row: dict[str, Any], charge: Any) -> None:
    """Risk and the checks of what was given: here a CVC and no address."""
    outcome = row.get("outcome", "")
    risks = [risk for risk in ("highest", "elevated") if risk in outcome]
    assert charge.outcome.risk_level == (risks[0] if risks else "normal")
    assert (charge.outcome.type == "blocked") == (row["group"] == "fraud" and "block" in outcome)
    checks = charge.payment_method_details.card.checks
    assert checks.cvc_check == ("fail" if "cvc_check fail" in outcome else "pass")
    assert checks.address_postal_code_check is None


@needs_table
@pytest.mark.parametrize(("row", "way"), spellings())
def test_saving(
    row: dict[str, Any], way: str, save: Any, api: Any, method_of: Any, browser: Any, customer: str
):
    method = method_of(row, way)
    fails = row.get("attach") == "declined" or row.get("on_session", "").endswith("card_declined")
    challenged = False
    if fails and not expected_challenge(row):
        error = refusal(save, method, customer)
        assert (error.status, error.code) == (402, row.get("code", "card_declined"))
        assert error.setup_intent["status"] == "requires_payment_method"
    else:
        intent = save(method, customer)
        if intent.status == "requires_action":
            challenged = True
            browser.answer_challenge(intent)
            intent = api.setup_intents.retrieve(intent.id)
        assert intent.status == ("requires_payment_method" if fails else "succeeded")
    assert challenged == expected_challenge(row)
    saved = api.customers.payment_methods.list(customer).data
    assert [card.card.brand for card in saved] == ([] if fails else [row["brand"]])


@needs_table
@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["payment_method"]], ids=lambda row: row["payment_method"]
)
def test_attaching_asks_only_whether_the_card_is_good(row: dict[str, Any], api: Any, customer: str):
    attach = api.payment_methods.attach
    if row.get("attach") == "declined":
        error = refusal(attach, row["payment_method"], {"customer": customer})
        assert (error.status, error.code) == (402, row["code"])
    elif "card_declined" not in row.get("on_session", "").partition(" then ")[0] and not row.get(
        "on_session", ""
    ).endswith("then card_declined"):
        assert attach(row["payment_method"], {"customer": customer}).customer == customer


OFF_SESSION = [row for row in ROWS if "off_session" in row]


@needs_table
@pytest.mark.parametrize("row", OFF_SESSION, ids=lambda row: row["number"])
@pytest.mark.parametrize("set_up", [True, False], ids=["set-up", "only-attached"])
def test_paying_without_the_customer(
    row: dict[str, Any], set_up: bool, api: Any, pay: Any, save: Any, browser: Any, customer: str
):
    method = api.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}).id
    if set_up:
        intent = save(row["payment_method"], customer)
        browser.answer_challenge(intent)
        method = intent.payment_method
    else:
        method = api.payment_methods.attach(row["payment_method"], {"customer": customer}).id
    story = row["off_session"]
    if story.startswith("succeeds") or ("unless set up" in story and set_up):
        assert pay(method, customer=customer, off_session=True).status == "succeeded"
        return
    error = refusal(pay, method, customer=customer, off_session=True)
    expected = "insufficient_funds" if "insufficient" in story else "authentication_required"
    assert error.decline_code == expected
    assert error.payment_method["id"] == method
    assert error.payment_intent["client_secret"]


@needs_table
def test_the_table_is_complete():
    ours = {(card.number, card.payment_method, card.token) for card in cards.CARDS}
    assert ours == {(row["number"], row["payment_method"], row["token"]) for row in ROWS}
    assert len(ROWS) == 61


def test_the_panel_shows_each_card_once_with_a_sentence():
    shown = [card for group in cards.GROUPS for card in group["cards"]]
    assert len(shown) == len(cards.CARDS)
    assert all(card["what"].endswith(".") for card in shown)
    assert all(group["title"] and group["blurb"].endswith(".") for group in cards.GROUPS)


@pytest.mark.parametrize(
    ("mistake", "code", "param"),
    [
        ({"number": MISTYPED}, "incorrect_number", "number"),
        ({"number": "4242"}, "incorrect_number", "number"),
        ({"number": "4242x24242424242"}, "invalid_number", "number"),
        ({"exp_month": "13"}, "invalid_expiry_month", "exp_month"),
        ({"exp_month": "0"}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": "2019"}, "invalid_expiry_year", "exp_year"),
        ({"exp_year": "1976"}, "invalid_expiry_year", "exp_year"),
        ({"exp_year": "2099"}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "12"}, "invalid_cvc", "cvc"),
        ({"cvc": "1234"}, "invalid_cvc", "cvc"),
        ({"cvc": "abc"}, "invalid_cvc", "cvc"),
    ],
)
def test_mistyped_details_are_refused_when_they_are_typed(
    mistake: dict[str, str], code: str, param: str, browser: Any
):
    details = browser.card("4242424242424242") | mistake
    by_token = refusal(browser.v1.tokens.create, {"card": details})
    assert (by_token.status, by_token.type, by_token.code) == (402, "card_error", code)
    assert by_token.param == param
    dates = {name: int(details[name]) for name in ("exp_month", "exp_year")}
    by_method = refusal(
        browser.v1.payment_methods.create, {"type": "card", "card": {**details, **dates}}
    )
    assert by_method.code == code


def test_a_real_card_is_refused_before_anything_is_kept(browser: Any, sandbox: Any):
    error = refusal(browser.token, "4000001234567899")
    assert (error.code, error.decline_code) == ("card_declined", "test_mode_live_card")
    assert sandbox.ledger()["tokens"] == []


def test_a_wrong_cvc_declines_only_when_it_was_typed(pay: Any, browser: Any):
    details = browser.card("4000000000000127")
    del details["cvc"]
    dates = {name: int(details[name]) for name in ("exp_month", "exp_year")}
    silent = browser.v1.payment_methods.create({"type": "card", "card": {**details, **dates}})
    assert pay(silent.id).status == "succeeded"
    assert refusal(pay, browser.payment_method("4000000000000127").id).code == "incorrect_cvc"


@pytest.mark.parametrize(
    ("number", "line1", "postal"),
    [
        ("4242424242424242", "pass", "pass"),
        ("4000000000000036", "pass", "fail"),
        ("4000000000000028", "fail", "pass"),
        ("4000000000000010", "fail", "fail"),
        ("4000000000000044", "unavailable", "unavailable"),
    ],
)
def test_a_given_address_is_checked_at_the_first_use(
    number: str, line1: str, postal: str, browser: Any, pay: Any
):
    method = browser.payment_method(number, address_line1="1 Main St", address_zip="12345")
    assert method.card.checks.address_line1_check == "unchecked"
    charge = pay(method.id, expand=["latest_charge"]).latest_charge
    checks = charge.payment_method_details.card.checks
    assert (checks.address_line1_check, checks.address_postal_code_check) == (line1, postal)
    assert charge.billing_details.address.postal_code == "12345"


@pytest.mark.parametrize("want", ["any", "challenge"])
def test_the_shop_may_ask_for_3d_secure(want: str, pay: Any, api: Any, browser: Any):
    options = {"card": {"request_three_d_secure": want}}
    optional = pay("pm_card_threeDSecureOptional", payment_method_options=options)
    assert optional.status == "requires_action"
    browser.answer_challenge(optional)
    charge = pay.again(optional.id).latest_charge
    assert charge.payment_method_details.card.three_d_secure.result == "authenticated"

    plain = pay("pm_card_visa", payment_method_options=options, expand=["latest_charge"])
    details = plain.latest_charge.payment_method_details.card
    assert details.three_d_secure.result == "attempt_acknowledged"

    error = refusal(
        pay, "pm_card_threeDSecureOptionalProcessingError", payment_method_options=options
    )
    assert error.code == "card_declined"


def test_a_test_id_makes_a_new_payment_method_at_every_use(api: Any):
    first = api.payment_methods.retrieve("pm_card_visa")
    second = api.payment_methods.retrieve("pm_card_visa")
    assert first.id != second.id
    assert first.card.fingerprint == second.card.fingerprint
    assert api.payment_methods.retrieve(first.id).id == first.id
    other = api.payment_methods.retrieve("pm_card_mastercard")
    assert other.card.fingerprint != first.card.fingerprint


def test_the_fingerprint_belongs_to_the_card_however_it_came(api: Any, browser: Any):
    typed = browser.payment_method("5555555555554444", exp_year="2031")
    named = api.payment_methods.retrieve("pm_card_mastercard")
    by_token = api.payment_methods.create({"type": "card", "card": {"token": "tok_mastercard"}})
    prints = {api.payment_methods.retrieve(one.id).card.fingerprint for one in (typed, by_token)}
    assert prints == {named.card.fingerprint}


def test_automatic_payment_methods_stay_as_given(pay: Any):
    assert pay("pm_card_visa").automatic_payment_methods.to_dict() == NEVER
