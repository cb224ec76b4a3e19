"""How long data are kept: whole calendar months, of which the present one is the last."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

LONGEST = 1200
Months = Annotated[int, Meta(ge=1, le=LONGEST)]


class RetentionSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`rows_months` of single tickets, calls, devices and deeds; `aggregates_months` of what is counted by the day.

    The present month is one of them, so that nothing is ever older than they say: with 6, what remains on
    30 November begins on 1 June.
    """

    rows_months: Months = 6
    aggregates_months: Months = 48

    def rows_before(self, today: date) -> date:
        """The first day of which row data are kept."""
        return months_before(today, self.rows_months - 1)

    def aggregates_before(self, today: date) -> date:
        """The first day of which aggregates are kept."""
        return months_before(today, self.aggregates_months - 1)


def months_before(day: date, months: int) -> date:
    """The first of the month so many before that of a day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(max(year, 1), month + 1, 1)
