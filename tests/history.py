"""The tests' vocabulary of past days: lessons and what they teach, in a word each."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from tests.build import HOURS, MONDAY
from ticketing.handling import Handling
from ticketing.lesson import BINS, Lesson, Span
from ticketing.load import Leaving, Load
from ticketing.service import SHAPE, Service

WORKING_DAYS = [day for n in range(1, 40) if (day := MONDAY - timedelta(days=n)) and HOURS.spans(day)]
"""Those before the tests' Monday, newest first."""
MORNING = (8.5 * 3600, 12 * 3600)
AFTERNOON = (13.25 * 3600, 16.5 * 3600)
FROM_NINE: tuple[Span, ...] = ((9 * 3600, 12 * 3600), AFTERNOON)


def lesson(
    on: date,
    services: Mapping[str, Sequence[float]] | None = None,
    arrivals: Mapping[str, Mapping[int, int]] | None = None,
    staffed: Mapping[str, tuple[Span, ...]] | None = None,
) -> Lesson:
    """`services` in seconds; `arrivals` by half-hour, of those that have any: one at 9:00 unless told."""
    by_queue = arrivals or {"sejour": {18: 1}}
    return Lesson(
        date=on,
        handling={
            queue: Handling(served=tuple((length, 0.0) for length in lengths))
            for queue, lengths in (services or {}).items()
        },
        arrivals={queue: tuple(counts.get(n, 0) for n in range(BINS)) for queue, counts in by_queue.items()},
        first={},
        staffed=staffed or {},
    )


def lessons(
    number: int = 10,
    services: Mapping[str, Sequence[float]] | None = None,
    arrivals: Mapping[str, Mapping[int, int]] | None = None,
    staffed: Mapping[str, tuple[Span, ...]] | None = None,
) -> list[Lesson]:
    """As many working days, all the same."""
    return [lesson(day, services, arrivals, staffed) for day in WORKING_DAYS[:number]]


def alike(mean_s: float, n: int = 1000) -> Service:
    """Services that all last as long."""
    return Service(mean_s=mean_s, n=n, shape=np.ones(SHAPE), vain_s=0.0)


def exponential(mean_s: float, n: int = 1000) -> Service:
    """Services of an exponential law, by the middles of its parts."""
    shape = -np.log1p(-(np.arange(SHAPE) + 0.5) / SHAPE)
    return Service(mean_s=mean_s, n=n, shape=shape / shape.mean(), vain_s=0.0)


def load(
    services: Mapping[str, Service],
    days: Sequence[Lesson] = (),
    leaving: Mapping[str, Leaving] | None = None,
    first_share: Mapping[str, float] | None = None,
) -> Load:
    """Without gaps and reactions, so that it can be reckoned by hand. `days`: ten on which nobody came, unless told."""
    quiet = lessons(arrivals={"sejour": {}})
    taught = Load.of(days or quiet)
    return Load(
        days=tuple(days or quiet),
        profiles=taught.profiles,
        services=services,
        leaving=leaving or {},
        first_profiles={queue: share * taught.profiles[queue] for queue, share in (first_share or {}).items()},
        gaps=np.zeros(1),
        reaction_s=0.0,
    )
