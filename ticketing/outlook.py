"""The outlook: an area's situation beside what past days teach of it; what forecasts and recommendations stand on."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from ticketing.area import Area
from ticketing.lesson import BIN_S, BINS
from ticketing.load import Load
from ticketing.plan import Commitment, Plan
from ticketing.service import FEW, Service, service
from ticketing.situation import Situation


class Outlook(Struct, frozen=True, kw_only=True):
    """`services`: by queue, as it is today; every queue of the situation has one, or none has."""

    plan: Plan
    situation: Situation
    load: Load
    services: Mapping[str, Service]

    @classmethod
    def of(cls, area: Area, load: Load, now: datetime) -> "Outlook":
        situation = Situation.of(area, now)
        return Outlook(plan=area.plan, situation=situation, load=load, services=_services(situation, load))

    @property
    def queues(self) -> tuple[str, ...]:
        """Those that can be forecast: none without a counter."""
        return tuple(queue for queue in self.situation.queues if queue in self.services and self.situation.seats)

    def after(self, at: datetime) -> float:
        """Seconds from now to an instant."""
        return (at - self.situation.at).total_seconds()

    @property
    def midnight_s(self) -> float:
        """Seconds from now to the midnight before."""
        return self.after(self.situation.day.end - timedelta(days=1))

    def rate(self, queue: str) -> float:
        """Entries a second in this half-hour, as past days had them."""
        rates = self.load.rates(queue, self.situation.day.date)
        return float(rates[min(int(-self.midnight_s // BIN_S), BINS - 1)])

    def promised(self, queue: str) -> Commitment | None:
        """What those of a queue are promised today: on a day without opening hours, nothing."""
        day = self.situation.day
        return self.plan.commitment(queue, day.date) if day.spans else None

    def to_answer(self, queue: str) -> float | None:
        """The share of a telephone queue's calls that are to be answered today, at whatever time."""
        day = self.situation.day
        target = self.plan.target("answer_rate", queue, day.date) if day.spans else None
        return target.value if target else None

    def within(self, queue: str) -> timedelta | None:
        """The time within which those of a queue are to be called today; None where nothing is promised."""
        promised = self.promised(queue)
        return promised.within if promised else None


def _services(situation: Situation, load: Load) -> dict[str, Service]:
    """Of past days and today; of today alone; or, where too few were seen, of the area's other queues."""
    found = {}
    for queue in situation.queues:
        today = situation.today.get(queue)
        if queue in load.services:
            found[queue] = load.services[queue].today(today)
        elif today and (own := service(today)):
            found[queue] = own
    known = [one for one in found.values() if one.n >= FEW]
    if known:
        usual = max(known, key=lambda one: one.n)
        mean_s = sum(one.mean_s * one.n for one in known) / sum(one.n for one in known)
        for queue in situation.queues:
            found.setdefault(queue, replace(usual, mean_s=mean_s, n=0))
    return found
