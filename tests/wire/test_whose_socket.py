"""A connected socket: whose it is, for how long, and what it may not say of itself."""

import pytest

from tests.support.doors import eventually
from tests.support.owner import write
from tests.support.shop import PASSWORD
from tests.wire.messages import (
    NOBODYS_CARD,
    NOBODYS_ORDER,
    NOBODYS_SHOP,
    Watch,
    code_of,
    well_formed,
    words_of,
)

YEN_SHOP = "kumo-paper"
THREE_D_SECURE = "4000002760003184"


def cards_of(shopper):
    return shopper.send("get-user-cards", userId=shopper.user_id)


# Forged events of the library's own names


@pytest.mark.parametrize("event", ["connect", "disconnect"])
@pytest.mark.parametrize("arguments", [(), ("text",), ("a", "b"), ("a", "b", "c"), (None,)])
def test_events_with_the_names_of_the_library_are_only_unknown_actions(shop, event, arguments):
    shopper = shop.shopper()
    assert code_of(shopper.raw(event, *arguments)) == "unknown_action"
    assert cards_of(shopper)["status"] == "success"


def test_a_forged_connect_does_not_change_who_one_is(shop):
    victim, attacker = shop.shopper(account=True), shop.shopper(account=True)
    stolen = {"token": victim.context["token"]}
    assert code_of(attacker.raw("connect", stolen)) == "unknown_action"
    ack = attacker.send("get-user-cards", userId=victim.user_id)
    assert code_of(ack) == "identity_mismatch"
    victim.add_card()
    assert [push.event for push in attacker.pushes] == []


def test_after_a_forged_disconnect_pushes_still_arrive(shop):
    shopper = shop.shopper(account=True)
    shopper.raw("disconnect", "transport close")
    shopper.add_card()
    assert len(shopper.pushed("wallet-changed")["cards"]) == 1


# The end of a session


def test_signing_out_tells_every_tab_of_the_session_and_closes_it(shop):
    tab = shop.shopper(account=True)
    other_tab = tab.another_tab("/wallet")
    answer = tab.visitor.submit("/wallet", {}, to="/sign-out")
    assert answer.status == 303
    for page in (tab, other_tab):
        eventually(lambda wire=page.wire: not wire.connected, what="closing")
        assert [p.payload for p in page.pushes if p.event == "session-ended"] == [
            {"reason": "signed-out"}
        ]


def test_signing_out_leaves_the_other_sessions_of_the_account_alone(shop):
    here = shop.shopper(account=True)
    elsewhere = shop.visitor()
    shop.sign_in(elsewhere, here.email, PASSWORD)
    there = shop.keep(type(here)(shop, elsewhere, "/wallet"))
    here.visitor.submit("/wallet", {}, to="/sign-out")
    eventually(lambda: not here.wire.connected, what="closing")
    assert cards_of(there)["status"] == "success"
    assert "session-ended" not in [push.event for push in there.pushes]


def test_signing_in_again_ends_the_sockets_of_the_session_before(shop):
    page = shop.shopper(account=True)
    shop.sign_in(page.visitor, page.email, PASSWORD)
    eventually(lambda: not page.wire.connected, what="closing")
    assert "session-ended" in [push.event for push in page.pushes]


@pytest.mark.parametrize("column", ["revoked_at", "expires_at"])
def test_no_action_works_once_the_session_has_ended(shop, column):
    shopper = shop.shopper(account=True)
    messages = well_formed(shopper)
    write(shop, f"UPDATE session SET {column} = created_at WHERE user_id = :id", id=shopper.user_id)
    watch = Watch(shop, shopper)
    answers = [shopper.send(action, payload) for action, payload in messages.items()]
    answers += [shopper.send("no-such-action"), shopper.send_frame("not even an object")]
    assert {code_of(ack) for ack in answers} == {"session_expired"}
    watch.assert_untouched()


def test_no_action_works_for_a_session_that_never_was(shop):
    shopper = shop.shopper()
    write(shop, "UPDATE session SET id = 'ses_gone' WHERE user_id = :id", id=shopper.user_id)
    assert code_of(cards_of(shopper)) == "unauthenticated"


# Whose events these are


def test_what_happens_to_one_user_is_told_to_no_other(shop):
    buyer, guest, account = shop.shopper(account=True), shop.shopper(), shop.shopper(account=True)
    card = buyer.add_card()
    buyer.pay(card_id=card["id"])
    buyer.send("remove-card", card_id=card["id"])
    shop.pump()
    assert {push.event for push in buyer.pushes} == {"wallet-changed", "transaction-changed"}
    assert (guest.pushes, account.pushes) == ([], [])


def test_after_somebody_else_signed_in_the_browser_hears_nothing_of_the_first(shop):
    first = shop.shopper(account=True)
    second = shop.shopper(account=True)
    phone = shop.visitor()
    shop.sign_in(phone, first.email, PASSWORD)
    shop.sign_in(phone, second.email, PASSWORD)
    page = shop.keep(type(first)(shop, phone, "/wallet"))
    first.add_card()
    assert page.user_id == second.user_id
    assert page.pushes == []


