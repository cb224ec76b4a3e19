"""A hall simulated forward: by hand, against a plain simulation, and against the formulas of queueing theory."""

from collections.abc import Sequence
from math import factorial, inf, sqrt

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.ticketing.reference import Break, Hall, Line, Person, Window
from ticketing.arrays import Floats
from ticketing.simulation import FIRST, Desks, Lines, simulate

NEVER_PRESSED = 1e9


def arrays(futures: Sequence[Sequence[Line]], pressed_after_s: float = NEVER_PRESSED) -> Lines:
    """The same lines, of as many people, in every future."""
    closing = Person(entered=inf, holds=0.0)
    people = [[one for line in lines for one in (*line.people, closing)] for lines in futures]
    sizes = [len(line.people) + 1 for line in futures[0]]
    entered = np.array([[one.entered for one in row] for row in people], dtype=float)
    return Lines(
        entered=entered,
        leaves=np.array([[one.leaves for one in row] for row in people], dtype=float),
        holds=np.array([[one.holds for one in row] for row in people], dtype=float),
        starts=np.cumsum([0, *sizes[:-1]]),
        vain_s=np.array([line.vain_s for line in futures[0]], dtype=float),
        pressed=np.array([line.pressed for line in futures[0]]),
        pressed_after_s=pressed_after_s,
        watched=np.isfinite(entered),
    )


def desks(futures: Sequence[Sequence[Window]]) -> Desks:
    """Each future has preferences of its own."""
    most = 1 + max(len(window.breaks) for windows in futures for window in windows)
    padded = [[[*w.breaks, *[Break(away=inf)] * (most - len(w.breaks))] for w in windows] for windows in futures]
    return Desks(
        free=np.array([[window.free for window in windows] for windows in futures], dtype=float),
        ranks=np.array([[window.ranks for window in windows] for windows in futures], dtype=float),
        version=np.arange(len(futures)),
        away=np.array([[[one.away for one in breaks] for breaks in windows] for windows in padded], dtype=float),
        back=np.array([[[one.back for one in breaks] for breaks in windows] for windows in padded], dtype=float),
        stays=np.array([[[one.stays for one in breaks] for breaks in windows] for windows in padded], dtype=bool),
    )


def calls(
    lines: Sequence[Line], windows: Sequence[Window], pressed_after_s: float = NEVER_PRESSED
) -> list[list[float]]:
    """Of one future, by line."""
    row = simulate(arrays([lines], pressed_after_s), desks([windows]))[0]
    found, place = [], 0
    for line in lines:
        found.append(row[place : place + len(line.people)].tolist())
        place += len(line.people) + 1
    return found


def people(*entered: float, holds: float = 100.0) -> Line:
    return Line(people=[Person(entered=at, holds=holds) for at in entered])


# ---------------------------------------------------------------- by hand


def test_two_counters_call_three_customers_in_turn() -> None:
    line = Line(people=[Person(entered=-50, holds=100), Person(entered=-40, holds=30), Person(entered=-30, holds=10)])
    assert calls([line], [Window(free=5, ranks=[0]), Window(free=20, ranks=[0])]) == [[5, 20, 50]]


def test_an_idle_counter_takes_the_next_to_come() -> None:
    assert calls([people(30, 31)], [Window(ranks=[0]), Window(free=200, ranks=[0])]) == [[30, 130]]


def test_of_two_idle_counters_the_one_idle_for_longer_is_the_first_to_call() -> None:
    both, one = Window(free=10, ranks=[0, 0]), Window(free=20, ranks=[0, inf])
    assert calls([people(30), people(31)], [one, both]) == [[30], [130]]


def test_priority_goes_before_preference_and_before_any_wait() -> None:
    plain, first = people(-5000), people(-1)
    assert calls([plain, first], [Window(ranks=[0, 1200 - FIRST])]) == [[100], [0]]


def test_priority_goes_before_the_strictest_preference_of_a_counter_of_many_queues() -> None:
    # a counter that keeps strictly to its order, 1,000,000 s a place, and somebody with priority in its twelfth queue
    lines = [people(-10), people(-1)]
    assert calls(lines, [Window(ranks=[0, 11 * 1e6 - FIRST])]) == [[100], [0]]


def test_a_place_further_down_the_preferences_weighs_as_much_waiting_as_the_counter_is_strict() -> None:
    for strictness, expected in ((100.0, [[100], [0]]), (300.0, [[0], [100]])):
        assert calls([people(-10), people(-210)], [Window(ranks=[0, strictness])]) == expected


