"""When somebody is told of an alert, and when they are left alone."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from alerts.telling import Policy, due, told
from alerts.watched import Key
from tests.alerts.hand import MINUTE, alert
from tests.build import at
from ticketing.alert import Alert

POLICY = Policy(repeat=45 * MINUTE, gather=5 * MINUTE, escalate_after=10 * MINUTE)
TEN = at("10:00")


def once_told(known: Alert, now: datetime = TEN) -> Alert:
    return told(known, "fired", now)


def joined(known: Alert, queue: str, clock: str = "10:01") -> Alert:
    """With a queue more, for which it is a page."""
    return replace(known, signals=(*known.signals, *alert(clock, queue).signals), severity="page")


def test_whoever_was_not_told_yet_is() -> None:
    assert due(alert(), TEN, POLICY, 1) == "fired"
    assert due(once_told(alert()), TEN + MINUTE, POLICY, 1) is None


def test_it_is_told_again_every_three_quarters_of_an_hour_while_nobody_takes_it_on() -> None:
    known = once_told(alert())
    assert due(known, TEN + 44 * MINUTE, POLICY, 1) is None
    assert due(known, TEN + 45 * MINUTE, POLICY, 1) == "again"
    again = told(known, "again", TEN + 45 * MINUTE)
    assert due(again, TEN + 89 * MINUTE, POLICY, 1) is None
    assert due(again, TEN + 90 * MINUTE, POLICY, 1) == "again"


def test_the_next_are_told_level_by_level_while_nobody_takes_it_on() -> None:
    known = once_told(alert())
    assert due(known, TEN + 9 * MINUTE, POLICY, 3) is None
    assert due(known, TEN + 10 * MINUTE, POLICY, 3) == "escalated"
    second = told(known, "escalated", TEN + 10 * MINUTE)
    assert second.level == 1
    assert due(second, TEN + 19 * MINUTE, POLICY, 3) is None
    third = told(second, "escalated", TEN + 20 * MINUTE)
    assert third.level == 2
    assert due(third, TEN + 40 * MINUTE, POLICY, 3) is None


def test_once_somebody_has_taken_it_on_only_news_is_told() -> None:
    known = replace(once_told(alert()), acknowledged_at=TEN + MINUTE)
    assert due(known, TEN + timedelta(hours=3), POLICY, 3) is None
    task = replace(once_told(alert(severity="task")), acknowledged_at=TEN)
    assert due(joined(task, "asile"), TEN + MINUTE, POLICY, 1) == "worsened"


def test_queues_that_join_are_told_together_some_minutes_later() -> None:
    one = once_told(alert())
    both = joined(one, "asile", "10:02")
    assert due(both, TEN + 4 * MINUTE, POLICY, 1) is None
    assert due(both, TEN + 5 * MINUTE, POLICY, 1) == "joined"
    assert due(told(both, "joined", TEN + 5 * MINUTE), TEN + 12 * MINUTE, POLICY, 1) is None


def test_what_else_goes_wrong_with_a_queue_that_is_known_of_is_no_news() -> None:
    one = once_told(alert())
    more = replace(one.signals[0], condition="predicted_breach", told_at=None)
    assert due(replace(one, signals=(*one.signals, more)), TEN + 6 * MINUTE, POLICY, 1) is None


def test_what_else_goes_wrong_with_the_site_is_news() -> None:
    standing = replace(once_told(alert()).signals[0], condition="data_standing", subject="")
    growing = replace(standing, condition="quarantine_growing", told_at=None)
    site = replace(once_told(alert()), signals=(standing, growing))
    assert due(site, TEN + 6 * MINUTE, POLICY, 1) == "joined"


def test_a_queue_that_is_silenced_is_no_news_until_the_silence_ends() -> None:
    known = joined(once_told(alert(severity="task")), "asile")
    hushed: set[Key] = {("head_of_line", "asile")}
    assert due(known, TEN + 6 * MINUTE, POLICY, 1, hushed) is None
    again = told(known, "again", TEN + 45 * MINUTE, hushed)
    assert due(again, TEN + 51 * MINUTE, POLICY, 1, hushed) is None
    assert due(again, TEN + 51 * MINUTE, POLICY, 1) == "worsened"


def test_a_queue_that_was_silenced_while_others_were_told_is_told_once_the_silence_ends() -> None:
    known = joined(once_told(alert()), "asile")
    again = told(known, "again", TEN + 45 * MINUTE, {("head_of_line", "asile")})
    assert due(again, TEN + 50 * MINUTE, POLICY, 1) == "joined"


def test_what_is_silenced_altogether_is_told_to_nobody() -> None:
    assert due(alert(), TEN, POLICY, 1, {("head_of_line", "sejour")}) is None
    known = once_told(alert())
    assert due(known, TEN + timedelta(hours=2), POLICY, 3, {("head_of_line", "sejour")}) is None


def test_the_end_is_told_once_to_whoever_was_told_of_the_beginning() -> None:
    over = replace(once_told(alert()), resolved_at=TEN + 30 * MINUTE)
    assert due(over, TEN + 30 * MINUTE, POLICY, 1) == "resolved"
    assert due(told(over, "resolved", TEN + 30 * MINUTE), TEN + 31 * MINUTE, POLICY, 1) is None


def test_of_what_nobody_was_told_nobody_is_told_the_end() -> None:
    assert due(replace(alert(), resolved_at=TEN), TEN, POLICY, 1) is None


def test_what_is_only_pending_is_told_to_nobody() -> None:
    assert due(replace(alert(), fired_at=None), TEN, POLICY, 1) is None


def test_what_can_wait_is_told_again_less_often_and_the_next_are_not_told_of_it() -> None:
    task, week = once_told(alert(severity="task")), once_told(alert(severity="week"))
    assert due(task, TEN + 179 * MINUTE, POLICY, 3) is None
    assert due(task, TEN + 180 * MINUTE, POLICY, 3) == "again"
    assert due(week, TEN + timedelta(hours=23, minutes=59), POLICY, 3) is None
    assert due(week, TEN + timedelta(hours=24), POLICY, 3) == "again"


def test_what_was_grave_and_is_no_more_is_told_again_as_what_it_is_now() -> None:
    known = once_told(alert())
    less = replace(known, signals=(replace(known.signals[0], severity="week"),))
    assert due(less, TEN + 60 * MINUTE, POLICY, 3) is None
