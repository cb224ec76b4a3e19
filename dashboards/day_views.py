"""A day of an area in words: what stands on its page beside the curves."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from babel.dates import format_date
from msgspec import UNSET, Struct

from dashboards.commitments import Level, levels
from dashboards.days import Gap
from dashboards.languages import FRENCH, locale, spoken
from ticketing.alert import Record
from ticketing.counter import State
from ticketing.day import AreaDay, Series
from ticketing.figures import QueueFigures
from ticketing.french.alerts import SEVERITY_WORDS, title
from ticketing.french.notation import NOTHING, clock, duration
from ticketing.saying import _


class Tile(Struct, frozen=True, kw_only=True):
    """A figure of the whole day, and when it was so."""

    name: str
    value: str
    note: str = ""
    breach: bool = False


class Row(Struct, frozen=True, kw_only=True):
    """One instant of a series, in words."""

    clock: str
    waiting: str
    longest: str
    late: bool
    called: str
    called_wait: str
    counters: str
    per_counter: str


class QueueNow(Struct, frozen=True, kw_only=True):
    """A queue at the instant that is looked at."""

    queue: str
    name: str
    waiting: str
    longest: str
    counters: str
    late: bool


class Told(Struct, frozen=True, kw_only=True):
    """An alert of the day: when it fired, was taken on and was over."""

    id: str
    title: str
    severity: str
    severity_words: str
    fired: str
    taken: str
    over: str


class Summary(Struct, frozen=True, kw_only=True):
    """A queue's day in figures: those of the board at the day's end."""

    queue: QueueFigures
    levels: list[Level]


def in_words(on: date) -> str:
    """As "mardi 24 novembre 2026"."""
    words = format_date(on, "full", locale=locale())
    return words.replace(" 1 ", " 1er ", 1) if spoken() == FRENCH and on.day == 1 else words


def briefly(on: date) -> str:
    """As "lun. 23 nov."."""
    return format_date(on, "EEE d MMM", locale=locale())


def state_words() -> dict[State, str]:
    return {
        "closed": _("fermé"),
        "paused": _("en pause"),
        "free": _("libre"),
        "called": _("appelle"),
        "serving": _("en service"),
    }


def opening_words(day: AreaDay) -> str:
    if not day.spans:
        return _("fermé ce jour-là")
    if day.spans[0][0] == day.at[0]:
        return _("ouvert en continu")
    return ", ".join(f"{clock(start)}–{clock(end)}" for start, end in day.spans)


def tiles(day: AreaDay, series: Series) -> list[Tile]:
    at = [clock(moment) for moment in day.at]
    longest = max(((wait, n) for n, wait in enumerate(series.longest_wait_s) if wait is not None), default=None)
    most, when = max(((count, -n) for n, count in enumerate(series.waiting)), default=(0, 0))
    counters, since = max(((count, -n) for n, count in enumerate(series.counters_open)), default=(0, 0))
    found = [
        Tile(name=_("Entrées en file"), value=str(sum(series.entered))),
        Tile(name=_("Décrochés") if day.kind == "switchboard" else _("Appelés"), value=str(sum(series.called))),
        Tile(
            name=_("Le plus en attente"),
            value=str(most),
            note=_("à {time}").format(time=at[-when]) if most else "",
        ),
        Tile(
            name=_("Plus longue attente"),
            value=duration(longest[0]) if longest else NOTHING,
            note=_("à {time}").format(time=at[longest[1]]) if longest else "",
            breach=bool(longest and series.limit_s is not None and longest[0] > series.limit_s),
        ),
        Tile(
            name=_("Postes ouverts, au plus") if day.kind == "switchboard" else _("Guichets ouverts, au plus"),
            value=str(counters),
            note=_("dès {time}").format(time=at[-since]) if counters else "",
        ),
    ]
    calls = day.figures.calls_today
    if calls is not UNSET and not series.queue:
        found.append(Tile(name=_("Perdus"), value=str(calls.lost)))
        found.append(Tile(name=_("Hors horaires"), value=str(calls.off_hours)))
    return found


def summaries(day: AreaDay, series: Series) -> list[Summary]:
    """Of the queue that is looked at, or of all."""
    return [
        Summary(queue=queue, levels=levels(queue)) for queue in day.figures.queues if series.queue in ("", queue.queue)
    ]


def rows(day: AreaDay, series: Series) -> list[Row]:
    return [_row(day, series, n) for n in day.window if n < len(series.waiting)]


def _row(day: AreaDay, series: Series, n: int) -> Row:
    longest, share = series.longest_wait_s[n], series.waiting_per_counter[n]
    return Row(
        clock=clock(day.at[n]),
        waiting=str(series.waiting[n]),
        longest=duration(longest),
        late=late(longest, series.limit_s),
        called=str(series.called[n]),
        called_wait=duration(series.called_wait_s[n]),
        counters=str(series.counters_open[n]),
        per_counter=NOTHING if share is None else number(share),
    )


def late(wait_s: float | None, limit_s: float | None) -> bool:
    return wait_s is not None and limit_s is not None and wait_s > limit_s


def number(value: float) -> str:
    """With one decimal, as the reader writes it."""
    words = f"{value:.1f}"
    return words.replace(".", ",") if spoken() == FRENCH else words


def busiest(day: AreaDay, series: Series) -> int:
    """The instant to begin with: of a day in course the last, of a past one the first with most in line."""
    known = [n for n in day.window if n < len(series.waiting)]
    if not known:
        return day.window[0]
    return known[-1] if day.until < day.at[-1] else max(known, key=lambda n: (series.waiting[n], -n))


def queues_at(day: AreaDay, n: int) -> list[QueueNow]:
    return [
        QueueNow(
            queue=one.queue,
            name=one.name,
            waiting=str(one.waiting[n]) if n < len(one.waiting) else NOTHING,
            longest=duration(one.longest_wait_s[n]) if n < len(one.waiting) else NOTHING,
            counters=str(one.counters_open[n]) if n < len(one.waiting) else NOTHING,
            late=n < len(one.waiting) and late(one.longest_wait_s[n], one.limit_s),
        )
        for one in day.queues
    ]


def alerts(records: Sequence[Record], day: AreaDay) -> list[Told]:
    """In the order in which they fired."""
    ordered = sorted(records, key=lambda record: (record.alert.fired_at or record.alert.since, record.alert.id))
    return [_told(record, day) for record in ordered]


def _told(record: Record, day: AreaDay) -> Told:
    alert, zone = record.alert, day.until.tzinfo or UTC

    def local(at: datetime | None) -> str:
        return clock(at.astimezone(zone), day.at[0]) if at else ""

    taken = local(alert.acknowledged_at)
    if taken and alert.acknowledged_by:
        taken = _("{time}, par {who}").format(time=taken, who=alert.acknowledged_by)
    return Told(
        id=alert.id,
        title=title(alert, "", zone),
        severity=alert.severity,
        severity_words=SEVERITY_WORDS[alert.severity],
        fired=local(alert.fired_at),
        taken=taken,
        over=local(alert.resolved_at),
    )


def gap_words(gaps: Sequence[Gap]) -> list[str]:
    """By device, when nothing was heard of it."""
    found: dict[str, list[str]] = {}
    for gap in gaps:
        found.setdefault(gap.device, []).append(f"{clock(gap.since)}–{clock(gap.until)}")
    return [
        _("{device}\u202f: rien reçu {spans}").format(device=device, spans=", ".join(spans))
        for device, spans in found.items()
    ]


def usual_title(on: date) -> str:
    """As "mardi habituel"."""
    return _("{weekday} habituel").format(weekday=format_date(on, "EEEE", locale=locale()))
