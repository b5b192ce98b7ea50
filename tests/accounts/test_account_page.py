"""The page of one's account: where one is signed in, and signing out from afar."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import sessions
from accounts.user_agent import in_words
from tests.accounts.browser import devices_of, post, sees_account
from tests.money.troubles import ReadOnlyFile, ReadOnlyServer, watched
from tests.support.doors import Visitor, eventually
from tests.support.owner import write
from tests.support.shop import PASSWORD, Shop
from tests.support.shopper import Shopper

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
LIVE = (
    'SELECT count(*) AS number FROM session JOIN "user" ON "user".id = user_id '
    "WHERE email = :email AND revoked_at IS NULL"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
)


def signed_in(shop: Shop, email: str, agent: str = FIREFOX) -> Visitor:
    visitor = shop.visitor()
    answer = post(visitor, "/sign-in", {"email": email, "password": PASSWORD}, agent=agent)
    assert answer.status == 303
    return visitor


def signed_in_often(shop: Shop, email: str, times: int) -> None:
    """So many more sessions, which were all here later than the one that is there."""
    (user,) = shop.rows('SELECT id FROM "user" WHERE email = :email', email=email)
    write(
        shop,
        "INSERT INTO session (id, token_hash, user_id, created_at, expires_at, last_seen_at) "
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times}) "
        "SELECT id || i, id || i, user_id, created_at, expires_at, expires_at "
        "FROM session, n WHERE user_id = :user",
        user=user["id"],
    )


def test_nobody_is_asked_to_sign_in_and_comes_back(shop: Shop) -> None:
    answer = shop.visitor().get("/account")
    assert (answer.status, answer.location) == (303, "/sign-in?next=/account")


def test_a_guest_is_offered_an_account(shop: Shop) -> None:
    guest = shop.shopper().visitor
    page = guest.get("/account")
    assert page.status == 200
    assert "/register?next=/account" in page.text
    assert 'data-testid="devices"' not in page.text


@pytest.mark.parametrize("path", ["email", "password", "delete", "export"])
def test_a_guest_has_nothing_to_change(shop: Shop, path: str) -> None:
    assert shop.shopper().visitor.get(f"/account/{path}").status == 303


@pytest.mark.parametrize("path", ["email", "password", "delete"])
def test_the_forms_are_there(owner: Visitor, path: str) -> None:
    page = owner.get(f"/account/{path}")
    assert page.status == 200
    assert page.csrf_token


@pytest.mark.parametrize(
    "path", ["email", "password", "delete", "sessions/end", "sessions/end-others"]
)
def test_a_guest_changes_nothing(shop: Shop, path: str) -> None:
    fields = {"password": PASSWORD, "email": "x@example.com", "new_password": "tea at four o'clock"}
    guest = shop.shopper().visitor
    answer = guest.submit("/register", fields, to=f"/account/{path}")
    assert (answer.status, str(answer.location).partition("?")[0]) == (303, "/sign-in")


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, ("Firefox", "Linux")),
        (IPHONE, ("Safari", "iPhone")),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            ("Edge", "Windows"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/142.0.0.0 Mobile Safari/537.36",
            ("Chrome", "Android"),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
            "Gecko) Version/26.0 Safari/605.1.15",
            ("Safari", "macOS"),
        ),
        ("curl/8.5.0", (None, None)),
        ("<script>alert(1)</script>" * 1000 + "Firefox/1", (None, None)),
        (None, (None, None)),
    ],
)
def test_a_browser_is_called_what_its_owner_calls_it(
    agent: str | None, words: tuple[str | None, str | None]
) -> None:
    assert in_words(agent) == words


def test_the_page_lists_where_one_is_signed_in(shop: Shop, owner: Visitor, email: str) -> None:
    signed_in(shop, email, FIREFOX)
    signed_in(shop, email, IPHONE)
    signed_in(shop, email, "Firefox/1")
    found = devices_of(owner)
    assert next(iter(found)) == "A browser"
    assert set(found) == {"A browser", "Firefox on Linux", "Safari on iPhone", "Firefox"}
    assert [name for name, session_id in found.items() if not session_id] == ["A browser"]
    assert "This browser" in owner.get("/account").text


def test_a_list_of_many_ends_somewhere_and_has_this_browser(
    shop: Shop, owner: Visitor, email: str
) -> None:
    signed_in_often(shop, email, 60)
    page = owner.get("/account").text
    assert page.count('data-testid="device"') == 50
    assert page.count("This browser") == 1


def test_one_browser_is_signed_out_from_afar_and_its_socket_closed(
    shop: Shop, owner: Visitor, email: str
) -> None:
    other = signed_in(shop, email)
    third = signed_in(shop, email, IPHONE)
    page = shop.keep(Shopper(shop, other, shop.checkout_path()))
    session_id = devices_of(owner)["Firefox on Linux"]
    answer = owner.submit("/account", {"session_id": session_id}, to="/account/sessions/end")
    assert (answer.status, answer.location) == (303, "/account?done=session")
    assert "That browser is signed out" in owner.get(str(answer.location)).text
    assert not sees_account(other)
    assert sees_account(owner)
    assert sees_account(third)
    page.pushed("session-ended")
    eventually(lambda: not page.wire.connected, what="the end of the socket")
    again = owner.submit("/account", {"session_id": session_id}, to="/account/sessions/end")
    assert again.status == 404


def test_nobody_signs_anybody_else_out(shop: Shop, owner: Visitor, email: str) -> None:
    signed_in(shop, email)
    session_id = devices_of(owner)["Firefox on Linux"]
    attacker = shop.visitor()
    shop.register(attacker, f"un{email}")
    answers = [
        attacker.submit("/account", {"session_id": name}, to="/account/sessions/end")
        for name in (session_id, "ses_unknown", "", "\0", "%")
    ]
    assert {answer.status for answer in answers} == {404}
    assert "Firefox on Linux" in devices_of(owner)


def test_this_browser_signs_out_by_the_button_only(shop: Shop, owner: Visitor, email: str) -> None:
    (row,) = shop.rows(
        'SELECT session.id FROM session JOIN "user" ON "user".id = user_id WHERE email = :email',
        email=email,
    )
    fields = {"session_id": row["id"]}
    assert owner.submit("/account", fields, to="/account/sessions/end").status == 404
    assert sees_account(owner)


def test_all_others_are_signed_out_at_once(shop: Shop, owner: Visitor, email: str) -> None:
    others = [signed_in(shop, email), signed_in(shop, email, IPHONE)]
    answer = owner.submit("/account", {}, to="/account/sessions/end-others")
    assert answer.location == "/account?done=sessions"
    assert [sees_account(other) for other in others] == [False, False]
    assert sees_account(owner)
    assert list(devices_of(owner)) == ["A browser"]


@pytest.mark.in_process
def test_however_many_they_are_the_others_are_signed_out_in_one_statement(
    shop: Shop, owner: Visitor, email: str
) -> None:
    """A list of them in SQL ends somewhere, and with it what ends sessions."""
    signed_in_often(shop, email, 600)
    with shop.count() as counted:
        owner.submit("/account", {}, to="/account/sessions/end-others")
    assert max(map(len, counted.statements)) < 1000
    assert sees_account(owner)
    assert shop.rows(LIVE, email=email) == [{"number": 1}]


def test_an_account_has_so_many_sessions_and_the_longest_unseen_end(
    shop: Shop, owner: Visitor, email: str
) -> None:
    page = shop.keep(Shopper(shop, owner, "/wallet"))
    signed_in_often(shop, email, sessions.MOST_PER_USER - 1)
    assert sees_account(owner)
    late = signed_in(shop, email)
    assert shop.rows(LIVE, email=email) == [{"number": sessions.MOST_PER_USER}]
    assert sees_account(late)
    assert not sees_account(owner)
    eventually(lambda: not page.wire.connected, what="the end of the socket")


def last_seen(shop: Shop, email: str) -> datetime:
    (row,) = shop.rows(
        'SELECT last_seen_at FROM session JOIN "user" ON "user".id = user_id WHERE email = :email',
        email=email,
    )
    value = row["last_seen_at"]
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@pytest.mark.parametrize("old", ["created_at", "NULL"])
def test_a_visit_is_written_down_now_and_then(
    shop: Shop, owner: Visitor, email: str, old: str
) -> None:
    theirs = 'WHERE user_id IN (SELECT id FROM "user" WHERE email = :email)'
    day = "'2020-01-01 00:00:00.000000'"
    if old == "created_at":
        write(shop, f"UPDATE session SET last_seen_at = {day} {theirs}", email=email)
    else:
        write(shop, f"UPDATE session SET last_seen_at = NULL {theirs}", email=email)
    owner.get("/wallet")
    seen = last_seen(shop, email)
    assert datetime.now(UTC) - seen < timedelta(minutes=1)
    owner.get("/wallet")
    assert last_seen(shop, email) == seen


@pytest.mark.in_process
def test_a_visit_soon_after_another_writes_nothing(shop: Shop, owner: Visitor) -> None:
    with shop.count() as cost:
        owner.get("/wallet")
    assert cost.commits == 0


@pytest.mark.in_process
def test_a_page_is_shown_where_a_visit_cannot_be_written_down(
    shop: Shop, owner: Visitor, email: str
) -> None:
    theirs = 'WHERE user_id IN (SELECT id FROM "user" WHERE email = :email)'
    write(shop, f"UPDATE session SET last_seen_at = NULL {theirs}", email=email)
    kind = ReadOnlyServer if "postgresql" in shop.front.database_url else ReadOnlyFile
    with watched(shop, kind) as watch:
        watch.at = 1
        # PostgreSQL also ends the connections that there are: that request has lost.
        owner.get("/wallet")
        assert owner.get("/wallet").status == 200
    assert shop.rows(f"SELECT last_seen_at FROM session {theirs}", email=email) == [
        {"last_seen_at": None}
    ]
