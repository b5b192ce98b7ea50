"""What a guest bought and kept, once he registers or signs in: it is the account's."""

import pytest

from tests.accounts.browser import session_of, with_session
from tests.support.doors import eventually
from tests.support.owner import quiet, refund
from tests.support.shop import PASSWORD

ASKS_THE_BANK, DECLINED = "4000002760003184", "4000000000000002"
MUG, BEANS = "mug-stoneware", "beans-house"
PAPER = "/checkout?cog=kumo-paper&item=pen-brush"


@pytest.fixture
def guest(shop):
    return shop.shopper(items=[MUG])


@pytest.fixture
def account(shop, email):
    """The account, in the browser in which it was made."""
    return shop.shopper(email=email, items=[BEANS])


def sign_in(guest, email, password=PASSWORD):
    """The guest signs in, in his browser; the page that he comes back to."""
    guest.shop.sign_in(guest.visitor, email, password)
    return guest.another_tab()


def ids(shopper):
    return [transaction["id"] for transaction in shopper.transactions()]


def owner_of(shop, transaction):
    query = 'SELECT user_id FROM "transaction" WHERE id = :id'
    return shop.rows(query, id=transaction["id"])[0]["user_id"]


def intent_of(shop, transaction):
    query = 'SELECT payment_intent_id AS id FROM "transaction" WHERE id = :id'
    return shop.rows(query, id=transaction["id"])[0]["id"]


def error(ack):
    return ack["error"]["code"]


# Registering


def test_who_registers_stays_who_he_is(shop, guest, email):
    paid = guest.pay()
    shop.register(guest.visitor, email)
    after = guest.another_tab()
    assert (after.user_id, after.email, after.context["isGuest"]) == (guest.user_id, email, False)
    assert ids(after) == [paid["id"]]
    assert f"/orders/{paid['id']}" in after.visitor.get("/orders").text
    assert after.visitor.get(f"/orders/{paid['id']}").status == 200


def test_who_registers_gets_a_new_session_and_the_old_one_ends(shop, email):
    first = shop.visitor()
    old = session_of(first.get(PAPER))
    new = session_of(first.submit("/register", {"email": email, "password": PASSWORD}))
    assert new != old
    assert with_session(shop.visitor(), old).get("/socket-token").status == 401
    assert with_session(shop.visitor(), new).get("/wallet").status == 200


def test_the_pages_of_the_guest_are_told_and_closed(shop, guest, email):
    shop.register(guest.visitor, email)
    assert guest.pushed("session-ended") == {"reason": "signed-out"}
    eventually(lambda: not guest.wire.connected, what="the end of the socket")


