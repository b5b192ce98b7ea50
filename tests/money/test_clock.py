"""Time that passes, or jumps, between a charge and the next word about it: never a second charge.

Stripe's clock is moved forward, and the rows of the shop back by the same time: what was stored
was stored so long ago. Minutes: keys still hold. 25 hours: Stripe has forgotten them.
Two months: cards have expired.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.support import invariants
from tests.support.coverage import Coverage
from tests.support.doors import Json
from tests.support.owner import write
from tests.support.shop import Shop
from tests.support.shopper import Shopper
from tests.support.trouble import lose, mend, pass_time, reconnect, recover

pytestmark = pytest.mark.in_process
DECLINED = "4000000000000002"
THREE_DS = "4000000000003220"
AGES = {
    "minutes": timedelta(minutes=10),
    "keys expired": timedelta(hours=25),
    "cards expired": timedelta(days=62),
}
CREATE, CONFIRM = "POST /v1/payment_intents", "POST /v1/payment_intents/*/confirm"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Without pauses between the tries of a call."""
    reconnect(shop)
    return shop


@pytest.fixture(params=AGES.values(), ids=AGES.keys())
def age(request: pytest.FixtureRequest) -> timedelta:
    value: timedelta = request.param
    return value


def later(shop: Shop, age: timedelta) -> None:
    shop.advance_clock(int(age.total_seconds()))
    pass_time(shop, age)


def sent(shop: Shop, shopper: Shopper, call: str, when: str, message: Json) -> Json:
    """Send a purchase whose call to Stripe gets lost."""
    lose(shop, call, when=when)
    ack = shopper.send("purchase-request", message)
    mend(shop)
    assert ack["error"]["code"] == "payment_pending", ack
    return ack


def soon_expired(shop: Shop) -> tuple[Json, Json]:
    """A card that is good for this month alone."""
    today = datetime.now(UTC)
    return shop.card(exp=(today.month, today.year))


def typed(shopper: Shopper) -> Json:
    return shopper.purchase(typed=soon_expired(shopper.shop), requestId="once")


def wallet(shopper: Shopper) -> Json:
    card = shopper.add_card(card=soon_expired(shopper.shop))
    return shopper.purchase(card_id=card["id"], requestId="once")


def bare_wallet(shopper: Shopper) -> Json:
    card = shopper.add_card(card=soon_expired(shopper.shop))
    return shopper.purchase(card_id=card["id"])


Means = Callable[[Shopper], Json]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("means", [typed, wallet, bare_wallet])
def test_a_purchase_without_an_answer_sent_again_much_later_is_charged_once_at_most(
    shop: Shop, coverage: Coverage, age: timedelta, means: Means, when: str
) -> None:
    """The shop was down all the time: recovery hasn't seen it before the message comes again."""
    shopper = shop.shopper(account=means is not typed)
    message = means(shopper)
    first = sent(shop, shopper, CREATE, when, message)
    later(shop, age)
    again = shopper.send("purchase-request", message)
    assert again["transaction"]["id"] == first["transaction"]["id"]
    recover(shop)
    last = shopper.send("get-transaction", transaction_id=first["transaction"]["id"])
    closed(shop, coverage, [first, again, last])
    charged = len(shop.charges())
    assert charged == 1 if when == "after" else charged <= 1
    assert (last["transaction"]["status"] == "succeeded") == (charged == 1)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("means", [typed, wallet])
def test_who_left_for_long_is_charged_by_nothing_that_comes_later(
    shop: Shop, coverage: Coverage, age: timedelta, means: Means, when: str
) -> None:
    """Recovery comes first, then the message once more, then both again."""
    shopper = shop.shopper(account=means is not typed)
    message = means(shopper)
    first = sent(shop, shopper, CREATE, when, message)
    later(shop, age)
    recover(shop)
    again = shopper.send("purchase-request", message)
    later(shop, age)
    recover(shop)
    last = shopper.send("purchase-request", message)
    assert last["transaction"]["id"] == first["transaction"]["id"]
    closed(shop, coverage, [first, again, last])
    assert len(shop.charges()) == (1 if when == "after" else 0)


