"""Who may connect: the right page, the cookie of a live session, and that session's own token."""

import itertools
import time
from typing import Any

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from sqlalchemy import event

from extensions import db
from sockets import SOCKETS_PER_SESSION
from tests.support.doors import eventually
from tests.support.instances import ORIGIN
from tests.support.owner import write
from tests.support.shop import PASSWORD
from tests.support.shopper import Shopper
from tests.support.trouble import at_once

SECRET = "only-for-tests-and-known-to-everybody"
CHECKOUT = "/checkout?cog=morning-press&item=mug-stoneware"
TOKEN_SECONDS = 1800


def token(contents: Any, *, age: int = 0, secret: str = SECRET, salt: str = "socket") -> str:
    """A token as the shop signs it, made `age` seconds ago."""

    class Signer(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time()) - age

    return URLSafeTimedSerializer(secret, salt=salt, signer=Signer).dumps(contents)


def contents(shopper: Shopper) -> list[Any]:
    """What the token of this shopper's page says."""
    found: list[Any] = URLSafeTimedSerializer(SECRET, salt="socket").loads(shopper.context["token"])
    return found


def knock(shop, visitor=None, **how):
    """Open the checkout and try to connect; returns who stands at the door."""
    return shop.keep(Shopper(shop, visitor or shop.visitor(), CHECKOUT, **how))


def refusal(shopper):
    """The code with which a socket was refused."""
    assert not shopper.wire.connected
    assert shopper.wire.refusal.keys() == {"code", "message"}
    assert shopper.wire.refusal["message"]
    return shopper.wire.refusal["code"]


def test_our_own_page_gets_in(shop):
    assert knock(shop).wire.connected


def test_a_refusal_says_why_in_a_code_and_a_sentence(shop):
    assert knock(shop, auth=None).wire.refusal == {
        "code": "unauthenticated",
        "message": "Please sign in first.",
    }


@pytest.mark.parametrize(
    "auth",
    [
        None,
        {},
        [],
        "token",
        17,
        True,
        [{"token": "x"}],
        {"Token": "x"},
        {"token": None},
        {"token": 17},
        {"token": ["x"]},
        {"token": {}},
        {"token": ""},
        {"token": "garbage"},
        {"token": "a.b.c"},
        {"token": "\ud800\0ü"},
        {"token": "x" * 20_000},
    ],
    ids=repr,
)
def test_nobody_gets_in_without_a_token_of_ours(shop, auth):
    assert refusal(knock(shop, auth=auth)) == "unauthenticated"


def test_the_bare_token_is_not_enough(shop):
    page = knock(shop)
    again = knock(shop, page.visitor, auth=page.context["token"])
    assert refusal(again) == "unauthenticated"


@pytest.mark.parametrize("how", [{"secret": "another-shop's-key"}, {"salt": "cookie-session"}])
def test_a_token_signed_for_something_else_is_refused(shop, how):
    page = knock(shop)
    forged = {"token": token(contents(page), **how)}
    assert refusal(knock(shop, page.visitor, auth=forged)) == "unauthenticated"


def test_a_changed_token_is_refused(shop):
    page = knock(shop)
    mine = page.context["token"]
    head, _, signature = mine.rpartition(".")
    other = token([*contents(page)[:2], "cog_other"]).rpartition(".")[0]
    for changed in (f"{other}.{signature}", f"{head}.", mine[:-1], mine[1:], f"{mine}A"):
        knocking = knock(shop, page.visitor, auth={"token": changed})
        assert refusal(knocking) == "unauthenticated", changed


@pytest.mark.parametrize("said", [None, "text", 5, [], ["one", "two"], ["a", "b", "c", "d"], {}])
def test_a_token_with_other_contents_is_refused(shop, said):
    assert refusal(knock(shop, auth={"token": token(said)})) == "unauthenticated"


@pytest.mark.parametrize(("age", "gets_in"), [(TOKEN_SECONDS - 60, True), (-3600, False)])
def test_a_token_is_good_for_half_an_hour(shop, age, gets_in):
    page = knock(shop)
    again = knock(shop, page.visitor, auth={"token": token(contents(page), age=age)})
    assert again.wire.connected is gets_in


def test_an_old_token_asks_for_a_fresh_one(shop):
    page = knock(shop)
    old = {"token": token(contents(page), age=TOKEN_SECONDS + 5)}
    assert refusal(knock(shop, page.visitor, auth=old)) == "session_expired"
    fresh = page.visitor.get(f"/socket-token?cog={page.cog_id}").json()
    assert fresh["userId"] == page.user_id
    assert knock(shop, page.visitor, auth={"token": fresh["token"]}).wire.connected


