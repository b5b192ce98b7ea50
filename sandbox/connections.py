"""The connection of an HTTP request: whether the other side is still there, and how to lose it.

Each server keeps the socket elsewhere. Where it cannot be found, losing the connection is left to
the server.
"""

import os
import socket
import struct
import sys
from contextlib import suppress
from typing import Any

Environ = dict[str, Any]
SOCKET = "sandbox.socket"  # where `python -m sandbox` puts it
_SOCKETS = (SOCKET, "werkzeug.socket", "gunicorn.socket")
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def is_gone(environ: Environ) -> bool:
    """Whether the caller has hung up."""
    connection = _socket(environ)
    if connection is None:
        return False
    try:
        return bool(connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"")
    except BlockingIOError:
        return False
    except OSError:
        return True


def reset(environ: Environ) -> None:
    """Ends the connection at once: the caller sees "connection reset by peer".

    Raises: ConnectionResetError, for the server, which is to do nothing more about this request.
    """
    connection = _socket(environ)
    if connection is not None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    hang_up(environ)
    if "eventlet.input" not in environ:
        raise ConnectionResetError


def hang_up(environ: Environ) -> None:
    """Ends the connection; what was sent still arrives."""
    connection = _socket(environ)
    if connection is None:
        return
    # The server goes on with the same descriptor, and meets a caller who has hung up already.
    ours, theirs = socket.socketpair()
    with ours, theirs, suppress(OSError):
        os.dup2(ours.fileno(), connection.fileno())
    if "eventlet.input" in environ:
        sys.modules["eventlet.wsgi"].WSGI_LOCAL.already_handled = True


def _socket(environ: Environ) -> Any:
    """The operating system's socket, also where a green one stands before it."""
    for name in _SOCKETS:
        if name in environ:
            return getattr(environ[name], "fd", environ[name])
    green = environ.get("eventlet.input")
    return green.get_socket().fd if green is not None else None
