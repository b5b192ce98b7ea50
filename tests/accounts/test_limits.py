"""Guessing passwords, and making accounts by the dozen, is slow; and tells nothing."""

import uuid
from itertools import islice, product

import pytest

from accounts import tries
from tests.accounts.browser import note, sees_account
from tests.support.doors import Answer, Visitor
from tests.support.shop import PASSWORD, Shop

WAIT = "Too many tries. Please wait a quarter of an hour."
TOO_MANY = "Too many accounts from your network. Please try again in an hour."
# From a letter to the same one as wide as a Japanese character.
WIDE = 0xFEE0
OTHER = "another password, not the right one"


@pytest.fixture
def email(shop: Shop) -> str:
    address = f"ada-{uuid.uuid4().hex[:12]}@example.com"
    shop.register(shop.visitor(), address)
    return address


def try_it(visitor: Visitor, email: str, password: str = OTHER) -> Answer:
    return visitor.submit("/sign-in", {"email": email, "password": password})


@pytest.mark.parametrize("exists", [True, False])
def test_ten_wrong_passwords_of_an_account_then_wait_whoever_it_is(
    shop: Shop, email: str, exists: bool
) -> None:
    meant = email if exists else f"nobody-{email}"
    answers = [try_it(shop.visitor(), meant) for _ in range(12)]
    assert [answer.status for answer in answers] == [*[422] * 10, *[429] * 2]
    assert WAIT in answers[-1].text
    assert WAIT not in answers[0].text
    # Not even the right one: else the answer would say that it is.
    assert try_it(shop.visitor(), meant.upper(), PASSWORD).status == 429


def test_an_account_is_one_however_its_address_is_spelled(shop: Shop, email: str) -> None:
    name = email.partition("@")[0]
    # Each letter may be a wide one as well: 128 spellings, and all sign in.
    either = [(letter, chr(ord(letter) + WIDE)) for letter in "example"]
    domains = ("".join(letters) for letters in product(*either))
    spellings = [f"{name}@{domain}.com" for domain in islice(domains, 1, 14)]
    assert try_it(shop.visitor(), spellings[0], PASSWORD).status == 303
    answers = [try_it(shop.visitor(), spelling) for spelling in spellings[1:]]
    assert [answer.status for answer in answers] == [*[422] * 10, *[429] * 2]
    assert try_it(shop.visitor(), email, PASSWORD).status == 429


def test_what_is_no_address_is_counted_as_it_is_typed(shop: Shop) -> None:
    text = f"nobody {uuid.uuid4().hex}"
    answers = [try_it(shop.visitor(), text) for _ in range(11)]
    assert [answer.status for answer in answers] == [*[422] * 10, 429]
    assert try_it(shop.visitor(), f"{text} else").status == 422


def test_who_is_signed_in_already_stays_so(shop: Shop, email: str) -> None:
    owner = shop.visitor()
    shop.sign_in(owner, email)
    for _ in range(11):
        try_it(shop.visitor(), email)
    assert sees_account(owner)


def test_the_right_password_is_no_try(shop: Shop, email: str) -> None:
    for _ in range(12):
        assert try_it(shop.visitor(), email, PASSWORD).status == 303


def test_many_accounts_from_one_address_wait_too(shop: Shop, email: str) -> None:
    bot = "203.0.113.77"
    answers = [try_it(shop.visitor(bot), f"{n}-{email}") for n in range(32)]
    assert [answer.status for answer in answers[29:]] == [422, 429, 429]
    assert try_it(shop.visitor(bot), email, PASSWORD).status == 429
    assert try_it(shop.visitor(), email, PASSWORD).status == 303


def test_an_address_that_must_wait_keeps_nobody_out(shop: Shop, email: str) -> None:
    bot = "203.0.113.79"
    for n in range(30):
        try_it(shop.visitor(bot), f"{n}-{email}")
    answers = [try_it(shop.visitor(bot), email) for _ in range(12)]
    assert {answer.status for answer in answers} == {429}
    assert try_it(shop.visitor(), email, PASSWORD).status == 303


@pytest.mark.in_process
def test_accounts_made_from_one_address_are_counted(shop: Shop) -> None:
    most = tries.ACCOUNTS_PER_IP.amount
    for n in range(most + 2):
        visitor = shop.visitor("203.0.113.78")
        fields = {"email": f"bot-{n}@example.com", "password": PASSWORD}
        answer = visitor.submit("/register", fields)
        assert answer.status == (303 if n < most else 429)
    # Nothing is wrong with the password, and a quarter of an hour would not be enough.
    assert TOO_MANY in note(answer, "email")
    assert note(answer, "password").endswith("a short sentence is best.")
    assert WAIT not in answer.text
    assert len(shop.rows("SELECT id FROM \"user\" WHERE email LIKE 'bot-%'")) == most


def test_whoever_needs_a_third_password_still_gets_an_account(shop: Shop) -> None:
    email, visitor = f"third-{uuid.uuid4().hex[:12]}@example.com", shop.visitor()
    for password, status in (("password123", 422), ("1234567890", 422), (PASSWORD, 303)):
        answer = visitor.submit("/register", {"email": email, "password": password})
        assert answer.status == status


def test_passwords_looked_at_for_one_address_are_counted(shop: Shop, email: str) -> None:
    """To look whether one is easy takes a while, and is done for whoever asks."""
    bot, most = "203.0.113.80", tries.NEW_PASSWORDS_PER_IP.amount
    owner = shop.visitor(bot)
    shop.sign_in(owner, email)

    def register(address: str | None, number: int, password: str) -> Answer:
        fields = {"email": f"{number}-{email}", "password": password}
        return shop.visitor(address).submit("/register", fields)

    answers = [register(bot, number, "password123") for number in range(most)]
    assert {answer.status for answer in answers} == {422}
    # What is too short was not looked at.
    assert "at least 10" in note(register(bot, 0, "short"), "password")
    refused = register(bot, 0, PASSWORD)
    assert (refused.status, note(refused, "password")) == (429, WAIT)
    change = {"password": PASSWORD, "new_password": "tea at four o'clock"}
    refused = owner.submit("/account/password", change)
    assert (refused.status, note(refused, "new_password")) == (429, WAIT)
    assert register(None, 1, PASSWORD).status == 303


@pytest.mark.parametrize(
    "password",
    ["password123", "1234567890", "qwertyuiop", "Password1!", "aaaaaaaaaaaaaaa", "iloveyou123"],
)
def test_what_thieves_try_first_is_no_password(shop: Shop, password: str) -> None:
    email = f"easy-{uuid.uuid4().hex[:12]}@example.com"
    answer = shop.visitor().submit("/register", {"email": email, "password": password})
    assert answer.status == 422
    assert "This password is too easy to guess." in answer.text
    assert shop.rows('SELECT id FROM "user" WHERE email = :email', email=email) == []


def test_the_email_itself_is_no_password(shop: Shop) -> None:
    email = f"eleonore.dupont{uuid.uuid4().hex[:4]}@example.com"
    for password in (email, email.partition("@")[0], email.upper()):
        answer = shop.visitor().submit("/register", {"email": email, "password": password})
        assert answer.status == 422, password


@pytest.mark.parametrize(
    "password",
    ["tea at four o'clock", "hortensie blau kahn", "ネコはこたつで丸くなる", "x7#kQ9pLm2"],
)
def test_a_sentence_is_enough(shop: Shop, password: str) -> None:
    email = f"good-{uuid.uuid4().hex[:12]}@example.com"
    answer = shop.visitor().submit("/register", {"email": email, "password": password})
    assert answer.status == 303
