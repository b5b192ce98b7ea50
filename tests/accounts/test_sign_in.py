"""Signing in and out, and what a session is worth."""

import re
import uuid
from datetime import datetime, timedelta

import pytest

from tests.accounts.browser import cookies_of, sees_account, session_of, with_session
from tests.support.owner import write
from tests.support.shop import PASSWORD

WRONG = "Email and password don’t match. Please check both."


@pytest.fixture
def account(shop, email):
    """The browser in which the account was made."""
    visitor = shop.visitor()
    shop.register(visitor, email)
    return visitor


def sign_in(visitor, email, password=PASSWORD, **more):
    return visitor.submit("/sign-in", {"email": email, "password": password, **more})


def test_with_the_right_password_one_is_in(shop, account, email):
    visitor = shop.visitor()
    answer = sign_in(visitor, email)
    assert (answer.status, answer.location) == (303, "/")
    assert sees_account(visitor)


@pytest.mark.parametrize("spelling", [str.upper, str.title, lambda e: f"  {e}\t", lambda e: e])
def test_the_address_counts_however_it_is_spelled(shop, account, email, spelling):
    assert sign_in(shop.visitor(), spelling(email)).status == 303


def test_an_international_address_counts_in_both_its_spellings(shop):
    name = f"ada-{uuid.uuid4().hex[:12]}"
    shop.register(shop.visitor(), f"{name}@BÜCHER.com")
    for domain in ("bücher.com", "xn--bcher-kva.com", "bu\u0308cher.com"):
        assert sign_in(shop.visitor(), f"{name}@{domain}").status == 303, domain


def told(answer):
    """The page without what differs between any two of its answers."""
    text = re.sub(r'nonce="[^"]*"|name="csrf_token"[^>]*|value="[^"]*"', "", answer.text)
    return answer.status, text


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(shop, account, email):
    wrong = sign_in(shop.visitor(), email, "not-the-password")
    unknown = sign_in(shop.visitor(), f"un{email}", PASSWORD)
    assert told(wrong) == told(unknown)
    assert wrong.status == 422
    assert "t match. Please check both." in wrong.text
    assert "cog_session" not in cookies_of(wrong)


@pytest.mark.parametrize(
    "password",
    [
        "",
        PASSWORD.upper(),
        PASSWORD + " ",
        " " + PASSWORD,
        PASSWORD[:-1],
        PASSWORD + "\0",
        "x" * 9999,
    ],
)
def test_nearly_the_password_is_not_the_password(shop, account, email, password):
    visitor = shop.visitor()
    assert sign_in(visitor, email, password).status == 422
    assert not sees_account(visitor)


def test_more_than_the_longest_password_is_not_the_password(shop, email):
    longest = "x" * 128
    shop.register(shop.visitor(), email, longest)
    assert sign_in(shop.visitor(), email, longest + "x").status == 422
    assert sign_in(shop.visitor(), email, longest).status == 303


@pytest.mark.parametrize(
    "email",
    ["", " ", "None", "no-address", "%", "' OR 1=1 --", "\0", "a\0@example.com", "x" * 9999],
)
def test_what_is_no_address_signs_nobody_in(shop, email):
    visitor = shop.visitor()
    assert sign_in(visitor, email).status == 422
    assert not sees_account(visitor)


@pytest.mark.in_process
@pytest.mark.parametrize("text", ["", "no address", "@example.com"])
def test_what_is_no_address_is_looked_up_nowhere(shop, text):
    """Every guest and every deleted account has none: they would all be read."""
    shop.visitor().get(shop.checkout_path())
    with shop.count() as counted:
        assert sign_in(shop.visitor(), text).status == 422
    assert [statement for statement in counted.statements if "email" in statement] == []


def test_a_form_without_its_fields_signs_nobody_in(shop):
    assert shop.visitor().submit("/sign-in", {}).status == 422


def test_what_was_typed_comes_back_but_never_the_password(shop):
    answer = sign_in(shop.visitor(), '"><script>alert(1)</script>', "secret<i>password")
    assert "<script>alert" not in answer.text
    assert "&gt;&lt;script&gt;" in answer.text
    assert "secret" not in answer.text


