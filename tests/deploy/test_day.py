"""The demonstration's simulated day: the laws that every recorded day obeys, and figures that make sense."""

import tomllib
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from statistics import mean, median
from zoneinfo import ZoneInfo

import msgspec
import pytest

from deploy.configuration import load
from deploy.demo.day import Sent, devices, offline, simulated_day
from deploy.demo.place import HALLS, NORD, OPERATORS, SUD, SWITCHBOARD, WITHOUT_START
from deploy.demo.roster import Shift, hall_shifts, operator_shifts
from deploy.demo.summary import LIMIT, answer_rate, hall_waits, summary
from ticketing.events import (
    CallAbandoned,
    CallAnswered,
    CallEnded,
    CallInformed,
    CallOverflowed,
    CallQueued,
    CallReceived,
    CallTransferred,
    CounterClosed,
    CounterFact,
    CounterOpened,
    CounterPaused,
    CounterResumed,
    Event,
    ServiceEnded,
    ServiceStarted,
    TicketAbandoned,
    TicketCalled,
    TicketCancelled,
    TicketFact,
    TicketIssued,
    TicketNoShow,
    TicketRecalled,
    TicketRequeued,
    TicketTransferred,
    in_order,
)

EXAMPLE = Path(__file__).parents[2] / "deploy" / "vigie.toml"
PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 11, 23)
TEN_DAYS = [(MONDAY + timedelta(days=seed % 5), seed) for seed in range(1, 11)]
ALL_TEN = pytest.mark.parametrize(("day", "seed"), TEN_DAYS)

NEXT: dict[type, set[type]] = {
    TicketIssued: {TicketCalled, TicketAbandoned, TicketCancelled},
    TicketCalled: {TicketRecalled, ServiceStarted, ServiceEnded, TicketTransferred, TicketRequeued},
    TicketRecalled: {TicketNoShow, ServiceStarted, ServiceEnded, TicketTransferred, TicketRequeued},
    ServiceStarted: {ServiceEnded, TicketTransferred, TicketRequeued},
    TicketNoShow: {TicketRequeued},
    TicketTransferred: {TicketCalled},
    TicketRequeued: {TicketCalled},
    CallReceived: {CallInformed, CallQueued},
    CallInformed: {CallEnded},
    CallQueued: {CallAnswered, CallAbandoned, CallOverflowed},
    CallAnswered: {CallEnded, CallTransferred},
}
"""What may follow what in the life of a ticket or call."""
LAST: set[type] = {
    *(ServiceEnded, TicketNoShow, TicketAbandoned, TicketCancelled),
    *(CallEnded, CallTransferred, CallAbandoned, CallOverflowed),
}


@cache
def sent_on(day: date, seed: int) -> tuple[Sent, ...]:
    return tuple(simulated_day(day, seed, PARIS))


@cache
def events_of(day: date, seed: int) -> tuple[Event, ...]:
    return in_order(sent.event for sent in sent_on(day, seed))


@cache
def lives(day: date, seed: int) -> dict[tuple[str, str], list[Event]]:
    """The events of each ticket and call, in order."""
    found: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events_of(day, seed):
        name = getattr(event.fact, "ticket", None) or getattr(event.fact, "call", None)
        if name is not None:
            found[event.area, name].append(event)
    return found


def by_counter(day: date, seed: int, wanted: Callable[[Event], bool]) -> dict[str, list[Event]]:
    found: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events_of(day, seed):
        counter = getattr(event.fact, "counter", None)
        if counter is not None and wanted(event):
            found[counter].append(event)
    return found


def test_the_same_seed_and_date_give_the_same_day() -> None:
    assert simulated_day(MONDAY, 7, PARIS) == simulated_day(MONDAY, 7, PARIS)


def test_another_seed_or_date_gives_another_day() -> None:
    facts = [[sent.event.fact for sent in sent_on(*key)] for key in [(MONDAY, 1), (MONDAY, 2), (date(2026, 11, 30), 1)]]
    assert facts[0] != facts[1] != facts[2] != facts[0]


