"""The pages in French: figures put into words, and rendered."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

from jinja2 import Environment

from dashboards.advising import advised, glance
from dashboards.alert_views import AlertViews
from dashboards.board import ALERTS, Board
from dashboards.commitments import levels, provenances, rate_verdict
from dashboards.courses import Change
from dashboards.foretelling import breach, breach_briefly, foretold, near, rightness, urgency
from dashboards.monthly import Month, Months
from dashboards.ordering import Order, ordered
from dashboards.panel import panel
from dashboards.templating import environment
from dashboards.trends import Trend, Trends, trend
from ticketing.counter import is_open
from ticketing.figures import AreaFigures
from ticketing.french.notation import clock, duration
from ticketing.hours import Day
from ticketing.notice import Closure
from ticketing.saying import N_, _, n_
from ticketing.staffing import WhatIf

SITE = ""
"""Name of the part that belongs to no area: none has an empty id."""
MOST_TOLD = 3
"""Devices told in one banner: it must not push the halls off the screen."""

COUNTER_STATES = {
    "closed": N_("fermé"),
    "paused": N_("en pause"),
    "free": N_("libre"),
    "called": N_("appelle"),
    "serving": N_("en service"),
}
ERRORS = {
    400: N_("Cette demande ne peut pas être comprise."),
    403: N_("Cette demande vient d’un autre site."),
    404: N_("Cette page n’existe pas."),
    405: N_("Cette adresse ne se lit pas ainsi."),
    413: N_("C’est trop long."),
    429: N_("Trop de demandes à la fois : réessayez dans un instant."),
}


class Views:
    def __init__(self, board: Board, templates: Environment | None = None) -> None:
        self._board = board
        self._templates = templates or environment()
        self._templates.globals |= {
            "urgency": urgency,
            "near": near,
            "foretold": foretold,
            "breach": breach,
            "breach_briefly": breach_briefly,
            "advised": advised,
            "levels": levels,
            "rate_verdict": rate_verdict,
            "provenances": provenances,
            "presumed": presumed,
            "left_at_closing": left_at_closing,
            "counter_states": COUNTER_STATES,
            "lasting": lasting,
            "per_counter": per_counter,
            "quoted": partial(quote, safe=""),
        }
        self.alerts = AlertViews(board, self._templates)
        self._orders: dict[str, Order] = {}
        self._trends, self._months = Trends(), Months()

    def board(self) -> str:
        parts = [(plan, self.area(name)) for name, plan in self._board.plans.items()]
        return self._templates.get_template("board.html").render(
            parts=parts, site_part=self.site(), alerts_part=self.alerts.strip()
        )

    def part(self, name: str) -> str:
        """One part of the board, an element with an id, which the stream sends again when it changes."""
        if name == ALERTS:
            return self.alerts.strip()
        return self.site() if name == SITE else self.area(name)

    def site(self) -> str:
        missing = self._board.missing
        return self._templates.get_template("site.html").render(
            quarantined=self._board.quarantined_today,
            gaps=[account for account in missing if account.missing],
            differences=[(account, count) for account in missing for count in account.waiting if count.difference],
            MOST=MOST_TOLD,
            others=others,
            queue_name=self._queue_name,
        )

    def _queue_name(self, area: str, queue: str) -> str:
        plan = self._board.plans.get(area)
        return next((one.name for one in plan.queues if one.id == queue), queue) if plan else queue

    def area(self, name: str) -> str:
        figures = self._board.figures(name)
        order = self._orders[name] = ordered(figures.queues, self._orders.get(name, Order()), figures.at)
        return self._templates.get_template("area.html").render(
            queues=order.arranged(figures.queues),
            trends=self._trend(figures),
            months=self._month(figures),
            **self.common(figures),
        )

    def common(self, figures: AreaFigures) -> Mapping[str, object]:
        """What every page on an area tells of it."""
        name, at, board = figures.area, figures.at, self._board
        plan = board.plans[name]
        day = plan.hours.day_at(at)
        always = plan.hours.weekly is None and day.date not in plan.hours.exceptions
        closure = board.notices.closure(name, day.date)
        return {
            "area": figures,
            "hours": _("en continu") if always else opening(day, at),
            "message": board.notices.message(name, at),
            "state": state(figures, closure),
            "decided": closure.text if closure else "",
            "unheard": unheard(figures, heard=False),
            "catching_up": unheard(figures, heard=True),
            "standing": self._standing,
            "loaded": board.loaded,
            "glance": glance(figures) if board.loaded and not self._standing else [_("Pas de prévision.")],
            "crowd": per_counter(
                figures.waiting, sum(is_open(counter.state) for counter in figures.counters), figures.kind
            ),
            "rightness": rightness(board.accuracy.get(name, ()), figures),
        }

    def _trend(self, figures: AreaFigures) -> Mapping[str, Trend | None]:
        before = self._trends.waiting(self._board.areas[figures.area], figures.at)
        return {one.queue: trend(before.get(one.queue, ()), one.waiting) for one in figures.queues}

    def _month(self, figures: AreaFigures) -> Mapping[str, Month | None]:
        past, plan = self._board.past.get(figures.area, {}), self._board.plans[figures.area]
        return {one.queue: self._months.month(past, plan, one, figures.at.date()) for one in figures.queues}

    def what_if(self, figures: AreaFigures, wanted: Sequence[Change], found: Sequence[WhatIf]) -> str:
        """A page on the effects of changes, and the panel that the board shows of it."""
        return self._templates.get_template("what_if.html").render(
            area=figures,
            panel=panel(figures, self._board.plans[figures.area], wanted, found),
            standing=self._standing,
        )

    @property
    def _standing(self) -> bool:
        return self._board.standing_since is not None

    def error(self, status: int) -> str:
        text = _(ERRORS.get(status, N_("Le serveur n’a pas pu répondre.")))
        return self._templates.get_template("error.html").render(status=status, text=text)


def state(area: AreaFigures, closure: Closure | None) -> str:
    """Whether it is open; that it is not, where somebody has decided so for today."""
    if area.open:
        return _("Ouvert")
    return _("Fermé exceptionnellement") if closure else _("Fermé")


def others(rows: Sequence[object]) -> str:
    """How many more there are than are told."""
    more = len(rows) - MOST_TOLD
    return "." if more <= 0 else n_("\u202f; et {n} autre.", "\u202f; et {n} autres.", more).format(n=more)


def opening(day: Day, at: datetime) -> str:
    """The hours of a day and, while it is closed, when it opens again."""
    if not day.spans:
        return _("aujourd’hui")
    hours = _(" et ").join(f"{clock(start)}–{clock(end)}" for start, end in day.spans)
    coming = next((start for start, end in day.spans if start > at), None)
    if day.is_open(at) or coming is None:
        return hours
    text = _("{hours} · ouvre à {hour}") if coming == day.spans[0][0] else _("{hours} · rouvre à {hour}")
    return text.format(hours=hours, hour=clock(coming))


def unheard(area: AreaFigures, *, heard: bool) -> str:
    """The silent devices, or those that are back and catching up, with since when, those of one minute together."""
    by_minute: dict[str, list[str]] = {}
    for silence in area.silent_devices:
        if silence.heard != heard:
            continue
        by_minute.setdefault(clock(silence.since, area.at), []).append(silence.device)
    return _(" ; ").join(
        _("{devices} depuis {hour}").format(devices=", ".join(sorted(devices)), hour=since)
        for since, devices in by_minute.items()
    )


def per_counter(waiting: int, counters: int, kind: str) -> str:
    """How many wait for each counter that is open, to a tenth; nothing where nobody waits, or none is open."""
    if not waiting or not counters:
        return ""
    whole, tenth = divmod(round(waiting * 10 / counters), 10)
    words = _("{whole},{tenth} par poste") if kind == "switchboard" else _("{whole},{tenth} par guichet")
    return words.format(whole=whole, tenth=tenth)


def lasting(since: timedelta) -> str:
    """How long a counter is as it is; from a minute on without seconds, which nobody needs there."""
    seconds, a_minute = since.total_seconds(), 60
    return _("{n}\u202fmin").format(n=1) if a_minute <= seconds < 2 * a_minute else duration(seconds)


def presumed(abandoned: int) -> str:
    """How many of the abandonments shown beside it nobody declared."""
    return n_("dont {n} présumé", "dont {n} présumés", abandoned).format(n=abandoned)


def left_at_closing(area: AreaFigures) -> str:
    """Those still there when the day was over; nothing where there is none."""
    left = area.left_at_closing_today
    if not left:
        return ""
    calls = n_(
        "Fin de journée : {n} appel non clôturé à la fermeture.",
        "Fin de journée : {n} appels non clôturés à la fermeture.",
        left,
    )
    tickets = n_(
        "Fin de journée : {n} ticket non clôturé à la fermeture.",
        "Fin de journée : {n} tickets non clôturés à la fermeture.",
        left,
    )
    return (calls if area.kind == "switchboard" else tickets).format(n=left)
