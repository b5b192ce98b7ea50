"""Making an account: what is refused, in which words, and what a new account begins with."""

import uuid
from urllib.parse import quote

import pytest

from tests.accounts.browser import cookies_of, sees_account, session_of, with_session
from tests.support.shop import DEMO, PASSWORD

CHECKOUT = "/checkout?cog=morning-press&item=mug-stoneware"
NO_ADDRESS = "Please enter an email address like name@example.com."
NO_ADDRESSES = [
    "",
    " ",
    "ada",
    "ada@",
    "@example.com",
    "ada@example",
    "ada@exam ple.com",
    "ada@example.com, eve@example.com",
    "ada@example.com\nbcc: eve@example.com",
    "ada\0@example.com",
    "<ada@example.com>",
    "Ada <ada@example.com>",
    "ada@[127.0.0.1]",
    "ada@" + "a" * 250 + ".com",
    "x" * 9999,
]
TAKEN = "There is an account with this email. Please sign in."


def register(visitor, email, password=PASSWORD, **more):
    return visitor.submit("/register", {"email": email, "password": password, **more})


def accounts(shop, email):
    return shop.rows('SELECT * FROM "user" WHERE email = :email', email=email)


def test_a_new_account_is_signed_in_at_once(shop, email):
    visitor = shop.visitor()
    answer = register(visitor, email)
    assert (answer.status, answer.location) == (303, "/")
    assert sees_account(visitor)
    assert shop.shopper(email=f"x{email}").context["isGuest"] is False


@pytest.mark.parametrize("spelling", [str.upper, str.title, lambda e: f" {e}\t\n", lambda e: e])
def test_an_address_is_kept_in_one_spelling(shop, email, spelling):
    assert register(shop.visitor(), spelling(email)).status == 303
    (row,) = accounts(shop, email)
    assert row["email"] == email


@pytest.mark.parametrize("spelling", [str.upper, str.title, lambda e: f"  {e} ", lambda e: e])
def test_one_address_is_one_account_however_it_is_spelled(shop, email, spelling):
    owner = shop.visitor()
    register(owner, email)
    (before,) = accounts(shop, email)
    other = shop.visitor()
    answer = register(other, spelling(email), "another-long-password")
    assert answer.status == 422
    assert TAKEN in answer.text
    assert "cog_session" not in cookies_of(answer)
    assert not sees_account(other)
    assert accounts(shop, email) == [before]
    assert sees_account(owner)


def test_a_domain_in_other_letters_is_the_same_address(shop):
    name = f"ada-{uuid.uuid4().hex[:12]}"
    assert register(shop.visitor(), f"{name}@BÜCHER.com").status == 303
    for domain in ("bücher.com", "xn--bcher-kva.com", "bu\u0308cher.com"):
        assert TAKEN in register(shop.visitor(), f"{name}@{domain}").text, domain


def test_what_is_no_address_makes_no_account(shop):
    visitor = shop.visitor()
    before = shop.rows('SELECT count(*) AS n FROM "user"')
    for email in NO_ADDRESSES:
        answer = register(visitor, email)
        assert answer.status == 422, email
        assert NO_ADDRESS in answer.text, email
        assert "cog_session" not in cookies_of(answer)
    assert shop.rows('SELECT count(*) AS n FROM "user"') == before


def test_a_form_without_its_fields_makes_no_account(shop):
    answer = shop.visitor().submit("/register", {})
    assert answer.status == 422
    assert NO_ADDRESS in answer.text


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "Please use at least 10 characters."),
        ("x" * 9, "Please use at least 10 characters."),
        ("x" * 129, "Please use at most 128 characters."),
        ("x" * 100_000, "Please use at most 128 characters."),
    ],
)
def test_a_password_of_the_wrong_length_is_refused(shop, email, password, sentence):
    answer = register(shop.visitor(), email, password)
    assert answer.status == 422
    assert sentence in answer.text
    assert accounts(shop, email) == []


