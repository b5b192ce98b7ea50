"""What limits count with: Redis where there is one, so that several processes count together.

While Redis is away each process counts for itself: the shop goes on selling, and still has limits.
"""

from time import monotonic

import structlog
from limits.storage import MemoryStorage, RedisStorage, Storage
from redis import RedisError

# Nobody shall wait at each message for a Redis that is away.
RETRY_SECONDS, TIMEOUT_SECONDS = 5.0, 1.0
log = structlog.get_logger()


class Shared(RedisStorage):
    STORAGE_SCHEME = []

    def __init__(self, redis_url: str) -> None:
        super().__init__(
            redis_url, socket_connect_timeout=TIMEOUT_SECONDS, socket_timeout=TIMEOUT_SECONDS
        )
        self._own, self._away_until = MemoryStorage(), 0.0

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        if monotonic() >= self._away_until:
            try:
                return super().incr(key, expiry, amount)
            except RedisError:
                self._note_absence()
        return self._own.incr(key, expiry, amount)

    def get(self, key: str) -> int:
        if monotonic() >= self._away_until:
            try:
                return super().get(key)
            except RedisError:
                self._note_absence()
        return self._own.get(key)

    def get_expiry(self, key: str) -> float:
        if monotonic() >= self._away_until:
            try:
                return super().get_expiry(key)
            except RedisError:
                self._note_absence()
        return self._own.get_expiry(key)

    def _note_absence(self) -> None:
        self._away_until = monotonic() + RETRY_SECONDS
        log.error("redis is away: each process counts limits for itself")


def storage(redis_url: str | None) -> Storage:
    return Shared(redis_url) if redis_url else MemoryStorage()
