"""The month that goes out by itself: when, once, and by mail."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from alerts.channels.submission import MailSettings
from collector.journal import Journal
from dashboards.exports.files import Order
from dashboards.months import Done, File
from deploy.configuration import load
from deploy.export_settings import ExportSettings
from deploy.keeping import Tell
from deploy.making import made_beside
from deploy.migrate import migrate
from deploy.monthly import Monthly, monthly
from deploy.publishing import Publishing
from deploy.settings import Settings
from tests.alerts.peers import MailServer
from tests.build import abandoned, called, ended, issued
from tests.collector.words import records
from tests.end_to_end.running import configuration
from tests.servers import Postgres, folder
from ticketing.events import Event

pytestmark = pytest.mark.servers

PARIS = ZoneInfo("Europe/Paris")
OCTOBER = date(2026, 10, 1)
A_MONDAY = timedelta(weeks=-7)
"""From the tests' Monday to the fifth of October."""
TO = ("qualite@aube.example", "copil@aube.example")


def in_october(*events: Event) -> list[Event]:
    return [replace(event, at=event.at + A_MONDAY) for event in events]


@dataclass
class Site:
    """A journal, and what publishes its months at an instant."""

    journal: Journal
    settings: Settings
    now: datetime

    @property
    def monthly(self) -> Monthly:
        plans = self.settings.plans()
        return monthly(self.settings, self.journal, lambda: plans, lambda: self.now)

    def publishing(self) -> Publishing:
        return Publishing(self.settings, self.journal, self.monthly, lambda: self.now)

    async def acts(self) -> list[tuple[int, str, str]]:
        """Version, who and what, the first first."""
        return [(one.version, one.who, one.act) for one in reversed(await self.monthly.months.acts(OCTOBER))]


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with folder() as home, MailServer(home) as server:
        yield server


@pytest.fixture
async def site(tmp_path: Path, postgres: Postgres) -> AsyncIterator[Site]:
    async with postgres.borrowed() as dsn:
        await migrate(dsn)
        settings = load(configuration(tmp_path, dsn=dsn))
        async with Journal(dsn, "Europe/Paris") as journal:
            # the first of November is a Sunday
            yield Site(journal, settings, datetime(2026, 11, 2, 2, 30, tzinfo=PARIS))


@pytest.fixture
def mailed(site: Site, mail_server: MailServer, tmp_path: Path) -> Site:
    """With a mail server and somebody to write to."""
    password = tmp_path / "smtp"
    password.write_text(mail_server.password)
    server = MailSettings(
        host="localhost",
        port=mail_server.port,
        user=mail_server.user,
        password_file=password,
        ca_file=mail_server.ca,
        sender="vigie@aube.example",
    )
    exports = ExportSettings(publisher="Préfecture de l’Aube", siren="123456789", mail_to=TO)
    site.settings = replace(site.settings, alerts=replace(site.settings.alerts, mail=server), exports=exports)
    return site


async def test_a_month_goes_out_in_the_night_of_the_first_working_day_and_once(site: Site) -> None:
    await site.journal.append(records(in_october(issued("A1", "9:00"), called("A1", "9:10"), ended("A1", "9:20"))))
    publishing = site.publishing()
    site.now = datetime(2026, 11, 2, 2, 29, tzinfo=PARIS)
    await publishing.look()
    assert await site.acts() == []
    site.now = datetime(2026, 11, 2, 2, 30, tzinfo=PARIS)
    await publishing.look()
    await publishing.look()
    await site.publishing().look()
    assert await site.acts() == [(1, "vigie", "made")]
    facts = await site.monthly.months.facts(OCTOBER)
    assert facts
    assert (facts.due, facts.areas[0].days_heard) == (date(2026, 11, 2), 1)


async def test_a_night_that_was_slept_through_is_made_up_for(site: Site) -> None:
    await site.journal.append(records(in_october(issued("A1", "9:00"))))
    site.now = datetime(2026, 11, 20, 11, tzinfo=PARIS)
    await site.publishing().look()
    assert await site.acts() == [(1, "vigie", "made")]


async def test_a_month_of_which_nothing_was_heard_does_not_go_out(site: Site) -> None:
    publishing = site.publishing()
    with capture_logs() as logs:
        await publishing.look()
        await publishing.look()
    assert [one["event"] for one in logs] == ["no month to publish"]
    assert await site.acts() == []


async def test_two_vigies_publish_once(site: Site) -> None:
    await site.journal.append(records(in_october(issued("A1", "9:00"))))
    await asyncio.gather(*(site.publishing().look() for _ in range(3)))
    assert await site.acts() == [(1, "vigie", "made")]


async def test_what_comes_late_makes_another_version_that_is_not_published(site: Site) -> None:
    await site.journal.append(records(in_october(issued("A1", "9:00"), issued("A2", "9:05"))))
    await site.publishing().look()
    await site.journal.append(records(in_october(abandoned("A2", "9:30"))))
    keeping = site.monthly.keeping
    await keeping.turn()
    assert await site.acts() == [(1, "vigie", "made"), (2, "vigie", "changed")]
    months = site.monthly.months
    assert [one.version for one in await months.published(OCTOBER)] == [1]
    assert [one.version for one in await months.versions(OCTOBER)] == [2, 1]
    before, after = await months.facts(OCTOBER, 1), await months.facts(OCTOBER, 2)
    assert before
    assert after
    assert [facts.areas[0].whole.abandoned for facts in (before, after)] == [0, 1]
    await site.monthly.export(OCTOBER, "quelqu’un")
    assert [one.version for one in await months.published(OCTOBER)] == [2]


