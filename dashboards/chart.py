"""The calls of the last hour as bars, four side by side each five minutes, and the same in numbers."""

from collections.abc import Sequence

from msgspec import Struct

from ticketing.lately import Slot
from ticketing.saying import _

WIDTH, HEIGHT = 480, 120
"""Of the drawing; it is stretched to the width of the table below it."""
BAR, GAP = 8, 4
LEAST_TOP = 4
"""Calls at the upper edge at least; always an even number, so that the middle is one too."""


class Bar(Struct, frozen=True):
    x: float
    y: float
    height: float


class Series(Struct, frozen=True):
    """One kind of call: its bars, and how many there were in each five minutes and in all."""

    kind: str
    name: str
    bars: tuple[Bar, ...]
    counts: tuple[int, ...]
    total: int


class Chart(Struct, frozen=True):
    """`hours`: when each five minutes begin, as hour and minutes; `top`: calls at the upper edge."""

    hours: tuple[tuple[str, str], ...]
    series: tuple[Series, ...]
    top: int
    sentence: str


def chart(slots: Sequence[Slot]) -> Chart:
    kinds = [
        ("received", _("Reçus"), [slot.received for slot in slots]),
        ("offered", _("Présentés"), [slot.offered for slot in slots]),
        ("answered", _("Décrochés"), [slot.answered for slot in slots]),
        ("lost", _("Perdus"), [slot.lost for slot in slots]),
    ]
    top = max(LEAST_TOP, *(count for _kind, _name, counts in kinds for count in counts))
    top += top % 2
    slot_width = WIDTH / len(slots)
    series = tuple(
        Series(
            kind,
            name,
            tuple(
                Bar(
                    round(n * slot_width + GAP / 2 + place * (BAR + 1), 1),
                    round(HEIGHT * (1 - count / top), 1),
                    round(HEIGHT * count / top, 1),
                )
                for n, count in enumerate(counts)
            ),
            tuple(counts),
            sum(counts),
        )
        for place, (kind, name, counts) in enumerate(kinds)
    )
    sentence = _("Dernière heure : {received} reçus, {offered} présentés, {answered} décrochés, {lost} perdus").format(
        **{one.kind: one.total for one in series}
    )
    return Chart(tuple((f"{slot.start:%H}", f"{slot.start:%M}") for slot in slots), series, top, sentence)
