"""What was kept of a promise since the first of the month, and how many more may be late, in words."""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from ticketing.budget import Budget, Burn, Verdict, budget, so_far
from ticketing.figures import QueueFigures
from ticketing.french.notation import percent
from ticketing.plan import Plan
from ticketing.saying import _, n_

Past = Mapping[date, Mapping[str, Sequence[Verdict]]]


class Month(Struct, frozen=True):
    """`share` in time since the first, and what is `left` of the month's budget; `spent`: nothing is."""

    share: str
    counts: str
    left: str
    spent: bool


class Months:
    """Of each queue, what past days give, computed once a day: they are over."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[Past, Plan, date, Budget | None, Burn]] = {}

    def month(self, past: Past, plan: Plan, queue: QueueFigures, on: date) -> Month | None:
        """None where no share is promised today, or nothing is known of past days."""
        today = judged(queue)
        if today is None or not past:
            return None
        known = self._known.get((plan.area, queue.queue))
        if known is None or known[0] is not past or known[1] is not plan or known[2] != on:
            known = (past, plan, on, budget(past, plan, queue.queue, on), so_far(past, queue.queue, on))
            self._known[plan.area, queue.queue] = known
        allowed, before = known[3:]
        if allowed is None:
            return None
        return _told(allowed, Burn(late=before.late + today.late, of=before.of + today.of), plan.kind)


def judged(queue: QueueFigures) -> Burn | None:
    """Late today, of those judged: in halls by their service level, on the telephone by formula B; None of nothing."""
    level = queue.service_level_today
    last = level[-1] if isinstance(level, tuple) else level
    return None if last is None or last.target is None else Burn(late=last.of - last.within, of=last.of)


def _told(allowed: Budget, month: Burn, kind: str) -> Month:
    left = allowed.people - month.late
    if left < 0:
        words = _("dépassé de {n}").format(n=-left)
    elif kind == "switchboard":
        words = n_("encore {n} appel", "encore {n} appels", left).format(n=left)
    else:
        words = n_("encore {n} usager", "encore {n} usagers", left).format(n=left)
    in_time = month.of - month.late
    return Month(
        share=percent(in_time / month.of if month.of else None),
        counts=_("{within} sur {of}").format(within=in_time, of=month.of),
        left=words,
        spent=left < 0,
    )
