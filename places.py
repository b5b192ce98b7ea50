"""Places within a limit: taken before something is tried, and given back where it went well."""

from dataclasses import dataclass

from limits import RateLimitItem

from extensions import limiter

# A limit, and what and whom it counts.
Place = tuple[RateLimitItem, str, str]
# Redis tells the end of a window in whole seconds.
_SAME_WINDOW_SECONDS = 2


@dataclass(frozen=True)
class Taken:
    """A place that was counted. `is_free`: within the limit; `end`: of its window, Unix time."""

    place: Place
    is_free: bool
    end: float

    def give_back(self) -> None:
        """To its own window: once that has ended there is nothing left to give back.

        Else what ends in the next one would let somebody have more than the limit there.
        """
        limit = self.place[0]
        window = limiter.get_window_stats(*self.place)
        is_same = abs(window.reset_time - self.end) < _SAME_WINDOW_SECONDS
        if is_same and window.remaining < limit.amount:
            limiter.hit(*self.place, cost=-1)


def take(place: Place) -> Taken:
    """Count, also beyond the limit."""
    is_free = limiter.hit(*place)
    return Taken(place, is_free, limiter.storage.get_expiry(place[0].key_for(*place[1:])))
