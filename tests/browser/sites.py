"""Servers that are not the shop: other sites, and where an owner's scripts come from."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.background import running


class Quiet:
    def log_message(self, *_arguments: object) -> None:
        """Not on the terminal of whoever runs the tests."""


@contextmanager
def serving(site: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """The port of the loopback address where it answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), site)
    with running(server):
        yield server.server_port
