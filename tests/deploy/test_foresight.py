"""What past days teach is learnt from the journal, and the forecasts of every area are kept up to date."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import cast

import msgspec
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from collector.journal import Cursor
from collector.messages import Record
from dashboards.board import Board
from dashboards.errors import AwayError
from dashboards.remembering import Memory
from deploy.foresight import ADVICE_S, EVERY_S, JUDGE_S, STALE_S, Foresight
from tests.build import MONDAY, PARIS, SUD, at, called, ended, issued, opened
from tests.fakes import FakeArchive, FakeJournal
from tests.history import WORKING_DAYS
from tests.predictions import shown, waited
from ticketing.area import Area
from ticketing.events import TYPES, Event
from ticketing.forecast import QueueForecast
from ticketing.load import DAYS_KEPT
from ticketing.notice import Closure, Notices, with_closures
from ticketing.plan import Plan
from ticketing.visit import Visit

NORD = replace(SUD, area="nord", name="Hall nord")
OUTAGE = OSError("the database is away")


class Journal(FakeJournal):
    """Tells which days of which area were asked for; while `away` holds an error, reading fails with it, too."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, date]] = []
        self.broken: set[str] = set()
        """Areas of which it gives what nobody can make sense of."""
        self.broken_days: set[date] = set()

    async def read(
        self, site: str, area: str, since: datetime, until: datetime | None = None, upto: Cursor | None = None
    ) -> list[Event]:
        if self.away:
            raise self.away
        if area in self.broken or since.date() in self.broken_days:
            raise ValueError("what is this?")
        self.asked.append((area, since.date()))
        return await super().read(site, area, since, until, upto)


class Place:
    """Everything around the foresight, with clocks turned by hand: it is Monday, ten o'clock."""

    def __init__(self, *plans: Plan) -> None:
        self.now, self.seconds = at("10:00"), 1000.0
        self.journal, self.archive = Journal(), FakeArchive(PARIS)
        self.board = Board(plans or (SUD,), lambda: self.now)
        self.memory = Memory(self.archive)
        self.foresight = Foresight(
            self.journal, self.board, self.archive, self.memory, lambda: self.now, monotonic=lambda: self.seconds
        )

    async def happened(self, *events: Event, area: str = "sud") -> None:
        await self.journal.append([record(event, area) for event in events])

    async def working_days(self, number: int, area: str = "sud") -> None:
        """As many past days, newest first, each with ten services of 5 minutes."""
        for day in WORKING_DAYS[:number]:
            await self.happened(*a_day(day), area=area)

    def begin(self, *events: Event) -> None:
        self.board.begin({plan: [replace(event, area=plan) for event in events] for plan in self.board.plans})

    def turn(self, seconds: float) -> None:
        self.seconds += seconds
        self.now += timedelta(seconds=seconds)

    def forecast(self, area: str = "sud", queue: str = "sejour") -> QueueForecast:
        return self.board.foreseen[area].forecast.queues[queue]

    def days(self, area: str = "sud") -> list[date]:
        """Learnt from, newest first."""
        return [lesson.date for lesson in self.board.foreseen[area].load.days][::-1]


def a_day(day: date) -> list[Event]:
    told = [opened("g1", "9:00", "sejour")]
    for n in range(10):
        clock = f"{9 + n // 6}:{10 * (n % 6):02}"
        told += [
            issued(f"{day}-{n}", clock),
            called(f"{day}-{n}", clock + ":10"),
            ended(f"{day}-{n}", clock[:-1] + "5:10"),
        ]
    return [replace(event, at=event.at + (day - MONDAY)) for event in told]


def record(event: Event, area: str) -> Record:
    return Record(
        site="aube",
        area=area,
        device=event.device,
        id=event.id,
        type=TYPES[type(event.fact)],
        time=event.at,
        at=event.at,
        received=event.at,
        sequence=event.sequence,
        data=msgspec.json.encode(event.fact).decode(),
    )


def line(number: int) -> Sequence[Event]:
    return [opened("g1", "10:00", "sejour"), *(issued(f"A{n}", "9:58") for n in range(number))]


# ---------------------------------------------------------------- learning