async def test_the_month_is_sent_by_mail_once_with_its_sheet_and_report(mailed: Site, mail_server: MailServer) -> None:
    await mailed.journal.append(records(in_october(issued("A1", "9:00"), called("A1", "9:10"), ended("A1", "9:20"))))
    await mailed.publishing().look()
    await mailed.publishing().look()
    assert mail_server.addressed == [list(TO)]
    (mail,) = mail_server.mails
    assert mail["Subject"] == "Attentes, octobre 2026 – Préfecture de l’Aube"
    assert mail["Message-ID"] == "<aube-2026-10-1@aube.example>"
    body = mail.get_body(("plain",))  # type: ignore[attr-defined]
    text = body.get_content()
    assert "Usagers appelés dans le délai : 100\u202f% (1 sur 1), objectif 95\u202f% atteint – Charte Marianne" in text
    assert "à confirmer" in text
    assert "données manquantes : 21 jours d’ouverture sur 22 sans aucun événement" in text
    assert "/exports/2026-10" in text
    attached = [part.get_filename() for part in mail.iter_attachments()]  # type: ignore[attr-defined]
    assert attached == ["20261031_123456789_fiche-publique.pdf", "20261031_123456789_rapport.pdf"]
    assert await mailed.acts() == [(1, "vigie", "made"), (1, "vigie", "mailed")]


async def test_a_mail_that_is_not_taken_is_sent_again_and_said_once(mailed: Site, mail_server: MailServer) -> None:
    await mailed.journal.append(records(in_october(issued("A1", "9:00"))))
    mail_server.answers = ["451 later", "451 later"]
    publishing = mailed.publishing()
    for _ in range(3):
        await publishing.look()
    assert await mailed.acts() == [
        (1, "vigie", "made"),
        (1, "vigie", "not_mailed"),
        (1, "vigie", "mailed"),
    ]
    assert len(mail_server.mails) == 1


async def test_a_mail_server_that_is_away_for_days_is_said_once_a_day_whatever_it_says(
    mailed: Site, mail_server: MailServer
) -> None:
    await mailed.journal.append(records(in_october(issued("A1", "9:00"))))
    mail_server.answers = [f"451 later, {n}" for n in range(4)]
    publishing = mailed.publishing()
    done = []
    for hours in (0, 1, 24, 25, 26):
        mailed.now = datetime(2026, 11, 2, 2, 30, tzinfo=PARIS) + timedelta(hours=hours)
        done.append(await publishing.look())
    assert done == [False, False, False, False, True]
    assert [act for _, _, act in await mailed.acts()] == ["made", "not_mailed", "not_mailed", "mailed"]


async def test_a_month_that_much_was_done_with_is_not_made_again(mailed: Site, mail_server: MailServer) -> None:
    await mailed.journal.append(records(in_october(issued("A1", "9:00"))))
    await mailed.publishing().look()
    note = Done(month=OCTOBER, version=1, at=mailed.now, who="vigie", act="not_mailed")
    for _ in range(250):
        await mailed.monthly.months.note(note)
    await mailed.publishing().look()
    acts = [one.act for one in await mailed.monthly.months.acts(OCTOBER, most=None)]
    assert (acts.count("made"), acts.count("again"), acts.count("mailed")) == (1, 0, 1)
    assert len(mail_server.mails) == 1


async def test_months_in_whose_nights_nobody_was_there_go_out_later_and_those_before_the_first_never(
    mailed: Site, mail_server: MailServer
) -> None:
    for weeks in (13, 7, 3):  # August, October and the second of November
        back = timedelta(weeks=weeks)
        await mailed.journal.append(records([replace(issued("A1", "9:00"), at=issued("A1", "9:00").at - back)]))
    await mailed.publishing().look()
    mailed.now = datetime(2027, 1, 12, 9, tzinfo=PARIS)
    publishing = mailed.publishing()
    assert await publishing.look()
    assert await publishing.look()
    assert [f"{one.month:%Y-%m}" for one in await mailed.monthly.months.published()] == ["2026-11", "2026-10"]
    assert [mail["Subject"].split(" – ")[0] for mail in mail_server.mails] == [
        "Attentes, octobre 2026",
        "Attentes, novembre 2026",
    ]


async def test_what_comes_while_files_are_made_is_a_version_of_its_own(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.journal.append(records(in_october(issued("A1", "9:00"), issued("A2", "9:05"))))

    async def slowly(order: Order, tell: Tell) -> tuple[File, ...]:
        """Others tally what has come meanwhile, before there is a version that it could change."""
        monkeypatch.undo()
        await site.journal.append(records(in_october(abandoned("A2", "9:30"))))
        await site.monthly.keeping.turn()
        return await made_beside(order, tell)

    monkeypatch.setattr("deploy.monthly.made_beside", slowly)
    assert (await site.monthly.export(OCTOBER, "quelqu’un")).version == 1
    assert await site.acts() == [(1, "quelqu’un", "made"), (2, "vigie", "changed")]


async def test_what_somebody_exported_before_the_night_is_not_made_again_nor_mailed(
    mailed: Site, mail_server: MailServer
) -> None:
    await mailed.journal.append(records(in_october(issued("A1", "9:00"))))
    await mailed.monthly.export(OCTOBER, "référente qualité")
    await mailed.publishing().look()
    assert await mailed.acts() == [(1, "référente qualité", "made")]
    assert mail_server.mails == []
