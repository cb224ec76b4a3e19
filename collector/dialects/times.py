"""A maker's times: with an offset or without, to the minute, as seconds or milliseconds, or a date that means never."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from collector.dialects import NotUnderstoodError

NEVER = frozenset({"0000-00-00", "0001-01-01", "1899-12-30", "1900-01-01", "1970-01-01", "9999-12-31", "0", "-1"})
"""Dates and numbers by which programs say that there is none."""
AHEAD = timedelta(minutes=15)
"""A clock seldom runs further before ours: in the hour that comes twice, the later one is then the wrong one."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS, _MILLISECONDS = re.compile(r"\d{10}(?:\.\d{1,9})?", re.ASCII), re.compile(r"\d{13}(?:\.\d{1,9})?", re.ASCII)
"""Since 1970; from 2001 to 2286 their number of digits tells them apart."""
_COMPACT = {12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_DAY_AND_TIME = re.compile(r"\d{4}-?\d\d-?\d\d[T ]\d\d:?\d\d.*", re.ASCII)
EXPECTED = 'expected such as "2026-11-23 09:12:04", with an offset or without, or seconds since 1970'


def moment(text: str, zone: ZoneInfo, received: datetime, pattern: str | None = None) -> datetime | None:
    """The time that a text tells, in UTC; None where it tells that there is none. NotUnderstoodError otherwise.

    A time without an offset is of `zone`; where the clocks are put back and it comes twice, it is the later one that is
    not after `received`. `pattern` is tried first (as of `strptime`).
    """
    if not text or text[:10] in NEVER:
        return None
    try:
        if found := _patterned(text, pattern) or _patterned(text, _COMPACT.get(len(text))):
            return None if found.date().isoformat() in NEVER else _in_utc(found, zone, received)
        if _SECONDS.fullmatch(text):
            return EPOCH + timedelta(seconds=float(text))
        if _MILLISECONDS.fullmatch(text):
            return EPOCH + timedelta(milliseconds=float(text))
        if _DAY_AND_TIME.fullmatch(text):
            return _in_utc(datetime.fromisoformat(text), zone, received)
    except (ValueError, OverflowError):
        pass
    raise NotUnderstoodError("data", f'found time "{text[:60]}", {EXPECTED}')


def _patterned(text: str, pattern: str | None) -> datetime | None:
    try:
        return datetime.strptime(text, pattern) if pattern else None  # noqa: DTZ007 - the zone follows
    except ValueError:
        return None


def _in_utc(found: datetime, zone: ZoneInfo, received: datetime) -> datetime:
    if found.tzinfo is None:
        earlier, later = (found.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        # in the hour that is left out in spring, `later` is the smaller one: a clock not yet put forward is meant
        return later if earlier < later <= received + AHEAD else earlier
    return found.astimezone(UTC)
