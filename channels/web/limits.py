"""Limits that keep one sender from crowding out the others. Per gateway: they shield it, they decide nothing."""

import math
import time
from collections import OrderedDict, deque

MAX_KEYS = 20_000


class SlidingWindow:
    """At most ``limit`` uses of a key within any ``seconds``."""

    def __init__(self, limit: int, seconds: float) -> None:
        """Start empty."""
        self._limit = limit
        self._seconds = seconds
        self._uses: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str) -> int:
        """Count a use. Returns 0 when it is within the limit, else the seconds until the next may come."""
        now = time.monotonic()
        uses = self._uses.setdefault(key, deque())
        self._uses.move_to_end(key)
        while uses and uses[0] <= now - self._seconds:
            uses.popleft()
        if len(uses) >= self._limit:
            return max(1, math.ceil(uses[0] + self._seconds - now))
        uses.append(now)
        self._forget(now)
        return 0

    def _forget(self, now: float) -> None:
        """Drop keys that have gone quiet; keys are in the order of their last use."""
        while self._uses:
            key, uses = next(iter(self._uses.items()))
            quiet = not uses or uses[-1] <= now - self._seconds
            if not quiet and len(self._uses) <= MAX_KEYS:
                return
            del self._uses[key]
