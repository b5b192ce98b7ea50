"""Each of these modules has a server of its own, whatever front the run has."""

from collections.abc import Iterator

import pytest

from tests.support.instances import Instances
from tests.support.server_front import ServerFront
from tests.support.shop import Shop


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """What the server is started with, besides what all are."""
    return {}


@pytest.fixture(scope="module")
def server(instances: Instances, settings: dict[str, str]) -> Iterator[ServerFront]:
    front = ServerFront(instances.fresh(**settings))
    yield front
    front.close()


@pytest.fixture
def shop(server: ServerFront) -> Iterator[Shop]:
    shop = Shop(server)
    yield shop
    shop.close()
