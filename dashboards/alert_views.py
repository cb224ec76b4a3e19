"""Alerts as they are shown: on the board in a line each, on their own page with what was done, and to programs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from jinja2 import Environment
from msgspec import Struct
from msgspec.structs import replace

from dashboards.alert_names import MOMENTS, NEWS, STATES, TOPICS, Names
from dashboards.board import Board
from ticketing.alert import SEVERITIES, SITE, Alert, Moment, Mute, Record, Severity, Undelivered
from ticketing.french.alerts import SEVERITY_WORDS, lines, title
from ticketing.french.notation import clock, duration, hour
from ticketing.saying import N_, _

MOST_LINES = 4
"""Alerts, and people not reached, that the board shows: the halls must stay on the screen."""
MOST_PAST = 200
"""Alerts that are over, on one page."""
SAID = {
    "prise": N_("L’alerte est prise en charge."),
    "deja": N_("Quelqu’un l’avait déjà prise en charge, ou elle est terminée : voir ci-dessous."),
    "deja-note": N_("Quelqu’un l’avait déjà prise en charge, ou elle est terminée ; votre note est ajoutée."),
    "note": N_("La note est ajoutée."),
    "silence": N_("Le silence est en place."),
    "levee": N_("Le silence est levé."),
    "finie": N_("Ce silence était déjà terminé."),
    "inconnue": N_("Cette alerte n’est pas connue : rien n’a été enregistré. Votre texte est gardé."),
    "absente": N_("La base de données ne répond pas : rien n’a été enregistré. Votre texte est gardé, réessayez."),
}


class Typed(Struct, frozen=True, kw_only=True):
    """What somebody wrote of an alert, which could not be kept."""

    alert: str
    action: str
    words: Mapping[str, str]

    def kept(self, alert: str, action: str, key: str) -> str:
        """Notes and acknowledgements are written in the same place."""
        here = self.alert == alert and (self.action == "silence") == (action == "silence")
        return self.words.get(key, "") if here else ""


class Step(Struct, frozen=True, kw_only=True):
    """One line of a timeline, as shown."""

    at: str
    what: str
    who: str
    text: str


class Shown(Struct, frozen=True, kw_only=True):
    """An alert as shown. `lines`: what `title` leaves unsaid; `loop`: what followed upon it and how long after;
    `told`: whom and when, the first time.
    """

    id: str
    area: str
    title: str
    lines: Sequence[str]
    state: str
    state_words: str
    severity: Severity
    severity_words: str
    fired: str
    muted: str
    told: str
    loop: Sequence[tuple[str, str]]
    steps: Sequence[Step]
    subjects: Sequence[tuple[str, str]]
    everything: str
    closing: str
    heard: bool
    """Whether it is to sound: it is grave, and not silenced."""
    grave: Sequence[str] = ()
    """Of what, each as a word of an address: one that joins sounds, too."""


class AlertViews:
    def __init__(self, board: Board, templates: Environment) -> None:
        self._board, self._templates = board, templates
        self.names = Names.of(board.plans.values())

    def strip(self) -> str:
        """The part of the board that says what is open."""
        alerts = [self._shown(Record(alert=alert, moments=())) for alert in self._board.alerts]
        alerts.sort(key=lambda one: (one.state != "firing", _grave_first(one)))
        unreached = self._unreached()
        room = max(MOST_LINES - len(alerts[:MOST_LINES]), 1)
        return self._templates.get_template("alerts_strip.html").render(
            alerts=alerts,
            MOST=MOST_LINES,
            unreached=unreached[:room],
            others=len(unreached[room:]),
        )

    def page(
        self, records: Sequence[Record] | None, days: int, area: str | None, said: str, typed: Typed | None
    ) -> str:
        """`records` None: they cannot be had now."""
        open_now = self._open(records or (), area)
        shown = {record.alert.id for record in open_now}
        past = [record for record in records or () if record.alert.id not in shown]
        known = shown | {record.alert.id for record in past[:MOST_PAST]}
        now = self._board.clock()
        return self._templates.get_template("alerts.html").render(
            # in an order that stays under the hands of whoever takes one on
            open_now=sorted((self._shown(record) for record in open_now), key=_grave_first),
            past=None if records is None else [self._shown(record) for record in past[:MOST_PAST]],
            left_out=len(past[MOST_PAST:]),
            mutes=[(mute, self._muted(mute)) for mute in self._board.mutes if mute.until > now],
            unreached=self._unreached(),
            days=days,
            area=area,
            query=f"?days={days}{f'&area={area}' if area else ''}",
            areas=self.names.areas,
            said=said,
            typed=typed,
            stray=typed if typed and typed.alert not in known else None,
        )

    def _open(self, records: Sequence[Record], area: str | None) -> list[Record]:
        """What is open is known without the database, too, and newer in its figures; what people did is kept there."""
        kept = {record.alert.id: record for record in records}
        found = []
        for alert in self._board.alerts:
            record = kept.pop(alert.id, Record(alert=alert, moments=()))
            if record.alert.resolved_at is None and (area is None or alert.area in (area, SITE)):
                at, by = record.alert.acknowledged_at, record.alert.acknowledged_by
                taken = alert if at is None else replace(alert, acknowledged_at=at, acknowledged_by=by)
                found.append(replace(record, alert=taken))
        return found + [record for record in kept.values() if record.alert.resolved_at is None]

    def subjects(self, alert: Alert) -> dict[str, str]:
        """The queues or devices of an alert that can be silenced, with their names."""
        found = {one.subject: one.name for one in alert.signals if one.subject}
        return self.names.queues_of(alert.area) | found if alert.topic in ("wait", "budget") else found

    def closing(self, alert: Alert) -> datetime | None:
        """When the area of an alert closes today; None where it does not, or has."""
        plan, now = self._board.plans.get(alert.area), self._board.clock()
        if plan is None:
            return None
        day = plan.hours.day_at(now)
        always = plan.hours.spans(day.date) is None
        return day.closing if day.spans and not always and now < day.closing else None

    def _local(self, at: datetime) -> str:
        zone = self.names.zone
        return clock(at.astimezone(zone), self._board.clock().astimezone(zone))

    def _unreached(self) -> list[tuple[Undelivered, str]]:
        return [(one, self._local(one.since)) for one in self._board.undelivered]

    def _muted(self, mute: Mute) -> str:
        names = self.names
        what = names.subject(mute.area, mute.subject) if mute.subject else _(TOPICS[mute.topic].everything)
        by = f" ({mute.who})" if mute.who else ""
        where = f"{names.area(mute.area)}, {_(TOPICS[mute.topic].name)}, {what}"
        text = _("{what} jusqu’à {hour} : {reason}")
        return text.format(what=where, hour=self._local(mute.until), reason=f"{mute.reason}{by}")

    def _shown(self, record: Record) -> Shown:
        alert, names, now = record.alert, self.names, self._board.clock()
        name = names.area(alert.area)
        by_signal = [
            [mute for mute in self._board.mutes if mute.covers(alert.area, alert.topic, one.subject, now)]
            for one in alert.active
        ]
        covering = [mute for mutes in by_signal for mute in mutes]
        quiet = bool(alert.active) and all(by_signal)
        until = self._local(min(mute.until for mute in covering)) if covering else ""
        closing, head = self.closing(alert), title(alert, name, names.zone)
        return Shown(
            id=alert.id,
            area=name,
            title=head,
            lines=[line for line in lines(alert, names.zone) if line.removesuffix(".") not in head],
            state=alert.state,
            state_words=_(STATES[alert.state]),
            severity=alert.severity,
            severity_words=_(SEVERITY_WORDS[alert.severity]),
            fired=self._local(alert.fired_at or alert.since),
            muted=""
            if not until
            else _("en silence jusqu’à {hour}").format(hour=until)
            if quiet
            else _("en partie en silence jusqu’à {hour}").format(hour=until),
            told=", ".join(
                _("{who} à {hour}").format(who=who, hour=at) for who, at in self._told(record.moments).items()
            ),
            loop=_loop(alert),
            steps=[self._step(moment, alert) for moment in record.moments],
            subjects=list(self.subjects(alert).items()),
            everything=_(TOPICS[alert.topic].everything),
            closing=hour(closing.astimezone(names.zone)) if closing else "",
            heard=alert.severity == "page" and not quiet and alert.resolved_at is None,
            grave=sorted(
                {
                    quote(one.subject, safe="")
                    for one, mutes in zip(alert.active, by_signal, strict=True)
                    if one.severity == "page" and not mutes
                }
            ),
        )

    def _told(self, moments: Sequence[Moment]) -> dict[str, str]:
        found: dict[str, str] = {}
        for moment in moments:
            if moment.kind == "told":
                found.setdefault(moment.who, self._local(moment.at))
        return found

    def _step(self, moment: Moment, alert: Alert) -> Step:
        text = moment.text
        if moment.kind == "told":
            text = _(NEWS.get(text, text))
        elif moment.kind == "resolved" and text and alert.fired_at and alert.back_at:
            # it was kept in French
            text = _("après {time}").format(time=_after(alert.back_at - alert.fired_at))
        return Step(at=self._local(moment.at), what=_(MOMENTS[moment.kind]), who=moment.who, text=text)


def _grave_first(alert: Shown) -> int:
    return -SEVERITIES.index(alert.severity)


def _loop(alert: Alert) -> list[tuple[str, str]]:
    """From firing on: taken on, a counter opened, right again; each with how long after."""
    fired = alert.fired_at
    if fired is None:
        return []
    stretches = (
        (_("prise en charge"), alert.acknowledged_at),
        (_("renfort"), alert.opened_at),
        (_("retour à la normale") if alert.topic != "wait" else _("retour sous le seuil"), alert.back_at),
    )
    followed = sorted((at - fired, what) for what, at in stretches if at is not None)
    return [(what, _after(after)) for after, what in followed]


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
        "text": lines(alert, names.zone),
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
