"""What came of the cells of the fault matrix, as a table for people."""

from collections.abc import Iterable
from datetime import date

import msgspec
import pytest
from msgspec import Struct

KEY = "outcome"
"""Of what a test records."""

HEAD = """\
| fault | broker | acknowledged | in the journal | lost | twice in it | sent again | came again | back, s |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""


class Outcome(Struct, frozen=True, kw_only=True):
    """Events of one cell.

    `sent_again` counts what the kiosks sent once more, `came_again` the rows that the database was given once more.
    """

    fault: str
    broker: str
    acknowledged: int
    kept: int
    lost: int
    doubled: int
    foreign: int
    sent_again: int
    came_again: int
    back_s: float
    """From the fault's end until the journal held all that had been acknowledged by then."""

    @property
    def whole(self) -> bool:
        return self.acknowledged == self.kept and not (self.lost or self.doubled or self.foreign)

    @property
    def line(self) -> str:
        figures = (self.acknowledged, self.kept, self.lost, self.doubled, self.sent_again, self.came_again)
        return f"| {self.fault} | {self.broker} | {' | '.join(f'{one:,}' for one in figures)} | {self.back_s:.1f} |"


def told(reports: Iterable[pytest.TestReport]) -> list[Outcome]:
    """The outcomes that tests recorded, in whatever order they ended."""
    recorded = [value for one in reports if one.when == "call" for key, value in one.user_properties if key == KEY]
    return sorted((msgspec.convert(value, Outcome) for value in recorded), key=lambda one: (one.fault, one.broker))


def table(outcomes: Iterable[Outcome], day: date) -> str:
    return "\n".join([f"Run of {day.isoformat()}.", "", HEAD, *(outcome.line for outcome in outcomes)])
