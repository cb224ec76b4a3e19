"""The true law of one simulated day: rates, services, patience and who staffs which counter when; all but the draws."""

from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator
from datetime import date
from itertools import accumulate, pairwise
from math import exp, inf, log, sqrt
from random import Random
from statistics import NormalDist

from msgspec import Struct

from deploy.demo.place import MINUTE, hm
from deploy.demo.simulation import chances, lognormal
from tests.bench.halls.places import HALF_HOUR, Place, Service, Window
from ticketing.events import Priority

NORMAL = NormalDist()
LONG_PAUSE = 20 * MINUTE
"""From here on a gap of the plan is lunch, of which people come back at a time rather than after a time."""


class Length(Struct, frozen=True):
    """A law of durations: lognormal, `middle` and `deviation` those of the logarithm, or exponential."""

    mean: float
    middle: float
    deviation: float
    exponential: bool = False

    @classmethod
    def of(cls, mean: float, spread: float, *, exponential: bool = False) -> "Length":
        """`spread` is the coefficient of variation."""
        variance = log(1 + spread * spread)
        return cls(mean, log(mean) - variance / 2, sqrt(variance), exponential)

    def draw(self, chance: Random) -> float:
        if self.exponential:
            return chance.expovariate(1 / self.mean)
        return exp(chance.gauss(self.middle, self.deviation))

    def longer(self, than: float) -> float:
        """Its chance to be longer."""
        if than <= 0:
            return 1.0
        if self.exponential:
            return exp(-than / self.mean)
        return NORMAL.cdf((self.middle - log(than)) / self.deviation)

    def rest(self, elapsed: float, chance: Random) -> float:
        """A draw of what remains of one that lasts longer than `elapsed`."""
        if self.exponential:
            return chance.expovariate(1 / self.mean)
        above = min(max(chance.random() * self.longer(elapsed), 1e-12), 1 - 1e-12)
        return max(exp(self.middle - self.deviation * NORMAL.inv_cdf(above)) - elapsed, 0.0)


class Pause(Struct, frozen=True):
    """Begins at the first free moment from `since` on; lasts `length` and never ends before `back`."""

    since: float
    length: float
    back: float


class Shift(Struct, frozen=True):
    opens: float
    ends: float
    pauses: tuple[Pause, ...]


Kind = tuple[int, Priority]
"""Of arrivals: the queue's place, and how they are called."""


class Piece(Struct, frozen=True):
    """A time of constant rates; `upto` are the summed rates of the kinds, per second."""

    begins: float
    ends: float
    upto: tuple[float, ...]


class Arrivals(Struct, frozen=True):
    """Poisson arrivals of several kinds, with rates that are constant in pieces."""

    kinds: tuple[Kind, ...]
    pieces: tuple[Piece, ...]

    def next(self, now: float, chance: Random) -> tuple[float, Kind] | None:
        """The first after `now`; None once nobody comes any more."""
        for piece in self.pieces:
            total = piece.upto[-1]
            if piece.ends <= now or not total:
                continue
            at = max(now, piece.begins) + chance.expovariate(total)
            if at < piece.ends:
                return at, self.kinds[bisect_right(piece.upto, chance.random() * total)]
        return None

    def without(self, left_out: Container[Kind]) -> "Arrivals":
        kept = [number for number, kind in enumerate(self.kinds) if kind not in left_out]
        pieces = []
        for piece in self.pieces:
            rates = [after - before for before, after in pairwise((0.0, *piece.upto))]
            pieces.append(Piece(piece.begins, piece.ends, tuple(accumulate(rates[number] for number in kept))))
        return Arrivals(tuple(self.kinds[number] for number in kept), tuple(pieces) if kept else ())


class Law(Struct, frozen=True, kw_only=True):
    """`services` by queue; `serves`: the queues of each counter by their places, the preferred one first."""

    arrivals: Arrivals
    services: tuple[Length, ...]
    serves: tuple[tuple[int, ...], ...]
    shifts: tuple[Shift, ...]
    patience: Length | None
    walk: Window
    absent: Window


def law(place: Place, day: date, seed: int) -> Law:
    """Of one day: as busy and slow as that day is, its counters as late."""
    factors = chances(day, seed, f"{place.name}/factors")
    busy = place.weekdays[day.weekday()] * _factor(factors, place.arrival_days)
    slow = _factor(factors, place.service_days)
    return _law(place, busy, slow, _shifts(place, chances(day, seed, f"{place.name}/shifts")))


