"""Two processes of one shop with a Redis between them: one shop to whoever visits it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.doors import Visitor, eventually
from tests.support.instances import Instances
from tests.support.redis_server import running_redis
from tests.support.server_front import ServerFront, ServerHttp
from tests.support.shop import PASSWORD, Shop
from tests.support.shopper import Shopper
from tests.support.trouble import codes

DECLINED, DECLINED_AFTER_ASKING = "4000000000000002", "4000008400001629"
Shops = tuple[Shop, Shop]


@pytest.fixture(scope="module")
def fronts(
    instances: Instances, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[ServerFront]]:
    folder: Path = tmp_path_factory.mktemp("redis")
    with ExitStack() as stack:
        redis = stack.enter_context(running_redis(folder))
        figures = {"DECLINES_PER_USER": "3", "DECLINES_PER_ADDRESS": "4"}
        figures["GUESTS_PER_ADDRESS"] = "12"
        instance = instances.fresh(REDIS_URL=redis.url, **figures)
        stack.callback(instances.discard, instance)
        started = []
        for name in ("one.log", "two.log"):
            started.append(ServerFront(instance, log_name=name))
            stack.callback(started[-1].close)
        yield started
        assert "Traceback" not in started[0].log + started[1].log


@pytest.fixture
def shops(fronts: list[ServerFront]) -> Iterator[Shops]:
    here, there = Shop(fronts[0]), Shop(fronts[1])
    yield here, there
    here.close()
    there.close()


def tab_in(other: Shop, shopper: Shopper, address: str | None = None) -> Shopper:
    """The same browser, whose second tab a load balancer sent to the other process."""
    http, mine = other.front.browser(address), shopper.visitor.http
    assert isinstance(http, ServerHttp)
    assert isinstance(mine, ServerHttp)
    http.adopt(mine)
    tab = other.keep(Shopper(other, Visitor(http, other.origin), shopper.page))
    assert tab.user_id == shopper.user_id
    return tab


def test_signing_out_closes_the_tabs_in_the_other_process_and_no_others(shops: Shops) -> None:
    tab = shops[0].shopper(account=True)
    tabs = [tab, tab_in(shops[1], tab), tab_in(shops[1], tab)]
    elsewhere = shops[1].visitor()
    shops[1].sign_in(elsewhere, tab.email or "", PASSWORD)
    phone, stranger = shops[1].keep(Shopper(shops[1], elsewhere, "/wallet")), shops[1].shopper()
    assert tab.visitor.submit("/wallet", {}, to="/sign-out").status == 303
    for page in tabs:
        eventually(lambda wire=page.wire: not wire.connected, what="closing")
        ended = [push.payload for push in page.pushes if push.event == "session-ended"]
        assert ended == [{"reason": "signed-out"}]
    assert (phone.cards(), stranger.cards()) == ([], [])
    assert (phone.pushes, stranger.pushes) == ([], [])


def test_what_changes_is_told_in_the_other_process(shops: Shops) -> None:
    tab = shops[0].shopper(account=True)
    other = tab_in(shops[1], tab)
    card = tab.add_card()
    assert [told["id"] for told in other.pushed("wallet-changed")["cards"]] == [card["id"]]
    paid = other.pay(card_id=card["id"])
    told = tab.pushed(
        "transaction-changed", lambda payload: payload["transaction"]["status"] == "succeeded"
    )
    assert told["transaction"]["id"] == paid["id"]


def test_declines_count_in_both_processes_together(shops: Shops) -> None:
    tab = shops[0].shopper()
    other = tab_in(shops[1], tab)
    assert codes([page.buy(number=DECLINED) for page in (tab, other, tab)]) == {"card_declined"}
    assert codes([other.buy(number=DECLINED), tab.buy()]) == {"rate_limited"}
    assert shops[1].shopper().pay()["status"] == "succeeded"


def test_declines_of_an_address_count_in_both_processes_together(shops: Shops) -> None:
    def guest(shop: Shop) -> Shopper:
        return shop.keep(Shopper(shop, shop.visitor("203.0.113.20"), shop.checkout_path()))

    acks = [guest(shops[number % 2]).buy(number=DECLINED) for number in range(4)]
    assert codes(acks) == {"card_declined"}
    assert codes([guest(shop).buy(number=DECLINED) for shop in shops]) == {"rate_limited"}


def test_declines_after_the_bank_has_asked_count_in_both_processes_together(shops: Shops) -> None:
    def guest(shop: Shop) -> Shopper:
        return shop.keep(Shopper(shop, shop.visitor("203.0.113.21"), shop.checkout_path()))

    for number in range(4):
        tab = guest(shops[number % 2])
        ack = tab.buy(number=DECLINED_AFTER_ASKING)
        tab.shop.authenticate(ack["client_secret"])
        other = tab_in(shops[1 - number % 2], tab)
        assert codes([other.confirm(ack["transaction"]["id"])]) == {"card_declined"}
    assert codes([guest(shop).buy() for shop in shops]) == {"rate_limited"}


def test_new_guests_of_an_address_count_in_both_processes_together(shops: Shops) -> None:
    pages = [
        shops[number % 2].visitor("203.0.113.22").get(shops[0].checkout_path())
        for number in range(14)
    ]
    assert [page.status for page in pages] == [*[200] * 12, 429, 429]


def test_what_goes_well_gives_its_place_back_in_redis_too(shops: Shops) -> None:
    shopper = shops[0].shopper()
    for _ in range(4):
        assert shopper.pay()["status"] == "succeeded"


def test_without_its_redis_a_shop_goes_on_and_still_has_limits(
    instances: Instances, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        redis = stack.enter_context(running_redis(tmp_path))
        front = ServerFront(instances.fresh(REDIS_URL=redis.url, DECLINES_PER_USER="3"))
        stack.callback(front.close)
        shop = Shop(front)
        stack.callback(shop.close)
        before = shop.shopper()
        redis.stop()
        after = shop.shopper(account=True)
        assert [shopper.pay()["status"] for shopper in (before, after)] == ["succeeded"] * 2
        acks = [before.buy(number=DECLINED) for _ in range(4)]
        assert [ack["error"]["code"] for ack in acks] == [*["card_declined"] * 3, "rate_limited"]
        after.visitor.submit("/wallet", {}, to="/sign-out")
        eventually(lambda: not after.wire.connected, what="closing")
