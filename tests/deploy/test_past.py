"""The demonstration's past: there is something to learn from on its first day."""

from datetime import date, datetime

from deploy.demo.past import DAYS, fill
from tests.build import PARIS
from tests.fakes import FakeJournal

START = datetime(2026, 1, 5, 10, 5, tzinfo=PARIS)
"""A Monday after the holidays."""
FEW = {date(2025, 12, 19), date(2025, 12, 22), date(2025, 12, 31), date(2026, 1, 2)}


def working(day: date) -> bool:
    """Nearly closed for a year."""
    return day in FEW or day < date(2025, 1, 1) or day == START.date()


async def test_the_latest_working_days_are_filled_oldest_first_and_the_present_one_not_at_all() -> None:
    journal = FakeJournal()
    await fill(journal, "aube", START, 1, working)
    cursor, told = 0, []
    while True:
        cursor, entries = await journal.after(cursor)
        if not entries:
            break
        told += [entry.event.at.astimezone(PARIS).date() for entry in entries]
    filled = list(dict.fromkeys(told))
    assert len(filled) == DAYS
    assert filled[0] < date(2025, 12, 1)  # with the whole month before
    assert filled == sorted(filled)
    assert filled[-4:] == sorted(FEW)
    assert filled[-5] == date(2024, 12, 31)
    assert all(entry.site == "aube" for entry in entries)
