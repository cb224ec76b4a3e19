"""Alerts for the tests of the boards: some of each kind on the tests' Monday, and a log of them in memory."""

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec.structs import replace

from dashboards.board import Board
from dashboards.errors import AwayError
from tests.build import at
from ticketing.alert import (
    SITE,
    Alert,
    DataStanding,
    DeviceSilent,
    HeadOfLine,
    Moment,
    Mute,
    PredictedBreach,
    Record,
    Remedy,
    Signal,
)

AWAY = "the database does not answer: connection refused"


def breach(name: str = "Séjour", subject: str = "sejour", fired: str = "9:14") -> Signal:
    """Three people of a queue will be late, and a counter more would help."""
    return Signal(
        condition="predicted_breach",
        subject=subject,
        name=name,
        severity="page",
        since=at("9:12"),
        fired_at=at(fired),
        facts=PredictedBreach(risk=0.9, late=3, breach_at=at("9:31"), limit_s=900.0),
        remedy=Remedy(action="ouvrir Guichet 2", wait_s=2280.0, then_wait_s=660.0),
    )


def head(name: str = "Asile", subject: str = "asile") -> Signal:
    facts = HeadOfLine(longest_s=1020.0, waiting=7, limit_s=900.0)
    return Signal(
        condition="head_of_line", subject=subject, name=name, severity="page",
        since=at("9:20"), fired_at=at("9:20"), facts=facts,
    )  # fmt: skip


def waits(*signals: Signal, id: str = "w1", fired: str = "9:14") -> Alert:  # noqa: A002
    return Alert(
        id=id, site="aube", area="sud", topic="wait", severity="page", since=at("9:12"), fired_at=at(fired),
        signals=signals or (breach(),), counters=1, configuration="3f2a",
    )  # fmt: skip


def deaf(id: str = "d1") -> Alert:  # noqa: A002
    """A device that is not heard: to be looked at today."""
    signal = Signal(
        condition="device_silent", subject="borne-1", name="borne-1", severity="task",
        since=at("9:02"), fired_at=at("9:04"), facts=DeviceSilent(heard=at("9:02")),
    )  # fmt: skip
    return Alert(
        id=id, site="aube", area="sud", topic="device", severity="task", since=at("9:02"), fired_at=at("9:04"),
        signals=(signal,),
    )  # fmt: skip


def standing(id: str = "o1") -> Alert:  # noqa: A002
    signal = Signal(
        condition="data_standing", subject="", name="", severity="page",
        since=at("9:25"), fired_at=at("9:26"), facts=DataStanding(last=at("9:25")),
    )  # fmt: skip
    return Alert(
        id=id, site="aube", area=SITE, topic="data", severity="page", since=at("9:25"), fired_at=at("9:26"),
        signals=(signal,),
    )  # fmt: skip


def over(id: str = "p1", taken: str = "8:53", name: str = "Séjour") -> Record:  # noqa: A002
    """One that has run its course within the day, with all that happened on the way."""
    signal = replace(breach(name), since=at("8:48"), fired_at=at("8:50"), clear_since=at("9:05"), ended_at=at("9:15"))
    alert = replace(
        waits(signal, id=id, fired="8:50"), acknowledged_at=at(taken), acknowledged_by="chef de hall",
        opened_at=at("8:57"), back_at=at("9:05"), resolved_at=at("9:15"), told_at=at("8:50"), told_to=("permanence",),
    )  # fmt: skip
    moments = (
        Moment(at=at("8:48"), kind="predicted", text=name),
        Moment(at=at("8:50"), kind="fired", text=name),
        Moment(at=at("8:50"), kind="told", who="permanence", text="fired"),
        Moment(at=at(taken), kind="acknowledged", who="chef de hall", text="Renfort demandé à l’accueil"),
        Moment(at=at("8:57"), kind="opened"),
        Moment(at=at("9:05"), kind="eased"),
        Moment(at=at("9:15"), kind="resolved"),
        Moment(at=at("9:15"), kind="told", who="permanence", text="resolved"),
    )
    return Record(alert=alert, moments=moments)


class Kept:
    """What the boards ask of the log of alerts; `turn` shows the board what is open, as the evaluation does."""

    def __init__(self, clock: Callable[[], datetime], *records: Record) -> None:
        self._clock = clock
        self.all = {record.alert.id: record for record in records}
        self.silences: dict[int, Mute] = {}
        self.lifted: list[tuple[int, str]] = []
        self.away = False

    def take(self, *alerts: Alert) -> None:
        """Alerts as they are now, those that are new with their first moments."""
        for alert in alerts:
            fired = alert.fired_at or alert.since
            names = ", ".join(signal.name for signal in alert.signals)
            first = (
                Moment(at=fired, kind="fired", text=names),
                Moment(at=fired, kind="told", who="permanence", text="fired"),
            )
            known = self.all.get(alert.id)
            self.all[alert.id] = Record(alert=alert, moments=known.moments if known else first)

    def turn(self, board: Board) -> None:
        now = self._clock()
        alerts = [one.alert for one in self.all.values() if one.alert.resolved_at is None]
        board.alert(alerts, [mute for mute in self.silences.values() if mute.until > now], board.undelivered)

    def _found(self, alert: str) -> Record | None:
        if self.away:
            raise AwayError(AWAY)
        return self.all.get(alert)

    def _add(self, record: Record, moment: Moment) -> Alert:
        self.all[record.alert.id] = replace(record, moments=(*record.moments, moment))
        return record.alert

    async def acknowledge(self, alert: str, who: str, note: str, at: datetime, /) -> Alert | None:
        record = self._found(alert)
        if record is None:
            return None
        if record.alert.state != "firing":
            return self._add(record, Moment(at=at, kind="noted", who=who, text=note)) if note else record.alert
        taken = replace(record, alert=replace(record.alert, acknowledged_at=at, acknowledged_by=who))
        return self._add(taken, Moment(at=at, kind="acknowledged", who=who, text=note))

    async def note(self, alert: str, who: str, text: str, at: datetime, /) -> Alert | None:
        record = self._found(alert)
        return self._add(record, Moment(at=at, kind="noted", who=who, text=text)) if record else None

    async def mute(
        self, alert: str, /, *, subject: str | None, until: datetime, who: str, reason: str, at: datetime
    ) -> Mute | None:
        record = self._found(alert)
        if record is None:
            return None
        number = len(self.silences) + 1
        found = record.alert
        self.silences[number] = Mute(
            id=number,
            area=found.area,
            topic=found.topic,
            subject=subject,
            since=at,
            until=until,
            reason=reason,
            who=who,
        )
        self._add(record, Moment(at=at, kind="muted", who=who, text=reason))
        return self.silences[number]

    async def unmute(self, mute: int, who: str, at: datetime, /) -> Mute | None:
        self._found("")
        found = self.silences.get(mute)
        if found is None or found.until <= at:
            return None
        self.silences[mute] = replace(found, until=at)
        self.lifted.append((mute, who))
        return self.silences[mute]

    async def records(self, since: datetime, until: datetime, area: str | None, /) -> list[Record]:
        self._found("")

        def within(alert: Alert) -> bool:
            fired, ended = alert.fired_at or alert.since, alert.resolved_at or until
            return fired < until and ended >= since and area in (None, alert.area)

        return _latest(record for record in self.all.values() if within(record.alert))

    async def record(self, alert: str, /) -> Record | None:
        return self._found(alert)


def _latest(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda one: one.alert.fired_at or one.alert.since, reverse=True)
