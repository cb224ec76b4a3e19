"""What the public is told of a wait, in French: for tickets and for the screens of a hall."""

import re
from math import ceil, floor, isfinite

from ticketing.figures import Quantiles
from ticketing.saying import _

MINUTE_S, HOUR_MIN = 60, 60
STEP_MIN = 5
EXACT_MIN = 10
"""Minutes up to which each one is told; above, only every fifth."""


def expected(predicted: Quantiles | None) -> str:
    """From the median, rounded down, to the 90th percentile, rounded up; empty where nothing is predicted.

    Never less than what is predicted. With plain spaces only: a ticket's printer may know no others.
    """
    if predicted is None or not isfinite(predicted.p50) or not isfinite(predicted.p90):
        return ""
    shorter, longer = (max(seconds, 0.0) / MINUTE_S for seconds in sorted((predicted.p50, predicted.p90)))
    low = _down(shorter)
    if longer < STEP_MIN or low == 0:
        # less than is less than: a whole minute goes to the next one
        return _("moins de {time}").format(time=_time(max(_up(floor(longer) + 1), STEP_MIN)))
    high = _up(longer)
    if low == high:
        return _("environ {time}").format(time=_time(low))
    if high < HOUR_MIN:
        return _("environ {low} à {high}").format(low=low, high=_time(high))
    return _("environ {low} à {high}").format(low=_time(low), high=_time(high))


def unbroken(words: str) -> str:
    """For screens: a number stays with its unit."""
    return re.sub(r"(?<=\d) (?=min|h)|(?<=h) (?=\d)", "\u00a0", words)


def _down(minutes: float) -> int:
    whole = floor(minutes)
    return whole if whole <= EXACT_MIN else whole - whole % STEP_MIN


def _up(minutes: float) -> int:
    whole = ceil(minutes)
    return whole if whole <= EXACT_MIN else whole + -whole % STEP_MIN


def _time(minutes: int) -> str:
    hours, left = divmod(minutes, HOUR_MIN)
    if not hours:
        return _("{n} min").format(n=left)
    return (_("{hours} h {minutes:02}") if left else _("{hours} h")).format(hours=hours, minutes=left)
