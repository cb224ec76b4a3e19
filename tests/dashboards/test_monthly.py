"""The month so far, and what is left of its budget, in people."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from msgspec.structs import replace

from dashboards.monthly import Months, judged
from tests.build import CALL_COMMITMENT, HALL_COMMITMENT, MONDAY, STANDARD, SUD, at, called, issued
from tests.history import WORKING_DAYS
from tests.ticketing.test_laws import HASTY_STANDARD, HASTY_SUD, event_sets, instants
from ticketing.area import Area
from ticketing.budget import Verdict, verdicts
from ticketing.events import Event
from ticketing.live import figures
from ticketing.plan import Plan

IN_NOVEMBER = [day for day in WORKING_DAYS if day.month == MONDAY.month]
"""2 to 20 November but the 11th: 14 days."""


def past(late_a_day: int, of: int = 20, queue: str = "sejour") -> Mapping[date, Mapping[str, Sequence[Verdict]]]:
    """So many late of so many on each working day, those of October too."""
    return {
        day: {queue: tuple(Verdict(at("9:00", day) + timedelta(minutes=n), n < late_a_day) for n in range(of))}
        for day in WORKING_DAYS
    }


def told(events: list[Event], late_a_day: int, plan: Plan = SUD) -> tuple[str, str, str, bool] | None:
    queue = figures(Area.of(plan, events), at("11:00")).queues[0]
    found = Months().month(past(late_a_day, queue=queue.queue), plan, queue, MONDAY)
    return None if found is None else (found.share.replace("\u202f", " "), found.counts, found.left, found.spent)


def test_what_is_left_is_told_in_people() -> None:
    # November has 20 working days but the 11th: 400 expected, of whom 20 may be late; 14 were, and nobody today
    assert len(IN_NOVEMBER) == 14
    assert told([issued("A1", "9:00"), called("A1", "9:05")], 1) == ("95 %", "267 sur 281", "encore 6 usagers", False)


def test_who_is_late_today_counts_at_once() -> None:
    assert told([issued("A1", "9:00")], 1) == ("94 %", "266 sur 281", "encore 5 usagers", False)


def test_beyond_the_budget_it_is_told_by_how_many() -> None:
    assert told([issued("A1", "9:00")], 2) == ("89 %", "252 sur 281", "dépassé de 9", True)


def test_on_the_telephone_they_are_calls() -> None:
    found = told([], 1, STANDARD)
    assert found is not None
    # 15 % of 400, less 14
    assert found[2] == "encore 46 appels"


def test_where_no_share_is_promised_or_nothing_is_known_of_past_days_nothing_is_told() -> None:
    queue = figures(Area.of(SUD, []), at("11:00")).queues[0]
    assert Months().month({}, SUD, queue, MONDAY) is None
    assert told([], 1, replace(SUD, commitments=(replace(HALL_COMMITMENT, share=None),))) is None
    assert told([], 1, replace(SUD, commitments=())) is None


def test_a_day_more_that_is_known_is_taken_into_account() -> None:
    months, known = Months(), past(1)
    queue = figures(Area.of(SUD, []), at("11:00")).queues[0]
    before = months.month(known, SUD, queue, MONDAY)
    less = {day: found for day, found in known.items() if day != IN_NOVEMBER[0]}
    after = months.month(less, SUD, queue, MONDAY)
    assert before is not None
    assert after is not None
    assert (before.left, after.left) == ("encore 6 usagers", "encore 7 usagers")


@pytest.mark.parametrize("plan", [HASTY_SUD, replace(HASTY_STANDARD, commitments=(CALL_COMMITMENT,))])
@given(events=event_sets(), now=instants)
def test_the_service_level_and_the_verdicts_of_a_day_judge_alike(
    plan: Plan, events: list[Event], now: datetime
) -> None:
    area = Area.of(plan, [event for event in events if event.at <= now])
    of_today = verdicts(area, plan.hours.day_at(now), now)
    for queue in figures(area, now).queues:
        found, expected = judged(queue), of_today.get(queue.queue, ())
        assert found is not None
        assert (found.late, found.of) == (sum(one.late for one in expected), len(expected))
