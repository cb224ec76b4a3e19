"""How forecasts are judged on real days, on figures calculated by hand and rows invented for the purpose."""

import gzip
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.bench.day_by_day import CONSTANT, Case, Customer
from tests.bench.real_forecasts import pinball, staying, warsaw

TICKETS = "office,queue_id,date,ticket,issued_after,issued_by,called_after,called_by,ahead_at_first_seen,counters_open,service_minutes_shown,wait_mid_min,pref,own_series"  # noqa: E501


def case(wait_s: float, *, called: bool) -> Case:
    customer = Customer(
        visit="call/1",
        queue="operateurs",
        at=datetime(1999, 2, 1, 9, tzinfo=UTC),
        wait=timedelta(seconds=wait_s),
        called=called,
    )
    return Case(area="standard", day=date(1999, 2, 1), customer=customer, said={}, reason=None)


@pytest.mark.parametrize(("said_s", "loss"), [(100.0, 0.0), (60.0, 36.0), (140.0, 4.0)])
def test_too_little_costs_nine_times_as_much_as_too_much_at_p90(said_s: float, loss: float) -> None:
    assert pinball(100.0, said_s, 0.9) == pytest.approx(loss)


def test_who_was_answered_later_weighs_as_those_like_them_who_hung_up() -> None:
    # of the two who were still there after 20 s, one hung up: who is left stands for both
    judged = staying([case(10, called=True), case(20, called=False), case(30, called=True)])
    assert [weight for _, weight in judged] == [1, 2]


def test_who_hangs_up_as_another_is_answered_hung_up_after_that() -> None:
    judged = staying([case(20, called=True), case(20, called=False), case(30, called=True)])
    assert [weight for _, weight in judged] == [1, 2]


def test_the_sixth_day_is_judged_by_the_five_before(tmp_path: Path) -> None:
    rows = [
        f"UD_Essai,77,2020-03-{day:02},{number},2020-03-{day:02} 09:{minute:02}:00,2020-03-{day:02} 09:{minute:02}:00,"
        f"2020-03-{day:02} 10:{called:02}:00,2020-03-{day:02} 10:{called:02}:00,0,2,10,0,C,True"
        for day in range(2, 8)
        for number, minute, called in ((1, 0, 0), (2, 10, 20), (3, 20, 40))
    ]
    source = tmp_path / "tickets.csv.gz"
    source.write_bytes(gzip.compress("\n".join([TICKETS, *rows, ""]).encode()))
    judged = warsaw(source, every=1)
    # waits of 60, 70 and 80 minutes each day; the display says 10 minutes a head and two counters
    assert [each.day for each in judged] == [date(2020, 3, 7)] * 3
    assert [each.said[CONSTANT][1] for each in judged] == [4200.0] * 3
    assert [each.said["display"][1] for each in judged] == [0.0, 300.0, 600.0]
    assert [each.said["HOL"][1] for each in judged] == [0.0, 600.0, 1200.0]
