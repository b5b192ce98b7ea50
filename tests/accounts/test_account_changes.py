"""Another e-mail address, another password."""

import pytest

from tests.accounts.browser import devices_of, note, sees_account, session_of, with_session
from tests.support.doors import Answer, Json, Visitor, eventually
from tests.support.shop import DEMO, PASSWORD, Shop
from tests.support.shopper import Shopper
from tests.support.trouble import at_once, lose, mend, recover

NEW = "tea at four o'clock"
WRONG = "isn’t your password"


def change_email(visitor: Visitor, email: str, password: str = PASSWORD) -> Answer:
    return visitor.submit("/account/email", {"email": email, "password": password})


def change_password(visitor: Visitor, old: str = PASSWORD, new: str = NEW) -> Answer:
    return visitor.submit("/account/password", {"password": old, "new_password": new})


def sign_in(shop: Shop, email: str, password: str) -> Answer:
    return shop.visitor().submit("/sign-in", {"email": email, "password": password})


def test_another_email_is_what_signs_in_from_then_on(
    shop: Shop, owner: Visitor, email: str
) -> None:
    answer = change_email(owner, f"  NEW-{email} ")
    assert (answer.status, answer.location) == (303, "/account?done=email")
    assert f"new-{email}" in owner.get("/account?done=email").text
    assert sign_in(shop, f"new-{email}", PASSWORD).status == 303
    assert sign_in(shop, email, PASSWORD).status == 422
    # It is free again.
    shop.register(shop.visitor(), email)


def test_a_purchase_of_afterwards_sends_its_receipt_there(
    shop: Shop, owner: Visitor, email: str
) -> None:
    change_email(owner, f"new-{email}")
    page = shop.keep(Shopper(shop, owner, shop.checkout_path()))
    transaction = page.pay(email=f"new-{email}")
    assert transaction["receipt_email"] == f"new-{email}"


@pytest.mark.parametrize("wanted", ["", "no-address", "a\0@example.com"])
def test_what_is_no_address_changes_nothing(
    shop: Shop, owner: Visitor, email: str, wanted: str
) -> None:
    answer = change_email(owner, wanted)
    assert answer.status == 422
    assert "Please enter an email address" in answer.text
    assert sign_in(shop, email, PASSWORD).status == 303


def test_the_address_of_another_account_stays_that_account_s(
    shop: Shop, owner: Visitor, email: str
) -> None:
    shop.register(shop.visitor(), f"other-{email}")
    answer = change_email(owner, f"Other-{email}")
    assert answer.status == 422
    assert "Another account has this email." in answer.text
    assert sign_in(shop, email, PASSWORD).status == 303


def test_nobody_goes_through_a_list_of_addresses(shop: Shop, owner: Visitor, email: str) -> None:
    answers = [change_email(owner, f"{n}-{email}") for n in range(22)]
    assert [answer.status for answer in answers].count(429) >= 1
    words = "Too many email changes from your network. Please try again in an hour."
    assert (note(answers[-1], "email"), note(answers[-1], "password")) == (words, "")
    assert sees_account(owner)


@pytest.mark.parametrize("change", [change_email, change_password])
def test_nothing_is_changed_without_the_password(
    shop: Shop, owner: Visitor, email: str, change: object
) -> None:
    for wrong in ("", PASSWORD.upper(), "x" * 9999):
        if change is change_email:
            answer = change_email(owner, f"new-{email}", wrong)
        else:
            answer = change_password(owner, wrong)
        assert answer.status == 422
        assert WRONG in answer.text
        assert not wrong or wrong not in answer.text
    assert sees_account(owner)
    assert sign_in(shop, email, PASSWORD).status == 303


def test_who_guesses_the_password_here_waits_and_stays_signed_in(
    shop: Shop, owner: Visitor, email: str
) -> None:
    answers = [change_password(owner, f"guess number {n}") for n in range(11)]
    assert [answer.status for answer in answers] == [*[422] * 10, 429]
    assert change_password(owner).status == 429
    assert sees_account(owner)
    # The owner, elsewhere, is not locked out by it.
    assert sign_in(shop, email, PASSWORD).status == 303


def test_another_password_signs_in_and_the_old_one_does_not(
    shop: Shop, owner: Visitor, email: str
) -> None:
    answer = change_password(owner)
    assert (answer.status, answer.location) == (303, "/account?done=password")
    assert sign_in(shop, email, PASSWORD).status == 422
    assert sign_in(shop, email, NEW).status == 303


def test_another_password_ends_all_sessions_and_gives_this_browser_a_new_one(
    shop: Shop, email: str
) -> None:
    here, there = shop.visitor(), shop.visitor()
    shop.register(here, email)
    old = session_of(here.submit("/sign-in", {"email": email, "password": PASSWORD}))
    shop.sign_in(there, email)
    page = shop.keep(Shopper(shop, there, shop.checkout_path()))
    new = session_of(change_password(here))
    assert new not in ("", old)
    assert sees_account(here)
    assert not sees_account(there)
    assert not sees_account(with_session(shop.visitor(), old))
    eventually(lambda: not page.wire.connected, what="the end of the socket")
    assert len(devices_of(here)) == 1


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("short", "at least 10"),
        ("x" * 129, "at most 128"),
        ("password123", "too easy to guess"),
        ("", "at least 10"),
    ],
)
def test_a_new_password_keeps_the_rules(
    shop: Shop, owner: Visitor, email: str, wanted: str, words: str
) -> None:
    answer = change_password(owner, new=wanted)
    assert answer.status == 422
    assert words in answer.text
    assert sign_in(shop, email, PASSWORD).status == 303