def test_the_place_is_that_of_the_configuration() -> None:
    configured = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    counters = {(each["area"], each["id"]): tuple(each["queues"]) for each in configured["counters"]}
    simulated = {(hall.area, counter): queues for hall in HALLS for counter, queues in hall.counters.items()}
    assert counters == simulated | {(SWITCHBOARD, operator): ("operateurs",) for operator in OPERATORS}
    hours = {each["id"]: each["hours"] for each in configured["areas"]}
    midnight = datetime.combine(MONDAY, time.min)
    for hall in HALLS:
        opens, noon, reopens, closes = (
            f"{midnight + timedelta(seconds=at):%H:%M}" for at in (hall.opens, hall.noon, hall.reopens, hall.closes)
        )
        assert hours[hall.area] == {"mon-fri": [f"{opens}-{noon}", f"{reopens}-{closes}"]}
    assert hours[SWITCHBOARD] == {"mon-thu": ["08:30-17:00"], "fri": ["08:30-16:30"]}


def boundaries(shift: Shift) -> list[float]:
    """When somebody sits down and gets up, in seconds from midnight; of the reserve in the afternoon only."""
    found = [shift.opens]
    for pause in shift.pauses[2:] if shift.on_call else shift.pauses:
        found += [pause.since, max(pause.since + pause.length, pause.back)]
    return [*found, shift.ends]


def test_counters_are_planned_as_the_roster_usually_has_them() -> None:
    off: defaultdict[tuple[str, str, int], list[float]] = defaultdict(list)
    for (day, seed), plan in product(TEN_DAYS, load(EXAMPLE).plans()):
        midnight = datetime.combine(day, time.min, PARIS)
        desks = {desk.id: desk for desk in plan.desks}
        halls = [shift for hall in HALLS if hall.area == plan.area for shift in hall_shifts(hall, day, seed)]
        for shift in halls or operator_shifts(day, seed):
            spans = plan.planned(desks[shift.counter], plan.hours.day(day)) or ()
            planned = [(instant - midnight).total_seconds() for span in spans for instant in span]
            # from the end, since on some days somebody is ill and the reserve is there from the morning on
            pairs = zip(reversed(boundaries(shift)), reversed(planned), strict=False)
            for place, (real, written) in enumerate(pairs):
                off[plan.area, shift.counter, place].append(real - written)
    assert Tally((area, counter) for area, counter, _ in off) == {
        (area, counter): 4 if counter == "g2" else 8
        for area, counters in {"sud": SUD.counters, "nord": NORD.counters, SWITCHBOARD: OPERATORS}.items()
        for counter in counters
    }
    assert {key: median(values) for key, values in off.items() if abs(median(values)) > 5 * 60} == {}


@ALL_TEN
def test_each_event_fits_the_contract_and_comes_from_a_known_device(day: date, seed: int) -> None:
    for event in events_of(day, seed):
        assert (event.area, event.device) in devices()
        assert msgspec.convert(msgspec.to_builtins(event.fact), type(event.fact)) == event.fact


@ALL_TEN
def test_each_ticket_and_call_lives_in_order_and_ends_once(day: date, seed: int) -> None:
    for life in lives(day, seed).values():
        kinds = [type(event.fact) for event in life]
        assert kinds[0] in (TicketIssued, CallReceived)
        assert all(later in NEXT[earlier] for earlier, later in pairwise(kinds)), kinds
        assert kinds[-1] in LAST
        assert all(earlier.at < later.at for earlier, later in pairwise(life))


@ALL_TEN
def test_tickets_issued_are_tickets_ended(day: date, seed: int) -> None:
    seen = Tally(type(event.fact) for event in events_of(day, seed))
    back_after_no_show = sum(
        (type(earlier.fact), type(later.fact)) == (TicketNoShow, TicketRequeued)
        for life in lives(day, seed).values()
        for earlier, later in pairwise(life)
    )
    ended = seen[ServiceEnded] + seen[TicketNoShow] - back_after_no_show
    assert seen[TicketIssued] == ended + seen[TicketAbandoned] + seen[TicketCancelled]
    assert seen[CallReceived] == seen[CallInformed] + seen[CallQueued]
    assert seen[CallQueued] == seen[CallAnswered] + seen[CallAbandoned] + seen[CallOverflowed]
    assert seen[CallAnswered] + seen[CallInformed] == seen[CallEnded] + seen[CallTransferred]


