"""Durations, shares and times of day as the French read them."""

from datetime import datetime

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
        return f"{whole}{NARROW}s"
    if minutes == 1:
        return f"1{NARROW}min{NARROW}{whole % 60:02}"
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes}{NARROW}min"
    return f"{minutes // 60}{NARROW}h{NARROW}{minutes % 60:02}"


def percent(share: float | None) -> str:
    """Rounded down, so that a target is never shown as reached when it is not."""
    if share is None:
        return NOTHING
    return f"{int(share * 100 + 1e-9)}{NARROW}%"


def clock(at: datetime | None, now: datetime | None = None) -> str:
    """The hour, after the date where that is not the day of `now`."""
    if at is None:
        return NOTHING
    return ("" if now is None or at.date() == now.date() else f"{at:%d/%m} ") + f"{at.hour:02}:{at.minute:02}"


def hour(at: datetime | None) -> str:
    """As it is said in a sentence: "10 h 40"."""
    return NOTHING if at is None else f"{at.hour}{NARROW}h{NARROW}{at.minute:02}"
