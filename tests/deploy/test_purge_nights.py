"""The purge of every night: when it comes, and what it says."""

from datetime import UTC, date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from deploy.purge import BusyError, Gone, Purged
from deploy.purge_nights import Nights
from tests.build import PARIS

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
NOTHING = Purged()


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


class Purging:
    """Tells in turn what it is given, the last for ever; and when it was asked."""

    def __init__(self, *outcomes: Purged | Exception) -> None:
        self._outcomes = list(outcomes)
        self.asked = 0

    async def run(self) -> Purged:
        self.asked += 1
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


async def purged_at(since: datetime, until: datetime, *outcomes: Purged | Exception) -> list[datetime]:
    """When a purge was begun by somebody who looks every quarter of an hour from one instant until before another."""
    now = since.astimezone(UTC)
    purging, found = Purging(*(outcomes or (NOTHING,))), []
    nights = Nights(purging, lambda: now, PARIS)
    while now < until:
        before = purging.asked
        await nights.look()
        found += [now.astimezone(PARIS)] * (purging.asked - before)
        now += timedelta(minutes=15)
    return found


async def test_every_night_at_three_is_purged_once() -> None:
    assert await purged_at(paris("2026-11-25 01:00"), paris("2026-11-28 01:00")) == [
        paris("2026-11-25 03:00"),
        paris("2026-11-26 03:00"),
        paris("2026-11-27 03:00"),
    ]


async def test_a_night_that_was_slept_through_is_made_up_for_by_day() -> None:
    assert await purged_at(paris("2026-11-25 09:00"), paris("2026-11-26 09:00")) == [
        paris("2026-11-25 09:00"),
        paris("2026-11-26 03:00"),
    ]


@pytest.mark.parametrize("change", ["2026-03-29", "2026-10-25"])
async def test_the_nights_in_which_clocks_change_are_purged_once_too(change: str) -> None:
    found = await purged_at(paris(f"{change} 00:00"), paris(f"{change} 23:00"))
    assert [at.strftime("%H:%M") for at in found] == ["03:00"]


async def test_an_outage_is_waited_out_and_said_once() -> None:
    away = OSError("nobody listens")
    with capture_logs() as logs:
        found = await purged_at(paris("2026-11-25 03:00"), paris("2026-11-25 09:00"), away, away, NOTHING)
    assert [at.strftime("%H:%M") for at in found] == ["03:00", "03:15", "03:30"]
    assert [(one["log_level"], one["error"]) for one in logs] == [("warning", "OSError: nobody listens")]


async def test_another_purge_and_a_fault_of_ours_end_nothing_and_the_next_night_tries_again() -> None:
    with capture_logs() as logs:
        found = await purged_at(
            paris("2026-11-25 03:00"), paris("2026-11-28 00:00"), BusyError("another"), ValueError("oops"), NOTHING
        )
    assert [at.day for at in found] == [25, 26, 27]
    assert [one["log_level"] for one in logs] == ["info", "error"]


async def test_what_has_gone_is_said_once_with_counts_and_events_that_came_too_late_with_their_month() -> None:
    gone = (Gone(what="journal_2026_05", before=JUNE, rows=300), Gone(what="trail", before=JUNE, rows=4))
    with capture_logs() as logs:
        await purged_at(
            paris("2026-11-25 03:00"), paris("2026-11-27 03:00"), Purged(gone=gone, kept=(MAY,), late={MAY: 2}), NOTHING
        )
    late, purged = logs
    assert (late["log_level"], late["month"], late["n"]) == ("warning", "2026-05", 2)
    assert (purged["log_level"], purged["rows"], purged["tables"], purged["months_kept"]) == ("info", 304, 2, 1)
