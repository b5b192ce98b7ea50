"""Everything that the shop knows of a person, in one file."""

import json
import uuid

import pytest

from tests.support.doors import Json
from tests.support.shop import Shop
from tests.support.shopper import Shopper

DECLINED = "4000000000000002"


@pytest.fixture
def ada(shop: Shop) -> Shopper:
    shopper = shop.shopper(email=f"ada-{uuid.uuid4().hex[:12]}@example.com")
    shopper.add_card(card=shop.card(name="Ada Lovelace"))
    shopper.pay(card_id=shopper.cards()[0]["id"])
    shopper.buy(number=DECLINED, email=shopper.email)
    return shopper


def exported(shopper: Shopper) -> Json:
    answer = shopper.visitor.get("/account/export")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "no-store" in answer.headers["Cache-Control"]
    found: Json = answer.json()
    return found


def test_it_has_the_account_sessions_cards_and_orders(shop: Shop, ada: Shopper) -> None:
    shop.sign_in(shop.visitor(), str(ada.email))
    found = exported(ada)
    assert found.keys() == {"account", "sessions", "cards", "orders"}
    assert found["account"]["email"] == ada.email
    # Of a guest, who became the account, and the one elsewhere.
    live = [row for row in found["sessions"] if not row["signed_out_at"]]
    assert len(live) == 2
    assert "Ada Lovelace" in [card["name_on_card"] for card in found["cards"]]
    assert [order["status"] for order in found["orders"]] == ["declined", "succeeded"]


def test_it_has_nothing_of_stripe_s_and_no_secret(shop: Shop, ada: Shopper) -> None:
    text = json.dumps(exported(ada))
    (row,) = shop.rows('SELECT password_hash FROM "user" WHERE id = :id', id=ada.user_id)
    hashes = shop.rows("SELECT token_hash FROM session WHERE user_id = :id", id=ada.user_id)
    secrets = [row["password_hash"], *(found["token_hash"] for found in hashes)]
    for secret in (*secrets, "pi_", "pm_", "tok_", "cus_", "seti_", "_secret_"):
        assert secret not in text, secret


def test_it_has_nobody_else_s(shop: Shop, ada: Shopper) -> None:
    other = shop.shopper(account=True)
    found = exported(other)
    assert (found["cards"], found["orders"]) == ([], [])
    assert str(ada.email) not in json.dumps(found)


def test_nobody_asks_for_it_all_day(shop: Shop) -> None:
    shopper = shop.shopper(account=True)
    answers = [shopper.visitor.get("/account/export") for _ in range(11)]
    assert [answer.status for answer in answers] == [*[200] * 10, 429]
    assert "Please try again in an hour." in answers[-1].text
