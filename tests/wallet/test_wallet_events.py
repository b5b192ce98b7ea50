"""What Stripe tells of cards by webhook: the wallet stays true without being asked."""

import pytest

from tests.support.desk import Desk
from tests.support.owner import at_stripe, deliver, event_about, the_bank_renews, write
from tests.support.trouble import at_once

MASTERCARD = "5555555555554444"


def test_a_card_detached_in_the_dashboard_leaves_the_wallet(shop):
    shopper = shop.shopper(account=True)
    shopper.add_card()
    kept = shopper.add_card(MASTERCARD)
    at_stripe(shop, f"payment_methods/{_method(shop, '4242')}/detach")
    shop.pump()
    shopper.pushed("wallet-changed", lambda push: _ids(push) == [kept["id"]])
    (card,) = shopper.cards()
    assert (card["id"], card["is_default"]) == (kept["id"], True)


def test_a_card_that_was_detached_can_not_pay(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    at_stripe(shop, f"payment_methods/{_method(shop, '4242')}/detach")
    shop.pump()
    shopper.pushed("wallet-changed", lambda push: push["cards"] == [])
    assert shopper.buy(card_id=card["id"])["error"]["code"] == "not_found"
    assert shop.charges() == []


@pytest.mark.parametrize("kind", ["payment_method.updated", "payment_method.automatically_updated"])
def test_a_new_expiry_date_of_the_bank_reaches_the_wallet(shop, kind):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    method_id = _method(shop, "4242")
    changed = {"card[exp_month]": 3, "card[exp_year]": 2039}
    method = at_stripe(shop, f"payment_methods/{method_id}", **changed)
    assert deliver(shop, event_about(method, kind)).status == 200
    pushed = shopper.pushed("wallet-changed", lambda push: push["cards"][0]["expoyear"] == 2039)
    (now,) = pushed["cards"]
    assert (now["id"], now["expomon"], now["is_default"]) == (card["id"], 3, True)


def test_an_event_is_only_a_hint_and_the_facts_are_fetched(shop):
    shopper = shop.shopper(account=True)
    shopper.add_card()
    (method,) = [m for m in shop.ledger()["payment_methods"] if m["customer"]]
    lie = {**method, "card": {**method["card"], "exp_year": 2099, "last4": "0000"}}
    before = shopper.cards()
    assert deliver(shop, event_about(lie, "payment_method.automatically_updated")).status == 200
    assert shopper.cards() == before


def test_an_event_that_claims_a_detachment_which_did_not_happen_changes_nothing(shop):
    shopper = shop.shopper(account=True)
    shopper.add_card()
    (method,) = [m for m in shop.ledger()["payment_methods"] if m["customer"]]
    lie = {**method, "customer": None}
    assert deliver(shop, event_about(lie, "payment_method.detached")).status == 200
    assert len(shopper.cards()) == 1


@pytest.mark.parametrize("thing", ["payment_method", "setup_intent", "customer"])
def test_events_about_things_that_nobody_knows_are_taken_and_change_nothing(shop, thing):
    shopper = shop.shopper(account=True)
    shopper.add_card()
    before = shopper.cards()
    unknown = {"id": f"{thing}_of_another_shop", "object": thing}
    assert deliver(shop, event_about(unknown, f"{thing}.updated")).status == 200
    assert shopper.cards() == before


def test_all_events_of_a_wallets_life_twice_and_backwards_lead_to_the_same_wallet(shop):
    shopper = shop.shopper(account=True)
    shopper.add_card()
    shopper.add_card("4000000000003220")
    gone = shopper.add_card(MASTERCARD)
    shopper.send("remove-card", card_id=gone["id"])
    before = shopper.cards()
    happened = shop.ledger()["events"]
    for event in [*reversed(happened), *happened]:
        assert deliver(shop, event).status == 200
    assert shopper.cards() == before


def _ids(push):
    return [card["id"] for card in push["cards"]]


def _method(shop, last_four):
    attached = [m for m in shop.ledger()["payment_methods"] if m["customer"]]
    return next(m["id"] for m in attached if m["card"]["last4"] == last_four)


@pytest.mark.in_process
def test_an_older_look_does_not_win_over_a_newer_one(shop):
    shopper = shop.shopper(account=True)
    shopper.add_card()
    method_id, line = _method(shop, "4242"), Desk(shop).line()
    method = {"id": method_id, "object": "payment_method"}

    def renew():
        the_bank_renews(shop, method_id, exp_month=4, exp_year=2039)
        shopper.pushed("wallet-changed", lambda push: push["cards"][0]["expoyear"] == 2039)

    # It has been looked at for the first event, and the answer is on its way.
    line.only, line.meanwhile = ("get", f"/{method_id}"), lambda: at_once([renew])
    assert deliver(shop, event_about(method, "payment_method.updated")).status == 200
    (card,) = shopper.cards()
    assert (card["expomon"], card["expoyear"]) == (4, 2039)
    assert card["renewed"]["former_expoyear"] == 2034


@pytest.mark.in_process
def test_a_card_that_its_bank_renews_is_the_default_of_a_wallet_without_one(shop):
    shopper = shop.shopper(account=True)
    first, expired = shopper.add_card(MASTERCARD), shopper.add_card()
    write(shop, "UPDATE card SET expoyear = 2020 WHERE id = :id", id=expired["id"])
    shopper.send("remove-card", card_id=first["id"])
    the_bank_renews(shop, _method(shop, "4242"), exp_month=4, exp_year=2039)
    shopper.pushed("wallet-changed", lambda push: _ids(push) == [expired["id"]])
    assert [card["is_default"] for card in shopper.cards()] == [True]
