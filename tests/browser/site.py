"""A whole site in this process, two halls and a switchboard, for tests that look at screens in every state."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from dashboards.board import Board, Foreseen
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.build import (
    CALL_COMMITMENT,
    STANDARD,
    SUD,
    answered,
    at,
    called,
    ended,
    hung_up,
    informed,
    issued,
    lost,
    opened,
    paused,
    queued,
    received,
)
from tests.dashboards.kept import head, waits
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.history import WORKING_DAYS
from ticketing.attending import Step
from ticketing.budget import Verdict
from ticketing.events import Event
from ticketing.explanation import Formulas
from ticketing.figures import Silence
from ticketing.forecast import Forecast, QueueForecast
from ticketing.notice import Message, Notices
from ticketing.plan import Commitment, Desk, Plan, Queue, Target
from ticketing.staffing import Advice, Effect

State = Literal["normal", "empty", "breach", "stale", "night"]
STATES: tuple[State, ...] = ("normal", "empty", "breach", "stale", "night")
CLOCK: Mapping[State, str] = {"normal": "10:34", "empty": "8:20", "breach": "10:34", "stale": "10:34", "night": "22:10"}

FRIDAY = 4
FIRST = date(2026, 1, 1)
CHARTER = "Charte Marianne, Hautes-Pyrénées 2005 – à confirmer par le référent qualité"
WITHIN = Commitment(within=timedelta(minutes=15), share=0.95, provenance=CHARTER, valid_from=FIRST)
MAIN = replace(
    SUD,
    name="Hall d’accueil principal (aile sud)",
    queues=(
        Queue(id="sejour", name="Séjour"),
        Queue(id="asile", name="Asile"),
        Queue(id="titres", name="Remise de titres"),
        Queue(id="pan", name="Point d’accueil numérique"),
    ),
    desks=(
        *(Desk(id=f"g{n}", name=f"Guichet {n}", queues=("sejour", "asile", "titres")) for n in range(1, 6)),
        *(Desk(id=f"pan{n}", name=f"PAN {n}", queues=("pan",)) for n in (1, 2)),
    ),
    commitments=(WITHIN,),
)
SECOND = replace(
    SUD,
    area="nord",
    name="Hall d’accueil secondaire (aile nord)",
    queues=(
        Queue(id="accueil", name="Accueil général"),
        Queue(id="permis", name="Permis de conduire (proximité)"),
        Queue(id="reunions", name="Réunions et convocations"),
    ),
    desks=(
        Desk(id="a1", name="Accueil 1", queues=("accueil", "reunions")),
        Desk(id="a2", name="Accueil 2", queues=("accueil",)),
        Desk(id="p1", name="Permis", queues=("permis",)),
    ),
    commitments=(WITHIN,),
)
OPERATORS = replace(
    STANDARD,
    name="Standard téléphonique",
    queues=(Queue(id="operateurs", name="Opérateurs du standard"),),
    desks=tuple(Desk(id=f"op{n}", name=f"Opérateur {n}", queues=("operateurs",)) for n in (1, 2, 3)),
    commitments=(replace(CALL_COMMITMENT, share=None, provenance="Charte Marianne – à confirmer"),),
    targets=(
        Target(measure="answer_rate", value=0.85, provenance="Plan Téléphone 2023", valid_from=FIRST),
        Target(measure="lost_rate", value=0.1, provenance="seuil national 2011 – à confirmer", valid_from=FIRST),
    ),
)
SITE = (MAIN, SECOND, OPERATORS)


class Site(Struct, frozen=True):
    address: str
    board: Board
    hands: Hands


@asynccontextmanager
async def site(state: State = "normal", plans: Sequence[Plan] = SITE) -> AsyncIterator[Site]:
    hands = Hands(at(CLOCK[state]))
    board = Board(plans, hands)
    board.begin({plan.area: list(_so_far(day_of(plan, state), hands.now)) for plan in plans})
    board.past = {plan.area: _past(plan) for plan in plans}
    board.notices = Notices(messages={"sud": Message(
        area="sud", text="Ascenseur en panne : accès par la rampe, cour d’honneur.", until=None, who="", at=at("8:00")
    )})  # fmt: skip
    if state in ("normal", "breach"):
        for plan in plans:
            board.foresee(plan.area, _foreseen(plan, hands.now, late=state == "breach"))
    if state == "breach":
        board.alert([waits(head(), fired="10:12"), waits(fired="10:29", id="w2")], (), ())
        board.hear({"nord": (Silence("borne-3", at("10:21")),)})
    if state == "stale":
        board.stand(at("10:30"))
    server = Server(board, Well())
    running = asyncio.create_task(server.run())
    try:
        async with server.serving(WebSettings(listen="127.0.0.1:0")) as address:
            yield Site(address, board, hands)
    finally:
        running.cancel()
        await asyncio.wait([running])


# ------------------------------------------------------------ the day


def day_of(plan: Plan, state: State = "normal") -> list[Event]:
    """A morning in which nobody waits for long; in breach, services last twice as long from ten o'clock on."""
    slow = 2.0 if state == "breach" else 1.0
    match plan.area:
        case "sud":
            return [
                *_staffed("g1", "g2", "g3", "g4", "pan1", "pan2", to=plan), paused("g4", "10:33"),
                *_line("S", "sejour", 150, ("g1", "g2"), 330, slow), *_line("T", "titres", 190, ("g4",), 170, slow),
                *_line("A", "asile", 560, ("g3",), 420), *_line("P", "pan", 260, ("pan1", "pan2"), 480),
            ]  # fmt: skip
        case "nord":
            return [
                *_staffed("a1", "a2", "p1", to=plan), *_line("N", "accueil", 170, ("a1", "a2"), 300),
                *_line("D", "permis", 640, ("p1",), 600), *_line("R", "reunions", 900, ("a1",), 60),
            ]  # fmt: skip
        case _:
            return [*_staffed("op1", "op2", "op3", to=plan), *_calls(30 if state == "breach" else 75)]


