"""What goes out by itself: the month, in the night of the first working day of the next one, and its mail."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
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
EVERY_S = 60.0
LONGEST_S = 3600.0
A_DAY = timedelta(days=1)


class Publishing:
    """Runs beside the follower; nothing that goes wrong ends it, and all of it is tried again."""

    def __init__(self, settings: Settings, journal: Journal, monthly: Monthly, clock: Callable[[], datetime]) -> None:
        self._settings, self._journal, self._monthly, self._clock = settings, journal, monthly, clock
        self._said = ""
        self._empty: date | None = None
        """A month of which there is nothing to publish."""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
                self._said = ""
            except (*OUTAGE, AwayError, RefusedError) as error:
                if self._is_news(outage_text(error)):
                    log.warning("the month does not go out for now", error=outage_text(error))
            except Exception as error:
                # neither the boards nor the intake beside us may end with it
                if self._is_news(repr(error)):
                    log.exception("the month does not go out")
            await asyncio.sleep(EVERY_S)

    def _is_news(self, text: str) -> bool:
        before, self._said = self._said, text
        return before != text

    async def look(self) -> None:
        """Publishes the last month if it is time and nobody has, and sends what vigie has published and not sent."""
        month = self._due()
        if month is not None and month != self._empty:
            await self._journal.ask(lambda connection: self._alone(connection, month), LONGEST_S)

    def _due(self) -> date | None:
        """The last month, from the night of the first working day on."""
        now = self._clock().astimezone(self._settings.zone)
        month = first_of(first_of(now.date()) - A_DAY)
        night = datetime.combine(due(month, self._monthly.holidays), NIGHT, self._settings.zone)
        return month if now >= night else None

    async def _alone(self, connection: Any, month: date) -> None:
        # one of several at a time; the lock ends with the connection
        if not await connection.fetchval("select pg_try_advisory_lock($1, hashtext($2))", LOCK, self._settings.site):
            return
        try:
            await self._publish(month)
        finally:
            if not connection.is_closed():
                await connection.execute("select pg_advisory_unlock($1, hashtext($2))", LOCK, self._settings.site)

    async def _publish(self, month: date) -> None:
        acts = await self._monthly.months.acts(month)
        published = [one for one in acts if one.act in PUBLISHING]
        made = None
        if not published:
            try:
                made = await self._monthly.export(month, VIGIE)
            except NothingError as error:
                log.info("no month to publish", month=f"{month:%Y-%m}", error=str(error))
                self._empty = month
                return
            log.info("month published", month=f"{month:%Y-%m}", version=made.version, digest=made.facts.digest)
        ours = made is not None or any(one.who == VIGIE for one in published)
        if ours and self._settings.exports.mail_to and not any(one.act == "mailed" for one in acts):
            await self._send(made or await self._monthly.made(month, published[0].version))

    async def _send(self, made: Made) -> None:
        server, to = self._settings.alerts.mail, self._settings.exports.mail_to
        if server is None:
            return
        address = (self._settings.web.url or f"http://{self._settings.web.listen}").rstrip("/")
        now = self._clock()
        mail = month_mail(made, server, to, house=self._monthly.publisher.name, address=address, at=now)
        month, version = made.facts.month, made.version
        try:
            refused = await Submission(server).submit(mail, to)
        except (RefusedError, OSError, TimeoutError) as error:
            if self._is_news(str(error)):
                done = Done(month=month, version=version, at=now, who=VIGIE, act="not_mailed", detail=str(error))
                await self._monthly.months.note(done)
                log.error("the month was not taken by mail", month=f"{month:%Y-%m}", error=str(error))
            return
        detail = f"{len(to) - len(refused)} destinataires" + (f", {len(refused)} refusés" if refused else "")
        await self._monthly.months.note(
            Done(month=month, version=version, at=now, who=VIGIE, act="mailed", detail=detail)
        )
        log.info("month sent by mail", month=f"{month:%Y-%m}", recipients=len(to), refused=len(refused))
