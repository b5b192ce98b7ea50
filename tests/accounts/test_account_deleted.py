"""An account that is deleted: what goes, here and at Stripe, and what stays."""

import threading
import time
import uuid
from contextlib import suppress
from typing import Any

import pytest

from accounts.personal import account_closing
from tests.accounts.browser import cookies_of, sees_account
from tests.support.doors import Answer, AnswerLost, eventually
from tests.support.owner import at_stripe, refund
from tests.support.shop import PASSWORD, Shop
from tests.support.shopper import Shopper
from tests.support.trouble import lose, mend, reconnect, recover

ASKS_THE_BANK = "4000000000003220"
NAME = "Ada Lovelace"


def new_email() -> str:
    return f"ada-{uuid.uuid4().hex[:12]}@example.com"


@pytest.fixture
def ada(shop: Shop) -> Shopper:
    """With a saved card of her name, an order, and one paid with a typed card."""
    shopper = shop.shopper(email=new_email())
    shopper.add_card(card=shop.card(name=NAME))
    shopper.pay(card_id=shopper.cards()[0]["id"])
    return shopper


def delete(shopper: Shopper, password: str = PASSWORD) -> Answer:
    return shopper.visitor.submit("/account/delete", {"password": password})


def rows_of(shop: Shop, table: str, user_id: str) -> list[dict[str, object]]:
    return shop.rows(f'SELECT * FROM "{table}" WHERE user_id = :user_id', user_id=user_id)


def test_the_browser_is_out_and_every_other_too(shop: Shop, ada: Shopper) -> None:
    email = str(ada.email)
    elsewhere = shop.visitor()
    shop.sign_in(elsewhere, email)
    answer = delete(ada)
    assert (answer.status, answer.location) == (303, "/account/deleted")
    assert "Max-Age=0" in cookies_of(answer)["cog_session"]
    assert "Your account is deleted" in ada.visitor.get("/account/deleted").text
    assert not sees_account(ada.visitor)
    assert not sees_account(elsewhere)
    eventually(lambda: not ada.wire.connected, what="the end of the socket")
    assert shop.visitor().submit("/sign-in", {"email": email, "password": PASSWORD}).status == 422


def test_an_order_that_ends_late_brings_no_name_back(shop: Shop, ada: Shopper) -> None:
    ada.buy(typed=shop.card("4000000000000002", name=NAME))
    orders = rows_of(shop, "transaction", ada.user_id)
    (order,) = [one for one in orders if one["status"] == "declined"]
    delete(ada)
    at_stripe(shop, f"payment_intents/{order['payment_intent_id']}/cancel")
    shop.pump()
    (after,) = [o for o in rows_of(shop, "transaction", ada.user_id) if o["id"] == order["id"]]
    assert after["status"] == "canceled"
    assert NAME not in repr(rows_of(shop, "card", ada.user_id))


def test_nothing_of_the_person_is_left_in_the_rows(shop: Shop, ada: Shopper) -> None:
    email, user_id = str(ada.email), ada.user_id
    delete(ada)
    for table in ("session", "card", "transaction", "customer"):
        kept = repr(rows_of(shop, table, user_id))
        assert email not in kept, table
        assert NAME not in kept, table
    attempts = shop.rows(
        'SELECT attempt.* FROM attempt JOIN "transaction" t ON t.id = transaction_id '
        "WHERE t.user_id = :user_id",
        user_id=user_id,
    )
    assert attempts
    assert email not in repr(attempts)
    (user,) = shop.rows('SELECT * FROM "user" WHERE id = :id', id=user_id)
    assert (user["email"], user["password_hash"], user["contact_email"]) == (None, None, None)
    assert user["closed_at"] is not None
    sessions = rows_of(shop, "session", user_id)
    assert all(row["revoked_at"] and row["browser"] is None for row in sessions)


def test_orders_stay_and_can_still_be_given_back(shop: Shop, ada: Shopper) -> None:
    user_id = ada.user_id
    before = rows_of(shop, "transaction", user_id)
    delete(ada)
    (after,) = rows_of(shop, "transaction", user_id)
    assert after == {**before[0], "receipt_email": None}
    refund(shop, str(after["payment_intent_id"]))
    shop.pump()
    (given_back,) = rows_of(shop, "transaction", user_id)
    assert given_back["amount_refunded"] == after["amount"]


def test_the_address_is_free_and_brings_nothing_back(shop: Shop, ada: Shopper) -> None:
    email = str(ada.email)
    delete(ada)
    again = shop.shopper(email=email)
    assert again.user_id != ada.user_id
    assert (again.cards(), again.transactions()) == ([], [])


