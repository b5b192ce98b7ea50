"""Several operators at once, each a process of his own: never more than was paid."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support.client_front import ClientFront
from tests.support.instances import ROOT, Instance, Instances, process_environment
from tests.support.server_front import ServerFront
from tests.support.shop import Shop

pytestmark = pytest.mark.in_process


@pytest.fixture
def instance(instances: Instances) -> Iterator[Instance]:
    instance = instances.fresh()
    yield instance
    instances.discard(instance)


@pytest.fixture
def front(instance: Instance) -> Iterator[ClientFront]:
    front = ClientFront(instance)
    yield front
    front.close()


def operators(instance: Instance, *commands: list[str]) -> Counter[int]:
    """Start these commands at the same time; how often which exit code."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "refunds", "create", *words],
            cwd=ROOT,
            env=process_environment(instance.settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for words in commands
    ]
    return Counter(process.wait(timeout=120) for process in running)


def test_what_is_left_is_given_back_once(shop: Shop, instance: Instance) -> None:
    paid = shop.shopper().pay()
    # $18.00: two of these fit, whoever is first.
    commands = [[paid["id"], "--amount", "7", "--key", f"operator-{n}"] for n in range(4)]
    assert operators(instance, *commands) == {0: 2, 1: 2}
    assert [r["amount"] for r in shop.ledger()["refunds"]] == [700, 700]
    (row,) = shop.rows('SELECT amount_refunded FROM "transaction"')
    assert row["amount_refunded"] == 1400


def test_the_same_command_of_several_is_one_refund(shop: Shop, instance: Instance) -> None:
    paid = shop.shopper().pay()
    done = operators(instance, *[[paid["id"], "--amount", "7"]] * 4)
    # Whoever came while the first one's call was running may not have got an answer.
    assert done[0] >= 1
    assert set(done) <= {0, 3}
    assert [r["amount"] for r in shop.ledger()["refunds"]] == [700]
    assert [r["status"] for r in shop.rows("SELECT status FROM refund")] == ["succeeded"]


def test_a_refund_by_a_process_of_its_own_shows_in_every_tab(instances: Instances) -> None:
    instance = instances.fresh()
    server = ServerFront(instance)
    shop = Shop(server)
    try:
        shopper = shop.shopper()
        there = shopper.another_tab()
        paid = shopper.pay()
        assert operators(instance, [paid["id"], "--amount", "4"]) == {0: 1}
        for tab in (shopper, there):
            push = tab.pushed("transaction-changed", _given_back(400), within=30)
            assert push["transaction"]["refunds"][0]["status"] == "succeeded"
    finally:
        shop.close()
        server.close()
        instances.discard(instance)


def _given_back(cents):
    return lambda push: push["transaction"]["refunded_cents"] == cents
