"""What kiosks and screens are told of a queue, and when."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from structlog.testing import capture_logs

from dashboards.board import Board
from dashboards.displays import Display, Displays, differs, displays
from tests.build import MONDAY, SUD, at, called, event, issued
from tests.dashboards.test_board import Hands
from ticketing.events import Event, TicketCalled, TicketIssued
from ticketing.figures import AreaFigures, Quantiles, Silence
from ticketing.hours import Hours
from ticketing.plan import Plan

SECOND = timedelta(seconds=1)
TUESDAY = MONDAY.replace(day=24)


def board(events: list[Event], now: str = "9:30", plan: Plan = SUD) -> tuple[Board, Hands]:
    """A board of one area on which the day so far has been read, and its clock."""
    hands = Hands(at(now))
    found = Board([plan], hands)
    found.begin({plan.area: events})
    return found, hands


def figures(events: list[Event], now: str = "9:30", predicted: Quantiles | None = None) -> AreaFigures:
    """Of the hall, with so long a wait predicted for its queue `sejour`."""
    found = board(events, now)[0].figures("sud")
    sejour, *others = found.queues
    return replace(found, queues=(replace(sejour, predicted_wait_s=predicted), *others))


def shown(found: AreaFigures, *, standing: bool = False, plan: Plan = SUD) -> Display:
    """The queue `sejour`."""
    return next(one for one in displays(found, plan, standing=standing) if one.queue == "sejour")


def told(due: list[Display]) -> list[tuple[str, int]]:
    return [(one.queue, one.waiting) for one in due]


def test_a_queue_is_told_with_who_waits_and_for_how_long_one_will() -> None:
    found = figures([issued("A1", "9:20"), issued("A2", "9:25")], "9:30:00.7", Quantiles(0, 700, 1150))
    assert msgspec.json.decode(msgspec.json.encode(shown(found))) == {
        "area": "sud",
        "queue": "sejour",
        "name": "Séjour",
        "time": "2026-11-23T09:30:00+01:00",
        "valid_until": "2026-11-23T09:32:00+01:00",
        "open": True,
        "complete": True,
        "incomplete_since": None,
        "standing": False,
        "waiting": 2,
        "longest_wait_s": 600.7,
        "predicted_wait_s": {"p10": 0, "p50": 700, "p90": 1150},
        "no_prediction": None,
        "words": "environ 10 à 20 min",
    }


@pytest.mark.parametrize(("now", "reason"), [("9:30", "unavailable"), ("12:30", "closed")])
def test_where_nothing_is_predicted_it_is_told_why_and_no_words(now: str, reason: str) -> None:
    found = shown(figures([], now))
    assert (found.predicted_wait_s, found.no_prediction, found.words) == (None, reason, "")
    assert (found.waiting, found.longest_wait_s) == (0, None)


def test_figures_that_stand_still_are_told_as_such_and_nothing_is_predicted_of_them() -> None:
    hall, hands = board([issued("A1", "9:00")], "9:10")
    hall.stand(at("9:10"))
    hands.now = at("9:30")
    found = shown(hall.figures("sud"), standing=True)
    assert (found.time, found.valid_until) == (at("9:10"), at("9:12"))
    assert (found.complete, found.standing, found.incomplete_since) == (False, True, at("9:10"))
    assert (found.waiting, found.longest_wait_s) == (1, 600)
    predicted = shown(figures([], predicted=Quantiles(0, 60, 600)), standing=True)
    assert (predicted.predicted_wait_s, predicted.no_prediction, predicted.words) == (None, "standing", "")


def test_figures_of_which_a_device_is_missing_are_told_as_incomplete_with_what_is_predicted() -> None:
    hall, _ = board([])
    hall.hear({"sud": (Silence("borne-2", at("9:20")),)})
    sejour, *others = hall.figures("sud").queues
    found = shown(
        replace(hall.figures("sud"), queues=(replace(sejour, predicted_wait_s=Quantiles(0, 60, 300)), *others)),
    )
    assert (found.complete, found.incomplete_since, found.words) == (False, at("9:20"), "environ 1 à 5 min")


@pytest.mark.parametrize(
    ("now", "until"), [("8:00", at("8:32")), ("12:30", at("13:17")), ("17:00", at("8:32", TUESDAY))]
)
def test_what_is_told_while_an_area_is_closed_is_valid_until_it_has_opened(now: str, until: datetime) -> None:
    found = shown(figures([], now))
    assert (found.open, found.valid_until) == (False, until)


def test_until_when_a_hall_that_never_opens_is_closed_is_not_known() -> None:
    plan = replace(SUD, hours=Hours(zone=SUD.hours.zone, weekly={}))
    assert shown(board([], plan=plan)[0].figures("sud"), plan=plan).valid_until is None


def test_a_queue_that_only_an_event_names_is_told_to_nobody() -> None:
    found = displays(figures([issued("A1", "9:00", queue="sejuor")]), SUD)
    assert [one.queue for one in found] == ["sejour", "asile"]


@pytest.mark.parametrize(
    ("before", "now", "moved"),
    [
        (Quantiles(0, 1000, 2000), Quantiles(0, 1029, 2000), False),
        (Quantiles(0, 1000, 2000), Quantiles(0, 1030, 2000), True),
        (Quantiles(0, 1000, 2000), Quantiles(0, 1000, 1970), True),
        (Quantiles(0, 100, 290), Quantiles(0, 109, 290), False),
        (Quantiles(0, 100, 290), Quantiles(0, 110, 290), True),
        (Quantiles(0, 0, 0), Quantiles(0, 0, 0), False),
        (Quantiles(0, 0, 0), Quantiles(0, 0, 1), True),
        (Quantiles(0, 100, 200), None, True),
        (None, Quantiles(0, 100, 200), True),
        (Quantiles(0, 1000, 1795), Quantiles(0, 1000, 1805), True),
    ],
    ids=lambda value: f"{value.p50:g}-{value.p90:g}" if isinstance(value, Quantiles) else str(value),
)
def test_a_predicted_wait_has_changed_by_half_a_minute_a_tenth_or_its_words(
    before: Quantiles | None, now: Quantiles | None, moved: bool
) -> None:
    assert differs(shown(figures([], predicted=now)), shown(figures([], predicted=before))) is moved


def test_a_wait_that_grows_with_the_clock_is_no_change_and_another_head_of_the_line_is() -> None:
    line = [issued("A1", "9:00"), issued("A2", "9:10")]
    before = shown(figures(line))
    assert not differs(shown(figures(line, "9:31")), before)
    later = shown(figures([*line, called("A1", "9:31"), issued("A3", "9:31")], "9:31"))
    assert later.waiting == before.waiting
    assert differs(later, before)


def test_nothing_is_told_before_the_day_has_been_read() -> None:
    hall = Board([SUD], lambda: at("9:30"))
    waiting = Displays(hall)
    hall.stand(at("9:30"))
    assert waiting.due() == []
    hall.stand(None)
    hall.begin({"sud": [issued("A1", "9:00")]})
    assert told(waiting.due()) == [("sejour", 1), ("asile", 0)]


def test_what_was_told_is_told_again_when_a_reader_sees_a_change_and_then_only_of_its_queue() -> None:
    hall, hands = board([])
    waiting = Displays(hall)
    waiting.due()
    hands.now += 10 * SECOND
    assert waiting.due() == []
    hall.take({"sud": [issued("A1", "9:30:10", "asile")]})
    assert told(waiting.due()) == [("asile", 1)]


def test_what_changes_sooner_than_five_seconds_after_is_told_when_they_have_passed_as_it_is_then() -> None:
    hall, hands = board([])
    waiting = Displays(hall)
    waiting.due()
    for number in range(1, 5):
        hands.now += SECOND
        hall.take({"sud": [issued(f"A{number}", "9:30")]})
        assert waiting.due() == []
    hands.now += SECOND
    assert told(waiting.due()) == [("sejour", 4)]


def test_at_closing_it_is_told_and_then_nothing_more_until_something_changes_or_it_opens() -> None:
    hall, hands = board([issued("A1", "11:40")], "11:59:50")
    waiting = Displays(hall)
    waiting.due()
    hands.now = at("12:00")
    assert [(one.queue, one.open) for one in waiting.due()] == [("sejour", False), ("asile", False)]
    hands.now = at("12:20")
    assert waiting.due() == []
    hall.take({"sud": [called("A1", "12:20")]})
    assert told(waiting.due()) == [("sejour", 0)]
    hands.now = at("13:15")
    assert [(one.queue, one.open) for one in waiting.due()] == [("sejour", True), ("asile", True)]


def test_that_data_stand_still_is_told_once_and_that_they_come_again_too() -> None:
    hall, hands = board([issued("A1", "9:00")])
    waiting = Displays(hall)
    waiting.due()
    hands.now = at("9:30:20")
    hall.stand(at("9:30:10"))
    assert [(one.standing, one.time) for one in waiting.due()] == [(True, at("9:30:10"))] * 2
    hands.now = at("9:45")
    assert waiting.due() == []
    hall.stand(None)
    assert [(one.standing, one.time) for one in waiting.due()] == [(False, at("9:45"))] * 2


def test_all_is_told_again_to_those_who_may_have_lost_it_not_sooner_than_five_seconds_after() -> None:
    hall, hands = board([issued("A1", "9:00")])
    waiting = Displays(hall)
    waiting.due()
    hands.now += 2 * SECOND
    waiting.again()
    assert waiting.due() == []
    hands.now += 3 * SECOND
    assert told(waiting.due()) == [("sejour", 1), ("asile", 0)]


def test_a_clock_that_is_set_back_silences_nobody() -> None:
    hall, hands = board([])
    waiting = Displays(hall)
    waiting.due()
    hands.now = at("8:45")
    assert told(waiting.due()) == [("sejour", 0), ("asile", 0)]


def test_an_area_that_cannot_be_told_leaves_the_others_theirs() -> None:
    nord = replace(SUD, area="nord")
    hall = Board([SUD, nord], lambda: at("9:30"))
    hall.begin({})
    broken: Any = None
    hall.areas = {"sud": broken, "nord": hall.areas["nord"]}
    with capture_logs() as logged:
        due = Displays(hall).due()
    assert [(one.area, one.queue) for one in due] == [("nord", "sejour"), ("nord", "asile")]
    assert [(line["event"], line["area"]) for line in logged] == [("displays not told", "sud")]


ACTIONS = st.sampled_from(["nothing"] * 6 + ["issue", "call", "silence", "hear", "stand", "move"])
TURNS = st.lists(st.tuples(st.floats(0.1, 4.0), ACTIONS), min_size=20, max_size=150)


class Hall:
    """A hall in which things happen, and what was told of it, with when."""

    def __init__(self) -> None:
        self.board, self._hands = board([], "9:00")
        self._displays = Displays(self.board)
        self._tickets = 0
        self.told: dict[str, list[tuple[datetime, Display]]] = {"sejour": [], "asile": []}

    def turn(self, gap: float, action: str) -> None:
        self._hands.now += gap * SECOND
        self._act(action)
        for one in self._displays.due():
            self.told[one.queue].append((self.now, one))

    @property
    def now(self) -> datetime:
        return self._hands.now

    def present(self, queue: str) -> Display:
        standing = self.board.standing_since is not None
        found = displays(self.board.figures("sud"), SUD, standing=standing)
        return next(one for one in found if one.queue == queue)

    def _act(self, action: str) -> None:
        clock = f"{self.now:%H:%M:%S.%f}"
        match action:
            case "issue":
                self._tickets += 1
                ticket = f"A{self._tickets}"
                self.board.take({"sud": [event(TicketIssued(ticket=ticket, number=ticket, queue="sejour"), clock)]})
            case "call":
                self.board.take({"sud": [event(TicketCalled(ticket=f"A{self._tickets}", counter="g1"), clock)]})
            case "silence":
                self.board.hear({"sud": (Silence("borne-1", self.now),)})
            case "hear":
                self.board.hear({})
            case "stand":
                self.board.stand(self.now)
            case "move":
                self.board.stand(None)


def seen(display: Display) -> tuple[object, ...]:
    """What the hall's turns change of a display."""
    return display.waiting, display.complete, display.incomplete_since, display.standing