async def test_past_days_are_learnt_newest_first_and_once() -> None:
    place = Place()
    await place.working_days(6)
    await place.foresight.learn_once()
    asked = [day for _, day in place.journal.asked]
    assert asked == [MONDAY - timedelta(days=n) for n in range(1, len(asked) + 1)]
    await place.foresight.learn_once()
    assert len(place.journal.asked) == len(asked)
    place.begin()
    await place.foresight.foresee_once()
    assert place.days() == WORKING_DAYS[:6]


async def test_no_more_days_are_read_than_are_learnt_from() -> None:
    place = Place()
    always = [MONDAY - timedelta(days=n) for n in range(1, DAYS_KEPT + 20)]
    for day in always:
        await place.happened(replace(issued("A", "9:00"), at=at("9:00") + (day - MONDAY), id=str(day)))
    await place.foresight.learn_once()
    assert [day for _, day in place.journal.asked] == always[:DAYS_KEPT]


async def test_a_day_that_ends_is_learnt() -> None:
    place = Place()
    await place.working_days(6)
    await place.foresight.learn_once()
    await place.happened(*a_day(MONDAY))
    place.journal.asked.clear()
    place.now = datetime.combine(MONDAY + timedelta(days=1), time(0, 0, 5), PARIS)
    await place.foresight.learn_once()
    assert place.journal.asked == [("sud", MONDAY)]
    place.begin()
    await place.foresight.foresee_once()
    assert place.days() == [MONDAY, *WORKING_DAYS[:6]]


async def test_on_a_past_day_that_was_closed_for_once_nobody_was_late() -> None:
    place = Place()
    await place.working_days(2)
    last, before = WORKING_DAYS[:2]
    closure = Closure(area="sud", date=last, text="pont", who="chef de hall", at=at("8:00", last))
    place.board.notify([with_closures(SUD, [closure])], Notices(closures=(closure,)))
    await place.foresight.learn_once()
    judged = place.board.past["sud"]
    assert judged[last] == {}
    assert len(judged[before]["sejour"]) == 10


async def test_a_day_that_a_clock_set_ahead_took_for_past_is_learnt_once_it_is() -> None:
    place = Place()
    await place.working_days(6)
    place.now += timedelta(days=3)
    await place.foresight.learn_once()
    place.now -= timedelta(days=3)
    await place.foresight.learn_once()
    await place.happened(*a_day(MONDAY))
    place.now = datetime.combine(MONDAY + timedelta(days=1), time(0, 0, 5), PARIS)
    await place.foresight.learn_once()
    place.begin()
    await place.foresight.foresee_once()
    assert place.days() == [MONDAY, *WORKING_DAYS[:6]]


async def test_with_no_area_there_is_nothing_to_learn_and_no_harm_in_it() -> None:
    place = Place()
    board = Board((), lambda: place.now)
    await Foresight(place.journal, board, place.archive, place.memory, lambda: place.now).learn_once()
    assert (place.journal.asked, place.archive.trace) == ([], [])


async def test_an_outage_is_told_once_and_survived() -> None:
    place = Place()
    await place.working_days(6)
    place.journal.away = OUTAGE
    with capture_logs() as told:
        await place.foresight.learn_once()
        await place.foresight.learn_once()
        place.journal.away = None
        await place.foresight.learn_once()
    assert [entry["event"] for entry in told] == ["past days cannot be read for now", "past days learnt"]
    place.begin()
    await place.foresight.foresee_once()
    assert place.days() == WORKING_DAYS[:6]


async def test_an_archive_that_is_away_keeps_nobody_from_learning_from_days() -> None:
    place = Place()
    await place.working_days(6)
    place.archive.away = AwayError("the archive does not answer")
    with capture_logs() as told:
        await place.foresight.learn_once()
    assert [entry["event"] for entry in told] == ["past days learnt", "past days cannot be read for now"]
    place.begin()
    await place.foresight.foresee_once()
    assert len(place.days()) == 6


async def test_an_area_of_which_nothing_can_be_learnt_does_not_keep_others_from_it() -> None:
    place = Place(SUD, NORD)
    await place.working_days(6, area="nord")
    place.journal.broken = {"sud"}
    with capture_logs() as told:
        await place.foresight.learn_once()
        await place.foresight.learn_once()
    assert [(entry["event"], entry["area"]) for entry in told] == [
        ("nothing learnt", "sud"),
        ("past days learnt", "nord"),
    ]
    place.begin()
    await place.foresight.foresee_once()
    assert (len(place.days("sud")), len(place.days("nord"))) == (0, 6)


