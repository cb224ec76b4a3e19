"""Attempts: how often something was tried, and who has to wait."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

MOST_KEYS = 10_000
"""Of the rest, the oldest are forgotten: whoever tries with as many names must not take all memory."""


class Attempts:
    """So many in a while for each key; after that none, until the oldest is so long ago."""

    def __init__(self, most: int, window: timedelta) -> None:
        self._most, self._window = most, window
        self._tried: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wait(self, key: str, now: datetime) -> timedelta:
        """How long until the next one; nothing if it may be now."""
        if key not in self._tried:
            return timedelta()
        tried = self._recent(key, now)
        return self._window - (now - tried[0]) if len(tried) >= self._most else timedelta()

    def note(self, key: str, now: datetime) -> None:
        self._recent(key, now).append(now)
        self._tried.move_to_end(key)
        while len(self._tried) > MOST_KEYS:
            self._tried.popitem(last=False)

    def take_back(self, key: str) -> None:
        """The last one was none."""
        if tried := self._tried.get(key):
            tried.pop()

    def forget(self, key: str) -> None:
        self._tried.pop(key, None)

    def _recent(self, key: str, now: datetime) -> deque[datetime]:
        tried = self._tried.setdefault(key, deque(maxlen=self._most))
        # a clock that is set back must lock nobody out for longer
        while tried and not timedelta() <= now - tried[0] < self._window:
            tried.popleft()
        return tried
