"""What holds of the life of an alert whatever is read, in whatever order, by whatever clock."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from alerts.lifecycle import Advanced, advance
from tests.alerts.hand import MINUTE, begun, reading
from tests.build import at
from ticketing.alert import SEVERITIES, Alert, Severity

NINE = at("9:00")
QUEUES = ("sejour", "asile", "titres")
GRAVE: Mapping[str, Severity] = {"sejour": "page", "asile": "task", "titres": "week"}

KNOWN = ["fires", "between", "over"]
ONE = st.lists(st.sampled_from([*KNOWN, "unread"]), min_size=1, max_size=60)
HALL = st.lists(st.tuples(*[st.sampled_from([*KNOWN, "unread"])] * 3), min_size=1, max_size=40)
ALWAYS_READ = st.lists(st.tuples(*[st.sampled_from(KNOWN)] * 3), min_size=1, max_size=40)
HOLD, KEEP = st.integers(0, 3), st.integers(0, 5)


class Tick(Struct, frozen=True, kw_only=True):
    """`before`: the alert that was open or pending."""

    now: datetime
    before: Alert | None
    step: Advanced


def lived(course: Sequence[Sequence[str]], hold: int, keep: int, *, restarts: bool = False) -> list[Tick]:
    """A minute at a time, a mood for each queue. `restarts`: between two ticks all that is known is what is kept."""
    clocks = [NINE + minute * MINUTE for minute in range(len(course))]
    return lived_by(clocks, course, hold, keep, restarts=restarts)


def lived_by(
    clocks: Sequence[datetime], course: Sequence[Sequence[str]], hold: int, keep: int, *, restarts: bool = False
) -> list[Tick]:
    found: list[Tick] = []
    known: Alert | None = None
    for now, moods in zip(clocks, course, strict=True):
        before = msgspec.json.decode(msgspec.json.encode(known), type=Alert | None) if restarts else known
        read = [
            reading(mood, queue=queue, hold=hold, keep=keep, severity=GRAVE[queue])
            for queue, mood in zip(QUEUES, moods, strict=False)
            if mood != "unread"
        ]
        step = advance(before, lambda now=now: begun(now), read, now, None)  # type: ignore[misc]
        found.append(Tick(now=now, before=known, step=step))
        known = None if step.alert is None or step.alert.resolved_at else step.alert
    return found


def is_open(tick: Tick) -> bool:
    alert = tick.step.alert
    return bool(alert and alert.fired_at and not alert.resolved_at)


def kinds(tick: Tick) -> list[str]:
    return [moment.kind for moment in tick.step.moments]


def reference(moods: Sequence[str], hold: int, keep: int) -> list[bool]:
    """Whether something is wrong with one queue after each minute: by counting minutes of the course, no timers."""
    found: list[bool] = []
    for minute, mood in enumerate(moods):
        was = bool(found) and found[-1]
        wanted, length = ("over", keep) if was else ("fires", hold)
        turns = mood == wanted and counted(moods[: minute + 1], wanted, length) > length
        found.append(was != turns)
    return found


def counted(moods: Sequence[str], wanted: str, length: int) -> int:
    """Minutes of that mood at the end of a course; unread ones are passed over, unless there are `length` on end."""
    many = unread = 0
    for mood in reversed(moods):
        if mood == "unread":
            unread += 1
        elif mood != wanted or (unread and unread >= length):
            break
        else:
            many, unread = many + 1, 0
    return many


def stretches(course: Sequence[bool]) -> int:
    return sum(now and not was for was, now in zip([False, *course], course, strict=False))


@given(ONE, HOLD, KEEP)
def test_one_queue_is_open_when_a_count_of_the_whole_course_says_so(moods: list[str], hold: int, keep: int) -> None:
    assert [is_open(tick) for tick in lived([(mood,) for mood in moods], hold, keep)] == reference(moods, hold, keep)


@given(HALL, HOLD, KEEP)
def test_a_restart_between_any_two_ticks_changes_nothing(course: list[tuple[str, ...]], hold: int, keep: int) -> None:
    straight, restarted = (lived(course, hold, keep, restarts=restarts) for restarts in (False, True))
    assert [tick.step for tick in restarted] == [tick.step for tick in straight]


@given(HALL, HOLD, KEEP)
def test_a_tick_that_is_repeated_changes_nothing(course: list[tuple[str, ...]], hold: int, keep: int) -> None:
    twice = [moods for moods in course for _ in range(2)]
    clocks = [NINE + minute * MINUTE for minute in range(len(course)) for _ in range(2)]
    ticks = lived_by(clocks, twice, hold, keep)
    for first, second in zip(ticks[::2], ticks[1::2], strict=True):
        if second.before is not None:
            assert second.step == Advanced(alert=first.step.alert)


@given(ALWAYS_READ, HOLD, KEEP)
def test_a_hall_is_open_whenever_one_of_its_queues_is_and_has_no_more_alerts_than_that(
    course: list[tuple[str, ...]], hold: int, keep: int
) -> None:
    alone = [reference([moods[number] for moods in course], hold, keep) for number in range(len(QUEUES))]
    wrong = [any(queues) for queues in zip(*alone, strict=True)]
    found = [is_open(tick) for tick in lived(course, hold, keep)]
    assert all(opened for opened, one in zip(found, wrong, strict=True) if one)
    assert stretches(found) <= stretches(wrong)


@given(HALL, HOLD, KEEP)
def test_an_alert_fires_once_and_ends_once_and_only_gets_graver(
    course: list[tuple[str, ...]], hold: int, keep: int
) -> None:
    for tick in lived(course, hold, keep):
        before, after = tick.before, tick.step.alert
        assert ("fired" in kinds(tick)) == bool(after and after.fired_at and not (before and before.fired_at))
        assert ("resolved" in kinds(tick)) == bool(after and after.resolved_at)
        if before and before.fired_at:
            assert after
            assert after.fired_at == before.fired_at
            assert SEVERITIES.index(after.severity) >= SEVERITIES.index(before.severity)
        if after and after.resolved_at:
            assert before
            assert before.fired_at
            assert after.back_at
            assert before.fired_at < after.back_at <= after.resolved_at - keep * MINUTE


@given(HALL, HOLD, KEEP)
def test_an_open_alert_has_something_wrong_in_it_and_each_thing_once(
    course: list[tuple[str, ...]], hold: int, keep: int
) -> None:
    for tick in lived(course, hold, keep):
        alert = tick.step.alert
        if alert:
            assert len({signal.key for signal in alert.signals}) == len(alert.signals)
            assert bool(alert.active) == is_open(tick)


STEPS = st.sampled_from([1, 1, 1, 2, 7, 0, -1, -3, -60])


COURSE = st.lists(st.tuples(STEPS, st.sampled_from([*KNOWN, "unread"])), max_size=40)


def lived_alone(course: Sequence[tuple[int, str]], hold: int, keep: int) -> list[Tick]:
    """One queue; before each reading the clock goes on, or back, by so many minutes."""
    clocks, now = [], NINE
    for minutes, _ in course:
        now += minutes * MINUTE
        clocks.append(now)
    return lived_by(clocks, [(mood,) for _, mood in course], hold, keep)


@settings(max_examples=400)
@given(COURSE, HOLD, KEEP)
def test_whatever_the_clock_did_what_holds_for_long_enough_is_open(
    before: list[tuple[int, str]], hold: int, keep: int
) -> None:
    ticks = lived_alone([*before, *[(1, "fires")] * (hold + 1)], hold, keep)
    assert is_open(ticks[-1])


@settings(max_examples=400)
@given(COURSE, HOLD, KEEP)
def test_whatever_the_clock_did_what_is_right_for_long_enough_is_over(
    before: list[tuple[int, str]], hold: int, keep: int
) -> None:
    ticks = lived_alone([*before, *[(1, "over")] * (keep + 1)], hold, keep)
    assert not is_open(ticks[-1])


@given(COURSE, st.integers(1, 3), KEEP)
def test_by_the_clocks_own_account_nothing_fires_before_its_time(
    course: list[tuple[int, str]], hold: int, keep: int
) -> None:
    ticks = lived_alone(course, hold, keep)
    for number, tick in enumerate(ticks):
        if "fired" in kinds(tick):
            first = number
            while first and course[first - 1][1] in {"fires", "unread"}:
                first -= 1
            assert tick.now - min(one.now for one in ticks[first : number + 1]) >= hold * MINUTE
