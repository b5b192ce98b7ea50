"""Where a benchmark is run: a server of its own with a fresh shop, gone afterwards."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.support.instances import Instances, begin_run, end_run
from tests.support.server_front import ServerFront
from tests.support.shop import Shop


@contextmanager
def stand(name: str) -> Iterator[tuple[ServerFront, Shop, ExitStack]]:
    """The server, the shop on it, and where to leave what is to be closed before it."""
    home = begin_run()
    assert home, "inside a test run there is no place for this"
    instances = Instances(home, name, None)
    try:
        with ExitStack() as stack:
            server = ServerFront(instances.fresh())
            stack.callback(server.close)
            shop = Shop(server)
            stack.callback(shop.close)
            yield server, shop, stack
    finally:
        instances.discard_all()
        end_run()
