"""What stands before a shop that is open to the public: speaks TLS, and says so to the shop."""

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

import trustme

from tests.support.background import running

_CONNECTION = re.compile(rb"\r\nConnection: [^\r]*", re.I)
_WEBSOCKET = re.compile(rb"\r\nUpgrade: websocket\r\n", re.I)
_SPEAKS_TLS = b"\r\nX-Forwarded-Proto: https"


class Proxy(ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, shop_port: int, *names: str) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.shop = ("127.0.0.1", shop_port)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert(*names).configure_cert(self.tls)
        self.port = self.server_address[1]


class _Line(BaseRequestHandler):
    """One connection: a websocket, or one request."""

    server: Proxy

    def handle(self) -> None:
        # Whoever goes away in the middle is nobody's mistake.
        with (
            suppress(OSError),
            self.server.tls.wrap_socket(self.request, server_side=True) as outside,
            socket.create_connection(self.server.shop) as inside,
        ):
            inside.sendall(_told(_head(outside)))
            back = threading.Thread(target=_copy, args=(inside, outside))
            back.start()
            _copy(outside, inside)
            back.join()


def _head(line: socket.socket) -> bytes:
    """A request up to the end of its headers, and what has come with it."""
    head = b""
    while b"\r\n\r\n" not in head and (piece := line.recv(65_536)):
        head += piece
    return head


def _told(head: bytes) -> bytes:
    """The same, with what the shop believes only of its proxy."""
    headers, end, body = head.partition(b"\r\n\r\n")
    if not _WEBSOCKET.search(headers):
        # Its answer ends with the connection: so there is only one head to look at.
        headers = _CONNECTION.sub(b"", headers) + b"\r\nConnection: close"
    return headers + _SPEAKS_TLS + end + body


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def tls_before(shop_port: int, *names: str) -> Iterator[int]:
    """The port where the shop is reached through TLS, under these names; nobody vouches for it."""
    proxy = Proxy(shop_port, *names)
    with running(proxy):
        yield proxy.port
