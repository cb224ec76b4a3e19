"""The conditions that count: telephone rates over the last while, and how fast the month's budget is spent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from alerts.rules import Rules
from alerts.watched import Reading, Watched
from ticketing.alert import BudgetBurn, Condition, Rate
from ticketing.budget import Burn, Verdict, budget, opened_since, verdicts, wilson
from ticketing.plan import Measure

STILL = timedelta(minutes=10)
"""A page on the budget is for what goes on: it must have been spent within this while, too."""
BURNS: tuple[Condition, ...] = ("budget_hour", "budget_half_day", "budget_week")
RATES: Mapping[Condition, Measure] = {"answer_rate": "answer_rate", "lost_rate": "lost_rate"}


def rates(watched: Watched, rules: Rules) -> Iterator[Reading]:
    """By telephone queue: answered, and lost, of the calls decided within the window, in opening hours."""
    plan = watched.area.plan
    if plan.kind != "switchboard":
        return
    day = plan.hours.day_at(watched.at)
    for queue in watched.figures.queues:
        for condition, measure in RATES.items():
            rule = rules.rule(condition, plan.kind, plan.area, queue.queue)
            target = plan.target(measure, queue.queue, day.date) if day.spans else None
            if not rule.enabled or target is None:
                continue
            since = opened_since(plan.hours, watched.at, rule.window)
            decided = list(_decided(watched, queue.queue, since))
            count, of = sum(answered == (measure == "answer_rate") for answered in decided), len(decided)
            low, high = wilson(count, of)
            value = count / of if of else target.value
            if measure == "answer_rate":
                fires, clears = high + rule.fire < target.value, value >= target.value + rule.clear
            else:
                fires, clears = low - rule.fire > target.value, value <= target.value - rule.clear
            yield Reading(
                condition=condition,
                subject=queue.queue,
                name=queue.name,
                rule=rule,
                fires=fires and of >= rule.fewest,
                clears=clears,
                facts=Rate(value=value, count=count, of=of, target=target.value, window_s=rule.window.total_seconds()),
            )


def _decided(watched: Watched, queue: str, since: datetime) -> Iterator[bool]:
    """Of the calls whose first queue this is and that were decided since an instant: whether an agent answered."""
    hours = watched.area.plan.hours
    for visit in watched.area.visits.values():
        if visit.cancelled or not visit.legs or visit.legs[0].queue != queue:
            continue
        called = next((leg.called for leg in visit.legs if leg.called), None)
        end = called or (visit.legs[-1].ended if visit.state == "ended" else None)
        if end and since < end <= watched.at and hours.day_at(visit.began).is_open(visit.began):
            yield called is not None


def budget_burns(watched: Watched, rules: Rules) -> Iterator[Reading]:
    """By queue with a share promised: what part of the month's budget was spent within each window of open time."""
    plan = watched.area.plan
    day = plan.hours.day_at(watched.at)
    asked = [queue for queue in watched.figures.queues if queue.promised and queue.promised.target is not None]
    if not asked or not day.spans or not watched.past:
        return
    of_today = verdicts(watched.area, day, watched.at)
    still = opened_since(plan.hours, watched.at, STILL)
    for queue in asked:
        today = of_today.get(queue.queue, ())
        month = budget(watched.past, today, plan, queue.queue, day.date)
        if month is None:
            continue
        for condition in BURNS:
            rule = rules.rule(condition, plan.kind, plan.area, queue.queue)
            if not rule.enabled:
                continue
            since = opened_since(plan.hours, watched.at, rule.window)
            burn = Burn.since(_judged(watched, queue.queue, today, since), since)
            burning = rule.severity != "page" or Burn.since(today, still).late > 0
            yield Reading(
                condition=condition,
                subject=queue.queue,
                name=queue.name,
                rule=rule,
                fires=burning and burn.exceeds(month, rule.fire, rule.fewest),
                clears=not burning or not burn.exceeds(month, rule.clear, rule.fewest),
                facts=BudgetBurn(
                    late=burn.late,
                    of=burn.of,
                    window_s=rule.window.total_seconds(),
                    allowed=int(month.allowed),
                    left=int(month.allowed) - month.late,
                ),
            )


def _judged(watched: Watched, queue: str, today: Sequence[Verdict], since: datetime) -> Iterable[Verdict]:
    """Of the days that an instant may be in, and today."""
    first = since.astimezone(watched.area.plan.hours.zone).date()
    before = [one for day, of_day in watched.past.items() if day >= first for one in of_day.get(queue, ())]
    return (*before, *today)
