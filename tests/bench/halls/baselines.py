"""What is predicted today without a model: the head of the line, the last called, the display's formula, and means."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta

import numpy as np
from msgspec import Struct

from tests.bench.halls.days import SimulatedDay
from tests.bench.halls.judging import Judged
from tests.bench.halls.scores import Prediction
from ticketing.area import Area
from ticketing.visit import Visit

HALF_HOUR = timedelta(minutes=30)


class HeadOfLine(Struct):
    """HOL: how long the first of the queue's line has waited; 0 without a line."""

    def learn(self, day: SimulatedDay) -> None:
        pass

    def predict(self, area: Area, queue: str, now: datetime) -> Prediction:
        waiting = [visit.turn for visit in _today(area, queue, now) if visit.legs[0].waiting and visit.turn]
        return _point(max((now - min(waiting, default=now)).total_seconds(), 0.0))


class LastCalled(Struct):
    """LES: the wait of the queue's last called ordinary ticket; 0 before the first."""

    def learn(self, day: SimulatedDay) -> None:
        pass

    def predict(self, area: Area, queue: str, now: datetime) -> Prediction:
        return _point(max(_calls(area, queue, now), default=(now, 0.0))[1])


class LastHalfHour(Struct):
    """The mean wait of the ordinary tickets called in the last 30 minutes; of the last called where there is none."""

    def learn(self, day: SimulatedDay) -> None:
        pass

    def predict(self, area: Area, queue: str, now: datetime) -> Prediction:
        calls = _calls(area, queue, now)
        recent = [wait for called, wait in calls if now - called <= HALF_HOUR]
        return _point(float(np.mean(recent)) if recent else max(calls, default=(now, 0.0))[1])


class DisplayFormula(Struct):
    """(q + 1) m / s: tickets in line, mean service of past days, counters open now that serve them (at least one)."""

    served: defaultdict[str, list[float]]

    def learn(self, day: SimulatedDay) -> None:
        for visit in Area.of(day.plan, day.events).visits.values():
            leg = visit.legs[0]
            if leg.queue and leg.started and leg.ended and leg.end == "served":
                self.served[leg.queue].append((leg.ended - leg.started).total_seconds())

    def predict(self, area: Area, queue: str, now: datetime) -> Prediction | None:
        if not self.served[queue]:
            return None
        ahead = sum(visit.legs[0].waiting for visit in _today(area, queue, now))
        open_now = sum(queue in (counter.queues or ()) for counter in area.counters.values() if counter.open)
        return _point((ahead + 1) * sum(self.served[queue]) / len(self.served[queue]) / max(open_now, 1))


class Constant(Struct):
    """The mean and quantiles of the queue's ordinary tickets on past days, whatever happens."""

    waits: defaultdict[str, list[float]]

    def learn(self, day: SimulatedDay) -> None:
        for visit in Area.of(day.plan, day.events).visits.values():
            if visit.priority == "none" and visit.wait and visit.legs[0].queue:
                self.waits[visit.legs[0].queue].append(visit.wait.total_seconds())

    def predict(self, area: Area, queue: str, now: datetime) -> Prediction | None:  # noqa: ARG002 - whatever happens
        if not self.waits[queue]:
            return None
        p10, p50, p90 = np.quantile(self.waits[queue], (0.1, 0.5, 0.9)).tolist()
        return Prediction(p10_s=p10, p50_s=p50, p90_s=p90, mean_s=float(np.mean(self.waits[queue])))


BASELINES: dict[str, Callable[[], Judged]] = {
    "HOL": HeadOfLine,
    "LES": LastCalled,
    "mean of the last 30 min": LastHalfHour,
    "(q+1)m/s": lambda: DisplayFormula(defaultdict(list)),
    "constant": lambda: Constant(defaultdict(list)),
}


def _today(area: Area, queue: str, now: datetime) -> Sequence[Visit]:
    midnight = datetime.combine(now.astimezone(area.plan.hours.zone), time.min, area.plan.hours.zone).astimezone(UTC)
    return [visit for visit in area.visits.values() if visit.legs[0].queue == queue and visit.first >= midnight]


def _calls(area: Area, queue: str, now: datetime) -> Sequence[tuple[datetime, float]]:
    """When ordinary tickets were called today, and their waits."""
    return [
        (visit.legs[0].called, visit.wait.total_seconds())
        for visit in _today(area, queue, now)
        if visit.priority == "none" and visit.legs[0].called and visit.wait is not None
    ]


def _point(seconds: float) -> Prediction:
    return Prediction(p50_s=seconds, mean_s=seconds)
