"""The database fails in the middle: what was acknowledged is stored, and no answer is a lie.

A round is one message of a shopper, with the trouble beginning at one of its statements in turn.
Then the trouble ends; half of the shoppers send their message again, half have left.
On SQLite the disk is full (`max_page_count` gives the very error), takes nothing at all, the file
is read-only (`query_only` gives that error) or another process holds the lock; on PostgreSQL
connections are killed, the database is away, or comes back read-only, as after a failover; and
a server of its own has no room for its log, for which it ends all connections and starts anew.
"""

import random
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import stripe

import gateway
from extensions import LOCK_WAIT_SECONDS, assert_no_transaction
from gateway import Gateway
from tests.money import interrupted
from tests.money.interrupted import FLOWS, HONEST, typed
from tests.money.troubles import (
    Away,
    DiskFull,
    DiskRefuses,
    Killed,
    Lock,
    NoRoomForLog,
    ReadOnlyFile,
    ReadOnlyServer,
    Trouble,
    postgres_of_its_own,
    watched,
)
from tests.support import invariants
from tests.support.coverage import Coverage
from tests.support.doors import Json
from tests.support.instances import Instances
from tests.support.rounds import Rounds
from tests.support.shop import Shop
from tests.support.shopper import Shopper
from tests.support.trouble import at_once, codes, recover

pytestmark = pytest.mark.in_process
# Of each trouble.
CI, LONG = 25, 200

ON_POSTGRES = (Killed, Away, ReadOnlyServer, NoRoomForLog)
ON_SQLITE = (DiskFull, DiskRefuses, ReadOnlyFile)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        on_postgres = metafunc.config.getoption("--database-url")
        kinds = ON_POSTGRES if on_postgres else ON_SQLITE
        metafunc.parametrize("kind", kinds, ids=lambda kind: kind.__name__)


@pytest.fixture
def instances(request: pytest.FixtureRequest, instances: Instances) -> Iterator[Instances]:
    """A server that fails for everybody is nobody else's."""
    callspec = getattr(request.node, "callspec", None)
    if callspec is None or callspec.params.get("kind") is not NoRoomForLog:
        yield instances
        return
    with postgres_of_its_own() as its_own:
        yield its_own


def test_what_was_acknowledged_is_stored_and_no_answer_is_a_lie(
    shop: Shop, rounds: Rounds, dice: random.Random, coverage: Coverage, kind: type[Trouble]
) -> None:
    with watched(shop, kind) as watch:
        lengths = {flow: interrupted.uncut(shop, watch, flow) for flow in FLOWS}
        acks: list[Json] = []
        failed = 0
        for number in rounds(CI, LONG):
            flow = FLOWS[number % len(FLOWS)]
            at = number // len(FLOWS) % lengths[flow] + 1
            told = interrupted.play(shop, watch, flow, f"n{number}", at, stays=dice.random() < 0.5)
            assert codes(told[:1]) <= HONEST, told[0]
            failed += told[0]["status"] == "error"
            acks += told
            coverage.add("fault", f"database: {kind.__name__}")
    # Who had been at the bank and left: its word comes by an event, or after an hour.
    recover(shop, timedelta(minutes=65))
    books = invariants.check_shop(shop, acks=acks, closed=True)
    assert failed, "no round met its trouble"
    coverage.add_moves(books)
    coverage.add_acks(acks)


@pytest.fixture
def lock(shop: Shop) -> Iterator[Lock]:
    lock = Lock(shop.front.database_url)
    yield lock
    lock.release()


class Line(stripe.HTTPClient):
    """The line to Stripe, with a hook for what happens elsewhere while the answer comes back."""

    name = "line"

    def __init__(self, inner: Any, meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self._inner, self._meanwhile = inner, meanwhile

    def request(self, method: str, url: str, *arguments: Any, **more: Any) -> Any:
        answer = self._inner.request(method, url, *arguments, **more)
        if method == "post":
            self._meanwhile()
        return answer

    def close(self) -> None:
        self._inner.close()


def test_a_short_lock_of_another_process_is_waited_for(
    shop: Shop, rounds: Rounds, dice: random.Random, coverage: Coverage, lock: Lock
) -> None:
    """Ten at once meet the lock; a round is one of them."""
    acks: list[Json] = []
    for number in rounds(CI // 10, LONG // 10):
        some = [dice.choice(FLOWS)(shop, f"n{number}-{n}") for n in range(10)]
        lock.take()
        seconds = dice.uniform(0, 0.3)
        acks += _together(some, lambda seconds=seconds: lock.release_after(seconds))
        coverage.add("fault", "database: locked", 10)
    assert codes(acks) == {"success"}
    coverage.add_moves(invariants.check_shop(shop, acks=acks, closed=True))


def test_under_a_lock_that_stays_nothing_is_charged_and_the_words_say_so(
    shop: Shop, coverage: Coverage, lock: Lock
) -> None:
    some = [typed(shop, f"n{n}") for n in range(8)]
    lock.take()
    acks = _while_held(lock, some)
    assert codes(acks) == {"unavailable"}
    assert shop.charges() == []
    coverage.add_acks(acks)
    again = [one[0].send(one[1], one[2]) for one in some]
    assert codes(again) == {"success"}
    invariants.check_shop(shop, acks=again, closed=True)


def test_a_lock_that_comes_between_charge_and_answer_is_pending_not_failed(
    shop: Shop, coverage: Coverage, lock: Lock
) -> None:
    shopper, action, payload = typed(shop, "once")
    app: Any = shop.front.app  # type: ignore[attr-defined]
    line = Line(app.extensions["sandbox"].http_client(), lock.take)
    gateway.init_app(app, Gateway("sk_test_sandbox", guard=assert_no_transaction, http_client=line))
    (ack,) = _while_held(lock, [(shopper, action, payload)])
    assert ack["error"]["code"] == "payment_pending"
    assert ack["transaction"]["status"] == "pending"
    coverage.add_acks([ack])
    recover(shop)
    invariants.check_shop(shop, acks=[ack], closed=True)
    assert shopper.transaction(ack["transaction"]["id"])["status"] == "succeeded"


def _while_held(lock: Lock, some: list[tuple[Shopper, str, Json]]) -> list[Json]:
    """Their answers under a lock that is released only when all have one, or are long overdue."""
    overdue = threading.Timer(LOCK_WAIT_SECONDS * 4, lock.release)
    overdue.start()
    try:
        return _together(some, lambda: None)
    finally:
        overdue.cancel()
        overdue.join()
        lock.release()


def _together(some: list[tuple[Shopper, str, Json]], meanwhile: Callable[[], None]) -> list[Json]:
    """Send all these messages at once, while something else happens; their answers."""
    answers: list[Json] = []

    def send(one: tuple[Shopper, str, Json]) -> None:
        answers.append(one[0].send(one[1], one[2]))

    at_once([*(partial(send, one) for one in some), meanwhile])
    return answers
