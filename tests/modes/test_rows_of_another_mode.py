"""What was made in one mode is not there in another, on the same database.

No call of these tests reaches Stripe; where one would, the shop is one with the stand-in.
"""

import json
from types import SimpleNamespace

from tests.support.client_front import ClientFront
from tests.support.doors import Json
from tests.support.owner import WEBHOOKS, at_stripe, deliver, event_about, signature, write
from tests.support.shop import PASSWORD, Shop
from tests.support.shopper import Shopper

from .conftest import CHECKOUT, LIVE, SIGNED, TEST, Doors, visitor_of

ASKS_THE_BANK = "4000002760003184"
EMAIL = "ada@example.com"


class Left:
    """What somebody did in the sandbox before the shop got its keys."""

    def __init__(self, shop: Shop) -> None:
        shopper = shop.shopper(email=EMAIL)
        self.card = shopper.add_card()
        self.paid = shopper.pay(card_id=self.card["id"])
        self.single = shopper.create_payment_method(tokenType="single")["card"]
        self.running = shopper.buy(number=ASKS_THE_BANK, requestId="asked")["transaction"]
        assert self.running["status"] == "requires_action"

    @property
    def transactions(self) -> list[str]:
        return [self.paid["id"], self.running["id"]]


def back_again(front: ClientFront) -> Shopper:
    """The same person, signed in at the shop as it is now."""
    visitor = visitor_of(front)
    assert visitor.submit("/sign-in", {"email": EMAIL, "password": PASSWORD}).status == 303
    shopper = Shopper(SimpleNamespace(origin=front.origin), visitor, CHECKOUT)  # type: ignore[arg-type]
    assert shopper.wire.connected
    return shopper


def check_nothing_is_there(left: Left, shopper: Shopper) -> None:
    """Neither shown on any page or socket, nor to be had by its id."""
    visitor, context = shopper.visitor, shopper.context
    assert (context["cards"], shopper.cards(), shopper.transactions()) == ([], [], [])
    for path in ("/wallet", "/orders", CHECKOUT):
        page = visitor.get(path)
        assert page.status == 200
        for known in (*left.transactions, left.card["id"], left.card["last_four"]):
            assert known not in page.text, (path, known)
    for transaction_id in left.transactions:
        assert visitor.get(f"/orders/{transaction_id}").status == 404
        assert visitor.get(f"/orders?cursor={transaction_id}").status == 404
        for action in ("get-transaction", "confirm-purchase"):
            assert code(shopper.send(action, transaction_id=transaction_id)) == "not_found"
        assert code(shopper.send("get-transactions", cursor=transaction_id)) == "not_found"
        retry = shopper.purchase(card_id=left.card["id"], transaction_id=transaction_id)
        assert code(shopper.send("purchase-request", retry)) == "not_found"
    for card in (left.card, left.single):
        assert code(shopper.buy(card_id=card["id"])) == "not_found"
        for action in ("set-default-card", "remove-card", "confirm-card", "dismiss-renewal"):
            assert code(shopper.send(action, card_id=card["id"])) == "not_found"


def test_an_export_has_what_is_his_of_every_mode_and_says_of_which(doors: Doors) -> None:
    front = doors.open()
    shop = Shop(front)
    left = Left(shop)
    shop.close()
    shopper = back_again(doors.open(**TEST))
    export = shopper.visitor.get("/account/export").json()
    assert [order["id"] for order in export["orders"]] == left.transactions[::-1]
    assert {row["mode"] for row in export["orders"] + export["cards"]} == {"sandbox"}
    assert left.card["id"] in [card["id"] for card in export["cards"]]


def code(ack: Json) -> str:
    return str(ack["error"]["code"])


def money(shop: Shop) -> list[Json]:
    """Every row of cards, customers and transactions, as it is."""
    return [
        row
        for table in ("card", "customer", "transaction", "attempt", "transaction_event")
        for row in shop.rows(f'SELECT * FROM "{table}" ORDER BY 1, 2')
    ]


def test_what_was_made_in_the_sandbox_is_not_there_with_test_keys(doors: Doors) -> None:
    shop = Shop(doors.open())
    left = Left(shop)
    before = money(shop)
    shopper = back_again(doors.open(**TEST))
    check_nothing_is_there(left, shopper)
    shopper.close()
    assert money(shop) == before
    shop.close()


def test_what_was_made_with_keys_is_not_there_in_the_sandbox(doors: Doors) -> None:
    shop = Shop(doors.open())
    left = Left(shop)
    of_another_mode(shop)
    before, calls = money(shop), len(shop.calls())
    shopper = back_again(doors.open())
    check_nothing_is_there(left, shopper)
    shopper.close()
    assert (money(shop), len(shop.calls())) == (before, calls)
    shop.close()


