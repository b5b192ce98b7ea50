"""Saving each test card that has something to say about it, against Stripe's own table."""

import json
from pathlib import Path

import pytest

TABLE = Path(__file__).resolve().parents[2] / ".." / "shared" / "stripe" / "test-cards.json"


def _cards():
    if not TABLE.exists():
        return []
    cards = json.loads(TABLE.read_text())["cards"]
    return [card for card in cards if "attach" in card or card["group"] == "3ds"]


CARDS = _cards()
pytestmark = pytest.mark.skipif(not CARDS, reason=f"Stripe's table of test cards is not at {TABLE}")


@pytest.mark.parametrize(
    "card", [c for c in CARDS if c.get("attach") == "declined"], ids=lambda c: c["number"]
)
def test_a_card_that_can_not_be_attached_is_declined(shop, card):
    shopper = shop.shopper(account=True)
    ack = shopper.create_payment_method(card["number"])
    expected = "card_expired" if card["code"] == "expired_card" else "card_declined"
    assert ack["error"]["code"] == expected
    assert shopper.cards() == []
    (setup,) = shop.ledger()["setup_intents"]
    error = setup["last_setup_error"]
    assert (error["code"], error.get("decline_code")) == (card["code"], card["decline_code"])


@pytest.mark.parametrize(
    "card", [c for c in CARDS if c.get("attach") == "ok"], ids=lambda c: c["token"]
)
def test_a_card_that_declines_later_is_saved_first(shop, card):
    shopper = shop.shopper(account=True)
    method = shop.stripe_js(
        "POST", "/v1/payment_methods", {"type": "card", "card[token]": card["token"]}
    ).json()
    saved = shopper.create_payment_method(card=(method, {"id": card["token"]}))["card"]
    assert [listed["id"] for listed in shopper.cards()] == [saved["id"]]
    ack = shopper.buy(card_id=saved["id"])
    assert ack["error"]["code"] == "card_declined"
    (attempt,) = shop.rows(
        "SELECT code, decline_code FROM attempt WHERE transaction_id = :id",
        id=ack["transaction"]["id"],
    )
    assert (attempt["code"], attempt["decline_code"]) == (card["code"], card["decline_code"])