# What a message claims


def test_each_action_with_a_user_refuses_another_user(shop):
    me, other = shop.shopper(account=True), shop.shopper(account=True)
    watch = Watch(shop, me, other)
    with_user = {a: p for a, p in well_formed(me).items() if "userId" in p}
    assert with_user.keys() == {"get-user-cards", "create-payment-method", "purchase-request"}
    for action, payload in with_user.items():
        foreign = me.send(action, {**payload, "userId": other.user_id})
        unknown = me.send(action, {**payload, "userId": "user_nobody"})
        assert code_of(foreign) == "identity_mismatch", action
        assert words_of(foreign) == words_of(unknown), action
    watch.assert_untouched()


def test_another_card_for_an_order_is_refused_in_the_name_of_another_user(shop):
    me, other = shop.shopper(account=True), shop.shopper(account=True)
    payload = me.purchase(card_id=NOBODYS_CARD, transaction_id=NOBODYS_ORDER)
    ack = me.send("purchase-request", {**payload, "userId": other.user_id})
    assert code_of(ack) == "identity_mismatch"


def test_each_action_with_a_shop_refuses_any_but_the_page_s_own(shop):
    here, there = shop.shopper(account=True), shop.shopper(cog=YEN_SHOP)
    watch = Watch(shop, here)
    with_shop = {a: p for a, p in well_formed(here).items() if "cogId" in p}
    assert with_shop.keys() == {"get-user-cards", "create-payment-method", "purchase-request"}
    for action, payload in with_shop.items():
        foreign = here.send(action, {**payload, "cogId": there.cog_id})
        unknown = here.send(action, {**payload, "cogId": NOBODYS_SHOP})
        assert code_of(foreign) == "not_found", action
        assert words_of(foreign) == words_of(unknown), action
    watch.assert_untouched()


def test_there_is_no_token_for_a_shop_that_does_not_exist(shop):
    shopper = shop.shopper()
    for name in (NOBODYS_SHOP, "morning-press", "%00", shopper.cog_id + "x"):
        answer = shopper.visitor.get(f"/socket-token?cog={name}")
        assert answer.status == 404, name
        assert code_of(answer.json()) == "not_found"


def test_an_account_pays_and_saves_under_its_own_address_only(shop):
    shopper = shop.shopper(account=True)
    watch = Watch(shop, shopper)
    for ack in (
        shopper.create_payment_method(email="other@example.com"),
        shopper.buy(email="other@example.com"),
    ):
        assert code_of(ack) == "identity_mismatch"
    watch.assert_untouched()


# Foreign is unknown


def foreign_things(shop, owner):
    """Ids of things that another user has: cards of every kind, orders of every kind."""
    wallet = owner.add_card()["id"]
    single = owner.create_payment_method(tokenType="single")["card"]["id"]
    half_added = owner.create_payment_method(THREE_D_SECURE)["card"]["id"]
    paid = owner.pay(card_id=wallet)["id"]
    running = owner.buy(number=THREE_D_SECURE)["transaction"]["id"]
    return {"card_id": [wallet, single, half_added], "transaction_id": [paid, running]}


def test_things_of_others_are_as_unknown_as_things_that_never_were(shop):
    me, owner = shop.shopper(account=True), shop.shopper(account=True)
    things = foreign_things(shop, owner)
    things["cursor"] = things["transaction_id"]
    watch = Watch(shop, me, owner)
    asked = 0
    for action, payload in well_formed(me).items():
        for field in things.keys() & payload.keys():
            unknown = me.send(action, payload)
            assert code_of(unknown) == "not_found", action
            for thing in things[field]:
                ack = me.send(action, {**payload, field: thing})
                assert words_of(ack) == words_of(unknown), (action, thing)
                asked += 1
    assert asked == 6 * 3 + 3 * 2
    watch.assert_untouched()


def test_an_order_of_somebody_else_takes_no_card_of_mine(shop):
    me, owner = shop.shopper(account=True), shop.shopper(account=True)
    card = me.add_card()["id"]
    things = foreign_things(shop, owner)
    watch = Watch(shop, me, owner)
    unknown = me.buy(card_id=card, transaction_id=NOBODYS_ORDER)
    for order in things["transaction_id"]:
        assert words_of(me.buy(card_id=card, transaction_id=order)) == words_of(unknown)
    watch.assert_untouched()


def test_an_item_of_another_shop_is_as_unknown_as_one_that_never_was(shop):
    shopper = shop.shopper()
    (foreign, *_) = shop.shelf(YEN_SHOP)
    answers = []
    for item_id in (foreign["item_id"], "no-such-item"):
        line = {"item_id": item_id, "price_cents": foreign["price_cents"]}
        answers.append(shopper.buy(items=[line]))
    assert code_of(answers[0]) == "not_found"
    assert words_of(answers[0]) == words_of(answers[1])
