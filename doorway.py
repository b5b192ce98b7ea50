"""Before anything of Socket.IO's is read: how much one address, and one socket, may send at all;
and how much may wait for one that doesn't read.

Users have limits of their own (`sockets.py`), told in words. These are for whoever is no user, or
doesn't stop: they are counted in this process, and end in a closed connection.
Source: OWASP WebSocket Security Cheat Sheet, "Denial of Service Protection".
"""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from socket import IPPROTO_TCP, SHUT_RDWR, TCP_NODELAY
from time import monotonic
from typing import Any, cast
from urllib.parse import parse_qs

import structlog
from limits import RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

import networks
import outbox

PATH = "/socket.io"
# More than any message can have that `wire.inspect` lets through; a frame beyond closes its socket.
FRAME_BYTES = 262_144
# A body beyond is not read to its end, whatever that does to its sender.
_DRAINED_BYTES = 4_000_000
CONNECTS = RateLimitItemPerMinute(240)
# Beyond what the limits of a user answer in words.
MESSAGES_OF_SOCKET = RateLimitItemPerSecond(600, 20)
MESSAGES_OF_ADDRESS = RateLimitItemPerSecond(3_000, 20)
# Who has opened a connection must say who he is within this time.
SILENT_SECONDS = 10.0
HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]
Environ = dict[str, Any]
Start = Callable[..., Any]
log = structlog.get_logger()


class Doorway:
    """Stands before a Socket.IO server and before the app that it is part of."""

    def __init__(self, server: Any, wsgi: Any, sockets_per_address: int) -> None:
        self._server, self._wsgi = server, wsgi
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._most, self._open = sockets_per_address, Counter[str]()
        # Engine.IO's id -> the network that it counts for, and since when it is there.
        self._sockets: dict[str, tuple[str, float]] = {}
        # Engine.IO's id -> the network's own socket, where it is a websocket.
        self._lines: dict[str, Any] = {}
        self._leaving = set[str]()
        engine = server.eio
        engine._async = {**engine._async, "queue": outbox.counting(engine._async["queue"])}
        self._send, engine.send_packet = engine.send_packet, self.send
        handlers = engine.handlers
        self._connect, self._message = handlers["connect"], handlers["message"]
        self._disconnect = handlers["disconnect"]
        handlers |= {"connect": self.connect, "message": self.message}
        handlers["disconnect"] = self.disconnect

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """WSGI: Socket.IO's own answers get the headers of all others."""
        path = environ.get("PATH_INFO", "")
        if path != PATH and not path.startswith(f"{PATH}/"):
            return cast(Iterable[bytes], self._wsgi(environ, start))
        if _length(environ) > FRAME_BYTES:
            _drain(environ)
            return _refused(start, "413 Content Too Large", "This is too large.")
        if "sid=" not in environ.get("QUERY_STRING", "") and not self._may(CONNECTS, environ):
            return _refused(start, "429 Too Many Requests", "Too many connections.")
        self._note_line(_sid(environ), environ)

        def start_with_headers(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start(status, [*headers, *HEADERS], *rest)

        return cast(Iterable[bytes], self._wsgi(environ, start_with_headers))

    def connect(self, eio_sid: str, environ: Environ) -> Any:
        """False refuses; nobody has said anything yet."""
        address = networks.of(environ.get("REMOTE_ADDR"))
        if self._open[address] >= self._most:
            log.warning("too many sockets of an address; is TRUSTED_PROXIES right?")
            return False
        self._open[address] += 1
        self._sockets[eio_sid] = (address, monotonic())
        self._note_line(eio_sid, environ)
        return self._connect(eio_sid, environ)

    def message(self, eio_sid: str, data: Any) -> Any:
        """Whoever goes on all the same is cut off, with all that he has still sent."""
        if eio_sid not in self._sockets:
            return None
        of_socket = self._limiter.hit(MESSAGES_OF_SOCKET, "socket", eio_sid)
        address = self._sockets[eio_sid][0]
        if of_socket and self._limiter.hit(MESSAGES_OF_ADDRESS, "address", address):
            return self._message(eio_sid, data)
        log.warning("closed a socket that doesn't stop")
        return self._close(eio_sid)

    def send(self, eio_sid: str, packet: Any) -> None:
        """Anything that is sent; to whoever doesn't read, no more than a bit."""
        if eio_sid in self._leaving:
            return
        self._send(eio_sid, packet)
        socket = self._server.eio.sockets.get(eio_sid)
        if socket and eio_sid in self._sockets and outbox.is_full(socket.queue):
            log.warning("closed a socket that doesn't read")
            self._leaving.add(eio_sid)
            # Not here: whoever tells many of something would be held up by one.
            self._server.start_background_task(self._cut, eio_sid, socket)

    def disconnect(self, eio_sid: str, *reason: Any) -> Any:
        address, _since = self._sockets.pop(eio_sid, ("", 0.0))
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]
        self._lines.pop(eio_sid, None)
        self._leaving.discard(eio_sid)
        return self._disconnect(eio_sid, *reason)

    def sweep(self) -> None:
        """Close the connections of those who never said who they are. To be called now and then."""
        oldest = monotonic() - SILENT_SECONDS
        manager = self._server.manager
        for eio_sid, (_address, since) in list(self._sockets.items()):
            if since < oldest and manager.sid_from_eio_sid(eio_sid, "/") is None:
                self._close(eio_sid)

    def _close(self, eio_sid: str) -> None:
        """Without waiting for what is still to be sent: who doesn't read would hold us up."""
        socket = self._server.eio.sockets.get(eio_sid)
        if socket:
            socket.close(wait=False)

    def _cut(self, eio_sid: str, socket: Any) -> None:
        """At once: whoever is waiting for him to read, or to write, is woken by it."""
        line = self._lines.get(eio_sid)
        outbox.empty(socket.queue)
        socket.close(wait=False, abort=True)
        if line:
            with suppress(OSError):
                line.shutdown(SHUT_RDWR)

    def _note_line(self, eio_sid: str, environ: Environ) -> None:
        # Only eventlet's server tells it; a socket of the other one ends when its time is up.
        stream = environ.get("eventlet.input")
        if stream and eio_sid in self._sockets and "HTTP_UPGRADE" in environ:
            line = self._lines.setdefault(eio_sid, stream.get_socket())
            with suppress(OSError):
                # A push and the answer right after it shall not wait for one another's receipt.
                line.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)

    def _may(self, limit: Any, environ: Environ) -> bool:
        return self._limiter.hit(limit, "connect", networks.of(environ.get("REMOTE_ADDR")))


def _sid(environ: Environ) -> str:
    return parse_qs(str(environ.get("QUERY_STRING", ""))).get("sid", [""])[0]


def _length(environ: Environ) -> int:
    text = environ.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _drain(environ: Environ) -> None:
    """Read what is coming, so that its sender gets to read the answer."""
    left = min(_length(environ), _DRAINED_BYTES)
    while left > 0 and (piece := environ["wsgi.input"].read(min(left, 65_536))):
        left -= len(piece)


def _refused(start: Start, status: str, words: str) -> list[bytes]:
    start(status, [("Content-Type", "text/plain; charset=utf-8"), *HEADERS])
    return [words.encode()]
