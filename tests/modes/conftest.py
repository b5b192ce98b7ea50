"""One installation, opened with Stripe's keys and without, one after the other."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.client_front import ClientFront
from tests.support.doors import Visitor
from tests.support.instances import Instance, Instances

TEST = {"STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_PUBLISHABLE_KEY": "pk_test_x"}
LIVE = {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_PUBLISHABLE_KEY": "pk_live_x"}
SIGNED = {"STRIPE_WEBHOOK_SECRET": "whsec_of_a_test"}
CHECKOUT = "/checkout?cog=morning-press&item=mug-stoneware"


class Doors:
    """One installation, opened with these settings, then with those."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._fronts: list[ClientFront] = []

    def open(self, **settings: str) -> ClientFront:
        given = {**self._instance.settings, **settings}
        self._fronts.append(ClientFront(replace(self._instance, settings=given)))
        return self._fronts[-1]

    def close(self) -> None:
        for front in self._fronts:
            front.close()


@pytest.fixture
def doors(instances: Instances) -> Iterator[Doors]:
    instance = instances.fresh()
    doors = Doors(instance)
    yield doors
    doors.close()
    instances.discard(instance)


def visitor_of(front: ClientFront) -> Visitor:
    return Visitor(front.browser(), front.origin)
