"""What may be wrong, each condition by its value, its guard and its facts."""

from datetime import date, time, timedelta

import pytest
from msgspec.structs import replace

from alerts.conditions import readings, site_readings
from alerts.rules import Adjustment, Rules
from alerts.watched import Reading, Watched, WatchedSite
from tests.alerts.hand import watched
from tests.build import HOURS, MONDAY, PARIS, STANDARD, SUD, answered, at, called, issued, lost, opened, paused, queued
from ticketing.alert import BudgetBurn, Condition, CounterClosed, HeadOfLine, PredictedBreach, Rate, StaffingShortfall
from ticketing.budget import Verdict
from ticketing.figures import Quantiles, Silence, StaffingFigures, StepFigures
from ticketing.hours import Hours
from ticketing.plan import Target

RULES = Rules()
WAITS = Quantiles(p10=60, p50=2280, p90=3000), Quantiles(p10=60, p50=660, p90=900)


def read(condition: Condition, seen: Watched, *, subject: str = "sejour", rules: Rules = RULES) -> Reading | None:
    return next((one for one in readings(seen, rules) if (one.condition, one.subject) == (condition, subject)), None)


def state(found: Reading | None) -> str:
    assert found
    assert not (found.fires and found.clears)
    return "fires" if found.fires else "over" if found.clears else "between"


@pytest.mark.parametrize(("risk", "expected"), [(0.7, "fires"), (0.69, "between"), (0.41, "between"), (0.4, "over")])
def test_a_breach_is_predicted_from_seven_tenths_on_and_no_more_at_four(risk: float, expected: str) -> None:
    found = read("predicted_breach", watched("9:30", issued("A1", "9:20"), risks={"sejour": risk}))
    assert state(found) == expected
    assert found
    assert isinstance(found.facts, PredictedBreach)
    assert (found.facts.risk, found.facts.limit_s) == (risk, 900.0)


def test_what_nobody_can_foresee_is_not_read() -> None:
    assert read("predicted_breach", watched("9:30", issued("A1", "9:20"))) is None


def test_the_head_of_the_line_fires_beyond_the_time_promised() -> None:
    line = issued("A1", "9:00")
    assert state(read("head_of_line", watched("9:15", line))) == "over"
    late = read("head_of_line", watched("9:16", line))
    assert state(late) == "fires"
    assert late
    assert late.facts == HeadOfLine(longest_s=960.0, waiting=1, limit_s=900.0)
    assert state(read("head_of_line", watched("9:16", line, called("A1", "9:16")))) == "over"


def test_a_rule_may_be_another_one_for_a_queue() -> None:
    rules = Rules([Adjustment(condition="head_of_line", area="sud", queue="sejour", fire=0.5)])
    seen = watched("9:10", issued("A1", "9:00"), issued("B1", "9:00", "asile"))
    assert state(read("head_of_line", seen, rules=rules)) == "fires"
    assert state(read("head_of_line", seen, subject="asile", rules=rules)) == "over"
    off = Rules([Adjustment(condition="head_of_line", enabled=False)])
    assert read("head_of_line", seen, rules=off) is None


def short(within: float, *, recommended: int = 2) -> Watched:
    def effect(counters: int, share: float, waits: Quantiles, *steps: StepFigures) -> StaffingFigures:
        return StaffingFigures(counters=counters, steps=steps, within=share, predicted_wait_s=waits, horizon_s=1800.0)

    step = StepFigures(counter="g2", open=True, queues=("sejour",))
    return watched(
        "9:30",
        opened("g1", "8:30", "sejour"),
        issued("A1", "9:20"),
        counters_recommended=recommended,
        staffing=(effect(1, within, WAITS[0]), effect(2, 0.96, WAITS[1], step)),
    )


@pytest.mark.parametrize(("within", "expected"), [(0.79, "fires"), (0.81, "between"), (0.91, "over")])
def test_counters_fall_short_where_more_of_them_would_keep_the_promise(within: float, expected: str) -> None:
    assert state(read("staffing_shortfall", short(within))) == expected


def test_where_no_more_counters_are_recommended_none_is_missing() -> None:
    assert state(read("staffing_shortfall", short(0.2, recommended=1))) == "over"


def test_the_remedy_says_what_to_open_and_what_it_brings() -> None:
    found = read("staffing_shortfall", short(0.7))
    assert found
    assert found.remedy
    assert (found.remedy.action, found.remedy.wait_s, found.remedy.then_wait_s) == ("ouvrir Guichet 2", 2280, 660)
    assert found.facts == StaffingShortfall(counters=1, recommended=2, within=0.7, then=0.96, target=0.95)


def test_a_counter_paused_for_long_while_its_queue_is_in_breach_should_be_open() -> None:
    line = [opened("g1", "8:30", "sejour"), issued("A1", "9:00")]
    found = read("counter_closed", watched("9:30", *line, paused("g1", "9:10")))
    assert state(found) == "fires"
    assert found
    assert found.facts == CounterClosed(counters=("Guichet 1",), waiting=1)
    short_break = [opened("g2", "8:30", "sejour"), *line, paused("g1", "9:20")]
    assert state(read("counter_closed", watched("9:30", *short_break))) == "over"


def test_a_counter_planned_for_now_should_be_open_and_one_planned_for_later_need_not() -> None:
    def plan(opens: time) -> object:
        desk = replace(SUD.desks[0], planned=Hours(zone=PARIS, weekly={0: ((opens, time(12)),)}))
        return replace(SUD, desks=(desk, SUD.desks[1]))

    line = [opened("g2", "8:30", "sejour"), issued("A1", "9:00")]
    assert state(read("counter_closed", watched("9:30", *line, plan=plan(time(9))))) == "fires"  # type: ignore[arg-type]
    assert state(read("counter_closed", watched("9:30", *line, plan=plan(time(10))))) == "over"  # type: ignore[arg-type]


