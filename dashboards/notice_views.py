"""What supervisors decide, as they are shown it: each area's message, hours and open counters, and who did what."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from babel.dates import format_date
from jinja2 import Environment
from msgspec import Struct

from dashboards.board import Board
from dashboards.languages import locale
from dashboards.notice_demands import closing_today
from ticketing.figures import CounterFigures
from ticketing.french.notation import clock, duration, hour
from ticketing.hours import Span
from ticketing.notice import Act, Closure, Message
from ticketing.plan import Plan
from ticketing.saying import N_, _

IDLE = timedelta(hours=1)
"""A counter at which nothing has happened for so long may have been forgotten."""
MOST_ACTS = 60
SAID = {
    "message": N_("Le message est affiché."),
    "retire": N_("Le message est retiré."),
    "horaires": N_("Les horaires de ce jour sont changés."),
    "leve": N_("Les horaires habituels de ce jour sont rétablis."),
    "guichet": N_("Le guichet est fermé."),
    "ferme": N_("Ce guichet était déjà fermé : rien n’a été enregistré."),
    "absente": N_("La base de données ne répond pas : rien n’a été enregistré. Votre texte est gardé, réessayez."),
    "entretemps": N_(
        "Entre-temps, quelqu’un d’autre a décidé : voir ci-dessous. Rien n’a été enregistré, votre texte est gardé. "
        "Envoyez-le encore une fois pour remplacer."
    ),
}
STATES = {
    "paused": N_("en pause"),
    "free": N_("libre"),
    "called": N_("appelle"),
    "serving": N_("en service"),
}


class Typed(Struct, frozen=True, kw_only=True):
    """What somebody wrote in one of an area's forms, which could not be kept; `subject`: the counter, or the date."""

    area: str
    action: str
    subject: str = ""
    words: Mapping[str, str]

    def here(self, area: str, action: str, subject: str = "") -> bool:
        return (self.area, self.action, self.subject) == (area, action, subject)


class ShownMessage(Struct, frozen=True, kw_only=True):
    text: str
    until: str
    by: str


class ShownClosure(Struct, frozen=True, kw_only=True):
    date: str
    iso: str
    hours: str
    text: str
    by: str
    number: int


class ShownCounter(Struct, frozen=True, kw_only=True):
    """`doubt`: why it may have been forgotten; empty where nothing says so."""

    counter: str
    name: str
    state: str
    since: str
    doubt: str


class ShownArea(Struct, frozen=True, kw_only=True):
    """`closing`: when it closes today, empty if it does not any more; `seen`: of the message in force, 0 for none."""

    area: str
    name: str
    kind: str
    hours: str
    closing: str
    today: str
    message: ShownMessage | None
    seen: int
    closures: Sequence[ShownClosure]
    counters: Sequence[ShownCounter]


class NoticeViews:
    def __init__(self, board: Board, templates: Environment) -> None:
        self._board, self._templates = board, templates

    def page(self, acts: Sequence[Act] | None, said: str, *, wrong: bool = False, typed: Typed | None = None) -> str:
        """`acts` None: they cannot be read now. `wrong`: what is said is why nothing was done."""
        board = self._board
        return self._templates.get_template("settings.html").render(
            areas=[self._area(plan) for plan in board.plans.values()],
            acts=None if acts is None else [self.told(act) for act in acts],
            most=MOST_ACTS,
            said=said,
            wrong=wrong,
            typed=typed,
            seen_now=self._seen(typed),
            loaded=board.loaded,
            standing=board.standing_since is not None,
        )

    def _seen(self, typed: Typed | None) -> int:
        """Of what is in force where somebody wanted other hours: they see it now."""
        if typed is None or typed.action != "closure":
            return 0
        try:
            return self._board.notices.number(typed.area, date.fromisoformat(typed.words.get("date", "")))
        except ValueError:
            return 0

    def _area(self, plan: Plan) -> ShownArea:
        board, now = self._board, self._board.clock().astimezone(plan.hours.zone)
        figures, message = board.figures(plan.area), board.notices.message(plan.area, now)
        closing = closing_today(plan, now)
        spans = plan.hours.spans(now.date())
        return ShownArea(
            area=plan.area,
            name=plan.name,
            kind=plan.kind,
            hours=_("en continu") if spans is None else spans_words(spans),
            closing=hour(closing.astimezone(plan.hours.zone)) if closing else "",
            today=now.date().isoformat(),
            message=self._message(message, now) if message else None,
            seen=board.notices.number(plan.area, None),
            closures=[
                self._closure(one, now)
                for one in board.notices.closures
                if one.area == plan.area and one.date >= now.date()
            ],
            counters=[self._counter(plan, one, now) for one in figures.counters if one.state != "closed"],
        )

    def _message(self, message: Message, now: datetime) -> ShownMessage:
        until = message.until.astimezone(now.tzinfo) if message.until else None
        return ShownMessage(
            text=message.text,
            until=_("jusqu’à {hour}").format(hour=clock(until, now)) if until else _("jusqu’à ce qu’on le retire"),
            by=self._by(message.who, message.at, now),
        )

    def _closure(self, closure: Closure, now: datetime) -> ShownClosure:
        return ShownClosure(
            date=date_words(closure.date),
            iso=closure.date.isoformat(),
            hours=spans_words(closure.spans),
            text=closure.text,
            by=self._by(closure.who, closure.at, now),
            number=closure.number,
        )

    def _by(self, who: str, at: datetime, now: datetime) -> str:
        return _("{who}, {hour}").format(who=who, hour=clock(at.astimezone(now.tzinfo), now))

    def _counter(self, plan: Plan, counter: CounterFigures, now: datetime) -> ShownCounter:
        known = self._board.areas[plan.area].counters.get(counter.counter)
        last = known.events[-1].at if known and known.events else None
        quiet = now - last if last else timedelta()
        day = plan.hours.day_at(now)
        doubt = ""
        if not day.spans or now >= day.closing:
            doubt = _("l’accueil est fermé")
        elif quiet >= IDLE and counter.state != "serving":
            doubt = _("rien depuis {length}").format(length=duration(quiet.total_seconds()))
        return ShownCounter(
            counter=counter.counter,
            name=counter.name,
            state=_(STATES[counter.state]),
            since=clock(counter.since, now) if counter.since else "",
            doubt=doubt,
        )

    def told(self, act: Act) -> tuple[str, str, str, str]:
        """When, who, where and what."""
        plan = self._board.plans.get(act.area)
        now = self._board.clock()
        zone = plan.hours.zone if plan else now.tzinfo
        at = clock(act.at.astimezone(zone), now.astimezone(zone))
        return at, act.who, plan.name if plan else act.area, _what(act)


def _what(act: Act) -> str:
    if act.date is None:
        return _("message retiré") if act.lifted else _("message : {text}").format(text=act.text)
    on = date_words(act.date)
    if act.lifted:
        return _("{date} : horaires habituels rétablis").format(date=on)
    return _("{date} : {hours} – {text}").format(date=on, hours=spans_words(act.spans), text=act.text)


def date_words(on: date) -> str:
    """As "jeudi 24 décembre 2026"."""
    return format_date(on, "full", locale=locale())


def spans_words(spans: Sequence[Span]) -> str:
    hours = " · ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in spans)
    return hours or _("fermé toute la journée")