@settings(max_examples=60, deadline=None)
@given(TURNS)
def test_a_queue_is_told_at_most_every_five_seconds_and_at_least_every_sixty_and_of_changes_at_once(
    turns: list[tuple[float, str]],
) -> None:
    hall = Hall()
    hall.turn(0, "nothing")
    for gap, action in turns:
        hall.turn(gap, action)
        for queue, told_so_far in hall.told.items():
            last, display = told_so_far[-1]
            age = hall.now - last
            assert seen(display) == seen(hall.present(queue)) or age < 5 * SECOND
            assert age <= 60 * SECOND or hall.board.standing_since is not None
    for told_in_all in hall.told.values():
        for (earlier, before), (later, after) in pairwise(told_in_all):
            assert later - earlier >= 5 * SECOND
            assert seen(after) != seen(before) or later - earlier >= 50 * SECOND or shrunk(before, after)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.1, 4.0), min_size=60, max_size=150))
def test_in_a_hall_in_which_nothing_happens_each_queue_is_told_within_sixty_seconds_and_rarely_sooner(
    gaps: list[float],
) -> None:
    hall = Hall()
    for gap in [0.0, *gaps]:
        hall.turn(gap, "nothing")
        assert all(hall.now - told_so_far[-1][0] <= 60 * SECOND for told_so_far in hall.told.values())
    lasted = hall.now - at("9:00")
    assert all(len(told_in_all) <= 1 + lasted / (50 * SECOND) for told_in_all in hall.told.values())


def shrunk(before: Display, after: Display) -> bool:
    longest, now = before.longest_wait_s, after.longest_wait_s
    return longest is not None and now is not None and now < longest
