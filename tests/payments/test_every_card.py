"""Every test card that Stripe publishes, paid with over the wire, against Stripe's own table."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extensions import new_id
from tests.support.doors import Json
from tests.support.shop import Shop

TABLE = Path(__file__).resolve().parents[3] / "shared" / "stripe" / "test-cards.json"
CARDS: list[dict[str, Any]] = json.loads(TABLE.read_text())["cards"] if TABLE.exists() else []
WORDS = {"expired_card": "card_expired"}

pytestmark = pytest.mark.skipif(not CARDS, reason="Stripe's table of test cards is not here")


def name(card: dict[str, Any]) -> str:
    return str(card["payment_method"] or card["token"] or card["number"])


def means(shop: Shop, card: dict[str, Any]) -> tuple[Json, Json]:
    """The objects that a browser sends: typed by number where there is one."""
    if card["number"]:
        return shop.card(card["number"], cvc="1234" if card.get("cvc_digits") == 4 else "123")
    made = shop.stripe_js(
        "POST", "/v1/payment_methods", {"type": "card", "card[token]": card["token"]}
    )
    return made.json(), {"id": card["token"]}


def is_refused(card: dict[str, Any]) -> bool:
    blocked = card["group"] == "fraud" and "highest" in card.get("outcome", "")
    return card["group"].startswith("decline") or blocked


@pytest.mark.parametrize("card", [c for c in CARDS if "Luhn" not in c.get("note", "")], ids=name)
def test_every_card_ends_as_the_table_says(shop: Shop, card: dict[str, Any]) -> None:
    shopper = shop.shopper()
    ack = shopper.buy(typed=means(shop, card))
    asks = card["group"] == "captcha" or card.get("on_session", "").startswith("challenge")
    if asks:
        assert ack["transaction"]["status"] == "requires_action"
        assert shop.charges() == []
        shop.authenticate(ack["client_secret"])
        ack = shopper.send("confirm-purchase", transaction_id=ack["transaction"]["id"])
    declines = is_refused(card) or "declined" in card.get("on_session", "")
    assert ack["transaction"]["status"] == ("declined" if declines else "succeeded")
    assert len(shop.charges()) == (0 if declines else 1)
    if declines:
        code = card.get("code", "card_declined")
        assert ack["error"]["code"] == WORDS.get(code, "card_declined")
        attempt = shop.rows("SELECT code, decline_code FROM attempt ORDER BY created_at DESC")[0]
        assert attempt["code"] == code
        if "decline_code" in card:
            # Stripe repeats the code as decline code where its table has none.
            assert attempt["decline_code"] in (card["decline_code"] or code, card["decline_code"])


@pytest.mark.parametrize("group", sorted({c["group"] for c in CARDS if c["token"]}))
def test_every_card_does_the_same_by_its_names(shop: Shop, group: str) -> None:
    shopper = shop.shopper()
    for card in (card for card in CARDS if card["group"] == group):
        for typed in by_names(shop, card):
            ack = shopper.buy(typed=typed)
            assert ack["transaction"]["status"] == first_status(card), (name(card), typed)
            if card.get("code"):
                (attempt,) = shop.rows(
                    "SELECT code FROM attempt WHERE transaction_id = :id",
                    id=ack["transaction"]["id"],
                )
                assert attempt["code"] == card["code"], name(card)
            if ack["transaction"]["status"] == "requires_action":
                shopper = shop.shopper()  # that purchase stays open


def by_names(shop: Shop, card: dict[str, Any]) -> Iterator[tuple[Json, Json]]:
    """As `pm_card_...`, and as a PaymentMethod made of `tok_...`."""
    if card["payment_method"]:
        yield {"id": card["payment_method"]}, {"id": new_id("tok")}
    if card["token"]:
        params = {"type": "card", "card[token]": card["token"]}
        made = shop.stripe_js("POST", "/v1/payment_methods", params).json()
        yield made, {"id": card["token"]}


def first_status(card: dict[str, Any]) -> str:
    """Where a purchase with this card stands before its bank was answered."""
    lookup_fails = "lookup fails" in card.get("on_session", "")
    if is_refused(card) or lookup_fails:
        return "declined"
    asks = card["group"] == "captcha" or card.get("on_session", "").startswith("challenge")
    return "requires_action" if asks else "succeeded"


def test_a_number_with_a_wrong_digit_never_becomes_a_card(shop: Shop) -> None:
    typed = {"card[number]": "4242424242424241", "card[exp_month]": 12, "card[exp_year]": 2034}
    answer = shop.stripe_js("POST", "/v1/payment_methods", {"type": "card", **typed})
    assert (answer.status, answer.json()["error"]["code"]) == (402, "incorrect_number")