async def test_past_predictions_that_cannot_be_judged_are_told_of_once_and_stop_nothing() -> None:
    place = Place()
    await place.foresight.learn_once()
    place.turn(JUDGE_S)
    place.archive.away = ValueError("what is this?")
    with capture_logs() as told:
        await place.foresight.learn_once()
        await place.foresight.learn_once()
    assert [entry["event"] for entry in told] == ["past predictions not judged"]


async def test_a_day_of_which_nothing_can_be_learnt_keeps_none_of_the_others_from_teaching() -> None:
    place = Place()
    await place.working_days(6)
    place.journal.broken_days.add(WORKING_DAYS[1])
    with capture_logs() as told:
        await place.foresight.learn_once()
        await place.foresight.learn_once()
    assert [entry["event"] for entry in told] == ["nothing learnt", "past days learnt"]
    place.begin()
    await place.foresight.foresee_once()
    assert len(place.days("sud")) == 5
    assert place.archive.trace.count("lessons") == 1


async def test_errors_of_past_predictions_are_learnt_once_a_day() -> None:
    place = Place()
    await place.foresight.learn_once()
    await place.foresight.learn_once()
    assert place.archive.trace.count("lessons") == 1
    place.now += timedelta(days=1)
    await place.foresight.learn_once()
    assert place.archive.trace.count("lessons") == 2


async def test_the_present_week_is_judged_every_minute_and_past_ones_once_a_day() -> None:
    place = Place()
    last_week, this_week = at("9:00") - timedelta(days=3), at("9:00")
    for ticket, moment in (("A1", last_week), ("A2", this_week)):
        await place.archive.keep([shown(ticket, moment, 10, 10, 10)])
        await place.archive.note([waited(ticket, 12)])
    place.archive.trace.clear()
    asked = []
    for seconds in (0, JUDGE_S - 1, 2, 86_400):
        place.turn(seconds)
        await place.foresight.learn_once()
        asked.append(place.archive.trace.count("accuracies"))
    assert asked == [2, 2, 3, 5]
    weeks = [(row.week, row.n) for row in place.board.accuracy["sud"]]
    assert weeks == [(MONDAY - timedelta(days=7), 1), (MONDAY, 1)]


async def test_past_errors_correct_what_is_shown() -> None:
    place = Place()
    await place.working_days(6)
    for number, day in enumerate(WORKING_DAYS[:10]):
        for n in range(20):
            ticket = f"{number}-{n}"
            # everybody was told 10 minutes, and waited for 24
            moment = at("9:00") + (day - MONDAY)
            await place.archive.keep([shown(ticket, moment, 10, 10, 10)])
            await place.archive.note([waited(ticket, 24)])
    await place.foresight.learn_once()
    place.begin(*line(2))
    await place.foresight.foresee_once()
    one = place.forecast()
    # (24 - 10) min / sqrt(10 min + 4 min), times sqrt(10 min + 4 min), is what is added to 10 minutes
    assert one.raw == pytest.approx((620.0, 620.0, 620.0), abs=20)
    assert one.shown == pytest.approx([q + 840 * ((q + 240) / 840) ** 0.5 for q in one.raw or ()], abs=0.1)


# ---------------------------------------------------------------- foreseeing


async def test_nothing_is_foreseen_before_the_day_so_far_is_read_or_while_data_stand_still() -> None:
    place = Place()
    await place.foresight.foresee_once()
    assert place.board.foreseen == {}
    place.begin(*line(2))
    place.board.stand(at("9:59"))
    await place.foresight.foresee_once()
    assert place.board.foreseen == {}
    place.board.stand(None)
    await place.foresight.foresee_once()
    assert set(place.board.foreseen) == {"sud"}


async def test_an_area_is_foreseen_anew_when_something_happens_but_not_too_often() -> None:
    place = Place()
    await place.working_days(6)
    await place.foresight.learn_once()
    place.begin(*line(1))
    await place.foresight.foresee_once()
    before = place.board.foreseen["sud"]
    place.board.take({"sud": [issued("B1", "9:59")]})
    place.turn(EVERY_S / 2)
    await place.foresight.foresee_once()
    assert place.board.foreseen["sud"] is before
    place.turn(EVERY_S + 0.1)
    await place.foresight.foresee_once()
    after = place.forecast()
    assert after.raw is not None
    assert before.forecast.queues["sejour"].raw is not None
    assert after.raw[1] > before.forecast.queues["sejour"].raw[1]