# Sessions


def test_each_sign_in_gets_a_session_of_its_own(shop, account, email):
    visitor = shop.visitor()
    sessions = [session_of(sign_in(visitor, email)) for _ in range(3)]
    assert len(set(sessions)) == 3
    assert all(len(session) >= 43 for session in sessions)  # 256 bits


def test_a_sign_in_ends_the_session_before_it(shop, account, email):
    visitor = shop.visitor()
    first = session_of(sign_in(visitor, email))
    sign_in(visitor, email)
    assert not sees_account(with_session(shop.visitor(), first))
    assert sees_account(visitor)


def test_a_sign_in_elsewhere_ends_nothing_here(shop, account, email):
    sign_in(shop.visitor(), email)
    assert sees_account(account)


def test_a_failed_sign_in_ends_nothing(shop, account, email):
    sign_in(account, email, "not-the-password")
    assert sees_account(account)


def test_a_session_that_an_attacker_chose_is_not_taken_over(shop, account, email):
    chosen = "a" * 43
    victim = with_session(shop.visitor(), chosen)
    assert session_of(victim.get("/checkout?cog=morning-press")) != chosen
    assert session_of(sign_in(with_session(victim, chosen), email)) != chosen
    assert not sees_account(with_session(shop.visitor(), chosen))


@pytest.mark.parametrize("value", ["", "x", "a" * 43, "'", "\u00fc", "x" * 3000, "ses_gone"])
def test_a_cookie_of_no_session_is_nobody_s(shop, value):
    assert not sees_account(with_session(shop.visitor(), value))


def test_a_copy_of_the_database_opens_no_session(shop, email):
    visitor = shop.visitor()
    shop.register(visitor, email)
    session = session_of(sign_in(visitor, email))
    rows = shop.rows(
        'SELECT session.* FROM session JOIN "user" ON "user".id = user_id WHERE email = :email',
        email=email,
    )
    assert session not in repr(rows)
    for row in rows:
        assert not sees_account(with_session(shop.visitor(), row["token_hash"]))
        assert not sees_account(with_session(shop.visitor(), row["id"]))


@pytest.mark.parametrize("column", ["expires_at", "revoked_at"])
def test_an_ended_session_is_nobody_s(shop, account, email, column):
    ended = f"UPDATE session SET {column} = created_at WHERE user_id IN "
    write(shop, ended + '(SELECT id FROM "user" WHERE email = :email)', email=email)
    assert not sees_account(account)
    assert account.get("/socket-token").status == 401


def moment(value):
    """A time of the database: SQLite tells it as text, PostgreSQL as what it is."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def test_a_session_lasts_thirty_days(shop, email):
    shop.register(shop.visitor(), email)
    (row,) = shop.rows(
        "SELECT session.created_at, expires_at FROM session "
        'JOIN "user" ON "user".id = user_id WHERE email = :email',
        email=email,
    )
    began, ends = (moment(row[name]) for name in ("created_at", "expires_at"))
    assert timedelta(0) <= timedelta(days=30) - (ends - began) < timedelta(minutes=1)


# Signing out


def test_signing_out_ends_the_session_and_takes_the_cookie_away(shop, account, email):
    session = session_of(sign_in(account, email))
    answer = account.submit("/wallet", {}, to="/sign-out")
    assert (answer.status, answer.location) == (303, "/")
    assert session_of(answer) == ""
    assert "Max-Age=0" in cookies_of(answer)["cog_session"]
    assert not sees_account(account)
    assert not sees_account(with_session(shop.visitor(), session))


def test_signing_out_twice_or_as_nobody_is_harmless(shop):
    visitor = shop.visitor()
    for _ in range(2):
        assert visitor.submit("/sign-in", {}, to="/sign-out").status == 303


def test_a_link_does_not_sign_out(shop, account):
    assert account.get("/sign-out").status == 405
    assert sees_account(account)