@ALL_TEN
def test_no_counter_serves_two_at_once_nor_while_paused(day: date, seed: int) -> None:
    serving: dict[tuple[str, str], str] = {}
    states: dict[str, str] = {}
    for event in events_of(day, seed):
        match event.fact:
            case TicketCalled(counter=counter, ticket=name) | CallAnswered(counter=counter, call=name):
                assert states[counter] == "free"
                states[counter], serving[event.area, name] = "busy", counter
            case CounterOpened(counter=counter):
                assert counter not in states
                states[counter] = "free"
            case CounterPaused(counter=counter):
                assert states[counter] == "free"
                states[counter] = "paused"
            case CounterResumed(counter=counter):
                assert states[counter] == "paused"
                states[counter] = "free"
            case CounterClosed(counter=counter):
                assert states[counter] == "free"
                states[counter] = "closed"
            case ServiceEnded(ticket=name) | TicketNoShow(ticket=name) | TicketTransferred(ticket=name):
                states[serving.pop((event.area, name))] = "free"
            case TicketRequeued(ticket=name) | CallEnded(call=name) | CallTransferred(call=name) if (
                event.area,
                name,
            ) in serving:
                states[serving.pop((event.area, name))] = "free"
            case _:
                pass
    assert set(states) == {*OPERATORS, *(counter for hall in HALLS for counter in hall.counters)}
    assert set(states.values()) == {"closed"}


@ALL_TEN
def test_a_counter_calls_only_for_its_queues(day: date, seed: int) -> None:
    queues = {(hall.area, counter): served for hall in HALLS for counter, served in hall.counters.items()}
    for (area, _), life in lives(day, seed).items():
        queue = None
        for event in life:
            match event.fact:
                case TicketIssued(queue=named) | TicketTransferred(queue=named):
                    queue = named
                case TicketCalled(counter=counter):
                    assert queue in queues[area, counter]
                case _:
                    pass


@ALL_TEN
def test_service_starts_20_to_60_seconds_after_the_call_where_the_counter_says_so(day: date, seed: int) -> None:
    for life in lives(day, seed).values():
        called = life[0]
        for event in life:
            match event.fact:
                case TicketCalled():
                    called = event
                case ServiceStarted(counter=counter):
                    assert counter not in WITHOUT_START
                    assert timedelta(seconds=20) <= event.at - called.at <= timedelta(seconds=60)
                case _:
                    pass
    started = by_counter(day, seed, lambda event: isinstance(event.fact, ServiceStarted))
    assert set(started) == {counter for hall in HALLS for counter in hall.counters} - WITHOUT_START


@ALL_TEN
def test_nothing_happens_outside_the_hours_that_the_clock_shows(day: date, seed: int) -> None:
    for sent in sent_on(day, seed):
        assert sent.event.at.tzinfo is PARIS
        assert sent.event.at.date() == sent.published.date() == day
        assert time(8, 10) <= sent.event.at.time() <= sent.published.time() < time(17, 45)


@ALL_TEN
def test_some_come_before_opening_and_none_is_called_before(day: date, seed: int) -> None:
    waiting_outside = 0
    for hall in HALLS:
        opens = datetime.combine(day, time.min, PARIS) + timedelta(seconds=hall.opens)
        early = [event for event in events_of(day, seed) if event.area == hall.area and event.at < opens]
        assert not any(isinstance(event.fact, TicketCalled) for event in early)
        issued = [event for event in early if isinstance(event.fact, TicketIssued)]
        waiting_outside += sum(timedelta(minutes=4) < opens - event.at < timedelta(minutes=15) for event in issued)
    assert waiting_outside >= 3


@ALL_TEN
def test_each_device_numbers_its_events_in_the_order_of_time_and_of_publication(day: date, seed: int) -> None:
    per_device: defaultdict[tuple[str, str], list[Sent]] = defaultdict(list)
    for sent in sent_on(day, seed):
        per_device[sent.event.area, sent.event.device].append(sent)
    assert set(per_device) == set(devices())
    for sendings in per_device.values():
        assert [sent.event.sequence for sent in sendings] == list(range(1, len(sendings) + 1))
        for earlier, later in pairwise(sendings):
            assert earlier.event.at < later.event.at
            assert earlier.published < later.published


