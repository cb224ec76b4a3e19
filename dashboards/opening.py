"""Opening hours as the public is told them."""

from datetime import datetime

from ticketing.french.notation import clock
from ticketing.hours import Day
from ticketing.saying import N_, _

WEEKDAYS = (
    N_("lundi"),
    N_("mardi"),
    N_("mercredi"),
    N_("jeudi"),
    N_("vendredi"),
    N_("samedi"),
    N_("dimanche"),
)


def hours_of(day: Day) -> str:
    """The hours of a day; empty where it is closed."""
    return " · ".join(f"{clock(start)}–{clock(end)}" for start, end in day.spans)


def opens(opening: datetime | None, now: datetime) -> str:
    """When it opens next, as people say it."""
    if opening is None:
        return ""
    days = (opening.date() - now.date()).days
    if days == 0:
        return _("à {time}").format(time=clock(opening))
    if days == 1:
        return _("demain à {time}").format(time=clock(opening))
    return _("{weekday} {date} à {time}").format(
        weekday=_(WEEKDAYS[opening.weekday()]), date=f"{opening:%d/%m}", time=clock(opening)
    )
