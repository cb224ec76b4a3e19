"""The three kinds of hall as constants: queues, counters with their plan, hours, and how much comes when."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from deploy.demo.place import MINUTE, hm
from ticketing.hours import Hours, Span
from ticketing.plan import Commitment, Desk, Plan, Queue

PARIS = ZoneInfo("Europe/Paris")
WORKING_DAYS = range(5)
HALF_HOUR = 30 * MINUTE
COMMITMENT = Commitment(
    within=timedelta(minutes=15), share=0.95, provenance="banc d'essai", valid_from=date(2020, 1, 1)
)

Window = tuple[float, float]
"""Seconds from local midnight."""


class Service(Struct, frozen=True, kw_only=True):
    """A queue: `visits` on a mean day, spread over the half-hours since opening as `profile` says.

    `spread` is the coefficient of variation of a service, 1 for an exponential one; `urgent` and `booked` are the
    shares of tickets with priority and by appointment.
    """

    queue: str
    letter: str
    visits: float
    profile: tuple[float, ...]
    minutes: float
    spread: float
    exponential: bool = False
    urgent: float = 0.0
    booked: float = 0.0


class Place(Struct, frozen=True, kw_only=True):
    """A kind of hall. `prints`: when its kiosk does; `planned`: when each counter is staffed, as the plan has it."""

    name: str
    opens: tuple[Window, ...]
    prints: tuple[Window, ...]
    services: tuple[Service, ...]
    counters: dict[str, tuple[str, ...]]
    planned: dict[str, tuple[Window, ...]]
    weekdays: tuple[float, ...] = (1.0,) * 5
    """How busy Monday to Friday are."""
    service_days: float = 0.0
    """Spread between days of the mean service, relative."""
    arrival_days: float = 0.0
    patience: float | None = None
    """Mean; whoever runs out of it leaves silently. None: everybody stays."""
    patience_spread: float = 0.9
    walk: Window = (10, 25)
    """From the call until the service begins."""
    absent: Window = (45, 60)
    """What calling somebody costs who does not come."""
    unpunctual: bool = True
    """Whether counters deviate from their plan."""
    missing: float = 0.0
    """Share of days on which one counter is missing all morning."""

    @property
    def plan(self) -> Plan:
        """What is configured of it: all that the judged code is told."""
        return Plan(
            site="banc",
            area=self.name,
            kind="hall",
            name=self.name,
            hours=weekly(self.opens),
            queues=tuple(Queue(id=service.queue, name=service.queue) for service in self.services),
            desks=tuple(
                Desk(id=counter, name=counter, queues=queues, planned=weekly(self.planned[counter]))
                for counter, queues in self.counters.items()
            ),
            commitments=(COMMITMENT,),
        )


def weekly(windows: tuple[Window, ...]) -> Hours:
    spans = tuple(_span(window) for window in windows)
    return Hours(zone=PARIS, weekly=dict.fromkeys(WORKING_DAYS, spans))


def _span(window: Window) -> Span:
    begins, ends = (time(int(at // 3600), int(at % 3600 // 60)) for at in window)
    return begins, ends


def _with_breaks(begins: float, ends: float, *breaks: Window) -> tuple[Window, ...]:
    edges = [begins, *(edge for pause in breaks for edge in pause), ends]
    return tuple(zip(edges[::2], edges[1::2], strict=True))


def _coffee(place: int) -> Window:
    """Ten minutes, one counter after the other from 09:40 on."""
    begins = hm(9, 40) + place * 15 * MINUTE
    return begins, begins + 10 * MINUTE


EARLY_LUNCH, LATE_LUNCH = (hm(11, 45), hm(12, 30)), (hm(12, 30), hm(13, 15))
ALL_DAY = ((hm(8, 30), hm(16, 30)),)
NOON_CLOSED = ((hm(8, 30), hm(12)), (hm(13, 15), hm(16, 30)))

LUNCH = Place(
    name="lunch",
    opens=ALL_DAY,
    prints=((hm(8, 30), hm(16)),),
    services=(
        Service(
            queue="sejour",
            letter="S",
            visits=120,
            profile=(1.5, 1.2, 1.2, 1.3, 1.3, 1.2, 1.1, 1.0, 0.9, 0.8, 0.9, 1.0, 0.9, 0.7, 0.5),
            minutes=14.0,
            spread=0.65,
            urgent=0.12,
            booked=0.05,
        ),
        Service(
            queue="remise",
            letter="R",
            visits=175,
            profile=(1.2, 1.0, 1.0, 1.1, 1.1, 1.1, 1.3, 1.5, 1.4, 1.0, 0.9, 0.9, 0.8, 0.7, 0.5),
            minutes=5.0,
            spread=0.7,
            urgent=0.12,
            booked=0.03,
        ),
    ),
    counters={
        "g1": ("sejour",),
        "g2": ("sejour", "remise"),
        "g3": ("sejour", "remise"),
        "g4": ("remise", "sejour"),
        "g5": ("remise", "sejour"),
        "g6": ("sejour",),
        "g7": ("remise",),
    },
    planned={
        f"g{place + 1}": _with_breaks(hm(8, 30), hm(16, 30), _coffee(place), LATE_LUNCH if place % 2 else EARLY_LUNCH)
        for place in range(7)
    },
    weekdays=(1.08, 1.03, 0.97, 0.97, 0.95),
    service_days=0.08,
    arrival_days=0.10,
    patience=80 * MINUTE,
    missing=1 / 6,
)

NOON = Place(
    name="noon",
    opens=NOON_CLOSED,
    prints=((hm(8, 30), hm(11, 50)), (hm(13, 15), hm(16))),
    services=(
        Service(
            queue="accueil",
            letter="A",
            visits=112,
            profile=(1.4, 1.2, 1.3, 1.4, 1.3, 1.2, 1.2, 0, 0, 1.4, 1.2, 1.0, 0.9, 0.8, 0.5),
            minutes=12.0,
            spread=0.6,
            urgent=0.05,
        ),
    ),
    counters={f"g{place + 1}": ("accueil",) for place in range(4)},
    planned={
        f"g{place + 1}": (*_with_breaks(hm(8, 30), hm(12), _coffee(2 * place)), (hm(13, 15), hm(16, 30)))
        for place in range(4)
    },
    weekdays=(1.08, 1.03, 0.97, 0.97, 0.95),
    service_days=0.08,
    arrival_days=0.10,
    patience=90 * MINUTE,
)

MM4 = Place(
    name="mm4",
    opens=ALL_DAY,
    prints=((hm(8, 30), hm(16)),),
    services=(
        Service(
            queue="accueil",
            letter="A",
            visits=0.85 * 4 * 7.5 * 60 / 8,
            profile=(1.0,) * 15,
            minutes=8.0,
            spread=1.0,
            exponential=True,
        ),
    ),
    counters={f"g{place + 1}": ("accueil",) for place in range(4)},
    planned={f"g{place + 1}": ALL_DAY for place in range(4)},
    walk=(0, 0),
    unpunctual=False,
)

PLACES = {place.name: place for place in (LUNCH, NOON, MM4)}


def _staffed(place: Place, name: str, counters: dict[str, tuple[str, ...]]) -> Place:
    """The same hall with more counters, which go to lunch and to coffee as those there are do."""
    own = list(place.counters)
    planned = {counter: place.planned[own[at % len(own)]] for at, counter in enumerate([*own, *counters])}
    return replace(place, name=name, counters={**place.counters, **counters}, planned=planned)


LUNCH_9 = _staffed(LUNCH, "lunch9", {"g8": ("sejour", "remise"), "g9": ("remise", "sejour")})
NOON_5 = _staffed(NOON, "noon5", {"g5": ("accueil",)})

WATCHED = {place.name: place for place in (LUNCH_9, NOON_5)}
"""For alerts: as staffed as makes the line too long about once a day. In LUNCH and NOON it is so a third of the day."""
