"""The same purchase sent twice, from two tabs or from twenty threads is one charge."""

from concurrent.futures import ThreadPoolExecutor

import pytest

DECLINED = "4000000000000002"
MASTERCARD = "5555555555554444"
THREE_DS = "4000000000003220"


def test_a_double_click_charges_once(shop):
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    first, second = (shopper.send("purchase-request", message) for _ in range(2))
    assert first == second
    assert first["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_a_wallet_purchase_with_the_same_request_id_charges_once(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    first, second = (shopper.buy(card_id=card["id"], requestId="r1") for _ in range(2))
    assert first == second
    assert len(shop.charges()) == 1


def test_a_typed_card_without_a_request_id_is_known_by_its_token(shop):
    shopper = shop.shopper()
    typed = shop.card()
    first, second = (shopper.buy(typed=typed) for _ in range(2))
    assert first == second
    assert len(shop.charges()) == 1


def test_a_bare_wallet_frame_sent_twice_while_the_bank_asks_is_one_purchase(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card(THREE_DS)
    first, second = (shopper.buy(card_id=card["id"]) for _ in range(2))
    assert first == second
    assert first["transaction"]["status"] == "requires_action"
    assert len(shop.ledger()["payment_intents"]) == 1


def test_a_new_request_id_is_a_new_purchase(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    first, second = (shopper.pay(card_id=card["id"], requestId=name) for name in ("r1", "r2"))
    assert first["id"] != second["id"]
    assert len(shop.charges()) == 2


def test_two_people_may_use_the_same_request_id(shop):
    one, other = shop.shopper(), shop.shopper()
    assert one.pay(requestId="r1")["id"] != other.pay(requestId="r1")["id"]
    assert len(shop.charges()) == 2


def test_the_same_message_from_another_tab_gets_the_same_answer(shop):
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    first = shopper.send("purchase-request", message)
    assert shopper.another_tab().send("purchase-request", message) == first
    assert len(shop.charges()) == 1


def test_the_same_message_after_a_decline_gets_the_same_decline(shop):
    shopper = shop.shopper()
    message = shopper.purchase(number=DECLINED, requestId="r1")
    first, second = (shopper.send("purchase-request", message) for _ in range(2))
    assert _without_id(first) == _without_id(second)
    assert first["error"]["code"] == "card_declined"
    assert len(shop.ledger()["charges"]) == 1


def test_the_same_retry_sent_twice_is_one_attempt(shop):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    retry = shopper.purchase(transaction_id=declined["id"], number=MASTERCARD)
    first, second = (shopper.send("purchase-request", retry) for _ in range(2))
    assert first["transaction"] == second["transaction"]
    assert first["transaction"]["attempts"] == 2
    assert len(shop.charges()) == 1


def test_a_declined_retry_sent_twice_is_one_attempt(shop):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    retry = shopper.purchase(transaction_id=declined["id"], number=DECLINED, requestId="r2")
    first, second = (shopper.send("purchase-request", retry) for _ in range(2))
    assert _without_id(first) == _without_id(second)
    assert second["transaction"]["attempts"] == 2


def test_the_first_message_sent_again_after_a_paid_retry_is_paid(shop):
    shopper = shop.shopper()
    message = shopper.purchase(number=DECLINED, requestId="r1")
    declined = shopper.send("purchase-request", message)["transaction"]
    shopper.pay(transaction_id=declined["id"], number=MASTERCARD)
    again = shopper.send("purchase-request", message)
    assert again["status"] == "success"
    assert again["transaction"]["id"] == declined["id"]
    assert again["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


@pytest.mark.parametrize("what", ["items", "card", "save"])
def test_the_same_request_id_with_other_contents_is_refused(shop, what):
    shopper = shop.shopper(account=True)
    first = shopper.purchase(requestId="r1")
    other = dict(first)
    if what == "items":
        other["items"] = [{**first["items"][0], "quantity": 2}]
    elif what == "card":
        other |= dict(zip(("stripePayment", "tokenObj"), shop.card(MASTERCARD), strict=True))
    else:
        other["save"] = True
    shopper.send("purchase-request", first)
    ack = shopper.send("purchase-request", other)
    assert ack["error"]["code"] == "request_mismatch"
    assert len(shop.charges()) == 1


def test_the_token_of_a_finished_purchase_does_not_buy_something_else(shop):
    shopper = shop.shopper()
    typed = shop.card()
    shopper.buy(typed=typed)
    ack = shopper.buy(typed=typed, items=[{**shopper.items[0], "quantity": 3}])
    assert ack["error"]["code"] == "request_mismatch"
    assert len(shop.charges()) == 1


def test_a_retry_with_the_same_request_id_and_another_card_is_refused(shop):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    retry = {"transaction_id": declined["id"], "requestId": "r2"}
    shopper.buy(**retry, number=DECLINED)
    assert shopper.buy(**retry, number=MASTERCARD)["error"]["code"] == "request_mismatch"
    assert shop.charges() == []


def test_a_second_tab_is_told_of_the_payment_that_is_running(shop):
    shopper = shop.shopper()
    running = shopper.buy(number=THREE_DS)["transaction"]
    ack = shopper.another_tab().buy(number=MASTERCARD)
    assert ack["error"]["code"] == "payment_in_progress"
    assert ack["transaction"] == running
    assert shop.charges() == []


def test_a_bare_wallet_frame_of_another_card_is_told_of_the_running_payment(shop):
    shopper = shop.shopper(account=True)
    asking, other = shopper.add_card(THREE_DS), shopper.add_card(MASTERCARD)
    running = shopper.buy(card_id=asking["id"])["transaction"]
    ack = shopper.buy(card_id=other["id"])
    assert ack["error"]["code"] == "payment_in_progress"
    assert ack["transaction"]["id"] == running["id"]


def test_a_running_payment_of_one_shop_does_not_hold_up_another_shop(shop):
    coffee = shop.shopper()
    coffee.buy(number=THREE_DS)
    paper = coffee.another_tab(shop.checkout_path("kumo-paper"))
    assert paper.pay()["status"] == "succeeded"


def test_a_running_payment_holds_up_nobody_else(shop):
    shop.shopper().buy(number=THREE_DS)
    assert shop.shopper().pay()["status"] == "succeeded"


def test_once_the_running_payment_has_ended_the_second_tab_can_pay(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    tab = shopper.another_tab()
    shop.authenticate(ack["client_secret"])
    shopper.confirm(ack["transaction"]["id"])
    assert tab.pay()["status"] == "succeeded"
    assert len(shop.charges()) == 2


def test_the_checkout_opened_again_shows_the_running_payment(shop):
    shopper = shop.shopper()
    running = shopper.buy(number=THREE_DS)["transaction"]
    page = shopper.visitor.get(shopper.page)
    assert running["id"] in page.text


@pytest.mark.parametrize("means", ["typed", "wallet"])
def test_twenty_copies_at_the_same_moment_charge_once(shop, means):
    shopper = shop.shopper(account=True)
    choice = {"card_id": shopper.add_card()["id"]} if means == "wallet" else {}
    message = shopper.purchase(requestId="at-once", **choice)
    answers = _at_once(shopper, [message] * 20)
    assert len(shop.charges()) == 1
    assert len(shop.ledger()["payment_intents"]) == 1
    paid = shopper.transactions()
    assert [transaction["status"] for transaction in paid] == ["succeeded"]
    for answer in answers:
        assert answer["status"] == "success", answer
        assert answer["transaction"] == paid[0]
        assert answer["client_secret"] == answers[0]["client_secret"]


def test_twenty_different_purchases_at_the_same_moment_charge_one_at_a_time(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    messages = [shopper.purchase(card_id=card["id"], requestId=f"r{n}") for n in range(20)]
    answers = _at_once(shopper, messages)
    paid = {a["transaction"]["id"] for a in answers if a["status"] == "success"}
    codes = {a["error"]["code"] for a in answers if a["status"] == "error"}
    assert len(shop.charges()) == len(paid) >= 1
    assert codes <= {"payment_in_progress"}


def test_ten_copies_of_a_retry_at_the_same_moment_charge_once(shop):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    retry = shopper.purchase(transaction_id=declined["id"], number=MASTERCARD, requestId="r2")
    answers = _at_once(shopper, [retry] * 10)
    assert len(shop.charges()) == 1
    assert {a["transaction"]["status"] for a in answers} == {"succeeded"}
    assert shopper.transaction(declined["id"])["attempts"] == 2


def test_ten_copies_of_a_new_card_at_the_same_moment_are_one_card(shop):
    shopper = shop.shopper(account=True)
    typed = shop.card()
    tabs = [shopper.another_tab() for _ in range(10)]
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda tab: tab.create_payment_method(card=typed), tabs))
    assert {answer["card"]["id"] for answer in answers} == {shopper.cards()[0]["id"]}
    assert len(shopper.cards()) == 1
    assert len(shop.ledger()["setup_intents"]) == 1
    assert len(shop.ledger()["customers"]) == 1


def _at_once(shopper, messages):
    tabs = [shopper.another_tab() for _ in messages]
    with ThreadPoolExecutor(len(messages)) as threads:
        pairs = zip(tabs, messages, strict=True)
        return list(threads.map(lambda pair: pair[0].send("purchase-request", pair[1]), pairs))


def _without_id(ack):
    """An ack but for the id of the request, which is new in every error."""
    return {**ack, "error": {**ack["error"], "request_id": None}}
