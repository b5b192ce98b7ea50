"""2, 5 and 20 copies of one purchase at the same moment: one charge, and equal answers.

Copies come from threads that share a socket, from tabs of one browser, and through two server
processes on one database. A round is one purchase; the figures are for each number of copies, a
third of them in each way.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.support import invariants
from tests.support.coverage import Coverage
from tests.support.doors import Json, Visitor
from tests.support.instances import Instances
from tests.support.rounds import Rounds
from tests.support.server_front import ServerFront, ServerHttp
from tests.support.shop import Shop
from tests.support.shopper import Shopper
from tests.support.trouble import at_once, copies

pytestmark = pytest.mark.in_process
DECLINED = "4000000000000002"
THREE_DS = "4000000000003220"
NUMBERS = (2, 5, 20)
# Three ways and two databases: 100 and 1,000 for each number.
CI, LONG = 17, 167
# A user may send 120 purchases a minute: with 20 copies each, somebody new must come in time.
PER_SHOPPER = 5
Tabs = list[Shopper]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("way", ["threads", "tabs"])
def test_copies_in_one_process_charge_once(
    shop: Shop, rounds: Rounds, dice: random.Random, coverage: Coverage, number: int, way: str
) -> None:
    def come_in() -> Tabs:
        first = shop.shopper()
        return [first] * number if way == "threads" else _tabs(first, number)

    _run(shop, rounds, dice, coverage, come_in)
    coverage.add("rounds", f"{number} copies, {way}", len(shop.charges()))


@pytest.fixture
def two_shops(instances: Instances) -> Iterator[tuple[Shop, Shop]]:
    """Two processes of the shop, under eventlet, on one database and one Stripe."""
    with ExitStack() as stack:
        instance = instances.fresh()
        stack.callback(instances.discard, instance)
        fronts = []
        for name in ("one.log", "two.log"):
            fronts.append(ServerFront(instance, log_name=name))
            stack.callback(fronts[-1].close)
        shops = [Shop(front) for front in fronts]
        for shop in shops:
            stack.callback(shop.close)
        yield shops[0], shops[1]


def test_copies_through_two_processes_charge_once(
    two_shops: tuple[Shop, Shop], rounds: Rounds, dice: random.Random, coverage: Coverage
) -> None:
    shop, other = two_shops
    for number in NUMBERS:

        def come_in(number: int = number) -> Tabs:
            first = shop.shopper()
            second = _in_the_other_process(first, other)
            return [(first, second)[n % 2] for n in range(number)]

        before = len(shop.charges())
        _run(shop, rounds, dice, coverage, come_in)
        bought = len(shop.charges()) - before
        coverage.add("rounds", f"{number} copies, two processes", bought)


def _run(
    shop: Shop,
    rounds: Rounds,
    dice: random.Random,
    coverage: Coverage,
    come_in: Callable[[], Tabs],
) -> None:
    ways = (_typed, _known_by_its_token, _asked_by_the_bank, _after_a_decline)
    tabs: Tabs = []
    users: set[str] = set()
    bought, before = 0, len(shop.charges())
    for number in rounds(CI, LONG):
        if number % PER_SHOPPER == 0:
            for tab in {id(tab): tab for tab in tabs}.values():
                tab.close()
            tabs = come_in()
            users.add(tabs[0].user_id)
        acks = dice.choice(ways)(shop, tabs, f"r{number}")
        bought += 1
        coverage.add_acks(acks)
        paid = {ack["transaction"]["id"] for ack in acks}
        assert len(paid) == 1, acks
        assert {ack["transaction"]["status"] for ack in acks} == {"succeeded"}
    books = invariants.check_shop(shop, user_ids=users, closed=True)
    coverage.add_moves(books)
    assert len(shop.charges()) - before == bought


def _typed(shop: Shop, tabs: Tabs, name: str) -> list[Json]:
    return _buy(tabs, tabs[0].purchase(requestId=name))


def _known_by_its_token(shop: Shop, tabs: Tabs, _: str) -> list[Json]:
    return _buy(tabs, tabs[0].purchase())


def _asked_by_the_bank(shop: Shop, tabs: Tabs, name: str) -> list[Json]:
    """All are asked the same question, and all who come back from it find it paid."""
    asked = _buy(tabs, tabs[0].purchase(number=THREE_DS, requestId=name))
    assert {ack["transaction"]["status"] for ack in asked} == {"requires_action"}
    shop.authenticate(asked[0]["client_secret"])
    payload = {"transaction_id": asked[0]["transaction"]["id"]}
    return _equal(at_once([lambda tab=tab: tab.send("confirm-purchase", payload) for tab in tabs]))


def _after_a_decline(shop: Shop, tabs: Tabs, name: str) -> list[Json]:
    declined = tabs[0].buy(number=DECLINED, requestId=name)["transaction"]["id"]
    return _buy(tabs, tabs[0].purchase(transaction_id=declined, requestId=f"{name}-again"))


def _buy(tabs: Tabs, message: Json) -> list[Json]:
    return _equal(at_once([lambda tab=tab: tab.send("purchase-request", message) for tab in tabs]))


def _equal(acks: list[Json]) -> list[Json]:
    for ack in copies(acks):
        assert ack["status"] == "success", ack
        assert ack["transaction"] == acks[0]["transaction"]
        assert ack["client_secret"] == acks[0]["client_secret"]
    return acks


def _tabs(first: Shopper, number: int) -> Tabs:
    return [first, *(first.another_tab() for _ in range(number - 1))]


def _in_the_other_process(shopper: Shopper, other: Shop) -> Shopper:
    """The same browser, whose second tab a load balancer sent to the other process."""
    http = other.front.browser()
    mine = shopper.visitor.http
    assert isinstance(http, ServerHttp)
    assert isinstance(mine, ServerHttp)
    http.adopt(mine)
    return other.keep(Shopper(other, Visitor(http, other.origin), shopper.page))
