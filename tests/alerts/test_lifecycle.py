"""The life of an alert, tick by tick."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts.lifecycle import Advanced, advance
from alerts.watched import Reading
from tests.alerts.hand import LONG, MINUTE, begun, reading
from tests.build import at
from ticketing.alert import Alert

NINE = at("9:00")


def after(known: Alert | None, now: datetime, *readings: Reading, counters: int | None = None) -> Advanced:
    return advance(known, lambda: begun(now), readings, now, counters)


def lived(*ticks: tuple[int, Reading]) -> list[Advanced]:
    """One reading at each of these minutes after nine; an alert that is over is followed by another."""
    found: list[Advanced] = []
    known: Alert | None = None
    for minute, read in ticks:
        step = after(known, NINE + minute * MINUTE, read)
        found.append(step)
        known = None if step.alert is None or step.alert.resolved_at else step.alert
    return found


def kinds(steps: Sequence[Advanced]) -> list[str]:
    return [moment.kind for step in steps for moment in step.moments]


def states(steps: Sequence[Advanced]) -> list[str]:
    return [step.alert.state if step.alert else "none" for step in steps]


def test_what_holds_for_long_enough_fires_and_not_before() -> None:
    fires = reading("fires", hold=2)
    assert states(lived((0, fires), (1, fires), (2, fires))) == ["pending", "pending", "firing"]


def test_what_needs_no_hold_fires_at_once() -> None:
    steps = lived((0, reading("fires")))
    assert states(steps) == ["firing"]
    assert kinds(steps) == ["fired"]


def test_what_stops_before_its_time_leaves_nothing() -> None:
    steps = lived((0, reading("fires", hold=2)), (1, reading("between", hold=2)), (2, reading("fires", hold=2)))
    assert states(steps) == ["pending", "none", "pending"]
    assert kinds(steps) == []


def test_between_the_two_thresholds_it_goes_on_firing() -> None:
    steps = lived((0, reading("fires")), (1, reading("between")), (60, reading("between")))
    assert states(steps) == ["firing"] * 3


def test_it_is_over_once_it_has_been_right_for_long_enough() -> None:
    over = reading("over", keep=10)
    steps = lived((0, reading("fires")), (5, over), (14, over), (15, over))
    assert states(steps) == ["firing", "firing", "firing", "resolved"]
    assert kinds(steps) == ["fired", "eased", "resolved"]
    last = steps[-1].alert
    assert last
    assert last.back_at == NINE + 5 * MINUTE
    assert last.resolved_at == NINE + 15 * MINUTE


def test_a_relapse_within_that_time_is_the_same_alert_told_once() -> None:
    over = reading("over", keep=10)
    steps = lived((0, reading("fires")), (5, over), (10, reading("fires")), (12, over), (21, over), (22, over))
    assert states(steps) == ["firing"] * 5 + ["resolved"]
    assert kinds(steps).count("fired") == 1


def test_a_hall_that_closes_ends_its_alert_at_once() -> None:
    assert states(lived((0, reading("fires")), (1, reading("over", keep=10, at_once=True)))) == ["firing", "resolved"]


def test_the_queues_of_a_hall_are_one_alert_and_it_ends_with_the_last() -> None:
    both = after(None, NINE, reading("fires"), reading("fires", queue="asile")).alert
    assert both
    assert len(both.active) == 2
    one = after(both, NINE + MINUTE, reading("over"), reading("fires", queue="asile"))
    assert one.alert
    assert [signal.subject for signal in one.alert.active] == ["asile"]
    assert one.alert.state == "firing"
    none = after(one.alert, NINE + 2 * MINUTE, reading("over"), reading("over", queue="asile"))
    assert none.alert
    assert none.alert.state == "resolved"


def test_another_queue_joins_and_a_graver_one_makes_it_worse() -> None:
    task = after(None, NINE, reading("fires", severity="task")).alert
    assert task
    assert task.severity == "task"
    step = after(task, NINE + MINUTE, reading("fires", severity="task"), reading("fires", queue="asile"))
    assert [moment.kind for moment in step.moments] == ["joined", "worsened"]
    assert step.alert
    assert step.alert.severity == "page"
    less = after(step.alert, NINE + 2 * MINUTE, reading("fires", severity="task"), reading("over", queue="asile"))
    assert less.alert
    assert less.alert.severity == "page"


def test_what_cannot_be_read_stays_as_it_was_and_its_timers_begin_anew() -> None:
    pending = after(None, NINE, reading("fires", hold=2)).alert
    assert after(pending, NINE + 5 * MINUTE).alert is None
    again = after(None, NINE + 6 * MINUTE, reading("fires", hold=2)).alert
    assert again
    assert again.state == "pending"
    firing = after(None, NINE, reading("fires")).alert
    easing = after(firing, NINE + MINUTE, reading("over", keep=10)).alert
    unread = after(easing, NINE + 2 * MINUTE).alert
    back = after(unread, NINE + 12 * MINUTE, reading("over", keep=10)).alert
    assert back
    assert back.state == "firing"


def test_the_first_counter_opened_afterwards_is_noted() -> None:
    firing = after(None, NINE, reading("fires"), counters=2).alert
    fewer = after(firing, NINE + MINUTE, reading("fires"), counters=1).alert
    step = after(fewer, NINE + 2 * MINUTE, reading("fires"), counters=2)
    assert [moment.kind for moment in step.moments] == ["opened"]
    assert step.alert
    assert step.alert.opened_at == NINE + 2 * MINUTE
    assert not after(step.alert, NINE + 3 * MINUTE, reading("fires"), counters=3).moments


def test_an_acknowledged_alert_stays_so_whatever_joins() -> None:
    firing = after(None, NINE, reading("fires")).alert
    assert firing
    taken = replace(firing, acknowledged_at=NINE)
    step = after(taken, NINE + MINUTE, reading("fires"), reading("fires", queue="asile"))
    assert step.alert
    assert step.alert.state == "acknowledged"


def test_a_clock_set_back_keeps_nothing_from_firing_or_ending() -> None:
    pending = after(None, NINE, reading("fires", hold=2)).alert
    hour_before = NINE - timedelta(hours=1)
    back = after(pending, hour_before, reading("fires", hold=2)).alert
    assert back
    assert back.state == "pending"
    fired = after(back, hour_before + 2 * MINUTE, reading("fires", hold=2)).alert
    assert fired
    assert fired.state == "firing"


MOODS = st.lists(st.sampled_from(["fires", "between", "over", "unread"]), min_size=1, max_size=60)


@given(MOODS, st.integers(0, 3), st.integers(0, 5))
def test_any_course_keeps_the_rules_and_a_restart_between_any_two_ticks_changes_nothing(
    moods: list[str], hold: int, keep: int
) -> None:
    """A reference that looks at the whole course says when an alert may be open."""
    known = stored = None
    opened: list[bool] = []
    for minute, mood in enumerate(moods):
        now = NINE + minute * MINUTE
        read = [] if mood == "unread" else [reading(mood, hold=hold, keep=keep)]
        step, again = after(known, now, *read), after(stored, now, *read)
        assert step == again
        known = None if step.alert is None or step.alert.resolved_at else step.alert
        stored = msgspec.json.decode(msgspec.json.encode(known), type=Alert | None) if known else None
        opened.append(bool(known and known.fired_at))
    assert opened == reference(moods, hold, keep)


def reference(moods: list[str], hold: int, keep: int) -> list[bool]:
    """Whether it is open after each minute: by runs of the whole course up to then, without any state but that."""
    found: list[bool] = []
    for minute in range(len(moods)):
        course = moods[: minute + 1]
        was = bool(found) and found[-1]
        if not was:
            since = len(course) - len(run(course, {"fires"}))
            # the ticks of an alert that was open before do not count for a new one
            last_open = max((n for n, one in enumerate(found) if one), default=-2)
            first = max(since, last_open + 2)
            found.append(course[-1] == "fires" and minute - first >= hold)
        else:
            over = run(course, {"over"})
            found.append(not (over and len(over) - 1 >= keep))
    return found


def run(course: list[str], moods: set[str]) -> list[str]:
    """The last stretch of it."""
    length = 0
    while length < len(course) and course[-1 - length] in moods:
        length += 1
    return course[len(course) - length :]


def test_the_facts_are_the_latest_and_stay_those_of_the_worst_while_it_eases() -> None:
    firing = after(None, NINE, reading("fires")).alert
    longer = replace(LONG, longest_s=1500.0)
    worse = after(firing, NINE + MINUTE, reading("fires", facts=longer)).alert
    easing = after(worse, NINE + 2 * MINUTE, reading("over", keep=10, facts=replace(LONG, longest_s=0.0))).alert
    assert easing
    assert easing.signals[0].facts == longer