@pytest.mark.in_process
def test_stripe_lets_go_of_the_card_and_forgets_the_customer(shop: Shop, ada: Shopper) -> None:
    (customer,) = rows_of(shop, "customer", ada.user_id)
    (card,) = rows_of(shop, "card", ada.user_id)
    delete(ada)
    recover(shop)
    ledger = shop.ledger()
    (method,) = [m for m in ledger["payment_methods"] if m["id"] == card["payment_method_id"]]
    assert method["customer"] is None
    assert customer["stripe_id"] not in [known["id"] for known in ledger["customers"]]
    (card,) = rows_of(shop, "card", ada.user_id)
    (customer,) = rows_of(shop, "customer", ada.user_id)
    assert card["action"] == "deleted"
    assert card["detached_at"]
    assert customer["deleted_at"]
    before = len(shop.calls())
    recover(shop)
    assert not [c for c in shop.calls()[before:] if "customers" in c["path"]]


@pytest.mark.in_process
def test_stripe_is_asked_again_when_it_was_out_of_reach(shop: Shop, ada: Shopper) -> None:
    reconnect(shop)
    delete(ada)
    lose(shop, "DELETE /v1/customers/*", first=1)
    recover(shop)
    (customer,) = rows_of(shop, "customer", ada.user_id)
    assert customer["deleted_at"] is None
    mend(shop)
    recover(shop)
    (customer,) = rows_of(shop, "customer", ada.user_id)
    assert customer["deleted_at"]


@pytest.mark.in_process
def test_a_customer_whom_stripe_has_deleted_already_is_no_trouble(shop: Shop, ada: Shopper) -> None:
    reconnect(shop)
    delete(ada)
    # Done, but the answer was lost.
    lose(shop, "DELETE /v1/customers/*", when="after", first=1)
    recover(shop)
    mend(shop)
    recover(shop)
    (customer,) = rows_of(shop, "customer", ada.user_id)
    assert customer["deleted_at"]


def test_without_the_password_everything_stays(shop: Shop, ada: Shopper) -> None:
    answer = delete(ada, "not the password")
    assert answer.status == 422
    assert "isn’t your password" in answer.text
    assert sees_account(ada.visitor)
    assert len(ada.cards()) == 1


def test_while_a_payment_is_running_everything_stays(shop: Shop, ada: Shopper) -> None:
    running = ada.buy(card_id=None, number=ASKS_THE_BANK, email=ada.email)
    assert running["transaction"]["status"] == "requires_action"
    answer = delete(ada)
    assert answer.status == 422
    assert "One of your payments is still in progress" in answer.text
    assert sees_account(ada.visitor)
    assert ada.cards()[0]["name_on_card"] == NAME
    shop.authenticate(running["client_secret"])
    ada.confirm(running["transaction"]["id"])
    assert delete(ada).status == 303


@pytest.mark.in_process
def test_a_purchase_that_comes_while_the_account_is_being_deleted_is_none(
    shop: Shop, ada: Shopper
) -> None:
    """It waits for the deletion (PostgreSQL: for the user's row), and then finds no session."""
    paid_before = len(shop.charges())
    message = ada.purchase()

    def buy() -> None:
        with suppress(AnswerLost):  # his sockets close with his sessions
            ada.send("purchase-request", message)

    buying = threading.Thread(target=buy)

    def meanwhile(_sender: Any, user_id: str) -> None:
        buying.start()
        time.sleep(1)  # long enough for the purchase to come to the lock

    with account_closing.connected_to(meanwhile):
        assert delete(ada).status == 303
    buying.join()
    assert len(shop.charges()) == paid_before


def test_what_still_runs_from_before_the_sign_in_counts_too(shop: Shop, ada: Shopper) -> None:
    """A payment of a guest stays with him where the account has one running itself."""
    mine = ada.buy(number=ASKS_THE_BANK, email=ada.email)
    guest = shop.shopper()
    his = guest.buy(number=ASKS_THE_BANK, email="guest@example.com")
    shop.sign_in(guest.visitor, str(ada.email))
    shop.authenticate(mine["client_secret"])
    ada.confirm(mine["transaction"]["id"])
    assert delete(ada).status == 422
    shop.authenticate(his["client_secret"])
    shop.pump()
    assert delete(ada).status == 303
    merged = shop.rows('SELECT id FROM "user" WHERE merged_into_id = :id', id=ada.user_id)
    assert merged
    assert shop.rows('SELECT contact_email FROM "user" WHERE id = :id', id=merged[0]["id"]) == [
        {"contact_email": None}
    ]
    assert {row["receipt_email"] for row in rows_of(shop, "transaction", ada.user_id)} == {None}


def test_a_card_whose_bank_is_still_asked_is_let_go_of(shop: Shop, ada: Shopper) -> None:
    ack = ada.create_payment_method(card=shop.card(ASKS_THE_BANK, name=NAME))
    assert ack["next_action"] == "confirm-card"
    delete(ada)
    shop.authenticate(ack["client_secret"])
    shop.pump()
    cards = rows_of(shop, "card", ada.user_id)
    assert NAME not in repr(cards)
    assert {card["action"] for card in cards} == {"deleted"}
