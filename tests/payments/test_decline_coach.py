"""Why a payment was declined: what the shopper reads, and what only the owner does."""

import pytest

from declines import TABLE
from errors import all_codes, declined
from tests.support.desk import Desk
from tests.support.shop import Shop

# Source: Stripe docs, "Decline codes", as of September 2026.
DECLINE_CODES = """
authentication_required authentication_not_handled approve_with_id call_issuer card_not_supported
card_velocity_exceeded currency_not_supported do_not_honor do_not_try_again duplicate_transaction
expired_card fraudulent generic_decline incorrect_address incorrect_cvc incorrect_number
incorrect_pin incorrect_zip insufficient_funds invalid_account invalid_amount invalid_cvc
invalid_expiry_month invalid_expiry_year invalid_number invalid_pin issuer_not_available lost_card
merchant_blacklist mobile_device_authentication_required new_account_information_available
no_action_taken not_permitted offline_pin_required online_or_offline_pin_required pickup_card
pin_try_exceeded processing_error reenter_transaction restricted_card
revocation_of_all_authorizations revocation_of_authorization security_violation service_not_allowed
stolen_card stop_payment_order testmode_decline transaction_not_allowed try_again_later
withdrawal_count_limit_exceeded
""".split()
SECRET = {"fraudulent", "lost_card", "merchant_blacklist", "pickup_card", "restricted_card"} | {
    "security_violation",
    "stolen_card",
}
LOST, POOR = "4000000000009987", "4000000000009995"


def test_every_decline_code_of_stripe_s_has_its_row() -> None:
    assert [code for code in DECLINE_CODES if code not in TABLE] == []


@pytest.mark.parametrize("code", sorted(TABLE))
def test_every_row_says_what_to_do_next_and_leads_to_a_code_of_the_wire(code: str) -> None:
    row = TABLE[code]
    happened, *what_next = str(row.shopper).split(". ")
    assert happened
    assert what_next
    assert what_next[-1].startswith("Please")
    assert row.owner.endswith(".")
    assert all_codes()[row.code].retryable


@pytest.mark.parametrize("code", sorted(SECRET))
def test_a_thief_learns_nothing(code: str) -> None:
    plain, seen = declined("card_declined", "generic_decline"), declined("card_declined", code)
    assert seen.to_wire("req_1") == plain.to_wire("req_1")
    assert "don't tell more" in TABLE[code].owner


def test_a_code_that_is_new_at_stripe_is_a_plain_decline() -> None:
    plain = declined("card_declined", "generic_decline").message
    for codes in (("card_declined", "brand_new"), ("brand_new", None), ("card_declined", None)):
        assert declined(*codes).message == plain


def test_stripe_s_error_code_says_more_than_a_general_decline_code() -> None:
    assert "security code" in declined("incorrect_cvc", "generic_decline").message
    assert declined("expired_card", "do_not_honor").code == "card_expired"
    assert declined("card_declined", "authentication_required").code == "authentication_failed"


@pytest.mark.in_process
def test_the_owner_sees_of_an_order_why_its_cards_were_declined(shop: Shop) -> None:
    shopper = shop.shopper()
    lost = shopper.buy(number=LOST)
    assert lost["error"]["message"] == "Your card was declined. Please try another card."
    assert "lost" not in str(lost)
    shopper.buy(transaction_id=lost["transaction"]["id"], number=POOR)
    seen = Desk(shop).run("orders show", lost["transaction"]["id"]).stdout
    assert "visa 9987  card_declined/lost_card: The card is reported lost." in seen
    assert "visa 9995  card_declined/insufficient_funds: Not enough money on the card." in seen


@pytest.mark.in_process
def test_the_owner_can_look_every_reason_up(shop: Shop) -> None:
    listed = Desk(shop).run("orders declines").stdout
    assert all(f"{code}\n  you:     {row.owner}" in listed for code, row in TABLE.items())
