"""The life of an alert, tick by tick."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from alerts.lifecycle import Advanced, advance
from alerts.watched import Reading
from tests.alerts.hand import LONG, MINUTE, begun, reading
from tests.build import at
from ticketing.alert import Alert

NINE = at("9:00")


def after(known: Alert | None, now: datetime, *readings: Reading, counters: int | None = None) -> Advanced:
    return advance(known, lambda: begun(now), readings, now, counters)


def lived(*ticks: tuple[int, Reading], known: Alert | None = None) -> list[Advanced]:
    """One reading at each of these minutes after nine; an alert that is over is followed by another."""
    found: list[Advanced] = []
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


def test_what_cannot_be_read_stays_as_it_was_and_its_timers_stand_still_meanwhile() -> None:
    fires, over = reading("fires", hold=5), reading("over", keep=5)
    pending = after(None, NINE, fires).alert
    unread = after(pending, NINE + MINUTE).alert
    # one minute was known before, so that four more are missing
    assert states(lived((4, fires), (7, fires), (8, fires), known=unread)) == ["pending", "pending", "firing"]
    firing = after(None, NINE, reading("fires")).alert
    easing = after(firing, NINE + MINUTE, over).alert
    unread = after(easing, NINE + 3 * MINUTE).alert
    steps = lived((6, over), (8, over), (9, over), known=unread)
    assert states(steps) == ["firing", "firing", "resolved"]
    assert kinds(steps) == ["resolved"]


def test_where_nothing_was_known_for_as_long_as_it_must_hold_it_begins_anew() -> None:
    fires = reading("fires", hold=5)
    unread = after(after(None, NINE, fires).alert, NINE + 4 * MINUTE).alert
    assert states(lived((9, fires), (13, fires), (14, fires), known=unread)) == ["pending", "pending", "firing"]


def test_what_fires_and_what_is_over_stay_so_while_nothing_can_be_read() -> None:
    firing = after(None, NINE, reading("fires")).alert
    for minute in (1, 60, 600):
        firing = after(firing, NINE + minute * MINUTE).alert
    assert firing
    assert firing.state == "firing"


def test_an_alert_stays_open_for_what_is_on_its_way_and_ends_once_that_does_not_come() -> None:
    """It would be told as over, and as another some minutes later."""
    sejour, asile = reading("over", keep=2), reading("fires", queue="asile", hold=5)
    known = after(None, NINE, reading("fires")).alert
    for minute in (1, 2, 3, 4):
        step = after(known, NINE + minute * MINUTE, sejour, asile)
        known = step.alert
        assert known
        assert known.state == "firing"
    gone = after(known, NINE + 5 * MINUTE, sejour, reading("between", queue="asile", hold=5))
    assert [moment.kind for moment in gone.moments] == ["resolved"]
    assert gone.alert
    assert gone.alert.back_at == NINE + MINUTE
    come = after(known, NINE + 6 * MINUTE, sejour, asile)
    assert [(moment.kind, moment.text) for moment in come.moments] == [("joined", "Asile")]
    assert come.alert
    assert [signal.subject for signal in come.alert.active] == ["asile"]


def test_a_queue_that_is_wrong_again_while_another_still_is_has_to_hold_anew_and_is_news() -> None:
    sejour, asile = reading("fires"), reading("fires", queue="asile", hold=2)
    known = after(None, NINE, sejour, reading("fires", queue="asile")).alert
    assert known
    known = replace(known, signals=tuple(replace(signal, told_at=NINE) for signal in known.signals))
    known = after(known, NINE + MINUTE, sejour, reading("over", queue="asile")).alert
    courses = [after(known, NINE + 2 * MINUTE, sejour, asile)]
    courses.append(after(courses[-1].alert, NINE + 3 * MINUTE, sejour, asile))
    courses.append(after(courses[-1].alert, NINE + 4 * MINUTE, sejour, asile))
    assert kinds(courses) == ["joined"]
    last = courses[-1].alert
    assert last
    assert len(last.signals) == 2
    (again,) = [signal for signal in last.active if signal.subject == "asile"]
    assert (again.since, again.fired_at, again.told_at) == (NINE + 2 * MINUTE, NINE + 4 * MINUTE, None)


def test_the_timeline_says_what_was_predicted_and_how_long_it_lasted() -> None:
    predicted = replace(reading("fires"), condition="predicted_breach")
    first = after(None, NINE, predicted, reading("fires", queue="asile"))
    assert [(moment.kind, moment.text) for moment in first.moments] == [
        ("predicted", "Sejour"),
        ("fired", "Sejour, Asile"),
    ]
    over = replace(reading("over", keep=10), condition="predicted_breach")
    easing = after(first.alert, NINE + 34 * MINUTE, over, reading("over", queue="asile", keep=10))
    last = after(easing.alert, NINE + 44 * MINUTE, over, reading("over", queue="asile", keep=10))
    assert [(moment.kind, moment.text) for moment in last.moments] == [
        ("resolved", "après 34\N{NARROW NO-BREAK SPACE}min")
    ]


def test_the_same_tick_twice_changes_nothing_the_second_time() -> None:
    steps = [(0, "fires"), (2, "fires"), (3, "over"), (13, "over")]
    known: Alert | None = None
    for minute, mood in steps:
        now, read = NINE + minute * MINUTE, reading(mood, hold=2, keep=10)
        known = after(known, now, read, counters=2).alert
        assert after(known, now, read, counters=2) == Advanced(alert=known)


def test_the_first_counter_opened_afterwards_is_noted() -> None:
    firing = after(None, NINE, reading("fires"), counters=2).alert
    fewer = after(firing, NINE + MINUTE, reading("fires"), counters=1).alert
    step = after(fewer, NINE + 2 * MINUTE, reading("fires"), counters=2)
    assert [moment.kind for moment in step.moments] == ["opened"]
    assert step.alert
    assert step.alert.opened_at == NINE + 2 * MINUTE
    assert not after(step.alert, NINE + 3 * MINUTE, reading("fires"), counters=3).moments


def test_a_counter_that_opens_in_the_tick_in_which_it_is_right_again_is_what_made_it_so() -> None:
    firing = after(None, NINE, reading("fires"), counters=2).alert
    step = after(firing, NINE + MINUTE, reading("over", keep=10), counters=3)
    assert [moment.kind for moment in step.moments] == ["opened", "eased"]


def test_a_counter_that_opens_once_all_is_right_again_answers_nothing() -> None:
    firing = after(None, NINE, reading("fires"), counters=2).alert
    easing = after(firing, NINE + MINUTE, reading("over", keep=10), counters=2).alert
    more = after(easing, NINE + 2 * MINUTE, reading("over", keep=10), counters=3).alert
    relapsed = after(more, NINE + 3 * MINUTE, reading("fires"), counters=3)
    assert relapsed.moments == ()
    assert [one.kind for one in after(relapsed.alert, NINE + 4 * MINUTE, reading("fires"), counters=4).moments] == [
        "opened"
    ]


def test_counters_are_not_looked_at_while_nothing_can_be_read() -> None:
    firing = after(None, NINE, reading("fires"), counters=2).alert
    assert after(firing, NINE + MINUTE, counters=9).moments == ()


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


def test_the_facts_are_the_latest_and_stay_those_of_the_worst_while_it_eases() -> None:
    firing = after(None, NINE, reading("fires")).alert
    longer = replace(LONG, longest_s=1500.0)
    worse = after(firing, NINE + MINUTE, reading("fires", facts=longer)).alert
    easing = after(worse, NINE + 2 * MINUTE, reading("over", keep=10, facts=replace(LONG, longest_s=0.0))).alert
    assert easing
    assert easing.signals[0].facts == longer