async def test_time_alone_changes_what_is_foreseen() -> None:
    place = Place()
    place.begin(*line(1))
    await place.foresight.foresee_once()
    before = place.board.foreseen["sud"]
    place.turn(STALE_S - 1)
    await place.foresight.foresee_once()
    assert place.board.foreseen["sud"] is before
    place.turn(2)
    await place.foresight.foresee_once()
    assert place.board.foreseen["sud"].forecast.at == place.now


async def test_recommendations_are_made_less_often_unless_a_counter_changes() -> None:
    place = Place()
    await place.working_days(6)
    await place.foresight.learn_once()
    place.begin(*line(3))
    await place.foresight.foresee_once()
    first = place.board.foreseen["sud"].advice
    assert set(first) == {"sejour", "asile"}
    place.board.take({"sud": [issued("B1", "9:59")]})
    place.turn(EVERY_S + 0.1)
    await place.foresight.foresee_once()
    assert place.board.foreseen["sud"].advice is first
    place.board.take({"sud": [opened("g2", "10:00", "sejour")]})
    place.turn(EVERY_S + 0.1)
    await place.foresight.foresee_once()
    second = place.board.foreseen["sud"].advice
    assert second is not first
    place.turn(ADVICE_S)
    place.board.take({"sud": [issued("B2", "9:59")]})
    await place.foresight.foresee_once()
    assert place.board.foreseen["sud"].advice is not second


async def test_an_area_that_cannot_be_foreseen_does_not_silence_the_others() -> None:
    place = Place(SUD, NORD)
    place.begin(*line(1))
    place.board.areas = {**place.board.areas, "sud": Area(plan=SUD, visits={"x": cast("Visit", "no visit")})}
    with capture_logs() as told:
        await place.foresight.foresee_once()
    assert [(entry["event"], entry["area"]) for entry in told] == [("not foreseen", "sud")]
    assert [area for area, found in place.board.foreseen.items() if found.forecast.queues] == ["nord"]


# ---------------------------------------------------------------- what was shown, and what came of it


async def test_a_newcomer_was_shown_what_was_foreseen_last_and_the_wait_is_noted_when_they_are_called() -> None:
    place = Place()
    await place.working_days(6)
    await place.foresight.learn_once()
    place.begin(*line(3))
    await place.foresight.foresee_once()
    for minute, event in ((1, issued("B1", "10:00:30")), (30, called("B1", "10:30"))):
        place.turn(60 * minute)
        before = place.board.areas["sud"]
        place.board.take({"sud": [event]})
        place.foresight.took(before, place.board.areas["sud"])
    await place.memory.write()
    assert "keep 1" in place.archive.trace
    (found,) = await place.archive.accuracies(["sud"], MONDAY, MONDAY)
    assert (found.n, found.queue) == (1, "sejour")
    # told about a quarter of an hour for three of 5 minutes, and waited for 29.5
    assert found.bias_s == pytest.approx(15 * 60 - 29.5 * 60, abs=60)


async def test_a_clock_that_is_set_back_leaves_nothing_of_the_future_to_have_been_shown() -> None:
    place = Place()
    await place.working_days(6)
    await place.foresight.learn_once()
    place.begin(*line(3))
    await place.foresight.foresee_once()
    place.now -= timedelta(minutes=30)
    place.seconds += STALE_S
    await place.foresight.foresee_once()
    # a device whose clock is right tells of somebody who came at the time of what is dropped
    before = place.board.areas["sud"]
    place.board.take({"sud": [issued("B1", "10:00:05")]})
    place.foresight.took(before, place.board.areas["sud"])
    await place.memory.write()
    assert not any(asked.startswith("keep") for asked in place.archive.trace)


async def test_predictions_that_cannot_be_kept_stop_nothing_and_are_told_of_once() -> None:
    place = Place()
    place.begin(*line(3))
    broken = Area(plan=SUD, visits={"x": cast("Visit", "no visit")})
    with capture_logs() as told:
        place.foresight.took(place.board.areas["sud"], broken)
        place.foresight.took(place.board.areas["sud"], broken)
    assert [entry["event"] for entry in told] == ["predictions not kept"]
