"""What supervisors ask to be decided, read from a form or from JSON into an act; the rest is refused in a sentence."""

from datetime import date, datetime, time, timedelta

from dashboards import demands, queries
from dashboards.demands import DemandError, Told
from ticketing.hours import Span
from ticketing.notice import Act, until_now
from ticketing.plan import Plan
from ticketing.saying import _

TEXT = 200
"""Characters of what the public is told."""
FARTHEST = timedelta(days=731)
LARGEST = 2**63 - 1
NOW, CLOSED, OPEN, CLOSING, THEN = "now", "closed", "open", "closing", "then"
"""Words in the place of hours or of an end: a form's `then` has its date and hour beside."""
WANTED = f'"{CLOSED}", "{NOW}" or hours such as 08:30-12:00, 13:15-16:30'
PAIRS = (("from", "to"), ("from2", "to2"))
"""The fields of a form in which hours are."""


def seen(given: Told) -> int | None:
    """Which act somebody has seen in force, 0 for none; None if they do not say."""
    found = given.get("seen")
    if found is None:
        return None
    number = queries.whole(found, 0, LARGEST)
    if number is None:
        raise DemandError("seen", f'"{found[:64]}"', "a number", _("recharger la page"))
    return number


def message(given: Told, plan: Plan, now: datetime) -> Act:
    who, text = demands.who(given), public(given)
    return Act(area=plan.area, date=None, text=text, until=_until(given, plan, now), who=who, at=now)


def closure(given: Told, plan: Plan, now: datetime) -> Act:
    who, text, on = demands.who(given), public(given), day(given.get("date", ""), plan, now)
    return Act(area=plan.area, date=on, spans=_spans(given, plan, on, now), text=text, who=who, at=now)


def lifting(given: Told, plan: Plan, on: date | None, now: datetime) -> Act:
    return Act(area=plan.area, date=on, who=demands.who(given), at=now, lifted=True)


def public(given: Told) -> str:
    """One line: the browser may have broken it."""
    line = " ".join(given.get("text", "").split())
    return demands.words({"text": line}, "text", TEXT, needed=True, lines=False)


def reason(given: Told) -> str:
    """One line, as an event can hold it."""
    return demands.words(given, "reason", TEXT, needed=True, lines=False)


def day(told: str, plan: Plan, now: datetime) -> date:
    """Today or a day to come: what was promised on days that are over stays."""
    today = now.astimezone(plan.hours.zone).date()
    found = _date("date", told)
    if found < today:
        raise DemandError("date", f"{found}, which is over", f"{today} or later", _("ce jour est passé"))
    if found - today > FARTHEST:
        raise DemandError("date", f"{found}", f"one before {today + FARTHEST}", _("c’est dans plus de deux ans"))
    return found


def _date(key: str, told: str) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError:
        expected = "a date such as 2026-12-24"
        raise DemandError(key, f'"{told[:64]}"', expected, _("à donner comme 2026-12-24")) from None


def _until(given: Told, plan: Plan, now: datetime) -> datetime | None:
    told = given.get("until", OPEN)
    if told == OPEN:
        return None
    if told == CLOSING:
        closing = closing_today(plan, now)
        if closing is None:
            expected = "an instant: nothing closes today any more"
            raise DemandError("until", f'"{CLOSING}"', expected, _("rien ne ferme plus aujourd’hui"))
        return closing
    if told == THEN:
        on, at = _date("until", given.get("day", "")), _time("until", given.get("time", ""))
        found = datetime.combine(on, at, plan.hours.zone)
    else:
        found = _instant(told)
    if not now < found <= now + FARTHEST:
        expected = f"after {now.isoformat()}, and within two years"
        raise DemandError("until", found.isoformat(), expected, _("à donner plus tard que maintenant"))
    return found


def closing_today(plan: Plan, now: datetime) -> datetime | None:
    """None where it never closes, or has for today."""
    at = plan.hours.day_at(now)
    always = plan.hours.spans(at.date) is None
    return at.closing if at.spans and not always and now < at.closing else None


def _instant(told: str) -> datetime:
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        expected = f'"{CLOSING}", "{OPEN}" or an instant with its offset, such as 2026-11-23T16:30:00+01:00'
        raise DemandError("until", f'"{told[:64]}"', expected, _("à choisir"))
    return found


def _spans(given: Told, plan: Plan, on: date, now: datetime) -> tuple[Span, ...]:
    told = given.get("hours", "")
    if told == CLOSED:
        return ()
    if told == NOW:
        if on != now.astimezone(plan.hours.zone).date():
            raise DemandError(
                "hours", f'"{NOW}" of {on}', "today", _("« dès maintenant » ne vaut que pour aujourd’hui")
            )
        return until_now(plan.hours, now)
    if told == THEN:
        pairs = [(given.get(start, "").strip(), given.get(end, "").strip()) for start, end in PAIRS]
    else:
        pairs = [(start.strip(), end.strip()) for start, _sep, end in (one.partition("-") for one in told.split(","))]
    spans = tuple((_time("hours", start), _time("hours", end)) for start, end in pairs if start or end)
    if not spans:
        raise DemandError("hours", "none", WANTED, _("à choisir ou à remplir"))
    for number, (start, end) in enumerate(spans):
        if end <= start or (number and start < spans[number - 1][1]):
            wrong = _("chaque fin vient après son début, et rien ne se recouvre")
            raise DemandError("hours", f"{start:%H:%M}-{end:%H:%M}", "an end after its start, and no overlap", wrong)
    return spans


def _time(key: str, told: str) -> time:
    try:
        found = time.fromisoformat(told)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise DemandError(key, f'"{told[:64]}"', "a time such as 08:30", _("une heure manque ou n’en est pas une"))
    return found
