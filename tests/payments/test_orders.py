"""get-transaction and get-transactions: one order with its story, all orders in pages."""

import pytest

from tests.support.owner import write

DECLINED = "4000000000000002"
MASTERCARD = "5555555555554444"
THREE_DS = "4000000000003220"


def test_an_order_is_shown_with_its_story(shop):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    ack = shopper.buy(transaction_id=declined["id"], number=THREE_DS)
    shop.authenticate(ack["client_secret"])
    paid = shopper.confirm(declined["id"])["transaction"]
    shown = shopper.transaction(declined["id"])
    story = [event["status"] for event in shown.pop("events")]
    assert story == ["pending", "declined", "pending", "requires_action", "succeeded"]
    assert shown == paid


@pytest.mark.in_process  # elsewhere an event of Stripe's may be faster than the answer
def test_the_story_says_who_learned_of_each_move(shop):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    ack = shopper.buy(transaction_id=declined["id"], number=THREE_DS)
    shop.authenticate(ack["client_secret"])
    shopper.confirm(declined["id"])
    story = [event["source"] for event in shopper.transaction(declined["id"])["events"]]
    assert story == ["purchase", "purchase", "retry", "retry", "confirm"]


def test_the_secret_is_given_while_the_bank_waits_and_not_afterwards(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    waiting = _get(shopper, ack["transaction"])
    assert waiting["client_secret"] == ack["client_secret"]
    shop.authenticate(ack["client_secret"])
    shopper.confirm(ack["transaction"]["id"])
    assert _get(shopper, ack["transaction"])["client_secret"] is None


def test_a_look_at_an_order_finds_out_that_the_bank_has_agreed(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    shop.authenticate(ack["client_secret"])
    assert shopper.transaction(ack["transaction"]["id"])["status"] == "succeeded"


def test_a_paid_and_a_declined_order_have_no_secret_to_go_on_with(shop):
    shopper = shop.shopper()
    paid = shopper.pay()
    declined = shopper.buy(number=DECLINED)["transaction"]
    assert _get(shopper, paid)["client_secret"] is None
    assert _get(shopper, declined)["client_secret"] is None


@pytest.mark.in_process
def test_a_look_at_a_finished_order_asks_stripe_nothing(shop):
    shopper = shop.shopper()
    paid = shopper.pay()
    with shop.count() as cost:
        shopper.transaction(paid["id"])
    assert (cost.stripe_calls, cost.commits) == ([], 0)


def test_a_look_that_brings_news_tells_them_in_the_story_too(shop):
    shopper = shop.shopper()
    asked = shopper.buy(number=THREE_DS)
    shop.authenticate(asked["client_secret"])
    shown = _get(shopper, asked["transaction"])["transaction"]
    assert (shown["status"], shown["events"][-1]["status"]) == ("succeeded", "succeeded")


def test_the_order_of_somebody_else_and_an_unknown_one_are_not_found(shop):
    owner, other = shop.shopper(), shop.shopper()
    paid = owner.pay()
    for order_id in (paid["id"], "txn_unknown"):
        ack = other.send("get-transaction", transaction_id=order_id)
        assert ack["error"]["code"] == "not_found"
        assert "transaction" not in ack


def test_an_order_of_another_mode_is_not_shown(shop):
    shopper = shop.shopper()
    paid = shopper.pay()
    write(shop, "UPDATE \"transaction\" SET mode = 'live' WHERE id = :id", id=paid["id"])
    assert shopper.send("get-transaction", transaction_id=paid["id"])["status"] == "error"
    assert shopper.confirm(paid["id"])["error"]["code"] == "not_found"
    assert shopper.transactions() == []


def test_orders_are_listed_newest_first_and_without_their_stories(shop):
    shopper = shop.shopper()
    first, second = shopper.pay(), shopper.pay(number=MASTERCARD)
    assert shopper.transactions() == [second, first]


def test_only_the_buyer_sees_his_orders(shop):
    one, other = shop.shopper(), shop.shopper()
    mine, theirs = one.pay(), other.pay()
    assert one.transactions() == [mine]
    assert other.transactions() == [theirs]


def test_orders_of_all_shops_are_in_one_list(shop):
    coffee = shop.shopper()
    coffee.pay()
    paper = coffee.another_tab(shop.checkout_path("kumo-paper"))
    paper.pay()
    assert [t["cog_name"] for t in coffee.transactions()] == ["Kumo Paper", "Morning Press"]


def test_many_orders_come_in_pages_that_miss_and_repeat_nothing(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    bought = [shopper.pay(card_id=card["id"], requestId=f"r{n}")["id"] for n in range(23)]
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        ack = shopper.send("get-transactions", {"cursor": cursor} if cursor else {})
        seen += [transaction["id"] for transaction in ack["transactions"]]
        cursor, pages = ack["next_cursor"], pages + 1
    assert seen == bought[::-1]
    assert pages == 2


def test_an_order_bought_while_somebody_pages_does_not_shift_the_pages(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    bought = [shopper.pay(card_id=card["id"], requestId=f"r{n}")["id"] for n in range(21)]
    first = shopper.send("get-transactions")
    shopper.pay(card_id=card["id"], requestId="meanwhile")
    second = shopper.send("get-transactions", cursor=first["next_cursor"])
    assert [transaction["id"] for transaction in second["transactions"]] == bought[:1]


def test_a_new_shopper_has_no_orders(shop):
    ack = shop.shopper().send("get-transactions")
    assert (ack["transactions"], ack["next_cursor"]) == ([], None)


@pytest.mark.parametrize("cursor", ["txn_unknown", "'; --"])
def test_a_cursor_that_nobody_gave_out_is_refused(shop, cursor):
    shopper = shop.shopper()
    shopper.pay()
    ack = shopper.send("get-transactions", cursor=cursor)
    assert ack["error"]["code"] == "not_found"


def test_the_order_of_somebody_else_is_no_cursor(shop):
    one, other = shop.shopper(), shop.shopper()
    theirs = other.pay()
    assert one.send("get-transactions", cursor=theirs["id"])["error"]["code"] == "not_found"


def test_the_pages_show_what_the_wire_tells(shop):
    shopper = shop.shopper()
    paid = shopper.pay()
    orders = shopper.visitor.get("/orders")
    receipt = shopper.visitor.get(f"/orders/{paid['id']}")
    assert (orders.status, receipt.status) == (200, 200)
    for page in (orders, receipt):
        assert paid["amount_display"] in page.text
    assert "Stoneware mug" in receipt.text
    assert shop.shopper().visitor.get(f"/orders/{paid['id']}").status == 404


def _get(shopper, transaction):
    return shopper.send("get-transaction", transaction_id=transaction["id"])
