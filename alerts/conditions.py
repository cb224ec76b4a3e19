"""The conditions: what may be wrong with an area or the site, each read from the live state by a pure function."""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta

from alerts.counted import budget_burns, rates
from alerts.rules import Rule, Rules
from alerts.watched import Key, Reading, Watched, WatchedSite
from ticketing.alert import (
    Condition,
    CounterClosed,
    DataStanding,
    DeviceSilent,
    Facts,
    HeadOfLine,
    PredictedBreach,
    QuarantineGrowing,
    Remedy,
    StaffingShortfall,
)
from ticketing.counter import is_open
from ticketing.figures import CounterFigures, QueueFigures, StaffingFigures
from ticketing.forecast import QueueForecast
from ticketing.french.remedies import chosen, instructions, said

PAUSED = timedelta(minutes=15)
"""Where nothing is planned, a counter paused for longer should be open while people wait for too long."""


def readings(watched: Watched, rules: Rules, known: Collection[Key] = ()) -> tuple[Reading, ...]:
    """All that can be read of an area now; what cannot be known is not among them.

    Of the signals `known`, those of what is there no more, or that nobody asks for any more, are over.
    """
    found = [*_of_queues(watched, rules), *rates(watched, rules), *budget_burns(watched, rules)]
    found += _devices(watched, rules)
    return (*found, *_gone(watched, rules, known, {(one.condition, one.subject) for one in found}))


def site_readings(watched: WatchedSite, rules: Rules, known: Collection[Key] = ()) -> tuple[Reading, ...]:
    """Those of no area."""
    found = []
    standing, rule = watched.standing_since, rules.rule("data_standing")
    if rule.enabled or ("data_standing", "") in known:
        facts = DataStanding(last=standing) if standing else None
        fires = standing is not None and rule.enabled
        found.append(_reading("data_standing", "", "", rule, fires=fires, clears=not fires, facts=facts))
    rule = rules.rule("quarantine_growing")
    if rule.enabled or ("quarantine_growing", "") in known:
        many = watched.quarantined
        growing = QuarantineGrowing(messages=many, window_s=rule.window.total_seconds())
        fires = rule.enabled and many >= rule.fire
        clears = not rule.enabled or many <= rule.clear
        found.append(_reading("quarantine_growing", "", "", rule, fires=fires, clears=clears, facts=growing))
    return tuple(found)


def _reading(
    condition: Condition,
    subject: str,
    name: str,
    rule: Rule,
    *,
    fires: bool,
    clears: bool,
    facts: Facts | None,
    remedy: Remedy | None = None,
) -> Reading:
    # where both thresholds are one value, what has it is wrong
    return Reading(
        condition=condition, subject=subject, name=name, rule=rule, fires=fires, clears=clears and not fires,
        facts=facts, remedy=remedy,
    )  # fmt: skip


def _rule(watched: Watched, rules: Rules, condition: Condition, queue: str = "") -> Rule:
    plan = watched.area.plan
    return rules.rule(condition, plan.kind, plan.area, queue)


# ------------------------------------------------------------ queues


def _of_queues(watched: Watched, rules: Rules) -> Iterator[Reading]:
    forecasts = watched.forecast.queues if watched.forecast else {}
    for queue in watched.figures.queues:
        limit_s = _limit_s(queue)
        remedy = _remedy(queue, watched)
        in_breach = []
        if limit_s is not None:
            in_breach = [
                *_predicted(
                    queue,
                    forecasts.get(queue.queue),
                    limit_s,
                    _rule(watched, rules, "predicted_breach", queue.queue),
                    remedy,
                ),
                *_head(queue, limit_s, _rule(watched, rules, "head_of_line", queue.queue), remedy),
            ]
        yield from in_breach
        yield from _shortfall(queue, _rule(watched, rules, "staffing_shortfall", queue.queue), remedy)
        yield from _closed(queue, watched, _rule(watched, rules, "counter_closed", queue.queue), in_breach)


def _limit_s(queue: QueueFigures) -> float | None:
    level = queue.promised
    return level.within_s if level else None


def _remedy(queue: QueueFigures, watched: Watched) -> Remedy | None:
    """The counters to open or to move; None where nothing is recommended that would bring more."""
    change = chosen(queue)
    if change is None or not _present(queue) or not all(step.open for step in change.steps):
        return None
    told = instructions(change.steps, watched.figures, queue.queue)
    if not told:
        return None
    wait_s, then_wait_s = _median(queue.staffing[0]), _median(change)
    return Remedy(action=said(told), instructions=told, wait_s=wait_s, then_wait_s=then_wait_s)


def _present(queue: QueueFigures) -> bool:
    """Whether what is recommended is of the counters as they are, and not of those of some seconds ago."""
    return bool(queue.staffing) and queue.staffing[0].counters == queue.counters_open


def _median(effect: StaffingFigures) -> float | None:
    return effect.predicted_wait_s.p50 if effect.predicted_wait_s else None


def _predicted(
    queue: QueueFigures, found: QueueForecast | None, limit_s: float, rule: Rule, remedy: Remedy | None
) -> Iterator[Reading]:
    """P(somebody is called later than T), in line or about to come; unknown, there is no reading."""
    if not rule.enabled or found is None or found.risk is None:
        return
    facts = PredictedBreach(
        risk=found.risk,
        risk_at=found.risk_at,
        late=found.late or 0,
        breach_at=found.breach_at,
        limit_s=limit_s,
    )
    yield _reading(
        "predicted_breach", queue.queue, queue.name, rule,
        fires=found.risk >= rule.fire, clears=found.risk <= rule.clear, facts=facts, remedy=remedy,
    )  # fmt: skip


