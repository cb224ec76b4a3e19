"""Erlang's formulas: published figures, figures counted by hand, and what has no sense."""

import math
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from ticketing.erlang import (
    ErlangA,
    ErlangC,
    erlang_b,
    erlang_c,
    fewest_for_abandonment,
    fewest_for_backlog,
    fewest_for_blocking,
    fewest_for_wait,
    leaving_rate,
)

HOUR = 3600.0
CENTRE = ErlangC(servers=14, arrivals_per_s=100 / 1800, service_s=180)
"""100 calls in 30 minutes, of 3 minutes each."""
IMPATIENT = ErlangA(servers=14, arrivals_per_s=100 / 1800, service_s=180, leaving_per_s=1 / 300)


# Published figures


@pytest.mark.parametrize(
    ("lines", "load", "last_digit"),
    [(15, 8.108, 0.001), (5, 1.4, 0.1), (6, 1.9, 0.1), (7, 2.5, 0.1), (8, 3.1, 0.1), (9, 3.8, 0.1)],
)
def test_lines_that_lose_one_call_in_a_hundred_carry_the_load_of_the_tables(
    lines: int, load: float, last_digit: float
) -> None:
    assert erlang_b(lines, load - last_digit / 2) < 0.01 < erlang_b(lines, load + last_digit / 2)


def test_33_and_a_third_erlangs_need_45_lines_to_lose_one_call_in_a_hundred() -> None:
    assert fewest_for_blocking(33.333, 0.01) == 45


def test_two_servers_for_twenty_an_hour_are_idle_half_of_the_time() -> None:
    queue = ErlangC(servers=2, arrivals_per_s=20 / HOUR, service_s=HOUR / 30)
    assert queue.empty_probability == pytest.approx(1 / 2, rel=1e-14)
    assert queue.mean_present == pytest.approx(3 / 4, rel=1e-14)


def test_one_server_near_its_limit_has_seven_in_line() -> None:
    queue = ErlangC(servers=1, arrivals_per_s=49 / HOUR, service_s=HOUR / 55)
    assert round(queue.mean_waiting, 4) == 7.2758


def test_fourteen_agents_answer_a_hundred_calls_of_three_minutes_in_half_an_hour() -> None:
    assert fewest_for_wait(CENTRE, 0.8, 20) == 14
    assert round(CENTRE.within(20), 16) == 0.8883500191794669
    assert round(CENTRE.wait_probability, 16) == 0.1741319335950498


def test_callers_with_a_patience_of_five_minutes_need_one_agent_less() -> None:
    thirteen = replace(IMPATIENT, servers=13)
    assert fewest_for_wait(IMPATIENT, 0.8, 20) == 13
    assert round(thirteen.within(20), 3) == 0.858
    assert round(thirteen.abandoned, 3) == 0.025
    assert round(thirteen.wait_probability, 3) == 0.226
    assert round(IMPATIENT.within(20), 6) == 0.916792
    assert round(IMPATIENT.abandoned, 6) == 0.013984
    assert round(IMPATIENT.wait_probability, 5) == 0.14526


def test_where_people_leave_as_fast_as_they_are_served_their_number_is_poissons() -> None:
    queue = ErlangA(servers=3, arrivals_per_s=2.5 / 60, service_s=60, leaving_per_s=1 / 60)
    assert round(queue.wait_probability, 10) == 0.4561868841
    assert round(queue.abandoned, 10) == 0.1652782439


# Counted by hand


def test_services_that_all_last_the_same_halve_the_wait_at_one_server() -> None:
    """Pollaczek and Khinchine's mean, exact for one server: (1 + c^2)/2 x rho m / (1 - rho)."""
    queue = ErlangC(servers=1, arrivals_per_s=1 / 120, service_s=60, service_cv2=0)
    assert queue.mean_wait_s == pytest.approx(30)
    assert queue.longer_than(60) == pytest.approx(0.5 * math.exp(-1))


def test_by_clockwork_nobody_waits_for_any_time() -> None:
    queue = replace(CENTRE, arrivals_cv2=0, service_cv2=0)
    assert (queue.mean_wait_s, queue.longer_than(1)) == (0, 0)
    assert queue.longer_than(0) == CENTRE.wait_probability


def test_lumpier_services_need_more_servers_for_the_tail() -> None:
    assert fewest_for_wait(replace(CENTRE, service_cv2=9), 0.9, 60) > fewest_for_wait(CENTRE, 0.9, 60)


def test_the_rate_of_leaving_is_abandons_by_the_time_that_all_have_waited() -> None:
    assert leaving_rate(12, 3600) == pytest.approx(1 / 300)
    assert leaving_rate(0, 3600) == 0
    assert leaving_rate(0, 0) is None


def test_a_rate_of_few_abandons_is_drawn_to_the_one_before() -> None:
    # 2 in 200 s, and 10 more at one in 300 s: 12 in 3200 s
    assert leaving_rate(2, 200, prior_per_s=1 / 300, prior_abandons=10) == pytest.approx(12 / 3200)
    assert leaving_rate(0, 0, prior_per_s=1 / 300, prior_abandons=10) == pytest.approx(1 / 300)
    with pytest.raises(ValueError, match="prior_per_s must be above 0 to weigh 10 abandons"):
        leaving_rate(0, 0, prior_abandons=10)


