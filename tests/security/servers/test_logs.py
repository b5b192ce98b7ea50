"""What is logged and kept: enough to follow a purchase to Stripe, and nothing that is secret."""

import json
import re
import time
from pathlib import Path

from logs import FIELDS, _only_known
from tests.support.doors import Json, eventually
from tests.support.server_front import ServerFront
from tests.support.shop import Shop
from tests.support.trouble import lose

NUMBERS = ("4242424242424242", "4000000000000002", "4000000000003220", "378282246310005")
CVC, AMEX_CVC = "739", "7391"
PASSWORD = "canary sings at four"
EMAIL = "canary.bird@example.com"
GUEST_EMAIL = "guest.canary@example.com"
NAME = "Cornelia Canary"


def lines(server: ServerFront) -> list[Json]:
    return [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]


def test_a_purchase_can_be_followed_from_the_page_to_stripe(
    shop: Shop, server: ServerFront
) -> None:
    ack = shop.shopper().buy(requestId="page-7")
    mine = [line for line in lines(server) if line.get("client_request") == "page-7"]
    (call,) = [line for line in mine if line["event"] == "stripe"]
    (event,) = [line for line in mine if line["event"] == "event"]
    assert call["request_id"] == event["request_id"]
    assert call["call"] == f"{ack['transaction']['id']}:1"
    (seen,) = [c for c in shop.calls() if c["method"] == "POST" and "intents" in c["path"]]
    assert call["stripe_request"] == seen["request_id"]


def test_the_number_in_an_error_is_the_one_in_the_log(shop: Shop, server: ServerFront) -> None:
    ack = shop.shopper().send("confirm-card", card_id="card_nobodys")
    (line,) = [x for x in lines(server) if x.get("request_id") == ack["error"]["request_id"]]
    assert (line["action"], line["code"]) == ("confirm-card", "not_found")


def test_what_is_not_on_the_list_is_not_logged() -> None:
    line = {"event": "e", "code": "c", "email": EMAIL, "card_number": NUMBERS[0]}
    kept = _only_known(None, "info", dict(line))
    assert kept == {"event": "e", "code": "c", "left_out": ["card_number", "email"]}
    assert not FIELDS & {"email", "name", "password", "token", "client_secret", "number", "message"}


def test_no_secret_is_logged_or_kept(shop: Shop, server: ServerFront) -> None:
    secrets = _everything_happens(shop)
    eventually(lambda: "no answer" in server.log, what="the log of the lost answer")
    time.sleep(0.2)  # whatever else is logged in the background
    emails = {EMAIL, GUEST_EMAIL, NAME}
    assert _found(server.log, secrets | emails) == set()
    folder = Path(server.log_path).parent
    if server.database_url.startswith("sqlite"):
        ours = b"".join(path.read_bytes() for path in folder.glob("cog-checkout.sqlite3*"))
        assert _found(ours.decode("latin-1"), secrets - {"sk_test_sandbox"}) == set()
    sandbox = b"".join(path.read_bytes() for path in folder.glob("sandbox.sqlite3*"))
    assert _found(sandbox.decode("latin-1"), set(NUMBERS)) == set()
    stranger = shop.visitor()
    for path in ("/", "/sign-in", "/nothing", "/orders/txn_x", "/wallet"):
        assert _found(stranger.get(path).text, secrets | emails) == set()


def _everything_happens(shop: Shop) -> set[str]:
    """Somebody registers, saves, pays, is declined, asked and lied to; returns what is secret."""
    visitor = shop.visitor()
    shop.register(visitor, EMAIL, PASSWORD)
    shop.sign_in(visitor, EMAIL, PASSWORD)
    visitor.submit("/sign-in", {"email": EMAIL, "password": f"{PASSWORD}, wrongly"})
    from tests.support.shopper import Shopper  # here, where its page is signed in

    shopper = shop.keep(Shopper(shop, visitor, shop.checkout_path()))
    guest = shop.shopper()
    shopper.add_card(card=shop.card(cvc=CVC, name=NAME))
    acks = [
        shopper.buy(typed=shop.card(NUMBERS[1], cvc=CVC, name=NAME)),
        shopper.buy(typed=shop.card(NUMBERS[3], cvc=AMEX_CVC), save=True),
        guest.buy(typed=shop.card(NUMBERS[2], cvc=CVC), email=GUEST_EMAIL),
        guest.send("purchase-request", guest.purchase(email=NUMBERS[0])),
        guest.send("get-user-cards", userId=f"{NUMBERS[0]} {CVC}"),
        guest.send_frame({"action": NUMBERS[3], "cvc": AMEX_CVC, "password": PASSWORD}),
    ]
    lose(shop, "POST /v1/payment_intents", when="after")
    acks.append(shop.shopper().buy(email=GUEST_EMAIL))
    shop.control("POST", "faults", {"clear": True})
    shop.pump()
    secrets = set(re.findall(r'"client_secret": "([^"]+)"', json.dumps(acks)))
    assert secrets
    cookies = {cookie.value for cookie in visitor.http._session.cookies if "session" in cookie.name}  # type: ignore[attr-defined]
    known = {*NUMBERS, PASSWORD, "sk_test_sandbox", "whsec_sandbox", shopper.context["token"]}
    return secrets | known | {value for value in cookies if value}


def _found(text: str, canaries: set[str]) -> set[str]:
    return {canary for canary in canaries if canary in text}
