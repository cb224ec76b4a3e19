"""The line of a hall, and the rule by which a counter chooses who is called next."""

from msgspec import Struct

from deploy.demo.place import MINUTE
from deploy.demo.visitors import Visitor

FORGOTTEN = 11 * MINUTE
"""Whoever has waited so long is called whatever the counter prefers: clerks see the line too."""


class Waiting(Struct, kw_only=True):
    """A leg of a visit: somebody in line for a queue, or believed to be."""

    ticket: str
    visitor: Visitor
    queue: str
    since: float
    leaves: float
    here_from: float
    """When the counters see them: seconds after `since`, or minutes when they fetch a document."""
    legs: int = 1

    @property
    def due(self) -> float:
        """When the wait begins to count: an appointment is not owed before its time."""
        return max(self.since, self.visitor.appointment or 0.0)

    def comes_first(self, now: float) -> bool:
        return self.visitor.priority != "none" and self.due <= now


class Line:
    """Everybody in line in a hall, whatever the queue; also those who have silently left."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []

    def join(self, somebody: Waiting) -> None:
        self._waiting.append(somebody)

    def leave(self, somebody: Waiting) -> bool:
        """Whether they were still in line."""
        if somebody in self._waiting:
            self._waiting.remove(somebody)
            return True
        return False

    def empty(self, queues: tuple[str, ...]) -> bool:
        return not any(somebody.queue in queues for somebody in self._waiting)

    def longest_wait(self, queues: tuple[str, ...], now: float) -> float:
        return max((now - somebody.due for somebody in self._waiting if somebody.queue in queues), default=0.0)

    def take(self, queues: tuple[str, ...], now: float) -> Waiting | None:
        """Priority and appointments due first, then the counter's preference; in each, and past a limit, by arrival."""
        ready = [somebody for somebody in self._waiting if somebody.queue in queues and somebody.here_from <= now]
        if not ready:
            return None

        def place(each: Waiting) -> tuple[bool, int, float, str]:
            preference = 0 if now - each.due > FORGOTTEN else queues.index(each.queue)
            return not each.comes_first(now), preference, each.due, each.ticket

        chosen = min(ready, key=place)
        self._waiting.remove(chosen)
        return chosen