def test_a_counter_calls_nobody_whom_it_does_not_serve() -> None:
    assert calls([people(-10), people(-20)], [Window(ranks=[0, inf])]) == [[0], [inf]]


def test_a_break_begins_at_the_first_free_moment_after_its_time() -> None:
    window = Window(ranks=[0], breaks=[Break(away=150, back=1000)])
    assert calls([people(-3, -2, -1)], [window]) == [[0, 100, 1000]]


def test_a_service_that_lasts_into_the_break_does_not_make_it_any_longer() -> None:
    window = Window(ranks=[0], breaks=[Break(away=50, back=80)])
    assert calls([people(-3, -2)], [window]) == [[0, 100]]


def test_an_idle_counter_goes_at_the_time_of_its_break() -> None:
    window = Window(ranks=[0], breaks=[Break(away=50, back=80)])
    assert calls([people(60)], [window]) == [[80]]


def test_who_comes_in_the_moment_a_counter_goes_finds_it_gone_unless_it_stays_for_the_line() -> None:
    gone, here = (Window(ranks=[0], breaks=[Break(away=50, back=80, stays=stays)]) for stays in (False, True))
    assert calls([people(50)], [gone]) == [[80]]
    assert calls([people(50)], [here]) == [[50]]


def test_who_comes_in_the_moment_a_counter_is_free_is_chosen_among_those_in_line() -> None:
    assert calls([people(-90), people(0)], [Window(ranks=[0, -FIRST])]) == [[100], [0]]


def test_a_counter_that_stays_serves_those_in_line_first() -> None:
    window = Window(ranks=[0], breaks=[Break(away=50, back=1000, stays=True)])
    assert calls([people(-3, -2, -1, 400)], [window]) == [[0, 100, 200, 1000]]


def test_a_counter_that_never_comes_back_calls_nobody_any_more() -> None:
    assert calls([people(-3, -2)], [Window(ranks=[0], breaks=[Break(away=50)])]) == [[0, inf]]


def test_whoever_has_left_is_called_in_vain() -> None:
    line = Line(vain_s=20, people=[Person(entered=-9, holds=100, leaves=-1), Person(entered=-8, holds=100)])
    assert calls([line], [Window(ranks=[0])]) == [[0, 20]]


def test_a_service_takes_longer_or_shorter_for_somebody_who_has_waited_long() -> None:
    line = people(-700, -500, -450)
    line.pressed = 0.5
    assert calls([line], [Window(ranks=[0])], pressed_after_s=600) == [[0, 50, 150]]


# ---------------------------------------------------------------- against a plain simulation

quarters = st.integers(-40, 80).map(lambda number: 12.5 * number)
"""Few, so that many things happen at one instant; their sums are exact: what differs differs in substance."""
lengths = st.integers(0, 16).map(lambda number: 12.5 * number)


@st.composite
def halls(draw: st.DrawFn) -> tuple[list[Line], list[Window]]:
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        came = sorted(draw(st.lists(quarters, max_size=6)))
        stay = st.just(inf) | lengths.map(lambda length: length - 25)
        lines.append(
            Line(
                people=[Person(entered=at, holds=draw(lengths), leaves=at + draw(stay)) for at in came],
                vain_s=draw(lengths) / 2,
                pressed=draw(st.sampled_from([1.0, 0.5, 1.5])),
            )
        )
    rank = st.just(inf) | st.sampled_from([0.0, 100.0, 200.0, -FIRST, 100.0 - FIRST])
    windows = []
    for _ in range(draw(st.integers(1, 4))):
        edges = sorted(draw(st.lists(quarters, max_size=6)))
        breaks = [
            Break(away=away, back=back, stays=draw(st.booleans()))
            for away, back in zip(edges[::2], [*edges[1::2], inf], strict=False)
        ]
        free = draw(st.just(inf) | quarters.map(abs))
        windows.append(Window(free=free, ranks=[draw(rank) for _ in lines], breaks=breaks))
    return lines, windows


@settings(max_examples=400)
@given(halls(), st.sampled_from([0.0, 50.0, NEVER_PRESSED]))
def test_it_agrees_with_a_plain_simulation_to_the_last_digit(
    hall: tuple[list[Line], list[Window]], pressed_after_s: float
) -> None:
    lines, windows = hall
    assert calls(lines, windows, pressed_after_s) == Hall(lines, windows, pressed_after_s).run()


