"""The live state that readers see."""

from datetime import datetime, timedelta

from dashboards.board import Board
from tests.build import MONDAY, STANDARD, SUD, at, issued
from ticketing.figures import Silence
from ticketing.notice import Closure, Notices, with_closures


class Hands:
    """A clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def told(board: Board) -> list[str]:
    """The areas that the board says have changed, as it says it."""
    areas: list[str] = []
    board.on_change(areas.append)
    return areas


def test_what_is_new_is_told_once_per_area() -> None:
    board = Board([SUD], lambda: at("9:30"))
    board.begin({})
    areas = told(board)
    board.take({"sud": [issued("A1", "9:00"), issued("A2", "9:01")]})
    assert areas == ["sud"]
    assert board.figures("sud").waiting == 2


def test_an_area_that_is_not_configured_is_passed_over() -> None:
    board = Board([SUD], lambda: at("9:30"))
    board.begin({})
    board.take({"ouest": [issued("A1", "9:00")]})
    assert list(board.areas) == ["sud"]


def test_a_reader_keeps_the_state_that_it_has_read() -> None:
    board = Board([SUD], lambda: at("9:30"))
    board.begin({"sud": [issued("A1", "9:00")]})
    read = board.areas["sud"]
    board.take({"sud": [issued("A2", "9:01")]})
    assert list(read.visits) == ["ticket/A1"]


def test_the_figures_follow_the_clock_with_no_event() -> None:
    hands = Hands(at("9:10"))
    board = Board([SUD], hands)
    board.begin({"sud": [issued("A1", "9:00")]})
    hands.now = at("9:12")
    assert board.figures("sud").longest_wait_s == 720


def test_while_data_stand_still_so_do_the_figures() -> None:
    hands = Hands(at("9:10"))
    board = Board([SUD], hands)
    board.begin({"sud": [issued("A1", "9:00")]})
    board.stand(at("9:10"))
    hands.now = at("9:20")
    figures = board.figures("sud")
    assert (figures.longest_wait_s, figures.complete, figures.incomplete_since) == (600, False, at("9:10"))
    board.stand(None)
    assert board.figures("sud").longest_wait_s == 1200


def test_a_new_day_forgets_the_day_before_last() -> None:
    hands = Hands(at("9:10"))
    board = Board([SUD], hands)
    board.begin({"sud": [issued("A1", "9:00")]})
    hands.now = at("9:00", day=MONDAY.replace(day=24))
    board.turn()
    assert list(board.areas["sud"].visits) == ["ticket/A1"]
    hands.now = at("9:00", day=MONDAY.replace(day=25))
    board.turn()
    assert not board.areas["sud"].visits


def test_silence_is_told_when_it_begins_and_when_it_ends_and_not_in_between() -> None:
    board = Board([SUD], lambda: at("9:30"))
    board.begin({})
    areas = told(board)
    silent = {"sud": (Silence("borne-1", at("9:20")),)}
    board.hear(silent)
    board.hear(dict(silent))
    board.hear({})
    assert areas == ["sud", "sud"]


def test_after_a_clock_that_was_days_ahead_is_set_right_the_board_takes_what_comes() -> None:
    hands = Hands(at("10:00") + timedelta(days=400))
    board = Board([SUD], hands)
    board.begin({})
    hands.now = at("10:00")
    board.turn()
    board.take({"sud": [issued("A1", "9:59")]})
    assert board.figures("sud").waiting == 1


def test_what_is_decided_is_told_and_changes_the_hours_of_its_area_alone() -> None:
    board = Board([SUD, STANDARD], lambda: at("9:30"))
    board.begin({"sud": [issued("A1", "9:00")]})
    areas, other = told(board), board.areas["standard"]
    closure = Closure(area="sud", date=MONDAY, text="pont", who="chef de hall", at=at("9:29"), number=1)
    board.notify([with_closures(plan, [closure]) for plan in (SUD, STANDARD)], Notices(closures=(closure,)))
    assert set(areas) == {"sud", "standard"}
    assert (board.figures("sud").open, board.figures("sud").waiting) == (False, 1)
    assert board.areas["standard"] is other
    # what is new comes to the area as it is now
    board.take({"sud": [issued("A2", "9:29")]})
    assert (board.figures("sud").open, board.figures("sud").waiting) == (False, 2)


def test_what_is_decided_already_is_not_told_again() -> None:
    board = Board([SUD], lambda: at("9:30"))
    board.begin({})
    areas = told(board)
    board.notify([SUD], Notices())
    assert areas == []
