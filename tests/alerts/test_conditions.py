"""What may be wrong, each condition by its value, its guard and its facts."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from alerts.conditions import readings, site_readings
from alerts.rules import Adjustment, Rules
from alerts.watched import Reading, Watched, WatchedSite
from tests.alerts.hand import watched
from tests.build import HOURS, MONDAY, STANDARD, SUD, at, called, issued, opened
from ticketing.alert import BudgetBurn, Condition, HeadOfLine, PredictedBreach, StaffingShortfall
from ticketing.budget import Verdict
from ticketing.figures import Quantiles, Silence, StaffingFigures, StepFigures

RULES = Rules()
WAITS = Quantiles(p10=60, p50=2280, p90=3000), Quantiles(p10=60, p50=660, p90=900)


def read(condition: Condition, seen: Watched, *, subject: str = "sejour", rules: Rules = RULES) -> Reading | None:
    return next((one for one in readings(seen, rules) if (one.condition, one.subject) == (condition, subject)), None)


def state(found: Reading | None) -> str:
    assert found
    assert not (found.fires and found.clears)
    return "fires" if found.fires else "over" if found.clears else "between"


@pytest.mark.parametrize(("risk", "expected"), [(0.45, "fires"), (0.44, "between"), (0.16, "between"), (0.15, "over")])
def test_a_breach_is_predicted_when_it_is_about_as_likely_as_not_and_no_more_when_it_is_unlikely(
    risk: float, expected: str
) -> None:
    found = read("predicted_breach", watched("9:30", issued("A1", "9:20"), risks={"sejour": risk}))
    assert state(found) == expected
    assert found
    assert isinstance(found.facts, PredictedBreach)
    assert (found.facts.risk, found.facts.limit_s) == (risk, 900.0)


def test_where_both_thresholds_are_one_value_what_has_it_is_wrong() -> None:
    rules = Rules([Adjustment(condition="predicted_breach", fire=0.4)])
    seen = watched("9:30", issued("A1", "9:20"), risks={"sejour": 0.4})
    assert state(read("predicted_breach", seen, rules=rules)) == "fires"


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


def test_who_waits_since_nobody_knows_when_is_no_head_of_a_line() -> None:
    seen = watched("9:30", issued("A1", "9:00"), longest_wait_s=None)
    known: list[tuple[Condition, str]] = [("head_of_line", "sejour")]
    found = [(one.condition, one.subject) for one in readings(seen, RULES, known)]
    assert ("head_of_line", "asile") in found
    assert ("head_of_line", "sejour") not in found


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


def test_what_is_recommended_for_the_counters_of_a_moment_ago_is_neither_a_shortfall_nor_a_remedy() -> None:
    seen = short(0.5)
    both = replace(seen.figures.queues[0], counters_open=2, counters_recommended=3)
    seen = replace(seen, figures=replace(seen.figures, queues=(both, *seen.figures.queues[1:])))
    assert read("staffing_shortfall", seen) is None
    head = read("head_of_line", seen)
    assert head
    assert head.remedy is None


def test_that_a_counter_can_be_spared_is_no_remedy() -> None:
    seen = short(0.99)
    fewer = replace(seen.figures.queues[0].staffing[1], steps=(StepFigures(counter="g2", open=False),))
    spared = replace(seen.figures.queues[0], staffing=(seen.figures.queues[0].staffing[0], fewer))
    head = read("head_of_line", replace(seen, figures=replace(seen.figures, queues=(spared,))))
    assert head
    assert head.remedy is None


def test_the_remedy_says_what_to_open_and_what_it_brings() -> None:
    found = read("staffing_shortfall", short(0.7))
    assert found
    assert found.remedy
    assert (found.remedy.action, found.remedy.wait_s, found.remedy.then_wait_s) == ("ouvrir Guichet 2", 2280, 660)
    assert found.facts == StaffingShortfall(counters=1, recommended=2, within=0.7, then=0.96, target=0.95)


def test_a_breach_is_not_predicted_of_single_calls() -> None:
    seen = watched("9:00", plan=STANDARD, risks={"operateurs": 1.0})
    assert read("predicted_breach", seen, subject="operateurs") is None


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


def test_a_task_on_the_budget_remains_when_the_burn_has_ended_and_is_over_when_its_window_is() -> None:
    # a twentieth of 50 is 2.5: 4 are enough
    found = read("budget_half_day", spent(4, 20, last=40))
    assert state(found) == "fires"
    assert found
    assert found.rule.severity == "task"
    # four hours of opening after 9:40, the break at noon left out
    assert state(read("budget_half_day", spent(4, 20, now="14:40", last=40))) == "fires"
    assert state(read("budget_half_day", spent(4, 20, now="15:00", last=40))) == "over"


def test_the_day_on_which_a_window_begins_is_counted_from_there_on() -> None:
    # four open hours before 9:59 on Monday began on Friday at 13:59
    seen, day = spent(0, 20), MONDAY - timedelta(days=3)
    judged = [Verdict(at("11:00", day), late=True)] * 7 + [Verdict(at("15:00", day), late=True)] * 5
    found = read("budget_half_day", replace(seen, past={**seen.past, day: {"sejour": judged}}))
    assert state(found) == "fires"
    assert found
    assert isinstance(found.facts, BudgetBurn)
    assert (found.facts.late, found.facts.of) == (5, 25)


def test_a_seventh_of_the_budget_in_a_week_is_for_the_week_and_counts_days_before() -> None:
    # the last 24 open hours began on Tuesday afternoon: 20 were judged today, and 50 on each of three days;
    # by the bounds at 90 %, 14 of these 170 are more than 5 % (5.9), and 11 may be chance (4.4)
    def friday(late: int) -> Watched:
        seen, day = spent(4, 20), MONDAY - timedelta(days=3)
        judged = tuple(Verdict(at("15:00", day), late=n < late) for n in range(50))
        return replace(seen, past={**seen.past, day: {"sejour": judged}})

    assert state(read("budget_week", friday(7))) == "over"
    found = read("budget_week", friday(10))
    assert state(found) == "fires"
    assert found
    assert found.rule.severity == "week"
    assert found.facts == BudgetBurn(late=14, of=170, window_s=86400.0, allowed=50, left=36)


def test_what_is_left_of_the_month_may_be_less_than_nothing() -> None:
    seen = spent(4, 20)
    day_of = [Verdict(at("9:00"), late=n < 5) for n in range(50)]
    spoilt = {day: {"sejour": day_of} for day in seen.past}
    found = read("budget_hour", replace(seen, past=spoilt))
    assert found
    assert isinstance(found.facts, BudgetBurn)
    # of the days that are known, 12 are of this month: with 5 late each, and 4 today
    assert (found.facts.allowed, found.facts.left) == (50, 50 - 12 * 5 - 4)


def test_without_known_days_no_budget_is_known_and_none_is_kept() -> None:
    unknown = replace(spent(4, 20), past={})
    known: list[tuple[Condition, str]] = [("budget_hour", "sejour")]
    assert not [one for one in readings(unknown, RULES, known) if one.condition == "budget_hour"]


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


def test_once_the_hall_is_closed_and_empty_what_was_foreseen_is_over() -> None:
    known: list[tuple[Condition, str]] = [("predicted_breach", "sejour"), ("staffing_shortfall", "sejour")]
    found = {(one.condition, one.subject): one for one in readings(watched("18:00"), RULES, known)}
    assert all(found[key].clears for key in known)


@pytest.mark.parametrize("condition", ["predicted_breach", "head_of_line", "staffing_shortfall", "budget_hour"])
def test_once_a_promise_is_taken_back_what_was_wrong_with_it_is_over(condition: Condition) -> None:
    seen = watched("9:30", issued("A1", "9:00"), plan=replace(SUD, commitments=()), risks={"sejour": 0.9})
    assert read(condition, seen) is None
    found = {(one.condition, one.subject): one for one in readings(seen, RULES, [(condition, "sejour")])}
    over = found[condition, "sejour"]
    assert (state(over), over.facts) == ("over", None)


def test_a_rule_that_is_switched_off_ends_what_is_known() -> None:
    off = Rules([Adjustment(condition="head_of_line", enabled=False)])
    seen = watched("9:30", issued("A1", "9:00"))
    known: list[tuple[Condition, str]] = [("head_of_line", "sejour")]
    assert [one.clears for one in readings(seen, off, known) if one.condition == "head_of_line"] == [True]


def test_data_that_stand_still_and_messages_set_aside_are_of_the_site() -> None:
    calm, data = (
        site_readings(WatchedSite(at=at("9:30")), RULES),
        site_readings(WatchedSite(at=at("9:30"), standing_since=at("9:20"), quarantined=20), RULES),
    )
    assert [state(one) for one in calm] == ["over", "over"]
    assert [state(one) for one in data] == ["fires", "fires"]


@pytest.mark.parametrize(("messages", "expected"), [(20, "fires"), (19, "between"), (6, "between"), (5, "over")])
def test_twenty_messages_not_understood_in_an_hour_are_too_many_and_five_are_not(messages: int, expected: str) -> None:
    _, found = site_readings(WatchedSite(at=at("9:30"), quarantined=messages), RULES)
    assert state(found) == expected


def test_a_rule_of_the_site_that_is_switched_off_ends_what_is_known() -> None:
    off = Rules([Adjustment(condition="data_standing", enabled=False)])
    standing = WatchedSite(at=at("9:30"), standing_since=at("9:20"))
    assert [one.condition for one in site_readings(standing, off)] == ["quarantine_growing"]
    over, _ = site_readings(standing, off, [("data_standing", "")])
    assert state(over) == "over"
