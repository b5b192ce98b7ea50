"""A wallet that several tabs change at the same moment."""

from concurrent.futures import ThreadPoolExecutor

NUMBERS = (
    "4242424242424242",
    "5555555555554444",
    "378282246310005",
    "6011111111111117",
    "3056930009020004",
)


def test_five_cards_added_at_the_same_moment_are_five_cards_with_one_default(shop):
    shopper = shop.shopper(account=True)
    typed = [shop.card(number, cvc=None) for number in NUMBERS]
    acks = _at_once(shopper, [lambda tab, c=c: tab.create_payment_method(card=c) for c in typed])
    assert {ack["status"] for ack in acks} == {"success"}
    cards = shopper.cards()
    assert {card["id"] for card in cards} == {ack["card"]["id"] for ack in acks}
    assert [card["is_default"] for card in cards] == [True, False, False, False, False]
    assert len(shop.ledger()["customers"]) == 1


def test_the_same_card_typed_in_five_tabs_at_the_same_moment_stays_one_card(shop):
    shopper = shop.shopper(account=True)
    typed = [shop.card() for _ in range(5)]
    acks = _at_once(shopper, [lambda tab, c=c: tab.create_payment_method(card=c) for c in typed])
    assert {ack["status"] for ack in acks} == {"success"}
    (card,) = shopper.cards()
    assert card["is_default"] is True
    assert len(_attached(shop)) == 1
    assert shopper.pay(card_id=card["id"])["status"] == "succeeded"


def test_five_confirmations_at_the_same_moment_are_one_card(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.create_payment_method("4000000000003220")
    shop.authenticate(ack["client_secret"])
    confirm = [lambda tab: tab.send("confirm-card", card_id=ack["card"]["id"])] * 5
    answers = _at_once(shopper, confirm)
    (card,) = shopper.cards()
    assert [answer["card"] for answer in answers] == [card] * 5
    assert card["is_default"] is True


def test_a_default_that_moves_in_five_tabs_at_the_same_moment_ends_up_in_one_place(shop):
    shopper = shop.shopper(account=True)
    ids = [shopper.add_card(number)["id"] for number in NUMBERS[:2]] + [
        shopper.add_card(card=shop.card(number, cvc=None))["id"] for number in NUMBERS[2:]
    ]
    acks = _at_once(
        shopper, [lambda tab, i=i: tab.send("set-default-card", card_id=i) for i in ids]
    )
    assert {ack["status"] for ack in acks} == {"success"}
    assert [card["is_default"] for card in shopper.cards()] == [True, False, False, False, False]


def test_all_cards_removed_at_the_same_moment_leave_an_empty_wallet(shop):
    shopper = shop.shopper(account=True)
    ids = [shopper.add_card(card=shop.card(number, cvc=None))["id"] for number in NUMBERS]
    acks = _at_once(shopper, [lambda tab, i=i: tab.send("remove-card", card_id=i) for i in ids])
    assert {ack["status"] for ack in acks} == {"success"}
    assert shopper.cards() == []
    assert _attached(shop) == []


def _at_once(shopper, actions):
    tabs = [shopper.another_tab() for _ in actions]
    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(lambda pair: pair[0](pair[1]), zip(actions, tabs, strict=True)))


def _attached(shop):
    return [method for method in shop.ledger()["payment_methods"] if method["customer"]]
