"""What devices send: events with the instant of publication, numbered per device, late where a device was cut off."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from ticketing.events import Event, Fact

TICK = timedelta(milliseconds=1)
BURST_GAP = timedelta(milliseconds=40)


class Sent(Struct, frozen=True, kw_only=True):
    """`published` is when the device sends it: at once, or when its network is back."""

    published: datetime
    event: Event


class Outage(Struct, frozen=True, kw_only=True):
    """A device without network: it goes on working, and sends all when it is back."""

    area: str
    device: str
    since: datetime
    until: datetime


class Midnight(Struct, frozen=True, kw_only=True):
    """The origin of a simulated day."""

    day: date
    zone: ZoneInfo

    def plus(self, seconds: float) -> datetime:
        """Wall time, to the millisecond."""
        return datetime.combine(self.day, time.min, self.zone) + timedelta(milliseconds=round(seconds * 1000))


class Record:
    """The facts of a day per device, each noted when it happens, so that a device's numbers follow its time."""

    def __init__(self, midnight: Midnight) -> None:
        self.midnight = midnight
        self._noted: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)

    def note(self, at: float, area: str, device: str, fact: Fact) -> None:
        events = self._noted[area, device]
        instant = self.midnight.plus(at)
        if events:
            # A device does one thing at a time: its facts never share an instant.
            instant = max(instant, events[-1].at + TICK)
        sequence = len(events) + 1
        identifier = f"{self.midnight.day:%Y%m%d}-{sequence}"
        events.append(Event(at=instant, area=area, device=device, id=identifier, fact=fact, sequence=sequence))

    def sent(self, outages: list[Outage]) -> list[Sent]:
        """In the order of publication; a device's own order is always kept."""
        day = [sent for events in self._noted.values() for sent in _published(events, outages)]
        return sorted(day, key=lambda sent: (sent.published, sent.event.area, sent.event.device, sent.event.sequence))


def _published(events: list[Event], outages: list[Outage]) -> list[Sent]:
    sent: list[Sent] = []
    for event in events:
        back = [
            outage.until
            for outage in outages
            if (outage.area, outage.device) == (event.area, event.device) and outage.since <= event.at < outage.until
        ]
        published = max([event.at, *back])
        if sent and published < sent[-1].published + BURST_GAP and sent[-1].published > sent[-1].event.at:
            published = sent[-1].published + BURST_GAP
        sent.append(Sent(published=published, event=event))
    return sent
