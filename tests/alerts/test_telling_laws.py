"""What holds of what is told of an alert, whatever happens to it and whenever somebody takes it on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from alerts.lifecycle import advance
from alerts.telling import News, Policy, due, told
from alerts.watched import Key
from tests.alerts.hand import MINUTE, begun, reading
from tests.build import at
from ticketing.alert import Alert, Severity

NINE = at("9:00")
POLICY = Policy(repeat=45 * MINUTE, gather=5 * MINUTE, escalate_after=10 * MINUTE)
GRAVE: dict[str, Severity] = {"sejour": "page", "asile": "task"}


class Minutes(Struct, frozen=True, kw_only=True):
    """Some minutes later: how its queues are, whether somebody acknowledges, and which queues are silenced."""

    later: int
    moods: tuple[str, str]
    taken: bool = False
    hushed: frozenset[str] = frozenset()


class Told(Struct, frozen=True, kw_only=True):
    """One that was told, with the alert as it was before and is after; `first` if it is the first of that alert."""

    at: datetime
    news: News
    before: Alert
    after: Alert


MOOD = st.sampled_from(["fires", "fires", "fires", "between", "over", "unread"])
COURSE = st.lists(
    st.builds(
        Minutes,
        later=st.sampled_from([0, 1, 1, 4, 10, 20, 45]),
        moods=st.tuples(MOOD, MOOD),
        taken=st.sampled_from([False] * 9 + [True]),
        hushed=st.sampled_from([frozenset[str]()] * 4 + [frozenset({"asile"}), frozenset(GRAVE)]),
    ),
    min_size=1,
    max_size=50,
)
LEVELS = st.integers(1, 4)


def course_of(course: Sequence[Minutes], levels: int, *, restarts: bool = False) -> list[list[Told]]:
    """What was told of each alert. `restarts`: between any two ticks all that is known is what is kept."""
    found: list[list[Told]] = []
    known: Alert | None = None
    now = NINE
    for one in course:
        now += one.later * MINUTE
        if restarts:
            known = msgspec.json.decode(msgspec.json.encode(known), type=Alert | None)
        if one.taken and known and known.state == "firing":
            known = replace(known, acknowledged_at=now)
        read = [
            reading(mood, queue=queue, hold=1, keep=10, severity=GRAVE[queue])
            for queue, mood in zip(GRAVE, one.moods, strict=True)
            if mood != "unread"
        ]
        if known is None:
            found.append([])
        alert = advance(known, lambda now=now: begun(now), read, now, None).alert  # type: ignore[misc]
        keys: set[Key] = {("head_of_line", queue) for queue in one.hushed}
        news = due(alert, now, POLICY, levels, keys) if alert else None
        if alert and news:
            after = told(alert, news, now, keys)
            found[-1].append(Told(at=now, news=news, before=alert, after=after))
            alert = after
        known = alert if alert and not alert.resolved_at else None
    return found


@given(COURSE, LEVELS)
def test_a_restart_between_any_two_ticks_changes_nothing_of_what_is_told(course: list[Minutes], levels: int) -> None:
    assert course_of(course, levels, restarts=True) == course_of(course, levels)


@given(COURSE, LEVELS)
def test_the_beginning_is_told_first_and_once_and_the_end_last_and_once(course: list[Minutes], levels: int) -> None:
    for alert in course_of(course, levels):
        news = [one.news for one in alert]
        assert news.count("fired") == bool(news)
        assert news[:1] in ([], ["fired"])
        assert "resolved" not in news[:-1]


@settings(max_examples=400)
@given(COURSE, LEVELS)
def test_what_is_no_news_is_told_again_no_sooner_than_that(course: list[Minutes], levels: int) -> None:
    for alert in course_of(course, levels):
        for before, one in pairwise(alert):
            if one.news == "again":
                assert one.at - before.at >= timedelta(minutes=45)
            if one.news == "joined":
                assert one.at - before.at >= timedelta(minutes=5)


@settings(max_examples=400)
@given(COURSE, LEVELS)
def test_it_is_taken_up_level_by_level_and_not_sooner_than_somebody_could_answer(
    course: list[Minutes], levels: int
) -> None:
    for alert in course_of(course, levels):
        ups = [one for one in alert if one.news in {"fired", "escalated"}]
        assert [one.after.level for one in ups] == list(range(len(ups)))
        assert len(ups) <= levels
        assert all(b.at - a.at >= timedelta(minutes=10) for a, b in pairwise(ups))


@given(COURSE, LEVELS)
def test_whoever_has_taken_it_on_is_told_of_news_alone(course: list[Minutes], levels: int) -> None:
    for alert in course_of(course, levels):
        for one in alert:
            if one.before.acknowledged_at:
                assert one.news in {"fired", "joined", "worsened", "resolved"}


@given(st.integers(0, 300), st.integers(1, 4))
def test_while_nobody_answers_everybody_is_told_in_time(minutes: int, levels: int) -> None:
    """Minute by minute: level by level every ten minutes, then all of them every three quarters of an hour."""
    steady = [Minutes(later=1, moods=("fires", "unread"))] * (minutes + 2)
    (alert,) = course_of(steady, levels)
    ups = [("fired" if level == 0 else "escalated", 10 * level) for level in range(levels)]
    last = ups[-1][1]
    expected = [*ups, *(("again", at) for at in range(last + 45, minutes + 1, 45))]
    # it has fired a minute after it began, which is the second reading
    began = NINE + 2 * MINUTE
    assert [(one.news, (one.at - began) // MINUTE) for one in alert] == [one for one in expected if one[1] <= minutes]


@given(COURSE, LEVELS)
def test_all_that_is_wrong_for_long_enough_has_been_told_by_then(course: list[Minutes], levels: int) -> None:
    """Whatever was before: what is wrong and is not silenced is known of after the time in which news are gathered."""
    steady = [Minutes(later=1, moods=("fires", "fires"))] * 8
    last = course_of([*course, *steady], levels)[-1][-1].after
    assert last.told_at
    assert {signal.subject for signal in last.signals if signal.told_at} == set(GRAVE)
    assert last.told_severity == "page"


@settings(max_examples=400)
@given(COURSE, LEVELS)
def test_it_is_told_as_worse_only_when_it_is_graver_than_ever_told(course: list[Minutes], levels: int) -> None:
    for alert in course_of(course, levels):
        # of the two queues, one is a page: only what began as a task can be graver, and once
        worse = [number for number, one in enumerate(alert) if one.news == "worsened"]
        assert len(worse) <= 1
        for number in worse:
            assert {one.after.told_severity for one in alert[:number]} == {"task"}