def of_another_mode(shop: Shop) -> None:
    for table in ("card", "customer", "transaction"):
        write(shop, f"UPDATE \"{table}\" SET mode = 'live'")


def test_a_running_payment_of_another_mode_holds_nothing_up(doors: Doors) -> None:
    shop = Shop(doors.open())
    Left(shop)
    of_another_mode(shop)
    again = back_again(shop.front)  # type: ignore[arg-type]
    card = again.create_payment_method(card=shop.card(), tokenType="single")["card"]
    paid = again.send("purchase-request", again.purchase(card_id=card["id"]))
    assert paid["transaction"]["status"] == "succeeded"
    # The customer of the other mode is nobody here: saving a card makes a new one.
    assert again.create_payment_method(card=shop.card())["status"] == "success"
    query = "SELECT mode FROM customer WHERE user_id = :user ORDER BY mode"
    customers = shop.rows(query, user=again.user_id)
    assert [row["mode"] for row in customers] == ["live", "sandbox"]
    again.close()
    shop.close()


def test_an_account_is_deleted_whatever_another_mode_has_left_open(doors: Doors) -> None:
    shop = Shop(doors.open())
    left = Left(shop)
    visitor = visitor_of(shop.front)  # type: ignore[arg-type]
    assert visitor.submit("/sign-in", {"email": EMAIL, "password": PASSWORD}).status == 303
    assert visitor.submit("/account/delete", {"password": PASSWORD}).status == 422
    of_another_mode(shop)
    assert visitor.submit("/account/delete", {"password": PASSWORD}).status == 303
    query = 'SELECT receipt_email, status FROM "transaction" WHERE id = :id'
    (running,) = shop.rows(query, id=left.running["id"])
    assert running == {"receipt_email": None, "status": "requires_action"}
    shop.close()


def test_a_request_id_of_another_mode_is_free_again(doors: Doors) -> None:
    shop = Shop(doors.open())
    Left(shop)
    of_another_mode(shop)
    shopper = back_again(shop.front)  # type: ignore[arg-type]
    paid = shopper.send("purchase-request", shopper.purchase(typed=shop.card(), requestId="asked"))
    assert paid.get("error") is None
    assert paid["transaction"]["status"] == "succeeded"
    shopper.close()
    shop.close()


# Webhooks of another mode


def test_the_secret_of_the_sandbox_signs_nothing_once_there_are_keys(doors: Doors) -> None:
    shop = Shop(doors.open())
    left = Left(shop)
    before = money(shop)
    intent = at_stripe(shop, f"payment_intents/{intent_of(shop, left.running['id'])}/cancel")
    for keys in (TEST, TEST | SIGNED, LIVE | SIGNED):
        front = doors.open(**keys)
        body = json.dumps(event_about(intent, "payment_intent.canceled")).encode()
        headers = {"Stripe-Signature": signature(body)}
        assert visitor_of(front).post(WEBHOOKS, data=body, headers=headers).status == 400
    assert money(shop) == before
    shop.close()


def test_a_test_event_changes_nothing_in_live_mode(doors: Doors) -> None:
    shop = Shop(doors.open())
    left = Left(shop)
    before = money(shop)
    intent = at_stripe(shop, f"payment_intents/{intent_of(shop, left.running['id'])}/cancel")
    front = doors.open(**LIVE, **SIGNED)
    body = json.dumps(event_about(intent, "payment_intent.canceled", id="evt_of_test")).encode()
    headers = {"Stripe-Signature": signature(body, SIGNED["STRIPE_WEBHOOK_SECRET"])}
    assert visitor_of(front).post(WEBHOOKS, data=body, headers=headers).status == 200
    assert money(shop) == before
    assert shop.rows("SELECT * FROM webhook_event WHERE id = 'evt_of_test'") == []
    shop.close()


def test_an_event_changes_no_row_of_another_mode(doors: Doors) -> None:
    shop = Shop(doors.open())
    left = Left(shop)
    at_stripe(shop, f"payment_intents/{intent_of(shop, left.running['id'])}/cancel")
    of_another_mode(shop)
    before = money(shop)
    query = "SELECT payment_method_id, setup_intent_id FROM card WHERE id = :id"
    (card,) = shop.rows(query, id=left.card["id"])
    for kind, thing_id in (
        ("payment_intent.canceled", intent_of(shop, left.running["id"])),
        ("payment_method.detached", card["payment_method_id"]),
        ("setup_intent.succeeded", card["setup_intent_id"]),
    ):
        thing = {"id": thing_id, "object": kind.partition(".")[0]}
        assert deliver(shop, event_about(thing, kind)).status == 200
    assert money(shop) == before
    shop.close()


def intent_of(shop: Shop, transaction_id: str) -> str:
    query = 'SELECT payment_intent_id AS id FROM "transaction" WHERE id = :id'
    return str(shop.rows(query, id=transaction_id)[0]["id"])
