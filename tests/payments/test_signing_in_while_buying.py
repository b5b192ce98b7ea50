"""A guest who signs in while he buys: every paid order is the account's in the end."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tests.accounts.browser import sees_account
from tests.support.doors import AnswerLost, eventually
from tests.support.owner import drop_events, quiet
from tests.support.shop import PASSWORD
from tests.support.shopper import Shopper
from tests.support.trouble import lose, mend, recover

THREE_DS = "4000000000003220"
MASTERCARD = "5555555555554444"


@pytest.fixture
def email(shop):
    """The address of an account that exists already."""
    address = f"ada-{uuid.uuid4().hex[:12]}@example.com"
    shop.register(shop.visitor(), address)
    return address


def account(shop, email, page=None):
    """The account's own browser, with a page of the shop open."""
    visitor = shop.visitor()
    shop.sign_in(visitor, email)
    return shop.keep(Shopper(shop, visitor, page or shop.checkout_path()))


def test_what_a_guest_bought_is_the_account_s(shop, email):
    guest = shop.shopper()
    bought = guest.pay()
    shop.sign_in(guest.visitor, email)
    assert [t["id"] for t in account(shop, email).transactions()] == [bought["id"]]


def test_orders_paid_while_signing_in_are_not_lost(shop, email):
    """Tabs of one guest buy in shops of their own accord, and one of them signs in."""
    guest = shop.shopper()
    tabs = [guest.another_tab(shop.checkout_path(cog)) for cog in ("kumo-paper", "morning-press")]
    messages = [tab.purchase() for tab in tabs for _ in range(3)]
    with ThreadPoolExecutor(len(messages) + 1) as threads:
        jobs = [
            threads.submit(tabs[number // 3].another_tab().send, "purchase-request", message)
            for number, message in enumerate(messages)
        ]
        threads.submit(shop.sign_in, guest.visitor, email).result()
        for job in jobs:
            with suppress(AnswerLost):  # the guest's sockets close with his session
                job.result()
    quiet(shop)
    orders = account(shop, email).transactions()
    paid = [order for order in orders if order["status"] == "succeeded"]
    assert len(paid) == len(shop.charges())


def test_who_has_signed_in_buys_no_more_as_the_guest(shop, email):
    guest = shop.shopper()
    message = guest.purchase()
    shop.sign_in(guest.visitor, email)
    eventually(lambda: not guest.wire.connected, what="the end of the guest's socket")
    assert shop.charges() == []
    assert guest.visitor.get("/orders").status == 200
    assert message["userId"] != account(shop, email).user_id


def test_a_running_payment_that_is_in_the_way_follows_when_it_has_ended(shop, email):
    theirs = account(shop, email)
    assert theirs.buy(number=THREE_DS)["transaction"]["status"] == "requires_action"
    guest = shop.shopper()
    ack = guest.buy(number=THREE_DS)
    shop.sign_in(guest.visitor, email)
    assert len(theirs.transactions()) == 1
    shop.authenticate(ack["client_secret"])
    quiet(shop)
    found = theirs.transaction(ack["transaction"]["id"])
    assert (found["status"], len(theirs.transactions())) == ("succeeded", 2)
    assert len(shop.charges()) == 1
    assert theirs.pushed("transaction-changed", lambda p: p["transaction"]["id"] == found["id"])


@pytest.mark.in_process
def test_what_the_guest_has_paid_without_an_answer_is_not_paid_again(shop, email):
    theirs = account(shop, email)
    asked = theirs.buy(number=THREE_DS)
    drop_events(shop)
    guest = shop.shopper()
    lose(shop, "POST /v1/payment_intents", when="after")
    unknown = guest.buy()
    assert unknown["error"]["code"] == "payment_pending"
    mend(shop)
    shop.sign_in(guest.visitor, email)
    shop.authenticate(asked["client_secret"], "fail")
    declined = theirs.confirm(asked["transaction"]["id"])["transaction"]
    for more in ({}, {"transaction_id": declined["id"]}):
        ack = theirs.buy(requestId="again", number=MASTERCARD, **more)
        assert ack["error"]["code"] == "payment_in_progress"
        assert ack["transaction"]["id"] == unknown["transaction"]["id"]
    recover(shop)
    assert [order["status"] for order in theirs.transactions()] == ["succeeded", "declined"]
    assert len(shop.charges()) == 1


def test_what_waits_at_the_guest_s_bank_is_the_account_s_to_finish_when_the_way_is_free(
    shop, email
):
    theirs = account(shop, email)
    asked = theirs.buy(number=THREE_DS)
    guest = shop.shopper()
    mine = guest.buy(number=THREE_DS)["transaction"]["id"]
    shop.sign_in(guest.visitor, email)
    assert theirs.send("get-transaction", transaction_id=mine)["error"]["code"] == "not_found"
    shop.authenticate(asked["client_secret"], "fail")
    theirs.confirm(asked["transaction"]["id"])
    assert theirs.pushed("transaction-changed", lambda p: p["transaction"]["id"] == mine)
    running = theirs.buy(requestId="another", number=MASTERCARD)
    assert running["error"]["code"] == "payment_in_progress"
    assert running["transaction"]["id"] == mine
    secret = theirs.send("get-transaction", transaction_id=mine)["client_secret"]
    shop.authenticate(secret)
    assert theirs.confirm(mine)["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_two_purchases_by_one_request_id_stay_two(shop, email):
    theirs = account(shop, email)
    mine = theirs.pay(requestId="r1")
    guest = shop.shopper()
    bought = guest.pay(requestId="r1", number=MASTERCARD)
    shop.sign_in(guest.visitor, email)
    assert {t["id"] for t in theirs.transactions()} == {mine["id"], bought["id"]}
    attempts = shop.rows("SELECT request_id FROM attempt WHERE transaction_id = :id", **bought)
    assert [a["request_id"] for a in attempts] != ["r:r1"]


def test_two_registrations_of_one_visitor_are_two_accounts_or_one_refusal(shop):
    guest = shop.shopper()
    emails = [f"r{n}-{uuid.uuid4().hex[:12]}@example.com" for n in range(4)]
    page = guest.visitor.get("/register")
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda email: register(guest.visitor, page, email), emails))
    for email in emails:
        visitor = shop.visitor()
        shop.sign_in(visitor, email, PASSWORD)
        assert sees_account(visitor)


def register(visitor, page, email):
    fields = {"email": email, "password": PASSWORD, "csrf_token": page.csrf_token}
    return visitor.post("/register", data=fields)


def test_an_account_made_a_moment_ago_is_not_merged_into_another(shop, email):
    """The form of a guest, sent late: by then he has an account of his own, with its orders."""
    guest = shop.shopper()
    page = guest.visitor.get("/sign-in")
    bought = guest.pay()
    own = f"own-{uuid.uuid4().hex[:12]}@example.com"
    shop.register(guest.visitor, own)
    fields = {"email": email, "password": PASSWORD, "csrf_token": page.csrf_token}
    guest.visitor.post("/sign-in", data=fields)
    assert [t["id"] for t in account(shop, own).transactions()] == [bought["id"]]
    assert account(shop, email).transactions() == []
