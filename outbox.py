"""What is still to be sent to one socket, counted in bytes.

Engine.IO's own queue has no end: whoever asks and doesn't read would fill the memory of the shop.
"""

from typing import Any

# A page that reads at all is never this far behind; one answer alone may be larger.
MOST_BYTES = 1_000_000


def counting(queue: type[Any]) -> type[Any]:
    """Engine.IO's kind of queue, which also knows how many bytes of messages are in it."""

    class Outbox(queue):  # type: ignore[misc]  # the library's, of either kind
        waiting = 0

        def _put(self, packet: Any) -> None:
            self.waiting += _size(packet)
            super()._put(packet)

        def _get(self) -> Any:
            packet = super()._get()
            self.waiting -= _size(packet)
            return packet

    return Outbox


def is_full(queue: Any) -> bool:
    return bool(queue.waiting > MOST_BYTES)


def empty(queue: Any) -> None:
    """Let go of all that waits."""
    while queue.qsize():
        queue.get(block=False)


def _size(packet: Any) -> int:
    # None says that there will be no more.
    data = getattr(packet, "data", None)
    return len(data) if isinstance(data, str | bytes) else 0
