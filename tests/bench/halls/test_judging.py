"""The judge: what predictors are told and when, and the baselines on a line drawn by hand."""

from datetime import date, datetime, timedelta

import pytest

from tests.bench.halls.baselines import BASELINES
from tests.bench.halls.days import SimulatedDay, series
from tests.bench.halls.judging import BY_THE_PLAN, FLOOR, Judged, Trial, instants, judge
from tests.bench.halls.places import LUNCH, MM4
from tests.bench.halls.scores import Prediction, scores
from tests.build import MONDAY, SUD, at, called, ended, issued, opened, paused, started
from ticketing.area import Area

TRIAL = Trial(seed=8, history=2, days=2, every=7, replications=5)


class Remembering:
    """Says ten minutes, and remembers what it was told."""

    def __init__(self) -> None:
        self.learned: list[date] = []
        self.asked: list[tuple[datetime, Area]] = []

    def learn(self, day: SimulatedDay) -> None:
        self.learned.append(day.date)

    def predict(self, area: Area, queue: str, now: datetime) -> Prediction | None:
        self.asked.append((now, area))
        return Prediction(p50_s=600.0) if queue == "sejour" else None


def test_a_predictor_is_asked_in_the_order_of_time_and_learns_each_day_when_it_is_over() -> None:
    double = Remembering()

    judge(LUNCH, TRIAL, {"double": double})
    assert [now for now, _ in double.asked] == sorted(now for now, _ in double.asked)
    assert double.learned == [date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7), date(2026, 1, 8)]
    assert {now.date() for now, _ in double.asked} == set(double.learned)


def test_it_knows_all_that_was_heard_before_and_nothing_of_the_ticket_or_later() -> None:
    (_, (day, truth)) = series(LUNCH, 8, 2)
    (before, _), _ = series(LUNCH, 8, 2)

    for issue, area in instants(day, truth, before, every=5):
        known = [event for visit in area.visits.values() for event in visit.events]
        heard = [event for event in (*before.events, *day.events) if event.order < day.events[issue.place].order]
        assert f"ticket/{issue.ticket}" not in area.visits
        assert max(event.at for event in known) <= issue.at
        assert area == Area.of(day.plan, heard, area.since)


def test_only_called_tickets_of_the_days_after_the_history_are_judged() -> None:
    double = Remembering()

    found = judge(LUNCH, TRIAL, {"double": double})
    assert list(found) == [FLOOR, BY_THE_PLAN, "double"]
    assert {judged.day for judged in found["double"]} == {2, 3}
    lengths = {len(of_it) for of_it in found.values()}
    asked = sum(now.date() > date(2026, 1, 6) for now, _ in double.asked)
    assert lengths == {asked}
    assert 0 < scores(found["double"]).unanswered < asked


def test_in_a_plain_hall_both_oracles_know_the_same() -> None:
    found = judge(MM4, Trial(seed=1, history=0, days=1, every=5, replications=5), {})

    assert found[FLOOR] == found[BY_THE_PLAN]
    assert any(judged.at_once for judged in found[FLOOR])
    for judged in found[FLOOR]:
        assert not judged.at_once or judged.wait_s == 0.0


def baseline(name: str, area: Area, clock: str, past: SimulatedDay | None = None) -> float | None:
    predictor: Judged = BASELINES[name]()
    if past:
        predictor.learn(past)
    told = predictor.predict(area, "sejour", at(clock))
    return told.point_s / 60 if told else None


LINE = Area.of(
    SUD,
    [
        opened("g1", "8:30", "sejour", "asile"),
        opened("g2", "8:30", "asile"),
        opened("g3", "8:30", "sejour"),
        opened("g4", "8:30", "sejour"),
        issued("A1", "8:35"), called("A1", "8:36"), started("A1", "8:36"), ended("A1", "8:44"),
        issued("A2", "9:00"), called("A2", "9:12"), started("A2", "9:12"), ended("A2", "9:16"),
        issued("A3", "9:02"), called("A3", "9:22"), started("A3", "9:22"),
        issued("P1", "9:20", priority="priority"), called("P1", "9:25", "g3"),
        issued("A4", "9:05"),
        issued("A5", "9:25"),
        issued("B1", "9:01", "asile"),
        paused("g4", "9:10"),
    ],
)  # fmt: skip
PAST = SimulatedDay(
    date=MONDAY - timedelta(days=3),
    plan=SUD,
    events=(
        issued("Z1", "9:00"), called("Z1", "9:10"), started("Z1", "9:10"), ended("Z1", "9:14"),
        issued("Z2", "9:00"), called("Z2", "9:30"), started("Z2", "9:30"), ended("Z2", "9:38"),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "minutes"),
    [
        ("HOL", 25),  # A4 since 9:05
        ("LES", 20),  # A3; P1, called later, had priority
        ("mean of the last 30 min", 16),  # A2 and A3
        ("(q+1)m/s", 9),  # A4, A5 and oneself, 6 min each, at g1 and g3
        ("constant", 20),  # of 10 and 30
    ],
)
def test_each_baseline_on_a_line_drawn_by_hand(name: str, minutes: float) -> None:
    assert baseline(name, LINE, "9:30", PAST) == pytest.approx(minutes)


@pytest.mark.parametrize(
    ("name", "minutes"), [("HOL", 0), ("LES", 0), ("mean of the last 30 min", 0), ("(q+1)m/s", 6), ("constant", 20)]
)
def test_each_baseline_at_opening_with_nobody_there_and_no_counter(name: str, minutes: float) -> None:
    assert baseline(name, Area(plan=SUD), "8:30", PAST) == pytest.approx(minutes)


def test_yesterday_s_line_is_nobody_s_concern_today() -> None:
    tomorrow = at("8:31") + timedelta(days=1)

    for name in ("HOL", "LES", "mean of the last 30 min"):
        told = BASELINES[name]().predict(LINE, "sejour", tomorrow)
        assert told
        assert told.point_s == 0


def test_baselines_that_need_a_past_have_no_answer_without() -> None:
    assert baseline("(q+1)m/s", LINE, "9:30") is None
    assert baseline("constant", LINE, "9:30") is None