def test_five_counters_clear_a_backlog_of_twenty_within_the_hour() -> None:
    # Twelve more come. In the hour and the quarter after it five counters call 30 + 7.5, four call 24 + 6.
    assert (
        fewest_for_backlog(20, arrivals_per_s=12 / HOUR, service_s=600, wait_s=900, horizon_s=HOUR),
        fewest_for_backlog(0, arrivals_per_s=0, service_s=600, wait_s=900, horizon_s=HOUR),
        fewest_for_backlog(3, arrivals_per_s=0, service_s=600, wait_s=900, horizon_s=0),
    ) == (5, 0, 2)


def test_a_backlog_that_servers_clear_to_the_last_person_needs_no_further_one() -> None:
    # 6 in line and 114 in the hour are 120 of 12 minutes, a day of 24 hours, which floats make 24.000000000000004.
    assert fewest_for_backlog(6, arrivals_per_s=114 / HOUR, service_s=720, wait_s=0, horizon_s=HOUR) == 24


# Edges


def test_where_nobody_comes_nobody_waits_and_no_server_is_needed() -> None:
    queue, impatient = replace(CENTRE, arrivals_per_s=0), replace(IMPATIENT, arrivals_per_s=0)
    assert (erlang_b(14, 0), erlang_c(14, 0), queue.within(0), queue.empty_probability) == (0, 0, 1, 1)
    assert (queue.mean_wait_s, queue.mean_waiting, impatient.mean_wait_s) == (0, 0, 0)
    assert (impatient.wait_probability, impatient.abandoned, impatient.within(0)) == (0, 0, 1)
    assert (fewest_for_blocking(0, 0.01), fewest_for_wait(queue, 0.9, 0), fewest_for_wait(impatient, 0.9, 0)) == (
        0,
    ) * 3
    assert fewest_for_abandonment(impatient, 0.01) == 0


def test_without_servers_all_are_lost_wait_or_leave() -> None:
    queue, impatient = replace(CENTRE, servers=0), replace(IMPATIENT, servers=0)
    assert (erlang_b(0, 3), erlang_c(0, 3), queue.within(HOUR), queue.mean_wait_s) == (1, 1, 0, math.inf)
    assert (impatient.wait_probability, impatient.abandoned, impatient.within(HOUR)) == (1, 1, 0)
    assert impatient.mean_wait_s == pytest.approx(300)


@pytest.mark.parametrize("servers", [9, 10])
def test_with_as_much_load_as_servers_the_line_grows_without_end_unless_people_leave(servers: int) -> None:
    for queue in (replace(CENTRE, servers=servers), replace(IMPATIENT, servers=servers, leaving_per_s=0)):
        assert (queue.wait_probability, queue.within(HOUR), queue.mean_wait_s) == (1, 0, math.inf)
    assert (replace(CENTRE, servers=servers).mean_present, replace(CENTRE, servers=servers).empty_probability) == (
        math.inf,
        0,
    )
    assert replace(IMPATIENT, servers=servers, leaving_per_s=0).abandoned == 0
    assert fewest_for_abandonment(replace(IMPATIENT, leaving_per_s=0), 0.01) == 0
    assert replace(IMPATIENT, servers=servers).within(60) > 0.5


@pytest.mark.parametrize("wrong", [-1, math.nan, math.inf])
@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("servers", lambda wrong: erlang_b(wrong, 1)),
        ("load", lambda wrong: fewest_for_blocking(wrong, 0.5)),
        ("arrivals_per_s", lambda wrong: replace(CENTRE, arrivals_per_s=wrong)),
        ("service_s", lambda wrong: replace(IMPATIENT, service_s=wrong)),
        ("service_cv2", lambda wrong: replace(CENTRE, service_cv2=wrong)),
        ("leaving_per_s", lambda wrong: replace(IMPATIENT, leaving_per_s=wrong)),
        ("wait_s", IMPATIENT.within),
        ("wait_s", CENTRE.within),
        ("waited_s", lambda wrong: leaving_rate(1, wrong)),
        ("in_line", lambda wrong: fewest_for_backlog(wrong, arrivals_per_s=1, service_s=1, wait_s=1, horizon_s=1)),
    ],
)
def test_what_is_no_quantity_is_refused_by_its_name(name: str, ask: Callable[[float], object], wrong: float) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be a number from 0 upwards, found {wrong}$"):
        ask(wrong)


@pytest.mark.parametrize("share", [0, 1, -0.1, math.nan])
def test_a_target_that_no_number_of_servers_meets_or_that_all_meet_is_refused(share: float) -> None:
    refused = "must be a share between 0 and 1"
    with pytest.raises(ValueError, match=refused):
        fewest_for_blocking(3, share)
    with pytest.raises(ValueError, match=refused):
        fewest_for_wait(CENTRE, share, 20)
    with pytest.raises(ValueError, match=refused):
        fewest_for_abandonment(IMPATIENT, share)


def test_services_of_no_time_patience_without_end_and_a_backlog_gone_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="service_s must be above 0"):
        replace(CENTRE, service_s=0)
    with pytest.raises(ValueError, match="leaving_per_s must be 0 or at least 1e-100"):
        replace(IMPATIENT, leaving_per_s=5e-324)
    with pytest.raises(ValueError, match="cannot be cleared at once"):
        fewest_for_backlog(1, arrivals_per_s=0, service_s=60, wait_s=0, horizon_s=0)