def _head(queue: QueueFigures, limit_s: float, rule: Rule, remedy: Remedy | None) -> Iterator[Reading]:
    """The longest wait of who is in line, in times of the time promised: whatever is predicted.

    Where it is not known since when anybody waits, there is no reading.
    """
    if not rule.enabled or (queue.waiting and queue.longest_wait_s is None):
        return
    longest_s = queue.longest_wait_s or 0.0
    facts = HeadOfLine(longest_s=longest_s, waiting=queue.waiting, limit_s=limit_s)
    share = longest_s / limit_s
    yield _reading(
        "head_of_line", queue.queue, queue.name, rule,
        fires=share > rule.fire, clears=share <= rule.clear, facts=facts, remedy=remedy,
    )  # fmt: skip


def _shortfall(queue: QueueFigures, rule: Rule, remedy: Remedy | None) -> Iterator[Reading]:
    """By how much the counters as they are will miss the share promised, where more of them would help."""
    level, change, recommended = queue.promised, chosen(queue), queue.counters_recommended
    if not rule.enabled or level is None or level.target is None or recommended is None or not _present(queue):
        return
    present = queue.staffing[0]
    more = recommended > queue.counters_open and change is not None
    missing = level.target - present.within if present.within is not None else 0.0
    facts = StaffingShortfall(
        counters=queue.counters_open,
        recommended=recommended,
        within=present.within or 0.0,
        then=(change.within if change else None) or 0.0,
        target=level.target,
    )
    yield _reading(
        "staffing_shortfall", queue.queue, queue.name, rule,
        fires=more and missing >= rule.fire, clears=not more or missing <= rule.clear, facts=facts, remedy=remedy,
    )  # fmt: skip


def _closed(queue: QueueFigures, watched: Watched, rule: Rule, in_breach: Iterable[Reading]) -> Iterator[Reading]:
    """Counters that should be open while their queue is in breach; or none open at all where somebody waits."""
    if not rule.enabled:
        return
    breached = any(reading.fires for reading in in_breach)
    missing = tuple(_missing(queue, watched)) if breached else ()
    nobody = watched.figures.open and queue.waiting > 0 and not queue.counters_open and not _untold(watched)
    facts = CounterClosed(counters=missing, waiting=queue.waiting)
    fires = bool(missing) or nobody
    yield _reading("counter_closed", queue.queue, queue.name, rule, fires=fires, clears=not fires, facts=facts)


def _untold(watched: Watched) -> bool:
    """Whether somebody serves, and nothing says whom: it may be any queue."""
    return any(is_open(counter.state) and not counter.queues for counter in watched.figures.counters)


def _missing(queue: QueueFigures, watched: Watched) -> Iterator[str]:
    """Names of counters that may serve a queue and are closed or paused: planned for now or, by no plan, for long."""
    plan, now = watched.area.plan, watched.at
    today = plan.hours.day_at(now)
    desks = {desk.id: desk for desk in watched.area.desks}
    for counter in watched.figures.counters:
        desk = desks.get(counter.counter)
        if desk is None or is_open(counter.state) or queue.queue not in {*desk.queues, *counter.queues}:
            continue
        spans = plan.planned(desk, today)
        if spans is None:
            should_be = _paused_for_long(counter, watched)
        else:
            should_be = any(start <= now < end for start, end in spans)
        if should_be:
            yield counter.name


def _paused_for_long(counter: CounterFigures, watched: Watched) -> bool:
    return counter.state == "paused" and counter.since is not None and watched.at - counter.since > PAUSED


def _asked(condition: Condition, queue: QueueFigures) -> bool:
    """Whether a condition is read of a queue whenever it can be known."""
    match condition:
        case "predicted_breach" | "head_of_line":
            return queue.promised is not None
        case "staffing_shortfall" | "budget_hour" | "budget_half_day" | "budget_week":
            return queue.promised is not None and queue.promised.target is not None
        case _:
            return False  # always known, where it is asked


# ------------------------------------------------------------ devices, and what is gone


def _devices(watched: Watched, rules: Rules) -> Iterator[Reading]:
    rule = _rule(watched, rules, "device_silent")
    for silence in watched.figures.silent_devices:
        if rule.enabled and not silence.heard:
            facts = DeviceSilent(heard=silence.since)
            yield _reading("device_silent", silence.device, silence.device, rule, fires=True, clears=False, facts=facts)


def _gone(watched: Watched, rules: Rules, known: Collection[Key], found: Collection[Key]) -> Iterator[Reading]:
    """A reading that clears, of each known signal that is read no more though it could be."""
    queues = {queue.queue: queue for queue in watched.figures.queues}
    for condition, subject in known:
        if (condition, subject) in found:
            continue
        queue, rule = queues.get(subject), _rule(watched, rules, condition, subject)
        if rule.enabled and queue and _asked(condition, queue) and not watched.at_rest:
            continue  # unknown for the moment, and not over
        yield _reading(condition, subject, queue.name if queue else subject, rule, fires=False, clears=True, facts=None)
