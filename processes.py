"""What the processes of one shop tell each other, over Redis."""

from typing import Any

from socketio import RedisManager


class Manager(RedisManager):  # type: ignore[misc]  # the library has no types
    """`disconnect(room)` closes the sockets of a room wherever they are.

    The library's own takes the id of a socket, and only its own process knows the sockets of a
    room. Each socket is also a room of its own, so that ids are still understood.
    """

    def _handle_disconnect(self, message: dict[str, Any]) -> None:
        for sid, _eio in list(self.get_participants(message["namespace"], message["sid"])):
            super()._handle_disconnect({**message, "sid": sid})


def manager(redis_url: str | None) -> Manager | None:
    """None, where there is one process only: the library's own will do."""
    return Manager(redis_url, channel="flask-socketio") if redis_url else None
