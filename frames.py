"""What eventlet's websocket leaves to us: turns for others, quick unmasking, an end of messages.

Without it whoever sends faster than we answer keeps the only thread for himself, a frame is
unmasked byte by byte in Python (1 s for 1 MB), and a message in pieces may grow until memory is
full. Source: RFC 6455, sections 5.3 (masking) and 7.4.1 (1009, too big).
"""

from collections.abc import Sequence
from typing import Any


def install() -> None:
    """For every websocket of this process. To be called in a process that eventlet has patched."""
    from eventlet import sleep
    from eventlet.websocket import FailedConnectionError, RFC6455WebSocket

    receive = RFC6455WebSocket._recv_frame
    if getattr(receive, "takes_turns", False):
        return

    class Bounded(RFC6455WebSocket.Message):  # type: ignore[misc]  # eventlet has no types
        size = 0

        def push(self, data: bytes, final: bool = False) -> None:
            # An empty piece takes room, too.
            self.size += max(len(data), 1)
            if self.size > self.max_frame_length:
                raise FailedConnectionError(1009, "This message is too large.")
            super().push(data, final)

    def receive_in_turn(websocket: Any, message: Any = None) -> Any:
        sleep(0)
        return receive(websocket, message)

    receive_in_turn.takes_turns = True  # type: ignore[attr-defined]
    RFC6455WebSocket._recv_frame = receive_in_turn
    RFC6455WebSocket._apply_mask = staticmethod(unmask)
    RFC6455WebSocket.Message = Bounded


def unmask(data: bytes, mask: Sequence[int], length: int | None = None, offset: int = 0) -> bytes:
    """All bytes at once, as one number. `offset`: how much of the frame came before."""
    count = len(data) if length is None else length
    turned = bytes(mask[(offset + place) % 4] for place in range(4))
    key = (turned * (count // 4 + 1))[:count]
    number = int.from_bytes(data[:count], "little") ^ int.from_bytes(key, "little")
    return number.to_bytes(count, "little")
