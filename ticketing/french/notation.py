"""Durations, shares and times of day as the French read them, or others in their language."""

from datetime import datetime

from ticketing.saying import _

NOTHING = "–"
NARROW = "\u202f"
"""The thin space that French puts between a number and its unit."""


def duration(seconds: float | None) -> str:
    """As people say it, never rounded up: seconds, minutes with seconds below two, whole minutes, hours."""
    if seconds is None:
        return NOTHING
    whole = int(seconds)
    minutes = whole // 60
    if minutes == 0:
        return _("{n}\u202fs").format(n=whole)
    if minutes == 1:
        return _("1\u202fmin\u202f{seconds:02}").format(seconds=whole % 60)
    if minutes < 60:  # noqa: PLR2004
        return _("{n}\u202fmin").format(n=minutes)
    return _("{hours}\u202fh\u202f{minutes:02}").format(hours=minutes // 60, minutes=minutes % 60)


def percent(share: float | None) -> str:
    """Rounded down, so that a target is never shown as reached when it is not."""
    if share is None:
        return NOTHING
    return _("{n}\u202f%").format(n=int(share * 100 + 1e-9))


def clock(at: datetime | None, now: datetime | None = None) -> str:
    """The hour, after the date where that is not the day of `now`."""
    if at is None:
        return NOTHING
    return ("" if now is None or at.date() == now.date() else f"{at:%d/%m} ") + f"{at.hour:02}:{at.minute:02}"


def hour(at: datetime | None) -> str:
    """As it is said in a sentence: "10 h 40"."""
    return NOTHING if at is None else _("{hour}\u202fh\u202f{minute:02}").format(hour=at.hour, minute=at.minute)