def usual_law(place: Place, weekday: int) -> Law:
    """Of the mean day, its counters as planned."""
    shifts = (_shift(place.planned[counter], None) for counter in place.counters)
    return _law(place, place.weekdays[weekday], 1.0, shifts)


def _law(place: Place, busy: float, slow: float, shifts: Iterable[Shift]) -> Law:
    queues = [service.queue for service in place.services]
    return Law(
        arrivals=_arrivals(place, busy),
        services=tuple(
            Length.of(service.minutes * MINUTE * slow, service.spread, exponential=service.exponential)
            for service in place.services
        ),
        serves=tuple(tuple(queues.index(queue) for queue in served) for served in place.counters.values()),
        shifts=tuple(shifts),
        patience=Length.of(place.patience, place.patience_spread) if place.patience else None,
        walk=place.walk,
        absent=place.absent,
    )


def _factor(chance: Random, spread: float) -> float:
    return lognormal(chance, 1.0, spread) if spread else 1.0


def _arrivals(place: Place, busy: float) -> Arrivals:
    kinds: list[Kind] = []
    shares: list[tuple[Service, float]] = []
    for number, service in enumerate(place.services):
        parts: tuple[tuple[Priority, float], ...] = (
            ("none", 1 - service.urgent - service.booked),
            ("priority", service.urgent),
            ("appointment", service.booked),
        )
        kinds += [(number, priority) for priority, share in parts if share]
        shares += [(service, share) for _, share in parts if share]
    slots = [slot for window in place.prints for slot in _slots(place.opens[0][0], window)]
    volumes = [_profile(service, slots) for service, _ in shares]
    pieces = []
    for number, (_, begins, ends) in enumerate(slots):
        rates = (
            busy * share * volume[number] / (ends - begins) for volume, (_, share) in zip(volumes, shares, strict=True)
        )
        pieces.append(Piece(begins, ends, tuple(accumulate(rates))))
    return Arrivals(tuple(kinds), tuple(pieces))


def _slots(opening: float, window: Window) -> Iterator[tuple[int, float, float]]:
    """The half-hours since opening that a window has part in, with the parts."""
    at, ends = window
    while at < ends:
        half_hour = int((at - opening) / HALF_HOUR)
        upto = min(opening + (half_hour + 1) * HALF_HOUR, ends)
        yield half_hour, at, upto
        at = upto


def _profile(service: Service, slots: list[tuple[int, float, float]]) -> list[float]:
    """Tickets expected in each slot of a mean day."""
    weights = [service.profile[half_hour] * (ends - begins) for half_hour, begins, ends in slots]
    return [service.visits * weight / sum(weights) for weight in weights]


def _shifts(place: Place, chance: Random) -> Iterator[Shift]:
    """On some days a counter is there only after its lunch."""
    closures = [(closes, reopens) for (_, closes), (reopens, _) in pairwise(place.opens)]
    absentee = chance.choice(list(place.counters)) if chance.random() < place.missing else None
    for counter in place.counters:
        windows = place.planned[counter]
        if counter == absentee:
            windows = tuple(window for window in windows if window[0] >= hm(12))
        yield _shift(windows, chance if place.unpunctual else None, closures)


def _shift(windows: tuple[Window, ...], chance: Random | None, closures: Container[Window] = ()) -> Shift:
    """As planned, or by chance some minutes late, and so with the breaks; nobody works while the hall is closed."""
    opens = windows[0][0] + (chance.triangular(-5, 12, -1) * MINUTE if chance else 0.0)
    pauses = []
    for (_, since), (back, _) in pairwise(windows):
        if chance is None:
            pauses.append(Pause(since, 0.0, back))
        elif (since, back) in closures:
            pauses.append(
                Pause(since - chance.uniform(0, 5) * MINUTE, 0.0, back + chance.triangular(0, 10, 1) * MINUTE)
            )
        elif back - since >= LONG_PAUSE:
            pauses.append(Pause(since + chance.gauss(0, 3) * MINUTE, 0.0, back + chance.uniform(-3, 8) * MINUTE))
        else:
            length = (back - since) * chance.uniform(0.8, 1.5)
            pauses.append(Pause(since + chance.gauss(2, 5) * MINUTE, length, -inf))
    return Shift(opens, windows[-1][1], tuple(pauses))
