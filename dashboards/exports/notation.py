"""Numbers, shares and lengths of time as they stand in the documents of a month; French whoever asks for them."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import msgspec

from dashboards.exports.document import Document
from dashboards.languages import FRENCH, speaking
from ticketing.french.notation import NARROW, NOTHING

Given = ParamSpec("Given")
Made = TypeVar("Made")
NO_DATA = "pas de données"
MINUS = "−"
MINUTE_S, HOUR_S = 60, 3600
UNBROKEN = "\u00a0"
"""The space that French puts before a colon and within quotation marks; no line ends there."""
TENTHS = 1000
"""Of a percent, in the whole."""


def in_french(made: Callable[Given, Made]) -> Callable[Given, Made]:
    """The same, its words those of French."""

    @wraps(made)
    def told(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        with speaking(FRENCH):
            return made(*args, **kwargs)

    return told


def typeset(document: Document) -> Document:
    """The same, with the spaces that French punctuation has; drawings are left as they are."""
    return msgspec.convert(_typeset(msgspec.to_builtins(document)), Document)


def _typeset(value: object) -> object:
    match value:
        case str():
            return spaced(value)
        case dict():
            return {name: one if name in ("svg", "id") else _typeset(one) for name, one in value.items()}
        case list():
            return [_typeset(one) for one in value]
        case _:
            return value


def spaced(text: str) -> str:
    for mark in ":;?!»":
        text = text.replace(f" {mark}", UNBROKEN + mark)
    return text.replace("« ", "«" + UNBROKEN)


def whole(number: int | None) -> str:
    """As "12 670"."""
    return NOTHING if number is None else f"{number:,}".replace(",", NARROW)


def decimal(number: float | None, digits: int = 1) -> str:
    return NOTHING if number is None else f"{number:,.{digits}f}".replace(",", NARROW).replace(".", ",")


def tenths(part: int, of: int, *, up: bool = False) -> int | None:
    """A share in tenths of a percent, rounded down, or up where less is better: never better than it is."""
    if not of:
        return None
    return -(-part * TENTHS // of) if up else part * TENTHS // of


def share(part: int, of: int, *, up: bool = False) -> str:
    """As "90,7 %", of integers: exact, then rounded as `tenths` says."""
    found = tenths(part, of, up=up)
    return NOTHING if found is None else f"{found // 10},{found % 10}{NARROW}%"


def percent(value: float | None) -> str:
    """A share that is set, as "95 %" or "92,5 %"."""
    if value is None:
        return NOTHING
    text = decimal(value * 100).removesuffix(",0")
    return f"{text}{NARROW}%"


def estimated(value: float | None) -> str:
    """A share that was measured or estimated, to the nearest tenth of a percent: "92,0 %"."""
    return NOTHING if value is None else f"{decimal(value * 100)}{NARROW}%"


def bounds(low: float, high: float) -> str:
    """Of an interval, in percent: "[89,5 ; 93,0]"."""
    return f"[{decimal(low * 100)} ; {decimal(high * 100)}]"


def fraction(part: int, of: int) -> str:
    """As "325 / 337"."""
    return f"{whole(part)}{NARROW}/{NARROW}{whole(of)}" if of else NOTHING


def length(seconds: float | None) -> str:
    """To the nearest second: "23 s", "4 min 54 s", "1 h 05 min"."""
    if seconds is None:
        return NOTHING
    whole_s = int(seconds + 0.5)
    if whole_s < MINUTE_S:
        return f"{whole_s}{NARROW}s"
    minutes, rest = divmod(whole_s, MINUTE_S)
    if whole_s < HOUR_S:
        return f"{minutes}{NARROW}min" + (f"{NARROW}{rest:02}{NARROW}s" if rest else "")
    return f"{minutes // 60}{NARROW}h{NARROW}{minutes % 60:02}{NARROW}min"


def signed(number: float, told: str) -> str:
    """What is told of its size, with its sign; "=" of none."""
    return ("+" if number > 0 else MINUS) + told if number else "="


def points(now: int | None, before: int | None) -> str:
    """The difference of two shares in tenths of a percent, as "+1,2 pt"."""
    if now is None or before is None:
        return NOTHING
    apart = now - before
    return signed(apart, f"{abs(apart) // 10},{abs(apart) % 10}{NARROW}pt")


def longer(now: float | None, before: float | None) -> str:
    """The difference of two lengths of time, to the nearest second, as "−1 min 12 s"."""
    if now is None or before is None:
        return NOTHING
    apart = int(now + 0.5) - int(before + 0.5)
    return signed(apart, length(abs(apart)))


def more(now: int | None, before: int | None) -> str:
    """The difference of two counts, in percent of the one before, as "+4,0 %"; in itself where that was 0."""
    if now is None or before is None:
        return NOTHING
    if not before:
        return signed(now, whole(abs(now)))
    apart = round((now - before) * TENTHS / before)
    return signed(apart, f"{whole(abs(apart) // 10)},{abs(apart) % 10}{NARROW}%")