@pytest.mark.parametrize("form", ["email", "password", "delete"])
def test_the_demo_shopper_stays_as_it_is(shop: Shop, form: str) -> None:
    visitor = shop.visitor()
    shop.sign_in(visitor, DEMO["email"], DEMO["password"])
    fields = {"email": "a@example.com", "password": DEMO["password"], "new_password": NEW}
    answer = visitor.submit(f"/account/{form}", fields)
    assert answer.status == 422
    assert "The demo shopper is everybody’s" in answer.text
    assert sees_account(visitor)


@pytest.mark.in_process
def test_nobody_comes_in_with_the_old_password_while_it_is_being_changed(
    shop: Shop, owner: Visitor, email: str
) -> None:
    """Whoever was first: a session that began with it has ended, or never began."""
    thieves = [shop.visitor() for _ in range(4)]
    tokens = {id(thief): thief.get("/sign-in").csrf_token for thief in thieves}
    mine = owner.get("/account/password").csrf_token

    def enter(thief: Visitor) -> Answer:
        fields = {"csrf_token": tokens[id(thief)], "email": email, "password": PASSWORD}
        return thief.post("/sign-in", data=fields)

    def change() -> Answer:
        fields = {"csrf_token": mine, "password": PASSWORD, "new_password": NEW}
        return owner.post("/account/password", data=fields)

    answers = at_once([change, *(lambda t=thief: enter(t) for thief in thieves)])
    assert answers[0].status == 303
    assert {answer.status for answer in answers[1:]} <= {303, 422}
    assert [sees_account(thief) for thief in thieves] == [False] * 4
    assert sees_account(owner)


@pytest.mark.in_process
class TestStripeHearsOfIt:
    """After the change, and as often as it takes: a shop that can't reach Stripe still changes."""

    UPDATE = "POST /v1/customers/*"

    @pytest.fixture
    def page(self, shop: Shop, owner: Visitor) -> Shopper:
        page = shop.keep(Shopper(shop, owner, shop.checkout_path()))
        page.add_card()
        return page

    def known_there(self, shop: Shop) -> list[str]:
        return [customer["email"] for customer in shop.ledger()["customers"]]

    def told(self, shop: Shop) -> int:
        calls = [call for call in shop.calls() if call["path"].startswith("/v1/customers/")]
        return sum(call["method"] == "POST" for call in calls)

    def test_the_customer_has_the_new_address_and_is_told_once(
        self, shop: Shop, page: Shopper, email: str
    ) -> None:
        change_email(page.visitor, f"new-{email}")
        assert self.known_there(shop) == [email]
        for _ in range(3):
            recover(shop)
        assert (self.known_there(shop), self.told(shop)) == ([f"new-{email}"], 1)

    @pytest.mark.parametrize("fault", [{"kind": "status", "status": 500}, {"kind": "reset"}])
    def test_what_fails_is_told_again(
        self, shop: Shop, page: Shopper, email: str, fault: Json
    ) -> None:
        lose(shop, self.UPDATE, **fault)
        assert change_email(page.visitor, f"new-{email}").status == 303
        recover(shop)
        mend(shop)
        recover(shop)
        assert self.known_there(shop) == [f"new-{email}"]

    def test_back_again_is_told_too(self, shop: Shop, page: Shopper, email: str) -> None:
        for address in (f"new-{email}", email, f"new-{email}"):
            change_email(page.visitor, address)
            recover(shop)
            assert self.known_there(shop) == [address]

    def test_a_customer_that_is_gone_there_is_let_be(
        self, shop: Shop, page: Shopper, email: str
    ) -> None:
        (customer,) = shop.ledger()["customers"]
        delete = {"Authorization": "Bearer sk_test_dashboard"}
        operator = shop.visitor("127.0.0.1").http
        gone = operator.request("DELETE", f"/sandbox/v1/customers/{customer['id']}", headers=delete)
        assert gone.status == 200
        change_email(page.visitor, f"new-{email}")
        for _ in range(2):
            recover(shop)
        assert self.told(shop) == 1

    def test_without_a_customer_there_is_nothing_to_tell(
        self, shop: Shop, owner: Visitor, email: str
    ) -> None:
        change_email(owner, f"new-{email}")
        recover(shop)
        assert (self.known_there(shop), self.told(shop)) == ([], 0)

    def test_of_a_deleted_account_nothing_is_told(
        self, shop: Shop, page: Shopper, email: str
    ) -> None:
        change_email(page.visitor, f"new-{email}")
        answer = page.visitor.submit("/account/delete", {"password": PASSWORD})
        assert answer.status == 303
        recover(shop)
        calls = [call["method"] for call in shop.calls() if "/customers/" in call["path"]]
        assert calls == ["DELETE"]