@pytest.mark.parametrize("password", ["xq7 vm2kpz", "x" * 128, "üßöéñ ÄßÇøå", "\U0001f511" * 128])
def test_a_password_of_a_right_length_is_taken_as_it_is(shop, email, password):
    assert register(shop.visitor(), email, password).status == 303
    form = {"email": email, "password": password}
    assert shop.visitor().submit("/sign-in", form).status == 303
    assert shop.visitor().submit("/sign-in", {**form, "password": password[:-1]}).status == 422


def test_a_refused_form_keeps_the_address_and_never_the_password(shop, email):
    answer = register(shop.visitor(), email, "short-one")
    assert f'value="{email}"' in answer.text
    assert "short-one" not in answer.text
    answer = register(shop.visitor(), '"><script>alert(1)</script>')
    assert "<script>alert" not in answer.text


def test_the_password_is_nowhere_in_the_database(shop, email):
    register(shop.visitor(), email, "correct horse battery staple")
    (row,) = accounts(shop, email)
    assert row["password_hash"].startswith("$argon2id$")
    assert "horse" not in repr(row)


def test_two_accounts_with_one_password_have_different_hashes(shop, email):
    for address in (email, f"x{email}"):
        register(shop.visitor(), address)
    hashes = {accounts(shop, address)[0]["password_hash"] for address in (email, f"x{email}")}
    assert len(hashes) == 2


# Sessions


def test_a_new_account_gets_a_session_that_was_not_there_before(shop, email):
    visitor = shop.visitor()
    first = session_of(visitor.get(CHECKOUT))
    second = session_of(register(visitor, email))
    assert second
    assert second != first
    old = with_session(shop.visitor(), first)
    assert old.get("/socket-token").status == 401


def test_another_account_in_the_same_browser_is_another_person(shop, email):
    shopper = shop.shopper(email=email)
    card = shopper.add_card()
    session_before = shopper.visitor
    assert register(session_before, f"x{email}").status == 303
    other = shopper.another_tab()
    assert other.user_id != shopper.user_id
    assert other.cards() == []
    assert other.buy(card_id=card["id"])["error"]["code"] == "not_found"
    assert shopper.pushes[-1].event == "session-ended"
    assert not shopper.wire.connected


def test_a_refused_form_ends_no_session(shop, email):
    visitor = shop.visitor()
    register(visitor, email)
    assert register(visitor, email).status == 422
    assert sees_account(visitor)


def test_the_demo_shopper_is_there_once(shop):
    assert TAKEN in register(shop.visitor(), DEMO["email"], "another-long-password").text


# Where to afterwards


OURS = ["/wallet", "/checkout?cog=morning-press&item=mug-stoneware", "/ü"]
NOT_OURS = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "evil.example",
    "",
]


def enter(shop, form, email, path):
    """Register, or sign in with an account that is there, and want to go to this path."""
    if form == "/sign-in":
        shop.register(shop.visitor(), email)
    return shop.visitor().submit(form, {"email": email, "password": PASSWORD, "next": path})


@pytest.mark.parametrize("form", ["/register", "/sign-in"])
def test_afterwards_one_is_where_one_wanted_to_go(shop, email, form):
    for number, path in enumerate(OURS):
        answer = enter(shop, form, f"{number}{email}", path)
        assert (answer.status, answer.location) == (303, path.replace("ü", "%C3%BC"))


@pytest.mark.parametrize("form", ["/register", "/sign-in"])
def test_afterwards_nobody_is_led_to_another_site(shop, email, form):
    home = 'name="next" value="/"'
    visitor = shop.visitor()
    for path in NOT_OURS:
        assert home in visitor.get(f"{form}?next={quote(path)}").text, path
        refused = {"email": "", "password": "", "next": path}
        assert home in visitor.submit(form, refused).text, path
    answer = enter(shop, form, email, "//evil.example/")
    assert (answer.status, answer.location) == (303, "/")
