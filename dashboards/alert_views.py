"""Alerts as they are shown: on the board in a line each, on their own page with what was done, and to programs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from jinja2 import Environment
from msgspec import Struct

from dashboards.board import Board
from ticketing.alert import SITE, Alert, Kind, Moment, Mute, Record, Signal
from ticketing.french.alerts import SEVERITY_WORDS, lines, title
from ticketing.french.notation import clock, duration

STATES = {"firing": "à prendre en charge", "acknowledged": "prise en charge", "resolved": "terminée"}
MOMENTS: Mapping[Kind, str] = {
    "predicted": "Dépassement prévu",
    "fired": "Alerte déclenchée",
    "joined": "S’y ajoute",
    "worsened": "S’aggrave",
    "told": "Prévenu",
    "undelivered": "Pas joint",
    "acknowledged": "Prise en charge",
    "noted": "Note",
    "muted": "Mise en silence",
    "unmuted": "Silence levé",
    "escalated": "Sans réponse, prévenus aussi",
    "opened": "Renfort",
    "eased": "Retour sous le seuil",
    "resolved": "Alerte terminée",
}
NEWS = {
    "fired": "",
    "joined": "ce qui s’y ajoute",
    "worsened": "aggravation",
    "again": "rappel",
    "escalated": "sans réponse",
    "resolved": "fin",
}
SAID = {
    "prise": "L’alerte est prise en charge.",
    "deja": "Elle était déjà prise en charge, ou terminée ; votre note est gardée.",
    "note": "La note est gardée.",
    "silence": "Le silence est en place.",
    "levee": "Le silence est levé.",
}
SITE_NAME = "Toute la préfecture"


class Names(Struct, frozen=True, kw_only=True):
    areas: Mapping[str, str]
    queues: Mapping[tuple[str, str], str]
    zone: tzinfo

    def area(self, area: str) -> str:
        return SITE_NAME if area == SITE else self.areas.get(area, area)


class Step(Struct, frozen=True, kw_only=True):
    """One line of a timeline, as shown."""

    at: str
    what: str
    who: str
    text: str


class Shown(Struct, frozen=True, kw_only=True):
    """An alert as shown. `loop`: how long each of its stretches took, in words."""

    id: str
    area: str
    title: str
    lines: Sequence[str]
    state: str
    state_words: str
    severity: str
    severity_words: str
    muted: str
    steps: Sequence[Step]
    loop: Sequence[str]
    queues: Sequence[tuple[str, str]]
    fired: str
    sounding: bool
    """Whether a board that may sounds for it."""


class AlertViews:
    def __init__(self, board: Board, templates: Environment) -> None:
        self._board, self._templates = board, templates
        plans = board.plans.values()
        zone = next((plan.hours.zone for plan in plans), None)
        self.names = Names(
            areas={plan.area: plan.name for plan in plans},
            queues={(plan.area, queue.id): queue.name for plan in plans for queue in plan.queues},
            zone=zone or datetime.now().astimezone().tzinfo,  # type: ignore[arg-type]
        )

    def strip(self) -> str:
        """The part of the board that says what is open."""
        return self._templates.get_template("alerts_strip.html").render(
            alerts=[self._shown(Record(alert=alert, moments=())) for alert in self._board.alerts],
            undelivered=self._board.undelivered,
            now=self._now,
        )

    def page(self, records: Sequence[Record] | None, days: int, typed: Mapping[str, str], said: str) -> str:
        """`records` None: they cannot be had now. `typed`: what somebody wrote, of `alert` and `action`."""
        known = {record.alert.id: record for record in records or ()}
        # what is open is known without the database, too; its figures are newer than those kept
        live = {alert.id: alert for alert in self._board.alerts}
        open_now = [Record(alert=live[one], moments=known[one].moments if one in known else ()) for one in live]
        open_now += [one for one in known.values() if one.alert.resolved_at is None and one.alert.id not in live]
        past = [one for one in known.values() if one.alert.resolved_at is not None]
        return self._templates.get_template("alerts.html").render(
            open_now=[self._shown(record) for record in open_now],
            past=None if records is None else [self._shown(record) for record in past],
            mutes=[(mute, self._muted(mute)) for mute in self._board.mutes],
            undelivered=self._board.undelivered,
            days=days,
            typed=typed,
            said=said,
            now=self._now,
        )

    @property
    def _now(self) -> datetime:
        return self._board.clock().astimezone(self.names.zone)

    def _muted(self, mute: Mute) -> str:
        names = self.names
        what = names.queues.get((mute.area, mute.subject), mute.subject) if mute.subject else "tout"
        until = clock(mute.until.astimezone(names.zone), self._now)
        by = f" ({mute.who})" if mute.who else ""
        return f"{names.area(mute.area)}, {what}, jusqu’à {until} : {mute.reason}{by}"

    def _shown(self, record: Record) -> Shown:
        alert, names = record.alert, self.names
        name = names.area(alert.area)
        covering = [mute for mute in self._board.mutes if any(_covers(mute, alert, one) for one in alert.active)]
        quiet = alert.active and all(any(_covers(mute, alert, one) for mute in covering) for one in alert.active)
        until = max((mute.until for mute in covering), default=None)
        return Shown(
            id=alert.id,
            area=name,
            title=title(alert, name, names.zone),
            lines=lines(alert, name, names.zone),
            state=alert.state,
            state_words=STATES.get(alert.state, ""),
            severity=alert.severity,
            severity_words=SEVERITY_WORDS[alert.severity],
            muted=f"en silence jusqu’à {clock(until.astimezone(names.zone), self._now)}" if until else "",
            steps=[self._step(moment) for moment in record.moments],
            loop=_loop(alert),
            queues=list(dict.fromkeys((signal.subject, signal.name) for signal in alert.active if signal.subject)),
            fired=clock((alert.fired_at or alert.since).astimezone(names.zone), self._now),
            sounding=alert.state == "firing" and alert.severity == "page" and not quiet,
        )

    def _step(self, moment: Moment) -> Step:
        text = NEWS.get(moment.text, moment.text) if moment.kind == "told" else moment.text
        at = moment.at.astimezone(self.names.zone)
        return Step(at=clock(at, self._now), what=MOMENTS[moment.kind], who=moment.who, text=text)


def _covers(mute: Mute, alert: Alert, signal: Signal) -> bool:
    return mute.covers(alert.area, alert.topic, signal.subject, max(mute.since, alert.since))


def _loop(alert: Alert) -> list[str]:
    """From firing on: taken on, a counter opened, right again; each with how long after."""
    fired = alert.fired_at
    if fired is None:
        return []
    stretches = (
        ("prise en charge", alert.acknowledged_at),
        ("renfort", alert.opened_at),
        ("retour sous le seuil", alert.back_at),
    )
    return [f"{what} après {_after(at - fired)}" for what, at in stretches if at is not None]


def _after(length: timedelta) -> str:
    return duration(max(length.total_seconds(), 0.0))


def as_told(record: Record, names: Names) -> dict[str, Any]:
    """An alert for programs."""
    alert = record.alert
    name = names.area(alert.area)
    return {
        "id": alert.id,
        "area": alert.area or None,
        "topic": alert.topic,
        "state": alert.state,
        "severity": alert.severity,
        "title": title(alert, name, names.zone),
        "text": lines(alert, name, names.zone),
        "since": alert.since,
        "fired_at": alert.fired_at,
        "acknowledged_at": alert.acknowledged_at,
        "acknowledged_by": alert.acknowledged_by or None,
        "opened_at": alert.opened_at,
        "back_at": alert.back_at,
        "resolved_at": alert.resolved_at,
        "told_to": alert.told_to,
        "configuration": alert.configuration,
        "signals": [signal for signal in alert.signals if signal.fired_at],
        "timeline": record.moments,
    }
