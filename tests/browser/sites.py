"""Servers that are not the shop: other sites, and where an owner's scripts come from."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Quiet:
    def log_message(self, *_arguments: object) -> None:
        """Not on the terminal of whoever runs the tests."""


@contextmanager
def serving(site: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """The port of the loopback address where it answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