@settings(max_examples=30)
@given(st.lists(halls(), min_size=2, max_size=5))
def test_futures_know_nothing_of_each_other(several: list[tuple[list[Line], list[Window]]]) -> None:
    lines = [lines for lines, _ in several]
    # the same customers, each time with the counters of another hall
    most = max(len(windows) for _, windows in several)
    nobody = Window(free=inf, ranks=[inf] * len(lines[0]))
    counters = [
        [
            *(Window(free=w.free, ranks=(w.ranks * 4)[: len(lines[0])], breaks=w.breaks) for w in windows),
            *[nobody] * (most - len(windows)),
        ]
        for _, windows in several
    ]
    together = simulate(arrays([lines[0]] * len(several)), desks(counters))
    alone = [simulate(arrays([lines[0]]), desks([windows]))[0] for windows in counters]
    assert (together == np.array(alone)).all()


# ---------------------------------------------------------------- against formulas

FUTURES = 600
LONG_ENOUGH = 40_000


def poisson(chance: np.random.Generator, rate: float, number: int) -> Floats:
    """(FUTURES, number), in order."""
    return np.cumsum(chance.exponential(1 / rate, (FUTURES, number)), axis=1)


def simulated(lines: Sequence[tuple[Floats, Floats]], ranks: Sequence[float], counters: int) -> list[Floats]:
    """Waits of each line's customers, given when they came and how long they hold a counter."""
    last = np.full((FUTURES, 1), inf)
    entered = np.concatenate([part for came, _ in lines for part in (came, last)], axis=1)
    starts = np.cumsum([0, *(came.shape[1] + 1 for came, _ in lines[:-1])])
    called = simulate(
        Lines(
            entered=entered,
            leaves=np.full(entered.shape, inf),
            holds=np.concatenate([part for _, holds in lines for part in (holds, np.zeros((FUTURES, 1)))], axis=1),
            starts=starts,
            vain_s=np.zeros(len(lines)),
            pressed=np.ones(len(lines)),
            pressed_after_s=NEVER_PRESSED,
            watched=np.isfinite(entered),
        ),
        Desks(
            free=np.zeros((FUTURES, counters)),
            ranks=np.tile(np.array(ranks), (1, counters, 1)),
            version=np.zeros(FUTURES, dtype=np.int64),
            away=np.full((FUTURES, counters, 1), inf),
            back=np.full((FUTURES, counters, 1), inf),
            stays=np.zeros((FUTURES, counters, 1), dtype=bool),
        ),
        LONG_ENOUGH,
    )
    return [called[:, start : start + came.shape[1]] - came for start, (came, _) in zip(starts, lines, strict=True)]


def assert_mean(waits: Floats, expected: float, warm: int) -> None:
    """Once the hall is warm, within three standard errors, futures being independent of each other."""
    means: NDArray[np.float64] = waits[:, warm:].mean(axis=1)
    error = means.std(ddof=1) / sqrt(len(means))
    assert abs(means.mean() - expected) < 3 * error
    assert error < 0.05 * expected  # an error so large would hide anything


def test_the_mean_wait_at_three_counters_is_that_of_erlang_c() -> None:
    # lambda = 2, mu = 1, n = 3, so a = 2: C = 4 / 9, and Wq = C / (n mu - lambda)
    a, n = 2.0, 3
    top = a**n / factorial(n) * n / (n - a)
    delayed = top / (sum(a**k / factorial(k) for k in range(n)) + top)
    assert abs(delayed - 4 / 9) < 1e-12
    chance = np.random.default_rng(1)
    came = poisson(chance, 2.0, 900)
    (waits,) = simulated([(came, chance.exponential(1.0, came.shape))], [0.0], n)
    assert_mean(waits, delayed / (n - a), warm=150)


def test_the_mean_waits_of_two_priorities_are_those_of_cobham() -> None:
    # A. Cobham, Operations Research 2 (1954): W0 / (1 - rho1) and W0 / ((1 - rho1)(1 - rho)), W0 = lambda E[S^2] / 2;
    # lambda1 = 0.3, lambda2 = 0.4, mu = 1: W0 = 0.7, 1 and 10 / 3
    chance = np.random.default_rng(2)
    first, plain = poisson(chance, 0.3, 450), poisson(chance, 0.4, 600)
    lines = [(came, chance.exponential(1.0, came.shape)) for came in (first, plain)]
    before, after = simulated(lines, [-FIRST, 0.0], 1)
    # the two lines end at about the same time: the last customers of one may find the other already gone
    assert_mean(before[:, :380], 1.0, warm=60)
    assert_mean(after[:, :500], 10 / 3, warm=80)
