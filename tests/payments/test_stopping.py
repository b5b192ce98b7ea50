"""Stopping a server: what runs is finished, what comes is told, and nothing is lost."""

import signal
import threading
from contextlib import suppress

import pytest

from tests.support.doors import AnswerLost, eventually
from tests.support.instances import Instances
from tests.support.server_front import ServerFront
from tests.support.shop import Shop

INTENTS = "POST /v1/payment_intents"


@pytest.fixture
def restartable(instances: Instances):
    """Start servers on one installation, one after the other."""
    instance, fronts = instances.fresh(), []

    def start():
        fronts.append(ServerFront(instance))
        return Shop(fronts[-1])

    yield start
    for front in fronts:
        front.close()
    instances.discard(instance)


def slow_purchase(shop, shopper, seconds):
    """A purchase that Stripe takes its time for; returns the list that its ack will be in."""
    fault = {"call": INTENTS, "kind": "delay", "seconds": seconds, "when": "after"}
    assert shop.control("POST", "faults", fault).status == 200
    answers = []
    message = shopper.purchase(requestId="slow")

    def buy():
        # Where the server is killed in the middle, there is no answer to wait for.
        with suppress(AnswerLost):
            answers.append(shopper.send("purchase-request", message))

    thread = threading.Thread(target=buy)
    thread.start()
    eventually(shop.charges, what="the charge")
    return thread, answers


@pytest.mark.parametrize("seconds", [0.3, 1.1, 3])
def test_a_stop_lets_a_running_purchase_finish_and_tells_the_sockets(restartable, seconds):
    shop = restartable()
    shopper, bystander = shop.shopper(), shop.shopper()
    thread, answers = slow_purchase(shop, shopper, seconds)
    shop.front.process.send_signal(signal.SIGTERM)
    bystander.pushed("shop-restarting")
    thread.join(timeout=30)
    assert [answer["transaction"]["status"] for answer in answers] == ["succeeded"]
    assert shop.front.process.wait(timeout=30) == 0


def test_a_stop_tells_sockets_that_do_nothing(restartable):
    shop = restartable()
    shoppers = [shop.shopper() for _ in range(3)]
    shop.front.process.send_signal(signal.SIGTERM)
    for shopper in shoppers:
        shopper.pushed("shop-restarting")
    assert shop.front.process.wait(timeout=30) == 0


def test_what_is_sent_during_a_stop_is_refused_in_words(restartable):
    shop = restartable()
    shopper, bystander = shop.shopper(), shop.shopper()
    thread, _ = slow_purchase(shop, shopper, 10)
    shop.front.process.send_signal(signal.SIGTERM)
    bystander.pushed("shop-restarting")
    late = bystander.send("get-transactions")
    assert (late["error"]["code"], late["error"]["retryable"]) == ("unavailable", True)
    thread.join(timeout=30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["twice", "kill -9"])
def test_a_server_that_is_gone_at_once_loses_nothing(restartable, number):
    shop = restartable()
    shopper = shop.shopper()
    thread, _ = slow_purchase(shop, shopper, 60)
    shop.front.process.send_signal(signal.SIGTERM)
    shopper.pushed("shop-restarting")
    shop.front.process.send_signal(number)
    shop.front.process.wait(timeout=30)
    thread.join(timeout=30)
    again = restartable()
    assert again.control("POST", "faults", {"clear": True}).status == 200
    settled = eventually(
        lambda: again.rows("SELECT amount FROM \"transaction\" WHERE status = 'succeeded'"),
        within=90,
        what="the recovery of the purchase",
    )
    charges = again.ledger(since_start=False)["charges"]
    assert [row["amount"] for row in settled] == [charge["amount"] for charge in charges]
