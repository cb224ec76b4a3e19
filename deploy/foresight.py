"""Foresight: what past days teach, learnt from the journal, and the forecasts of every area kept up to date."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Protocol

import structlog
from msgspec import Struct

from collector.intake import OUTAGE, outage_text
from dashboards.board import Board, Foreseen
from dashboards.errors import AwayError
from dashboards.foretelling import WEEKS
from dashboards.remembering import Memory
from ticketing.accuracy import OLDEST, Accuracy, Pair, Prediction, monday, newly_shown, outcomes
from ticketing.area import Area
from ticketing.budget import Verdict, verdicts
from ticketing.conformal import Correction
from ticketing.events import Event
from ticketing.forecast import Forecast, forecast
from ticketing.hours import midnight
from ticketing.lesson import Lesson
from ticketing.levels import Method
from ticketing.load import DAYS_KEPT, Load
from ticketing.plan import Plan
from ticketing.staffing import Advice, advise

log = structlog.get_logger()

TURN_S = 0.2
EVERY_S, STALE_S = 0.8, 5.0
"""An area is forecast anew at most so often while things happen, and at least so often, for time changes it, too."""
ADVICE_S = 4.0
LEARN_S = 5.0
JUDGE_S = 60.0
LOOK_BACK = timedelta(days=120)
MOST_UNREAD = 3
"""Days of which nothing can be learnt, after which it is not the days."""
FIRST_DAYS = 5
"""Past days after which what is learnt so far is put to use, at the start, before all are read."""


OUT_OF_REACH, NOT_LEARNT = "past days cannot be read for now", "nothing learnt"
NOT_JUDGED, NOT_FORESEEN = "past predictions not judged", "not foreseen"
"""What is said of what fails, once for each error."""


class Reading(Protocol):
    async def read(self, site: str, area: str, since: datetime, until: datetime, /) -> list[Event]: ...


class Lessons(Protocol):
    async def lessons(self, area: str, before: datetime, method: Method, /) -> dict[str, list[Pair]]: ...
    async def accuracies(self, areas: Iterable[str], first: date, last: date, /) -> list[Accuracy]: ...


class _Made(Struct, frozen=True, kw_only=True):
    """When an area was foreseen last, and advised, in seconds of a clock that is never set; and what was known."""

    at: float
    area: Area
    advised: float
    staffed: object


class Foresight:
    """`learn` and `foresee` run as tasks beside the follower, and put what they find on the board."""

    def __init__(
        self,
        journal: Reading,
        board: Board,
        archive: Lessons,
        memory: Memory,
        clock: Callable[[], datetime],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._journal, self._board, self._archive, self._memory, self._clock = journal, board, archive, memory, clock
        self._monotonic = monotonic
        self._made: dict[str, _Made] = {}
        self._judged = -JUDGE_S
        self._judged_for: date | None = None
        self._past_weeks: list[Accuracy] = []
        self._said: dict[tuple[str, str], str] = {}
        """By what fails and the area, the error that was told last, so that it is told once."""
        self._lessons: dict[str, dict[date, Lesson]] = {area: {} for area in board.plans}
        self._loads: dict[str, Load] = {area: Load() for area in board.plans}
        self._corrections: dict[str, dict[str, Correction]] = {}
        self._corrected_for: dict[str, date] = {}
        self._recent: dict[str, deque[Prediction]] = {area: deque() for area in board.plans}

    # ------------------------------------------------------------ what past days teach

    async def learn(self) -> None:
        """The latest days of every area, newest first; then each day that ends. For ever."""
        while True:
            await self.learn_once()
            await asyncio.sleep(LEARN_S)

    async def learn_once(self) -> None:
        """What is not learnt yet, as far as the database answers."""
        try:
            for plan in self._board.plans.values():
                try:
                    await self._learn(plan)
                    await self._learn_errors(plan)
                except (*OUTAGE, AwayError):
                    raise
                except Exception as error:
                    # one area that nothing can be learnt of must silence neither the others nor the boards
                    if self._is_news(NOT_LEARNT, error, plan.area):
                        log.exception(NOT_LEARNT, area=plan.area)
            if self._monotonic() - self._judged >= JUDGE_S:
                await self._judge()
                self._judged = self._monotonic()
            self._said.pop((OUT_OF_REACH, ""), None)
            self._said.pop((NOT_JUDGED, ""), None)
        except (*OUTAGE, AwayError) as error:
            if self._is_news(OUT_OF_REACH, error):
                log.warning(OUT_OF_REACH, error=outage_text(error))
        except Exception as error:
            # how right predictions were must stop neither the boards nor the intake beside us
            if self._is_news(NOT_JUDGED, error):
                log.exception(NOT_JUDGED)

    def _is_news(self, what: str, error: BaseException, area: str = "") -> bool:
        before, self._said[what, area] = self._said.get((what, area)), outage_text(error)
        return before != outage_text(error)

    async def _learn(self, plan: Plan) -> None:
        today = self._clock().astimezone(plan.hours.zone).date()
        days = [today - timedelta(days=n) for n in range(1, LOOK_BACK.days + 1)]
        learnt = self._lessons[plan.area]
        # none that is not over: a clock that was ahead for a while would keep us from learning it once it is
        known = self._lessons[plan.area] = {day: learnt[day] for day in days if day in learnt}
        judged = {day: found for day, found in self._board.past.get(plan.area, {}).items() if day in known}
        # put there before the days are read: an outage amid them must not lose those that are known then
        self._board.past = {**self._board.past, plan.area: judged}
        taught = unread = 0
        new = False
        for day in days:
            if unread == MOST_UNREAD or taught >= DAYS_KEPT:
                break
            if day in known:
                taught += bool(known[day].arrivals)
                continue
            try:
                known[day], judged[day] = await self._lesson(plan, day)
                new = True
            except (*OUTAGE, AwayError):
                raise
            except Exception as error:
                # one day must not keep the others from teaching; it is tried again
                if self._is_news(NOT_LEARNT, error, plan.area):
                    log.exception(NOT_LEARNT, area=plan.area, day=day.isoformat())
                unread += 1
                continue
            taught += bool(known[day].arrivals)
            if known[day].arrivals and taught == FIRST_DAYS:
                self._loads[plan.area] = await asyncio.to_thread(Load.of, list(known.values()), plan.kind)
        if new:
            self._loads[plan.area] = await asyncio.to_thread(Load.of, list(known.values()), plan.kind)
            log.info("past days learnt", area=plan.area, days=len(self._loads[plan.area].days))

    async def _lesson(self, plan: Plan, day: date) -> tuple[Lesson, Mapping[str, tuple[Verdict, ...]]]:
        """What a day teaches, and who was late on it."""
        start, end = (midnight(one, plan.hours.zone) for one in (day, day + timedelta(days=1)))
        events = await self._journal.read(plan.site, plan.area, start, end)

        def found() -> tuple[Lesson, Mapping[str, tuple[Verdict, ...]]]:
            area = Area.of(plan, events)
            return Lesson.of(area, day), verdicts(area, plan.hours.day(day))

        return await asyncio.to_thread(found)

    async def _learn_errors(self, plan: Plan) -> None:
        """Once a day: how far off the predictions of the last ones were."""
        now = self._clock()
        today = now.astimezone(plan.hours.zone).date()
        if self._corrected_for.get(plan.area) != today:
            lessons = await self._archive.lessons(plan.area, now, "simulation")
            self._corrections[plan.area] = {queue: Correction.of(pairs) for queue, pairs in lessons.items()}
            self._corrected_for[plan.area] = today

    async def _judge(self) -> None:
        """How right the predictions of the last weeks were. Past weeks change little, and are read once a day."""
        areas = list(self._board.plans)
        if not areas:
            return
        today = self._clock().astimezone(self._board.plans[areas[0]].hours.zone).date()
        week = monday(today)
        if self._judged_for != today:
            self._past_weeks = await self._archive.accuracies(areas, week - WEEKS, week - timedelta(days=1))
            self._judged_for = today
        found = [*self._past_weeks, *await self._archive.accuracies(areas, week, today)]
        self._board.accuracy = {area: [row for row in found if row.area == area] for area in areas}

    # ------------------------------------------------------------ what is to come

    async def foresee(self) -> None:
        """Forecasts of every area, when something has happened in it or time has passed. For ever."""
        while True:
            await self.foresee_once()
            await asyncio.sleep(TURN_S)

    async def foresee_once(self) -> None:
        """Of the areas that are due."""
        for name in self._board.plans:
            if not self._board.loaded or self._board.standing_since is not None:
                continue
            area, known = self._board.areas[name], self._made.get(name)
            now = self._monotonic()
            if known and now - known.at < (STALE_S if area is known.area else EVERY_S):
                continue
            staffed = tuple((counter.id, counter.open, counter.queues) for counter in area.counters.values())
            anew = known is None or known.staffed != staffed or now - known.advised >= ADVICE_S
            try:
                await self._foresee(area, anew=anew)
                self._said.pop((NOT_FORESEEN, name), None)
            except Exception as error:
                # one area that cannot be foreseen must not silence the others, nor go on showing what was foreseen
                if self._is_news(NOT_FORESEEN, error, name):
                    log.exception(NOT_FORESEEN, area=name)
                self._board.foresee(name, Foreseen(forecast=Forecast(at=self._clock())))
            now = self._monotonic()
            advised = now if known is None or anew else known.advised
            self._made[name] = _Made(at=now, area=area, advised=advised, staffed=staffed)

    async def _foresee(self, area: Area, *, anew: bool) -> None:
        """`anew`: with new recommendations, which cost more and change less."""
        name, now = area.plan.area, self._clock()
        load, corrections = self._loads[name], self._corrections.get(name, {})

        def found() -> tuple[Forecast, dict[str, Advice] | None]:
            made = forecast(area, load, now, corrections)
            return made, advise(area, load, now) if anew and load.days else None

        made, advice = await asyncio.to_thread(found)
        before = self._board.foreseen.get(name)
        kept = advice if advice is not None else before.advice if before else {}
        self._board.foresee(name, Foreseen(forecast=made, advice=kept, load=load))
        recent = self._recent[name]
        recent.extend(_predictions(made))
        oldest = made.at - OLDEST - timedelta(seconds=EVERY_S)
        # nor any of the future, which a clock that was set back would keep until it has caught up
        while recent and not oldest <= recent[0].at <= made.at:
            recent.popleft()

    # ------------------------------------------------------------ what came of it

    def began(self) -> None:
        """The day so far has been read: what became of those who were shown something."""
        now = self._clock()
        for area in self._board.areas.values():
            with self._beside(NOT_JUDGED):
                self._memory.remember(outcomes=outcomes(area, now))

    def took(self, before: Area, after: Area) -> None:
        """Something has happened: somebody was shown what is in force, or was called."""
        with self._beside("predictions not kept"):
            shown = newly_shown(before, after, self._recent[after.plan.area])
            self._memory.remember(shown, outcomes(after, self._clock(), before))

    @contextmanager
    def _beside(self, what: str) -> Iterator[None]:
        """What is kept of predictions must stop neither the boards nor the intake; said once of each error."""
        try:
            yield
        except Exception as error:
            if self._is_news(what, error):
                log.exception(what)


def _predictions(made: Forecast) -> Iterable[Prediction]:
    for queue, one in made.queues.items():
        if one.method and one.shown and one.raw:
            yield Prediction(queue=queue, method=one.method, shown=one.shown, raw=one.raw, at=made.at)