def test_no_id_comes_twice_in_a_fortnight() -> None:
    weekdays = [MONDAY + timedelta(days=n) for n in range(14) if n % 7 < 5]
    events = [sent.event for day in weekdays for sent in simulated_day(day, 1, PARIS)]
    assert len({event.identity for event in events}) == len(events)
    for kind, name in ((TicketIssued, "ticket"), (CallReceived, "call")):
        ids = [(event.area, getattr(event.fact, name)) for event in events if isinstance(event.fact, kind)]
        assert len(set(ids)) == len(ids)


@ALL_TEN
def test_the_day_is_in_the_order_of_publication(day: date, seed: int) -> None:
    published = [sent.published for sent in sent_on(day, seed)]
    assert published == sorted(published)


@ALL_TEN
def test_a_kiosk_without_network_sends_all_in_a_burst_when_it_is_back(day: date, seed: int) -> None:
    (outage,) = offline(day, seed, PARIS)
    assert timedelta(minutes=20) < outage.until - outage.since < timedelta(minutes=30)
    own: list[Sent] = []
    others: list[Sent] = []
    for sent in sent_on(day, seed):
        cut_off = (sent.event.area, sent.event.device) == (outage.area, outage.device)
        (own if cut_off else others).append(sent)
    assert not any(outage.since <= sent.published < outage.until for sent in own)
    burst = [sent for sent in own if outage.since <= sent.event.at < outage.until]
    assert len(burst) >= 2
    assert all(sent.published - outage.until < timedelta(seconds=10) for sent in burst)
    assert all(sent.published == sent.event.at for sent in others)


@ALL_TEN
def test_the_volumes_are_those_of_a_prefecture(day: date, seed: int) -> None:
    seen = Tally((event.area, type(event.fact)) for event in events_of(day, seed))
    assert 300 <= seen["sud", TicketIssued] <= 460
    assert 150 <= seen["nord", TicketIssued] <= 260
    assert 470 <= seen["standard", CallReceived] <= 720
    for hall in HALLS:
        share = seen[hall.area, TicketNoShow] / seen[hall.area, TicketIssued]
        assert share <= 0.10
        assert 1 <= seen[hall.area, TicketCancelled] <= 3
    assert 3_500 <= sum(seen.values()) <= 5_500


def test_over_ten_days_everything_that_can_happen_has_happened() -> None:
    seen = {type(event.fact) for key in TEN_DAYS for event in events_of(*key)}
    assert seen == set((TicketFact | CounterFact).__args__) | {
        *(CallReceived, CallInformed, CallQueued, CallAnswered, CallEnded),
        *(CallAbandoned, CallOverflowed, CallTransferred),
    }


def test_sejour_is_over_its_limit_on_most_mornings_and_recovers() -> None:
    mornings = 0
    for key in TEN_DAYS:
        sejour = [wait for wait in hall_waits(sent_on(*key)) if wait.queue == "sejour"]
        over = [wait for wait in sejour if wait.lasted > LIMIT and time(9) <= wait.called.at.time() < time(12)]
        mornings += len(over) >= 3
        assert not any(wait.called.at.time() > time(12, 45) and wait.issued.at.time() < time(12) for wait in sejour)
    assert mornings >= 7


def test_in_the_mean_waits_and_answer_rates_are_plausible() -> None:
    within: defaultdict[str, list[bool]] = defaultdict(list)
    for key in TEN_DAYS:
        for wait in hall_waits(sent_on(*key)):
            within[wait.queue].append(wait.lasted <= LIMIT)
    shares = {queue: mean(waits) for queue, waits in within.items()}
    assert set(shares) == {service.queue for hall in HALLS for service in hall.services}
    assert all(0.78 <= share <= 0.985 for share in shares.values()), shares
    assert shares["sejour"] == min(shares.values())
    assert 0.80 <= mean(answer_rate(sent_on(*key)) for key in TEN_DAYS) <= 0.92
    assert all(0.74 <= answer_rate(sent_on(*key)) <= 0.95 for key in TEN_DAYS)


def test_the_summary_names_every_queue() -> None:
    text = summary(list(sent_on(MONDAY, 1)))
    assert all(service.queue in text for hall in HALLS for service in hall.services)
    assert "answer rate" in text