@pytest.mark.parametrize("when", ["before", "after"])
def test_another_card_without_an_answer_sent_again_much_later_is_charged_once_at_most(
    shop: Shop, coverage: Coverage, age: timedelta, when: str
) -> None:
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]["id"]
    message = shopper.purchase(
        typed=soon_expired(shop), transaction_id=declined, requestId="another"
    )
    first = sent(shop, shopper, CONFIRM, when, message)
    later(shop, age)
    again = shopper.send("purchase-request", message)
    recover(shop)
    last = shopper.send("get-transaction", transaction_id=declined)
    closed(shop, coverage, [first, again, last])
    assert len(shop.charges()) <= 1
    assert when == "before" or shop.charges()


def test_a_paid_purchase_sent_again_much_later_is_answered_not_done_again(
    shop: Shop, coverage: Coverage, age: timedelta
) -> None:
    shopper = shop.shopper(account=True)
    message = wallet(shopper)
    first = shopper.send("purchase-request", message)
    later(shop, age)
    again = shopper.send("purchase-request", message)
    assert again["transaction"] == {**first["transaction"], **_times(again)}
    closed(shop, coverage, [first, again])
    assert len(shop.charges()) == 1


def test_a_question_of_the_bank_answered_much_later_is_charged_once_or_called_off(
    shop: Shop, coverage: Coverage, age: timedelta
) -> None:
    shopper = shop.shopper()
    message = shopper.purchase(number=THREE_DS, requestId="once")
    asked = shopper.send("purchase-request", message)
    later(shop, age)
    recover(shop)
    off = age > timedelta(hours=1)
    assert shopper.transaction(asked["transaction"]["id"])["status"] == (
        "canceled" if off else "requires_action"
    )
    if not off:
        shop.authenticate(asked["client_secret"])
    again = shopper.send("purchase-request", message)
    closed(shop, coverage, [asked, again])
    assert len(shop.charges()) == (0 if off else 1)


def test_a_card_that_expired_meanwhile_is_neither_offered_nor_charged(
    shop: Shop, coverage: Coverage
) -> None:
    shopper = shop.shopper(account=True)
    card = shopper.add_card(card=soon_expired(shop))
    later(shop, AGES["cards expired"])
    # Stripe knows that it has expired; our row doesn't yet, since our own clock stands still.
    told = shopper.buy(card_id=card["id"], requestId="by-stripe")
    assert told["error"]["code"] == "card_expired"
    write(shop, "UPDATE card SET expoyear = expoyear - 1 WHERE id = :id", id=card["id"])
    assert shopper.cards() == []
    ours = shopper.buy(card_id=card["id"], requestId="by-us")
    assert ours["error"]["code"] == "card_expired"
    assert shop.charges() == []
    coverage.add_acks([told, ours])
    coverage.add("rounds", "clock: cards expired")


@pytest.mark.parametrize("minutes", [5, 15, 120])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_clock_of_ours_that_was_ahead_hides_no_charge(
    shop: Shop, coverage: Coverage, minutes: int, when: str
) -> None:
    """Our rows say that they are younger than Stripe's objects; the clock was set right later."""
    shopper = shop.shopper()
    first = sent(shop, shopper, CREATE, when, typed(shopper))
    pass_time(shop, timedelta(minutes=-minutes), {"transaction": ["created_at"]})
    pass_time(shop, timedelta(minutes=2), {"transaction": ["updated_at"]})
    recover(shop, timedelta(0))
    last = shopper.send("get-transaction", transaction_id=first["transaction"]["id"])
    closed(shop, coverage, [first, last])
    assert len(shop.charges()) == (1 if when == "after" else 0)


def closed(shop: Shop, coverage: Coverage, acks: list[Json]) -> None:
    books = invariants.check_shop(shop, closed=True, acks=acks)
    coverage.add_moves(books)
    coverage.add_acks(acks)
    coverage.add("rounds", "clock")


def _times(ack: Json) -> Json:
    return {k: v for k, v in ack["transaction"].items() if k.endswith("_at")}
