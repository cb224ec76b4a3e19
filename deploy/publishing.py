"""What goes out by itself: the month, in the night of the first working day of the next one, and its mail."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import structlog

from alerts.channels.submission import Submission
from alerts.letters import RefusedError
from collector.intake import OUTAGE, outage_text
from collector.journal import Journal
from dashboards.errors import AwayError
from dashboards.months import PUBLISHING, Done, Made, NothingError
from deploy.month_mail import month_mail
from deploy.monthly import VIGIE, Monthly
from deploy.settings import Settings
from ticketing.month import due, first_of

log = structlog.get_logger()

LOCK = 0x6E696768  # "nigh"
NIGHT = time(2, 30)
"""By the clock on the wall, on the first working day."""
LATER_S = 120.0
"""After the start: a clock that a machine starts with may be wrong, and a month that went out stays out."""
EVERY_S = 60.0
AGAIN_S = 900.0
"""After what went wrong: each time all files are made, or the mail server is asked."""
LONGEST_S = 3600.0
BACK = 5
"""Months before the last one that are looked after: those in whose nights nobody was there, or no mail was taken."""
A_DAY = timedelta(days=1)


class Publishing:
    """Runs beside the follower; nothing that goes wrong ends it, and all of it is tried again."""

    def __init__(self, settings: Settings, journal: Journal, monthly: Monthly, clock: Callable[[], datetime]) -> None:
        self._settings, self._journal, self._monthly, self._clock = settings, journal, monthly, clock
        self._said = ""
        self._empty: set[date] = set()
        """Months of which there is nothing to publish."""
        self._untaken: dict[date, date] = {}
        """By month, the day on which it was last said that its mail is not taken."""

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.sleep(LATER_S)
        while True:
            pause = EVERY_S
            try:
                if not await self.look():
                    pause = AGAIN_S
                self._said = ""
            except (*OUTAGE, AwayError, RefusedError) as error:
                if self._is_news(outage_text(error)):
                    log.warning("the month does not go out for now", error=outage_text(error))
            except Exception as error:
                # neither the boards nor the intake beside us may end with it
                pause = AGAIN_S
                if self._is_news(repr(error)):
                    log.exception("the month does not go out")
            await asyncio.sleep(pause)

    def _is_news(self, text: str) -> bool:
        before, self._said = self._said, text
        return before != text

    async def look(self) -> bool:
        """Publishes what is due and nobody has, and sends what vigie has published and not sent; whether all is done.

        The last month is due from its night on; those before it, if vigie has published any as old or older.
        """
        last = self._due()
        if last is None:
            return True
        first = await self._monthly.months.first_by(VIGIE) or last
        months = [last]
        while len(months) <= BACK and months[-1] > first:
            months.append(first_of(months[-1] - A_DAY))
        done = True
        for month in months:
            if month not in self._empty:
                alone = partial(self._alone, month=month, last=month == last)
                done = await self._journal.ask(alone, LONGEST_S) and done
        return done

    def _due(self) -> date | None:
        """The last month, from the night of the first working day on."""
        now = self._clock().astimezone(self._settings.zone)
        month = first_of(first_of(now.date()) - A_DAY)
        night = datetime.combine(due(month, self._monthly.holidays), NIGHT, self._settings.zone)
        return month if now >= night else None

    async def _alone(self, connection: Any, month: date, *, last: bool) -> bool:
        # one of several at a time; the lock ends with the connection
        if not await connection.fetchval("select pg_try_advisory_lock($1, hashtext($2))", LOCK, self._settings.site):
            return True
        try:
            return await self._publish(month, last=last)
        finally:
            if not connection.is_closed():
                await connection.execute("select pg_advisory_unlock($1, hashtext($2))", LOCK, self._settings.site)

    async def _publish(self, month: date, *, last: bool) -> bool:
        acts = await self._monthly.months.acts(month, most=None)
        published = [one for one in acts if one.act in PUBLISHING]
        made = None
        if not published:
            try:
                made = await self._monthly.export(month, VIGIE)
            except NothingError as error:
                log.info("no month to publish", month=f"{month:%Y-%m}", error=str(error))
                self._empty.add(month)
                return True
            log.info("month published", month=f"{month:%Y-%m}", version=made.version, digest=made.facts.digest)
        happened = {one.act for one in acts}
        # whoever is named only now is not sent what is long known
        ours = made is not None or ((last or "not_mailed" in happened) and any(one.who == VIGIE for one in published))
        if not ours or "mailed" in happened or not self._settings.exports.mail_to:
            return True
        return await self._send(made or await self._monthly.made(month, published[0].version))

    async def _send(self, made: Made) -> bool:
        server, to = self._settings.alerts.mail, self._settings.exports.mail_to
        if server is None:
            return True
        address = (self._settings.web.url or f"http://{self._settings.web.listen}").rstrip("/")
        now = self._clock()
        mail = month_mail(made, server, to, house=self._monthly.publisher.name, address=address, at=now)
        month, version = made.facts.month, made.version
        try:
            refused = await Submission(server).submit(mail, to)
        except (RefusedError, OSError, TimeoutError) as error:
            # once a day: servers say the same in many words
            if self._untaken.get(month) != now.date():
                self._untaken[month] = now.date()
                done = Done(month=month, version=version, at=now, who=VIGIE, act="not_mailed", detail=str(error))
                await self._monthly.months.note(done)
                log.error("the month was not taken by mail", month=f"{month:%Y-%m}", error=str(error))
            return False
        detail = f"{len(to) - len(refused)} destinataires" + (f", {len(refused)} refusés" if refused else "")
        await self._monthly.months.note(
            Done(month=month, version=version, at=now, who=VIGIE, act="mailed", detail=detail)
        )
        log.info("month sent by mail", month=f"{month:%Y-%m}", recipients=len(to), refused=len(refused))
        return True