def test_a_line_without_any_counter_is_told_in_opening_hours() -> None:
    assert state(read("counter_closed", watched("9:05", issued("A1", "9:00")))) == "fires"
    assert state(read("counter_closed", watched("12:30", issued("A1", "12:25")))) == "over"


CALLS = replace(
    STANDARD,
    targets=(
        Target(measure="answer_rate", value=0.85, provenance="plan", valid_from=date(2026, 1, 1)),
        Target(measure="lost_rate", value=0.1, provenance="plan", valid_from=date(2026, 1, 1)),
    ),
)


def switchboard(answered_calls: int, lost_calls: int, hour: str = "9") -> Watched:
    events = []
    for n in range(answered_calls + lost_calls):
        events.append(queued(f"C{n}", f"{hour}:{n:02}"))
        events.append((answered if n < answered_calls else lost)(f"C{n}", f"{hour}:{n:02}:30"))
    return watched("9:59", *events, plan=CALLS)


def test_too_few_calls_answered_in_the_last_hour_fire_beyond_chance_alone() -> None:
    # Wilson's upper bound, one-sided 90 %: of 18 of 30 it is 0.707, of 24 of 30 it is 0.876
    fires = read("answer_rate", switchboard(18, 12), subject="operateurs")
    assert state(fires) == "fires"
    assert fires
    assert fires.facts == Rate(value=0.6, count=18, of=30, target=0.85, window_s=3600.0)
    assert state(read("answer_rate", switchboard(24, 6), subject="operateurs")) == "between"
    assert state(read("answer_rate", switchboard(27, 3), subject="operateurs")) == "over"


def test_few_calls_prove_nothing_and_those_before_the_window_are_past() -> None:
    assert state(read("answer_rate", switchboard(4, 12), subject="operateurs")) == "between"
    assert state(read("answer_rate", switchboard(0, 30, hour="8"), subject="operateurs")) == "over"


def test_too_many_lost_fire_too() -> None:
    assert state(read("lost_rate", switchboard(18, 12), subject="operateurs")) == "fires"
    assert state(read("lost_rate", switchboard(28, 2), subject="operateurs")) == "over"


def test_a_breach_is_not_predicted_of_single_calls() -> None:
    assert (
        read("predicted_breach", watched("9:00", plan=CALLS, risks={"operateurs": 1.0}), subject="operateurs") is None
    )


def spent(late: int, of: int, now: str = "9:59", last: int = 50) -> Watched:
    """So many of the tickets that were judged in the hour before, the late ones last."""
    past = {}
    for back in range(1, 20):
        day = MONDAY - timedelta(days=back)
        if HOURS.day(day).spans:
            past[day] = {"sejour": (Verdict(at("9:00", day), late=False),) * 50}
    events = []
    for n in range(of):
        # judged at the call, or a quarter of an hour after the issue, a minute each up to `last`
        minute = last - of + n + 1
        if n < of - late:
            events += [issued(f"A{n}", f"9:{minute:02}"), called(f"A{n}", f"9:{minute:02}:30")]
        else:
            came = at(f"9:{minute:02}") - timedelta(minutes=15)
            events += [issued(f"A{n}", f"{came:%H:%M}"), called(f"A{n}", "9:58")]
    return watched(now, *events, past=past)


def test_a_fiftieth_of_the_months_budget_spent_in_an_hour_is_a_page() -> None:
    # 20 days of 50 tickets, a twentieth of them may be late: 50; a fiftieth of that is 1, and 4 of 20 are not by chance
    found = read("budget_hour", spent(4, 20))
    assert state(found) == "fires"
    assert found
    assert found.facts == BudgetBurn(late=4, of=20, window_s=3600.0, allowed=50, left=46)
    assert state(read("budget_hour", spent(1, 20))) == "over"


def test_a_burn_that_has_ended_pages_nobody() -> None:
    # judged at 9:37 to 9:40, and nobody since: at 9:59 that is more than ten minutes ago
    assert state(read("budget_hour", spent(4, 20, last=40))) == "over"


def test_without_known_days_no_budget_is_known() -> None:
    assert read("budget_hour", replace(spent(4, 20), past={})) is None


def test_a_silent_device_fires_and_one_that_is_back_does_not() -> None:
    silent = Silence(device="borne-1", since=at("9:20"))
    assert state(read("device_silent", watched("9:30", silent=[silent]), subject="borne-1")) == "fires"
    back = replace(silent, heard=True)
    assert read("device_silent", watched("9:30", silent=[back]), subject="borne-1") is None


def test_what_was_known_and_is_there_no_more_is_over() -> None:
    known: list[tuple[Condition, str]] = [("device_silent", "borne-1"), ("head_of_line", "fermee")]
    found = {(one.condition, one.subject): one for one in readings(watched("9:30"), RULES, known)}
    assert all(found[key].clears for key in known)


def test_a_prediction_that_cannot_be_made_for_now_is_not_over() -> None:
    known: list[tuple[Condition, str]] = [("predicted_breach", "sejour")]
    found = readings(watched("9:30", issued("A1", "9:20")), RULES, known)
    assert not [one for one in found if one.condition == "predicted_breach"]


def test_data_that_stand_still_and_messages_set_aside_are_of_the_site() -> None:
    calm, data = (
        site_readings(WatchedSite(at=at("9:30")), RULES),
        site_readings(WatchedSite(at=at("9:30"), standing_since=at("9:20"), quarantined=20), RULES),
    )
    assert [state(one) for one in calm] == ["over", "over"]
    assert [state(one) for one in data] == ["fires", "fires"]
