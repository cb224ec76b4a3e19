"""What is judged: vigie's forecasts and recommendations, through the code that the board uses."""

from collections import defaultdict
from datetime import date, datetime

from tests.bench.halls.days import SimulatedDay
from tests.bench.halls.scores import Prediction
from ticketing.accuracy import Pair, outcomes
from ticketing.area import Area
from ticketing.conformal import Correction
from ticketing.forecast import QueueForecast, forecast
from ticketing.lesson import Lesson
from ticketing.load import Load
from ticketing.plan import Plan
from ticketing.staffing import advise


class Vigie:
    """Learns each day when it is over, as the board does at midnight."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._lessons: list[Lesson] = []
        self._load = Load()
        self._pairs: defaultdict[str, list[Pair]] = defaultdict(list)
        self._corrections: dict[str, Correction] = {}
        self._made: dict[tuple[str, datetime], QueueForecast] = {}

    def learn(self, day: SimulatedDay) -> None:
        area = Area.of(day.plan, day.events)
        self._lessons.append(Lesson.of(area, day.date))
        self._load = Load.of(self._lessons, self._plan.kind)
        for pair in self._judged(area, day.date):
            self._pairs[pair.queue].append(pair)
        self._corrections = {queue: Correction.of(pairs) for queue, pairs in self._pairs.items()}
        self._made = {}

    def predict(self, area: Area, queue: str, now: datetime) -> Prediction | None:
        found = forecast(area, self._load, now, self._corrections).queues[queue]
        self._made[queue, now] = found
        if found.shown is None:
            return None
        p10, p50, p90 = found.shown
        return Prediction(p10_s=p10, p50_s=p50, p90_s=p90, mean_s=found.mean_s)

    def _judged(self, area: Area, on: date) -> list[Pair]:
        waits = {outcome.visit: outcome.wait_s for outcome in outcomes(area, area.plan.hours.day(on).end)}
        pairs = []
        for key, wait_s in waits.items():
            leg = area.visits[key].legs[0]
            made = self._made.get((leg.queue or "", leg.entered)) if leg.entered else None
            if made and made.method == "simulation" and made.raw and made.shown and wait_s is not None:
                pairs.append(
                    Pair(
                        area=area.plan.area,
                        queue=made.queue,
                        day=on,
                        method=made.method,
                        shown=made.shown,
                        raw=made.raw,
                        wait_s=wait_s,
                    )
                )
        return pairs


class Advised:
    """A supervisor who opens as many counters as vigie recommends for the one queue."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._queue = plan, plan.queues[0].id
        self._lessons: list[Lesson] = []
        self._load = Load()

    def learn(self, day: SimulatedDay) -> None:
        self._lessons.append(Lesson.of(Area.of(day.plan, day.events), day.date))
        self._load = Load.of(self._lessons, self._plan.kind)

    def counters(self, area: Area, now: datetime) -> int:
        found = advise(area, self._load, now)[self._queue]
        return found.effects[0].counters if found.recommended is None else found.recommended
