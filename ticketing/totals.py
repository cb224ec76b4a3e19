"""The figures of a queue or an area in any part of a month, from the tallies that make it up."""

from collections.abc import Callable, Iterable, Sequence
from math import fsum

from msgspec import Struct

from ticketing.histogram import Histogram, survival
from ticketing.tally import Counts, Sums, Tally


class HallTotals(Struct, frozen=True, kw_only=True, tag="hall"):
    """Seconds end in `_s`; what is not known, or has no denominator, is None, never 0. Shares are rounded to 4 digits.

    Of visits, by the queue in which they began: `tickets` to `total_wait_mean_s`, of which `judged` are those whose
    wait is known against the commitment of their day, `within` those of them called in time, and `service_level` their
    share; `late_uncalled` are judged late though nobody ever called them, and `service_level_called` is the share
    without them. Of legs: all others. `cancelled`, `arrival_unknown`: of an area alone.
    """

    tickets: int
    priority: int
    appointments: int
    judged: int
    within: int
    service_level: float | None
    late_uncalled: int
    service_level_called: float | None
    total_wait_mean_s: float | None
    legs: int
    called: int
    wait_n: int
    wait_mean_s: float | None
    wait_median_s: float | None
    wait_p90_s: float | None
    wait_max_s: float | None
    served: int
    no_show: int
    abandoned: int
    presumed: int
    left_at_closing: int
    transferred: int
    requeued: int
    service_n: int
    service_mean_s: float | None
    service_max_s: float | None
    cancelled: int | None = None
    arrival_unknown: int | None = None


class CallTotals(Struct, frozen=True, kw_only=True, tag="switchboard"):
    """As above; waits are Kaplan-Meier estimates of what callers would have waited, but for `speed_of_answer_s`.

    Of visits, by the queue in which they began: `offered`, `answered`, `lost`, `judged`, `within`, `short` and what is
    made of them. Of legs: `abandoned`, `presumed`, `overflowed`, `transferred`, `left_at_closing`, waits and talks. Of
    an area alone: `received` to `answer_rate_global`.
    """

    offered: int
    answered: int
    lost: int
    answer_rate_agent: float | None
    lost_rate: float | None
    judged: int
    within: int
    short: int
    service_level_b: float | None
    service_level_c: float | None
    abandoned: int
    presumed: int
    overflowed: int
    transferred: int
    left_at_closing: int
    wait_n: int
    wait_mean_s: float | None
    wait_median_s: float | None
    wait_p90_s: float | None
    wait_max_s: float | None
    speed_of_answer_s: float | None
    talk_n: int
    talk_mean_s: float | None
    talk_max_s: float | None
    received: int | None = None
    informed: int | None = None
    in_voice_server: int | None = None
    off_hours: int | None = None
    cancelled: int | None = None
    answer_rate_global: float | None = None


Totals = HallTotals | CallTotals


class Sum(Struct, frozen=True, kw_only=True):
    """Tallies added up; `waits` are of those called, `gone` of those who were not."""

    counts: Counts
    sums: Sums
    waits: Histogram
    gone: Histogram

    @classmethod
    def of(cls, tallies: Sequence[Tally]) -> "Sum":
        counts = [one.counts for one in tallies]
        sums = [one.sums for one in tallies]

        def seconds(of: Callable[[Sums], float]) -> float:
            return fsum(map(of, sums))

        return cls(
            counts=Counts(**{name: sum(getattr(one, name) for one in counts) for name in Counts.__struct_fields__}),
            sums=Sums(
                wait_sum_s=seconds(lambda one: one.wait_sum_s),
                answer_sum_s=seconds(lambda one: one.answer_sum_s),
                service_sum_s=seconds(lambda one: one.service_sum_s),
                total_wait_sum_s=seconds(lambda one: one.total_wait_sum_s),
                wait_max_s=_longest(one.wait_max_s for one in sums),
                service_max_s=_longest(one.service_max_s for one in sums),
            ),
            waits=Histogram.total([one.waits for one in tallies]),
            gone=Histogram.total([one.gone for one in tallies]),
        )


def hall_totals(of: Sum, *, area: bool) -> HallTotals:
    """`area`: of a whole one, which knows also what is told of no queue."""
    counts, sums = of.counts, of.sums
    return HallTotals(
        tickets=counts.tickets,
        priority=counts.priority,
        appointments=counts.appointments,
        judged=counts.judged,
        within=counts.within,
        service_level=share(counts.within, counts.judged),
        late_uncalled=counts.late_uncalled,
        service_level_called=share(counts.within, counts.judged - counts.late_uncalled),
        total_wait_mean_s=_mean(sums.total_wait_sum_s, counts.total_wait_n),
        legs=counts.legs,
        called=counts.called,
        wait_n=of.waits.n,
        wait_mean_s=_mean(sums.wait_sum_s, of.waits.n),
        wait_median_s=_tenth(of.waits.quantile(0.5)),
        wait_p90_s=_tenth(of.waits.quantile(0.9)),
        wait_max_s=_tenth(sums.wait_max_s),
        served=counts.served,
        no_show=counts.no_show,
        abandoned=counts.abandoned,
        presumed=counts.presumed,
        left_at_closing=counts.left_at_closing,
        transferred=counts.transferred,
        requeued=counts.requeued,
        service_n=counts.service_n,
        service_mean_s=_mean(sums.service_sum_s, counts.service_n),
        service_max_s=_tenth(sums.service_max_s),
        cancelled=counts.cancelled if area else None,
        arrival_unknown=counts.arrival_unknown if area else None,
    )


def call_totals(of: Sum, *, area: bool) -> CallTotals:
    counts, sums = of.counts, of.sums
    curve = survival(of.waits, of.gone)
    known = counts.received - counts.in_voice_server - (counts.tickets - counts.answered - counts.lost)
    return CallTotals(
        offered=counts.tickets,
        answered=counts.answered,
        lost=counts.lost,
        answer_rate_agent=share(counts.answered, counts.answered + counts.lost),
        lost_rate=share(counts.lost, counts.answered + counts.lost),
        judged=counts.judged,
        within=counts.within,
        short=counts.short,
        service_level_b=share(counts.within, counts.judged),
        service_level_c=share(counts.within, counts.judged - counts.short),
        abandoned=counts.abandoned,
        presumed=counts.presumed,
        overflowed=counts.overflowed,
        transferred=counts.transferred,
        left_at_closing=counts.left_at_closing,
        wait_n=of.waits.n + of.gone.n,
        wait_mean_s=_tenth(curve.mean),
        wait_median_s=_tenth(curve.quantile(0.5)),
        wait_p90_s=_tenth(curve.quantile(0.9)),
        wait_max_s=_tenth(sums.wait_max_s),
        speed_of_answer_s=_mean(sums.answer_sum_s, counts.answers),
        talk_n=counts.service_n,
        talk_mean_s=_mean(sums.service_sum_s, counts.service_n),
        talk_max_s=_tenth(sums.service_max_s),
        received=counts.received if area else None,
        informed=counts.informed if area else None,
        in_voice_server=counts.in_voice_server if area else None,
        off_hours=counts.off_hours if area else None,
        cancelled=counts.cancelled if area else None,
        answer_rate_global=share(counts.answered + counts.informed, known) if area else None,
    )


def share(part: int, of: int) -> float | None:
    """Rounded to four digits; None of nobody."""
    return round(part / of, 4) if of else None


def _mean(total: float, n: int) -> float | None:
    return _tenth(total / n) if n else None


def _tenth(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _longest(waits: Iterable[float | None]) -> float | None:
    return max((wait for wait in waits if wait is not None), default=None)
