"""The conditions that count: telephone rates over the last while, and how fast the month's budget is spent."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

from alerts.rules import Rule, Rules
from alerts.watched import Reading, Watched
from ticketing.alert import BudgetBurn, Condition, Rate
from ticketing.budget import Budget, Burn, Verdict, budget, late_so_far, opened_since, verdicts, wilson
from ticketing.figures import QueueFigures
from ticketing.hours import midnight
from ticketing.plan import Measure
from ticketing.unclosed import begun, counted
from ticketing.visit import Visit

STILL = timedelta(minutes=10)
"""A page on the budget is for what goes on: it must be spent faster than evenly within this while, too."""
BURNS: tuple[Condition, ...] = ("budget_hour", "budget_half_day", "budget_week")
RATES: Mapping[Condition, Measure] = {"answer_rate": "answer_rate", "lost_rate": "lost_rate"}


# ------------------------------------------------------------ telephone rates


def rates(watched: Watched, rules: Rules) -> Iterator[Reading]:
    """By telephone queue: answered, and lost, of today's calls decided within the window of opening hours."""
    plan = watched.area.plan
    day = plan.hours.day_at(watched.at)
    if plan.kind != "switchboard" or not day.spans:
        return
    visits = counted(begun(watched.area, day.in_utc(), watched.at), plan, day.in_utc(), watched.at)
    for queue in watched.figures.queues:
        decided = None
        for condition, measure in RATES.items():
            rule = rules.rule(condition, plan.kind, plan.area, queue.queue)
            target = plan.target(measure, queue.queue, day.date)
            if not rule.enabled or target is None:
                continue
            decided = list(_decided(visits, queue.queue)) if decided is None else decided
            yield _rate(condition, queue, rule, target.value, _within(decided, watched, rule))


def _rate(condition: Condition, queue: QueueFigures, rule: Rule, target: float, decided: Sequence[bool]) -> Reading:
    """It fires when chance does not explain that the target is missed, and is over once the target is met."""
    answers, of = condition == "answer_rate", len(decided)
    count = sum(answered == answers for answered in decided)
    low, high = wilson(count, of)
    value = count / of if of else target
    # beyond chance, by more than one margin; and as things are, by no more than the other
    missed = target - high > rule.fire if answers else low - target > rule.fire
    met = target - value <= rule.clear if answers else value - target <= rule.clear
    return Reading(
        condition=condition,
        subject=queue.queue,
        name=queue.name,
        rule=rule,
        fires=missed and of >= rule.fewest,
        clears=met or not of,
        facts=Rate(value=value, count=count, of=of, target=target, window_s=rule.window.total_seconds()),
    )


def _decided(visits: Sequence[Visit], queue: str) -> Iterator[tuple[datetime, bool]]:
    """When a call whose first queue this is was answered by an agent, or lost; and which of the two."""
    for visit in visits:
        if not visit.legs or visit.legs[0].queue != queue:
            continue
        started = next((leg.started for leg in visit.legs if leg.started), None)
        end = started or visit.legs[-1].ended
        if end is not None:
            yield end, started is not None


def _within(decided: Sequence[tuple[datetime, bool]], watched: Watched, rule: Rule) -> list[bool]:
    since = opened_since(watched.area.plan.hours, watched.at, rule.window)
    return [answered for at, answered in decided if since < at]


# ------------------------------------------------------------ the month's budget


def budget_burns(watched: Watched, rules: Rules) -> Iterator[Reading]:
    """By queue with a share promised: what part of the month's budget was spent within each window of open time.

    Before anything is known of past days, nothing. Facts are left out where it is over: those of before stay.
    """
    plan, now = watched.area.plan, watched.at
    day = plan.hours.day_at(now)
    asked = [queue for queue in watched.figures.queues if queue.promised and queue.promised.target is not None]
    if not asked or not day.spans or not watched.past:
        return
    of_today = verdicts(watched.area, day, now)

    @cache
    def start(lasting: timedelta) -> datetime:
        # what was late last month has spent nothing of this one's
        return max(opened_since(plan.hours, now, lasting), midnight(day.date.replace(day=1), plan.hours.zone))

    for queue in asked:
        month = budget(watched.past, plan, queue.queue, day.date)
        if month is None:
            continue
        today = of_today.get(queue.queue, ())
        still = Burn.since([today], start(STILL))
        late = None
        for condition in BURNS:
            rule = rules.rule(condition, plan.kind, plan.area, queue.queue)
            if not rule.enabled:
                continue
            burn = Burn.since(_days(watched, queue.queue, today, start(rule.window)), start(rule.window))
            burning = rule.severity != "page" or still.goes_on(month)
            fires = burning and burn.exceeds(month, rule.fire, rule.fewest)
            clears = not (burning and burn.exceeds(month, rule.clear, rule.fewest))
            if not clears and late is None:
                late = late_so_far(watched.past, today, queue.queue, day.date)
            yield Reading(
                condition=condition,
                subject=queue.queue,
                name=queue.name,
                rule=rule,
                fires=fires,
                clears=clears,
                facts=None if clears or late is None else _facts(burn, rule, month, late),
            )


def _days(watched: Watched, queue: str, today: Sequence[Verdict], since: datetime) -> list[Sequence[Verdict]]:
    """Of the days that an instant may be in, and today."""
    first = since.astimezone(watched.area.plan.hours.zone).date()
    return [*(of_day.get(queue, ()) for day, of_day in watched.past.items() if day >= first), today]


def _facts(burn: Burn, rule: Rule, month: Budget, late: int) -> BudgetBurn:
    return BudgetBurn(
        late=burn.late,
        of=burn.of,
        window_s=rule.window.total_seconds(),
        allowed=month.people,
        left=month.people - late,
    )
