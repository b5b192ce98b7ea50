"""A shopper's last message of a flow, with the database failing at one of its statements."""

from collections.abc import Callable

from tests.money.troubles import Watch
from tests.support.doors import Json
from tests.support.shop import Shop
from tests.support.shopper import Shopper
from tests.support.trouble import codes, recover

DECLINED = "4000000000000002"
THREE_DS = "4000000000003220"
# An error that says what is true while nobody knows more; success, if the trouble came too late.
HONEST = {"success", "unavailable", "payment_pending"}

# A flow: somebody who has come as far as its last message -> (who, its action, its payload)
Flow = Callable[[Shop, str], tuple[Shopper, str, Json]]


def typed(shop: Shop, name: str) -> tuple[Shopper, str, Json]:
    shopper = shop.shopper()
    return shopper, "purchase-request", shopper.purchase(requestId=name)


def back_from_the_bank(shop: Shop, name: str) -> tuple[Shopper, str, Json]:
    shopper = shop.shopper()
    asked = shopper.buy(number=THREE_DS, requestId=name)
    shop.authenticate(asked["client_secret"])
    return shopper, "confirm-purchase", {"transaction_id": asked["transaction"]["id"]}


def another_card(shop: Shop, name: str) -> tuple[Shopper, str, Json]:
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED, requestId=name)["transaction"]["id"]
    message = shopper.purchase(transaction_id=declined, requestId=f"{name}-again")
    return shopper, "purchase-request", message


FLOWS: tuple[Flow, ...] = (typed, typed, back_from_the_bank, another_card)


def uncut(shop: Shop, watch: Watch, flow: Flow) -> int:
    """How many statements the last message of a flow takes."""
    shopper, action, payload = flow(shop, f"uncut-{flow.__name__}-{watch.seen}")
    watch.seen, watch.at = 0, 0
    assert shopper.send(action, payload)["status"] == "success"
    return watch.seen


def play(shop: Shop, watch: Watch, flow: Flow, name: str, at: int, *, stays: bool) -> list[Json]:
    """One message that meets its trouble at statement `at`, and what becomes of it; all answers."""
    shopper, action, payload = flow(shop, name)
    watch.seen, watch.at = 0, at
    first = shopper.send(action, payload)
    # Whoever comes while it lasts is not lied to either.
    during = shopper.send(action, payload) if first["status"] == "error" else first
    watch.trouble.end()
    watch.at = 0
    assert codes([during]) <= HONEST, during
    if not stays:
        recover(shop)
        return [first, during]
    after = shopper.send(action, payload)
    if codes([after]) == {"unavailable"}:
        # What its connections went through, a pool of them learns from the first that fails.
        after = shopper.send(action, payload)
    assert after["status"] == "success", after
    assert after["transaction"]["status"] == "succeeded"
    return [first, during, after]
