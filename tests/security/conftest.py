from collections.abc import Callable, Iterator

import pytest

from tests.support.client_front import ClientFront
from tests.support.instances import Instances
from tests.support.shop import Shop


@pytest.fixture
def shop_with(instances: Instances) -> Iterator[Callable[..., Shop]]:
    """A shop with the figures of a live one, but for these settings."""
    fronts: list[ClientFront] = []
    shops: list[Shop] = []

    def open_shop(**settings: str) -> Shop:
        live = {"DECLINES_PER_USER": "3", "DECLINES_PER_ADDRESS": "10", "DECLINES_SURGE": "30"}
        fronts.append(ClientFront(instances.fresh(**{**live, **settings})))
        shops.append(Shop(fronts[-1]))
        return shops[-1]

    yield open_shop
    for shop in shops:
        shop.close()
    for front in fronts:
        front.close()