def _so_far(events: Sequence[Event], now: datetime) -> Iterator[Event]:
    yield from (event for event in events if event.at <= now)


def _staffed(*counters: str, to: Plan) -> Iterator[Event]:
    queues = {desk.id: desk.queues for desk in to.desks}
    yield from (opened(counter, "8:27", *queues[counter]) for counter in counters)


def _line(  # noqa: PLR0917 - a line a queue above
    name: str, queue: str, every_s: int, counters: Sequence[str], service_s: int, slow: float = 1
) -> list[Event]:
    """Tickets that come evenly and are called first come, first served, until noon."""
    free = dict.fromkeys(counters, _s("8:30"))
    found: list[Event] = []
    for n, came in enumerate(range(_s("8:31"), _s("12:00"), every_s)):
        counter = min(free, key=lambda one: free[one])
        call = max(came + 20, free[counter])
        length = service_s * (slow if call > _s("9:50") else 1) * (0.7 + 0.3 * (n % 3))
        free[counter] = round(call + length)
        ticket = f"{name}{n:03}"
        found += [
            issued(ticket, _t(came), queue),
            called(ticket, _t(call), counter),
            ended(ticket, _t(free[counter] - 5)),
        ]
    return found


def _calls(every_s: int) -> list[Event]:
    found: list[Event] = []
    free = dict.fromkeys(("op1", "op2", "op3"), 0)
    for n, came in enumerate(range(_s("8:30"), _s("16:30"), every_s)):
        call, counter = f"c{n}", min(free, key=lambda one: free[one])
        found.append(received(call, _t(came)))
        if n % 5 < 2:  # two of five ask for no agent
            found += [informed(call, _t(came + 35)), hung_up(call, _t(came + 40))]
            continue
        found.append(queued(call, _t(came + 25)))
        taken = max(came + 31, free[counter])
        if taken > came + 25 + 50 or n % 11 == 0:
            found.append(lost(call, _t(came + 60)))
            continue
        free[counter] = taken + 90 + 40 * (n % 4)
        found += [answered(call, _t(taken), counter), hung_up(call, _t(free[counter] - 3))]
    return found


def _s(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def _t(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


# ------------------------------------------------------------ what is known of past days, and foreseen


def _past(plan: Plan) -> Mapping[date, Mapping[str, Sequence[Verdict]]]:
    """Of every working day, 60 judged in each queue, three of whom were late on Fridays."""
    return {
        day: {
            queue.id: tuple(Verdict(at("9:00", day) + timedelta(minutes=n), n < late) for n in range(60))
            for queue in plan.queues
        }
        for day in WORKING_DAYS
        for late in [3 if day.weekday() == FRIDAY else 0]
    }


def _foreseen(plan: Plan, now: datetime, *, late: bool) -> Foreseen:
    """Some minutes in every queue; in breach, more than is promised in the first two, where one counter more would do.

    On the telephone, seconds.
    """
    found, advice = {}, {}
    unit, spare = (1.0, None) if plan.kind == "switchboard" else (60.0, plan.desks[4] if len(plan.desks) > 4 else None)
    for n, queue in enumerate(plan.queues):
        worse = late and n < 2 and plan.kind == "hall"
        soon = (12 * unit, 22 * unit, 31 * unit) if worse else ((2 + n) * unit, (4 + n) * unit, (9 + n) * unit)
        found[queue.id] = QueueForecast(
            queue=queue.id,
            shown=soon,
            late=3 if worse else 0,
            breach_at=now + timedelta(minutes=6 + n) if worse else None,
        )
        counters = sum(queue.id in desk.queues for desk in plan.desks) - (
            spare is not None and queue.id in spare.queues
        )
        effects = [Effect(counters=counters, course=(), within=0.71 if worse else 0.97, waits=soon)]
        if worse and spare:
            opening = (Step(counter=spare.id, open=True, queues=(queue.id,)),)
            effects.append(Effect(counters=counters + 1, course=opening, within=0.96, waits=soon))
        advice[queue.id] = Advice(
            queue=queue.id,
            target=0.95,
            recommended=counters + worse,
            effects=tuple(effects),
            formulas=Formulas(steady=2, backlog=2),
        )
    return Foreseen(forecast=Forecast(at=now, queues=found), advice=advice)
