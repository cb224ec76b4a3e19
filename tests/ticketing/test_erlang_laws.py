"""Laws of Erlang's formulas, and the balance of births and deaths that they solve, summed state by state."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
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
)

ROUNDING = 1e-12

servers = st.integers(0, 60)
loads = st.floats(0.01, 90)
longer_waits_s = st.floats(0, 3600)
patiences = st.floats(0.01, 100)
"""In mean service times."""
shares = st.floats(0.001, 0.999)
SERVICE_S = 180.0


def patient(servers: int, load: float, cv2: float = 1.0) -> ErlangC:
    return ErlangC(servers=servers, arrivals_per_s=load / SERVICE_S, service_s=SERVICE_S, service_cv2=cv2)


def impatient(servers: int, load: float, patience: float) -> ErlangA:
    leaving_per_s = 1 / (patience * SERVICE_S)
    return ErlangA(servers=servers, arrivals_per_s=load / SERVICE_S, service_s=SERVICE_S, leaving_per_s=leaving_per_s)


@given(servers, loads, st.floats(1, 2), longer_waits_s, patiences)
def test_one_server_more_or_less_load_never_does_harm(
    n: int, load: float, factor: float, wait_s: float, patience: float
) -> None:
    for more, fewer in (((n + 1, load), (n, load)), ((n, load), (n, load * factor))):
        assert erlang_b(*more) <= erlang_b(*fewer) + ROUNDING
        assert erlang_c(*more) <= erlang_c(*fewer) + ROUNDING
        assert patient(*more).within(wait_s) >= patient(*fewer).within(wait_s) - ROUNDING
        better, worse = impatient(*more, patience), impatient(*fewer, patience)
        assert better.wait_probability <= worse.wait_probability + ROUNDING
        assert better.abandoned <= worse.abandoned + ROUNDING
        assert better.within(wait_s) >= worse.within(wait_s) - ROUNDING


@given(st.integers(1, 60), loads)
def test_more_wait_in_line_than_would_be_lost_without_one(n: int, load: float) -> None:
    assert 0 < erlang_b(n, load) < erlang_c(n, load) <= 1


@given(st.integers(1, 60), loads, patiences)
def test_those_who_may_leave_wait_more_often_than_is_lost_and_less_often_than_without_end(
    n: int, load: float, patience: float
) -> None:
    queue = impatient(n, load, patience)
    assert erlang_b(n, load) - ROUNDING <= queue.wait_probability <= erlang_c(n, load) + ROUNDING
    assert queue.abandoned <= erlang_b(n, load) + ROUNDING


@given(st.integers(1, 60), st.floats(0.01, 0.95), longer_waits_s)
def test_ever_more_patience_tends_to_erlang_c(n: int, utilisation: float, wait_s: float) -> None:
    there = patient(n, n * utilisation)
    for leaving_per_s, near in ((1e-12, 1e-6), (1e-60, 1e-9), (0, 1e-9)):
        queue = replace(impatient(n, n * utilisation, 1), leaving_per_s=leaving_per_s)
        assert queue.wait_probability == pytest.approx(there.wait_probability, abs=near)
        assert queue.within(wait_s) == pytest.approx(there.within(wait_s), abs=near)
        assert queue.mean_wait_s == pytest.approx(there.mean_wait_s, rel=near)


@given(st.integers(1, 60), loads)
def test_without_patience_erlang_a_is_erlang_b(n: int, load: float) -> None:
    assert impatient(n, load, 1e-12).abandoned == pytest.approx(erlang_b(n, load), rel=1e-6)


@given(servers, loads, patiences, longer_waits_s, longer_waits_s)
def test_all_are_served_in_the_end_or_leave_and_the_longer_the_limit_the_more_are_served(
    n: int, load: float, patience: float, one_s: float, other_s: float
) -> None:
    queue = impatient(n, load, patience)
    assert queue.within(1e9) + queue.abandoned == pytest.approx(1, abs=ROUNDING)
    assert queue.within(min(one_s, other_s)) <= queue.within(max(one_s, other_s)) + ROUNDING
    if n:
        assert queue.within(0) == pytest.approx(1 - queue.wait_probability, abs=ROUNDING)


@given(st.integers(1, 60), st.floats(0.01, 0.95), st.floats(0.1, 10))
def test_the_corrected_tail_has_the_corrected_mean(n: int, utilisation: float, cv2: float) -> None:
    queue = patient(n, n * utilisation, cv2)
    if queue.wait_probability < 1e-9:
        return
    half_s = queue.mean_wait_s / queue.wait_probability * math.log(2)  # of an exponential tail
    assert queue.longer_than(half_s) == pytest.approx(queue.wait_probability / 2)
    assert queue.mean_wait_s == pytest.approx(patient(n, n * utilisation).mean_wait_s * (1 + cv2) / 2)


@given(loads, shares, longer_waits_s, patiences, st.floats(0, 5))
def test_the_fewest_servers_meet_the_target_and_one_less_does_not(
    load: float, share: float, wait_s: float, patience: float, cv2: float
) -> None:
    fewest = fewest_for_blocking(load, share)
    assert erlang_b(fewest, load) <= share < erlang_b(fewest - 1, load)
    for queue in (patient(7, load, cv2), impatient(7, load, patience)):
        queue.within(wait_s)  # what it knows of itself is not taken for what others would be
        fewest = fewest_for_wait(queue, share, wait_s)
        assert replace(queue, servers=fewest).within(wait_s) >= share
        assert replace(queue, servers=fewest - 1).within(wait_s) < share
    fewest = fewest_for_abandonment(impatient(7, load, patience), share)
    assert impatient(fewest, load, patience).abandoned <= share < impatient(fewest - 1, load, patience).abandoned


@given(st.integers(0, 2000), st.integers(0, 500), st.integers(1, 60), st.integers(0, 60), st.integers(1, 240))
def test_the_fewest_servers_call_a_backlog_in_time_and_one_less_does_not(
    in_line: int, per_hour: int, service: int, wait: int, horizon: int
) -> None:
    """In minutes, and in fractions: what is left after the horizon against what is called in the wait allowed."""
    n = fewest_for_backlog(
        in_line, arrivals_per_s=per_hour / 3600, service_s=60 * service, wait_s=60 * wait, horizon_s=60 * horizon
    )

    def cleared(servers: int) -> bool:
        left = in_line + Fraction(per_hour * horizon, 60) - Fraction(servers * horizon, service)
        return left <= Fraction(servers * wait, service)

    assert cleared(n)
    assert n == 0 or not cleared(n - 1)
