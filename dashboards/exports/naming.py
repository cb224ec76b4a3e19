"""How files name a month, the days, hours and areas in it, and who publishes it."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from dashboards.exports.document import MONTHS
from ticketing.month import AreaMonth, Month

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
HALF_HOUR_MIN = 30


class Publisher(Struct, frozen=True, kw_only=True):
    """Who publishes the files, as "Préfecture de l'Aube"; `siren` has nine digits, or none."""

    name: str
    siren: str = ""


def prefix(month: Month, publisher: Publisher) -> str:
    """How every file of the month begins: its last day, and the SIREN or, without one, the site."""
    return f"{month.last:%Y%m%d}_{publisher.siren or month.site}"


def month_name(month: date) -> str:
    """As "octobre 2026"."""
    return f"{MONTHS[month.month - 1]} {month.year}"


def day_name(day: date) -> str:
    """As "lundi 5 octobre"."""
    return f"{WEEKDAYS[day.weekday()]} {day_number(day)} {MONTHS[day.month - 1]}"


def short_day(day: date) -> str:
    """As "lun. 5"."""
    return f"{WEEKDAYS[day.weekday()][:3]}. {day_number(day)}"


def day_number(day: date) -> str:
    return "1er" if day.day == 1 else str(day.day)


def half_hour_clock(half_hour: int) -> str:
    """When a half-hour of the day, 0 to 47, begins: "08:30"."""
    return f"{half_hour * HALF_HOUR_MIN // 60:02}:{half_hour * HALF_HOUR_MIN % 60:02}"


def half_hour_name(half_hour: int) -> str:
    """As "8 h 30 – 9 h"."""
    return f"{_hour(half_hour)} – {_hour(half_hour + 1)}"


def _hour(half_hour: int) -> str:
    hours, minutes = divmod(half_hour * HALF_HOUR_MIN, 60)
    return f"{hours}\u202fh\u202f{minutes:02}" if minutes else f"{hours}\u202fh"


def queue_names(area: AreaMonth) -> Mapping[str, str]:
    return {queue.queue: queue.name for queue in area.queues}