def test_the_token_alone_does_not_open_a_socket(shop):
    page = knock(shop)
    stranger = shop.visitor()
    wire = stranger.http.wire({"token": page.context["token"]}, origin=shop.origin)
    assert (wire.connected, wire.refusal["code"]) == (False, "session_expired")
    wire.close()


def test_the_token_of_another_user_does_not_open_a_socket(shop):
    other = knock(shop)
    mine = knock(shop, auth={"token": other.context["token"]})
    assert refusal(mine) == "identity_mismatch"


def test_the_token_of_another_session_of_the_same_user_does_not_open_a_socket(shop):
    first = shop.shopper(account=True)
    second = shop.visitor()
    shop.sign_in(second, first.email, PASSWORD)
    page = knock(shop, second, auth={"token": first.context["token"]})
    assert page.user_id == first.user_id
    assert refusal(page) == "identity_mismatch"


def test_the_token_from_before_a_sign_in_does_not_open_a_socket(shop):
    page = knock(shop)
    shop.register(page.visitor, f"{page.user_id.replace('_', '-')}@example.com")
    late = knock(shop, page.visitor, auth={"token": page.context["token"]})
    assert late.user_id == page.user_id
    assert refusal(late) == "identity_mismatch"


@pytest.mark.parametrize(
    ("column", "value"),
    [("revoked_at", "created_at"), ("expires_at", "created_at"), ("token_hash", "id")],
)
def test_no_socket_for_a_session_that_has_ended(shop, column, value):
    page = knock(shop)
    write(shop, f"UPDATE session SET {column} = {value} WHERE user_id = :id", id=page.user_id)
    wire = page.visitor.http.wire({"token": page.context["token"]}, origin=shop.origin)
    assert (wire.connected, wire.refusal["code"]) == (False, "session_expired")
    wire.close()


@pytest.mark.in_process
@pytest.mark.parametrize("looks", [1, 2])
def test_no_socket_for_a_session_that_ends_while_one_connects(shop, looks):
    """It ends right after the first look at it, or the last one."""
    page = shop.shopper(account=True)
    left = itertools.count(looks, -1)

    def sign_out(_connection):
        if next(left) == 1:
            # From another thread: this one is busy with the socket.
            at_once([lambda: page.visitor.submit("/wallet", {}, to="/sign-out")])

    with shop.front.app.app_context():
        engine = db.engine
    event.listen(engine, "rollback", sign_out)
    try:
        wire = page.visitor.http.wire({"token": page.context["token"]}, origin=shop.origin)
    finally:
        event.remove(engine, "rollback", sign_out)
    assert (wire.connected, wire.refusal["code"]) == (False, "session_expired")
    wire.close()


def test_a_page_without_an_origin_is_refused(shop):
    assert refusal(knock(shop, origin=None)) == "unauthenticated"


@pytest.mark.parametrize(
    "change",
    [
        lambda own: "http://evil.example",
        lambda own: "null",
        lambda own: "file://",
        lambda own: "chrome-extension://abcdefghijklmnop",
        lambda own: own.replace("http:", "https:"),
        lambda own: own + ":8443",
        lambda own: own + "/",
        lambda own: own + ".evil.example",
        lambda own: own.replace("//", "//evil.example@"),
        lambda own: own.replace("//", "//evil.example#"),
        lambda own: own.replace("//", "//evil.example, http://"),
    ],
)
def test_a_page_of_another_origin_is_refused(shop, change):
    stranger = knock(shop, origin=change(shop.origin))
    assert not stranger.wire.connected
    assert stranger.wire.refusal["message"]


def test_an_allowed_origin_of_the_settings_gets_in(shop):
    assert knock(shop, origin=ORIGIN).wire.connected


def test_a_session_has_so_many_sockets_and_others_have_theirs(shop):
    page = knock(shop)
    auth = {"token": page.context["token"]}
    wires = [page.visitor.http.wire(auth, origin=shop.origin) for _ in range(SOCKETS_PER_SESSION)]
    assert [wire.connected for wire in wires] == [*[True] * (SOCKETS_PER_SESSION - 1), False]
    assert wires[-1].refusal["code"] == "rate_limited"
    assert knock(shop).wire.connected
    wires[0].close()
    eventually(lambda: page.another_tab().wire.connected, what="the place of the closed tab")
    for wire in wires:
        wire.close()


def test_what_goes_wrong_at_the_door_lets_nobody_in(shop):
    page = knock(shop)
    write(shop, "ALTER TABLE session RENAME TO session_away")
    try:
        wire = page.visitor.http.wire({"token": page.context["token"]}, origin=shop.origin)
    finally:
        write(shop, "ALTER TABLE session_away RENAME TO session")
    assert (wire.connected, wire.refusal["code"]) == (False, "internal")
    wire.close()
    assert page.another_tab().wire.connected
