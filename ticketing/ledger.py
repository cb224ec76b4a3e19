"""The account of one device's day: what came from it, and what is missing."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct


class Count(Struct, frozen=True, kw_only=True):
    """How many wait in a queue at one instant: as the device counts them, and as we compute them."""

    queue: str
    reported: int
    computed: int

    @property
    def difference(self) -> int:
        return self.reported - self.computed


class Account(Struct, frozen=True, kw_only=True):
    """`kept`, `doubled`, `late` and `quarantined` count what came on the day; the gaps are of what happened on it.

    `missing` are numbers of the device's own sequence that never came; `filled` are those that came after later ones.
    """

    site: str
    area: str
    device: str
    day: date
    kept: int = 0
    doubled: int = 0
    late: int = 0
    quarantined: int = 0
    missing: int = 0
    filled: int = 0
    first_missing_after: datetime | None = None
    """When the event before the first gap happened."""
    heard_until: datetime | None = None
    missing_since: datetime | None = None
    """Since when it is silent, or catching up; None if it is heard."""
    correction_s: float | None = None
    """What is added to its times, where its clock is off by more than 5 s."""
    waiting: tuple[Count, ...] = ()

    @property
    def identity(self) -> tuple[str, str, str]:
        """Site, area and device."""
        return self.site, self.area, self.device

    @property
    def whole(self) -> bool:
        """Whether nothing of it is known to be missing."""
        return not (self.missing or self.missing_since or self.differences)

    @property
    def differences(self) -> Mapping[str, int]:
        return {count.queue: count.difference for count in self.waiting if count.difference}