def test_a_question_of_the_bank_goes_on_after_registering(shop, guest, email):
    asked = guest.buy(number=ASKS_THE_BANK)
    shop.register(guest.visitor, email)
    after = guest.another_tab()
    shop.authenticate(asked["client_secret"])
    assert after.confirm(asked["transaction"]["id"])["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_a_card_kept_for_one_purchase_is_still_there_after_registering(shop, guest, email):
    card = guest.create_payment_method(tokenType="single")["card"]
    shop.register(guest.visitor, email)
    assert guest.another_tab().pay(card_id=card["id"])["status"] == "succeeded"


def test_a_refused_registration_changes_nothing(shop, guest, account, email):
    paid = guest.pay()
    answer = guest.visitor.submit("/register", {"email": email, "password": PASSWORD})
    assert answer.status == 422
    assert guest.wire.connected
    assert ids(guest) == [paid["id"]]
    assert ids(account) == []


# Signing in


def test_what_a_guest_bought_is_the_account_s_after_the_sign_in(shop, guest, account, email):
    own = account.pay()
    paid = guest.pay()
    declined = guest.buy(number=DECLINED)["transaction"]
    after = sign_in(guest, email)
    assert after.user_id == account.user_id != guest.user_id
    assert ids(after) == [declined["id"], paid["id"], own["id"]]
    assert ids(account) == ids(after)  # in the other browser too
    assert after.transaction(paid["id"])["status"] == "succeeded"
    for transaction in (paid, declined, own):
        page = after.visitor.get(f"/orders/{transaction['id']}")
        assert page.status == 200
    assert shop.rows('SELECT id FROM "transaction" WHERE user_id = :id', id=guest.user_id) == []


def test_nothing_is_charged_or_moved_by_a_sign_in(shop, guest, account, email):
    paid = guest.pay()
    quiet(shop)  # Stripe's events make calls of their own
    (before,) = shop.rows('SELECT * FROM "transaction" WHERE id = :id', id=paid["id"])
    calls = len(shop.calls())
    sign_in(guest, email)
    (after,) = shop.rows('SELECT * FROM "transaction" WHERE id = :id', id=paid["id"])
    assert after == {**before, "user_id": account.user_id}
    assert (len(shop.calls()), len(shop.charges())) == (calls, 1)


def test_a_wrong_password_moves_nothing(shop, guest, account, email):
    paid = guest.pay()
    form = {"email": email, "password": "not-the-password"}
    assert guest.visitor.submit("/sign-in", form).status == 422
    assert ids(guest) == [paid["id"]]
    assert ids(account) == []


def test_only_this_guest_s_things_move(shop, guest, account, email):
    other = shop.shopper()
    paid = other.pay()
    sign_in(guest, email)
    assert ids(other) == [paid["id"]]
    assert ids(account) == []


def test_from_one_account_to_another_nothing_moves(shop, account, email):
    other = shop.shopper(account=True)
    paid, card = other.pay(), other.add_card()
    after = sign_in(other, email)
    assert after.user_id == account.user_id
    assert (ids(after), after.cards()) == ([], [])
    assert owner_of(shop, paid) == other.user_id
    assert error(after.buy(card_id=card["id"])) == "not_found"


def test_a_refund_of_what_the_guest_bought_reaches_the_account(shop, guest, account, email):
    paid = guest.pay()
    sign_in(guest, email)
    refund(shop, intent_of(shop, paid))
    quiet(shop)
    told = account.pushed("transaction-changed", lambda push: push["transaction"]["refunds"])
    assert told["transaction"]["id"] == paid["id"]


# Cards


def test_cards_for_one_purchase_come_along_and_the_wallet_stays(shop, guest, account, email):
    first, second = account.add_card(), account.add_card("5555555555554444")
    before = account.cards()
    single = guest.create_payment_method(tokenType="single")["card"]
    after = sign_in(guest, email)
    assert after.cards() == before
    assert {card["id"]: card["is_default"] for card in before} == {
        first["id"]: True,
        second["id"]: False,
    }
    assert after.pay(card_id=single["id"], requestId="once")["status"] == "succeeded"
    assert error(after.buy(card_id=single["id"], requestId="twice")) == "not_found"
    assert len(shop.charges()) == 1


def test_a_spent_card_stays_spent(shop, guest, account, email):
    single = guest.create_payment_method(tokenType="single")["card"]
    guest.pay(card_id=single["id"])
    after = sign_in(guest, email)
    assert error(after.buy(card_id=single["id"], requestId="again")) == "not_found"
    assert len(shop.charges()) == 1


# Payments that are running


def test_a_running_payment_comes_along_and_is_finished_by_the_account(shop, guest, account, email):
    asked = guest.buy(number=ASKS_THE_BANK)
    after = sign_in(guest, email)
    assert after.transaction(asked["transaction"]["id"])["status"] == "requires_action"
    assert error(after.buy(requestId="more")) == "payment_in_progress"
    shop.authenticate(asked["client_secret"])
    assert after.confirm(asked["transaction"]["id"])["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_two_running_payments_in_two_shops_are_both_the_account_s(shop, guest, account, email):
    asked = guest.buy(number=ASKS_THE_BANK)
    elsewhere = shop.shopper(email=f"x{email}", page=PAPER)
    own = elsewhere.buy(number=ASKS_THE_BANK)
    after = sign_in(guest, f"x{email}")
    assert set(ids(after)) == {asked["transaction"]["id"], own["transaction"]["id"]}
    for ack in (asked, own):
        shop.authenticate(ack["client_secret"])
        assert after.confirm(ack["transaction"]["id"])["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 2


def test_of_two_running_payments_in_one_shop_the_guest_s_waits_for_the_account_s(
    shop, guest, account, email
):
    asked, own = guest.buy(number=ASKS_THE_BANK), account.buy(number=ASKS_THE_BANK)
    after = sign_in(guest, email)
    assert ids(after) == [own["transaction"]["id"]]
    assert owner_of(shop, asked["transaction"]) == guest.user_id
    assert error(after.confirm(asked["transaction"]["id"])) == "not_found"
    shop.authenticate(own["client_secret"])
    assert after.confirm(own["transaction"]["id"])["transaction"]["status"] == "succeeded"
    assert owner_of(shop, asked["transaction"]) == account.user_id
    assert after.transaction(asked["transaction"]["id"])["status"] == "requires_action"
    assert len(shop.charges()) == 1


def test_what_a_guest_paid_moves_though_his_running_payment_can_not(shop, guest, account, email):
    paid = guest.pay()
    guest.buy(number=ASKS_THE_BANK)
    own = account.buy(number=ASKS_THE_BANK)["transaction"]
    assert set(ids(sign_in(guest, email))) == {paid["id"], own["id"]}


def test_a_question_answered_after_the_sign_in_is_settled_whosever_it_is(
    shop, guest, account, email
):
    asked, own = guest.buy(number=ASKS_THE_BANK), account.buy(number=ASKS_THE_BANK)
    sign_in(guest, email)
    for ack in (asked, own):
        shop.authenticate(ack["client_secret"])
    quiet(shop)
    for ack in (asked, own):
        query = 'SELECT status FROM "transaction" WHERE id = :id'
        assert shop.rows(query, id=ack["transaction"]["id"]) == [{"status": "succeeded"}]
    assert len(shop.charges()) == 2


def test_what_stayed_behind_is_the_account_s_once_it_has_ended(shop, guest, account, email):
    asked, own = guest.buy(number=ASKS_THE_BANK), account.buy(number=ASKS_THE_BANK)
    after = sign_in(guest, email)
    for ack in (asked, own):
        shop.authenticate(ack["client_secret"])
    quiet(shop)
    assert set(ids(after)) == {asked["transaction"]["id"], own["transaction"]["id"]}


# Request ids


def test_the_same_request_id_of_both_is_two_purchases_still(shop, guest, account, email):
    typed = shop.card()
    mine = account.purchase(typed=typed, requestId="r1")
    own = account.send("purchase-request", mine)["transaction"]
    paid = guest.pay(requestId="r1")
    after = sign_in(guest, email)
    assert set(ids(after)) == {own["id"], paid["id"]}
    assert account.send("purchase-request", mine)["transaction"]["id"] == own["id"]
    assert error(after.buy(requestId="r1")) == "request_mismatch"
    assert len(shop.charges()) == 2


def test_a_purchase_sent_again_after_the_sign_in_is_not_bought_again(shop, guest, account, email):
    sent = guest.purchase(requestId="r1")
    paid = guest.send("purchase-request", sent)["transaction"]
    after = sign_in(guest, email)
    again = after.send("purchase-request", {**sent, "userId": after.user_id})
    assert again["transaction"]["id"] == paid["id"]
    assert error(after.send("purchase-request", sent)) == "identity_mismatch"
    assert len(shop.charges()) == 1
