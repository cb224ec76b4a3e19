"""Who works when: the counters' shifts of a day with breaks, lateness and sick leave; and the kiosk that is cut off."""

from datetime import date
from random import Random

from msgspec import Struct

from deploy.demo.place import (
    CUT_OFF,
    MINUTE,
    OPERATORS,
    SWITCHBOARD_CLOSES,
    SWITCHBOARD_CLOSES_ON_FRIDAY,
    SWITCHBOARD_OPENS,
    Hall,
    hm,
)
from deploy.demo.simulation import chances

EARLY_LUNCH = frozenset({"g3", "pan2", "n2"})
MAY_BE_LATE = (("sud", "g3"), ("sud", "pan2"), ("nord", "n2"))
MAY_BE_ILL = (("sud", "g1"), ("sud", "pan2"), ("nord", "n2"))
ON_CALL = ("sud", "g2")
"""The reserve: opens in the afternoon, or when the line grows in the morning."""
REPLACED_BY_RESERVE = ("sud", "g1")
LATE_DAYS, SICK_DAYS, LATE_OPERATOR_DAYS = 0.4, 0.25, 0.17
BREAK, LUNCH = "pause", "déjeuner"


class Pause(Struct, frozen=True, kw_only=True):
    """Begins at the first free moment from `since` on; lasts `length`, and never ends before `back`."""

    since: float
    length: float
    reason: str
    back: float = 0.0
    after_line: bool = False
    """Whether the line is finished first."""


class Shift(Struct, frozen=True, kw_only=True):
    counter: str
    opens: float
    ends: float
    pauses: tuple[Pause, ...]
    on_call: bool = False
    """Opened earlier when the line grows: `opens` is only the latest."""


class CutOff(Struct, frozen=True, kw_only=True):
    area: str
    device: str
    since: float
    until: float


def cut_off(day: date, seed: int) -> CutOff:
    chance = chances(day, seed, "cut off")
    since = hm(9, 35) + chance.uniform(0, 15) * MINUTE
    area, device = CUT_OFF
    return CutOff(area=area, device=device, since=since, until=since + chance.uniform(23, 27) * MINUTE)


def hall_shifts(hall: Hall, day: date, seed: int) -> list[Shift]:
    """About two days in five a counter opens late, and one in four somebody is ill until a replacement has come."""
    chance = chances(day, seed, "absences")
    late = chance.choice(MAY_BE_LATE) if chance.random() < LATE_DAYS else None
    ill = chance.choice(MAY_BE_ILL) if chance.random() < SICK_DAYS else None
    reserve = ON_CALL
    if ill == REPLACED_BY_RESERVE:
        # The reserve works all day, and help, when called, is the replacement of the one who is ill.
        reserve, late = ill, ON_CALL
    chance = chances(day, seed, f"{hall.area}/roster")
    shifts = []
    for place, counter in enumerate(hall.counters):
        who = (hall.area, counter)
        opens = hall.opens - chance.uniform(0.5, 4) * MINUTE
        if who == late:
            opens = hall.opens + chance.uniform(12, 22) * MINUTE
        if who == ill:
            opens = hall.opens + chance.uniform(50, 75) * MINUTE
        elif who == reserve:
            opens = hall.reopens + chance.uniform(5, 15) * MINUTE
        pauses = _hall_pauses(hall, counter, place, chance)
        shifts.append(Shift(counter=counter, opens=opens, ends=hall.closes, pauses=pauses, on_call=who == reserve))
    return shifts


def _hall_pauses(hall: Hall, counter: str, place: int, chance: Random) -> tuple[Pause, ...]:
    early = counter in EARLY_LUNCH
    return (
        Pause(
            since=hm(9, 50) + (place * 13 + chance.uniform(0, 8)) * MINUTE,
            length=chance.uniform(8, 13) * MINUTE,
            reason=BREAK,
        ),
        Pause(
            since=hall.noon - chance.uniform(8, 18) * MINUTE if early else hall.noon,
            length=45 * MINUTE,
            reason=LUNCH,
            back=hall.reopens + (chance.uniform(-4, 0) if early else chance.uniform(-2, 6)) * MINUTE,
            after_line=not early,
        ),
        Pause(
            since=hm(14, 45) + (place * 11 + chance.uniform(0, 8)) * MINUTE,
            length=chance.uniform(7, 11) * MINUTE,
            reason=BREAK,
        ),
    )


def operator_shifts(day: date, seed: int) -> list[Shift]:
    """The first operator is sometimes a minute late; on one day in six the third is late by an hour or so."""
    chance = chances(day, seed, "operators")
    closes = switchboard_closes(day)
    third = hm(9, 50) if chance.random() < LATE_OPERATOR_DAYS else hm(8, 50)
    opens = dict(zip(OPERATORS, (SWITCHBOARD_OPENS - MINUTE, SWITCHBOARD_OPENS + 2 * MINUTE, third), strict=True))
    lunches = dict(zip(OPERATORS, (hm(11, 50), hm(12, 33), hm(13, 16)), strict=True))
    breaks = dict(zip(OPERATORS, (hm(10, 35), hm(10, 55), hm(11, 15)), strict=True))
    return [
        Shift(
            counter=operator,
            opens=opens[operator] + chance.uniform(0, 2.5) * MINUTE,
            ends=closes,
            pauses=(
                _operator_break(breaks[operator], chance),
                Pause(since=lunches[operator] + chance.uniform(0, 3) * MINUTE, length=40 * MINUTE, reason=LUNCH),
                _operator_break(breaks[operator] + hm(4, 30), chance),
            ),
        )
        for operator in OPERATORS
    ]


def _operator_break(since: float, chance: Random) -> Pause:
    return Pause(since=since + chance.uniform(0, 5) * MINUTE, length=chance.uniform(8, 13) * MINUTE, reason=BREAK)


def switchboard_closes(day: date) -> float:
    friday = 4
    return SWITCHBOARD_CLOSES_ON_FRIDAY if day.weekday() == friday else SWITCHBOARD_CLOSES
