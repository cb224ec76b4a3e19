"""The months for everybody, asked over a real socket; and what is still told while the database is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import aiohttp
import pytest
from aiohttp import web
from msgspec import Struct

from dashboards.board import Board
from dashboards.frame import framed
from dashboards.house import House
from dashboards.months import Act
from dashboards.public import PublicSettings
from dashboards.public_months import PublicMonths
from dashboards.server import Server
from dashboards.templating import environment
from dashboards.web_settings import WebSettings
from tests.build import STANDARD, SUD, at
from tests.dashboards.exported import AUGUST, OCTOBER, SEPTEMBER, FakeExports, FakeMonths, facts, files_of
from tests.dashboards.sign_in.kept import account, entrance
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well

ON = PublicSettings(enabled=True)
PREFIX = "/public/2026-10/20261031_110000000"


class Served(Struct, frozen=True):
    client: aiohttp.ClientSession
    months: FakeMonths

    async def text(self, path: str, status: int = 200, language: str = "fr") -> str:
        async with self.client.get(path, headers={"Accept-Language": language}) as answer:
            assert answer.status == status, path
            return await answer.text()

    async def export(self, month: date = OCTOBER, in_time: int = 970, text: str = "", act: Act = "made") -> None:
        await self.months.keep(facts(month, in_time), files_of(month, text), act, "ida", at("9:00"))


@asynccontextmanager
async def served(*exported: date, public: PublicSettings | None = ON) -> AsyncIterator[Served]:
    hands = Hands(at("9:30"))
    board = Board([SUD, STANDARD], hands)
    board.begin({})
    exports = FakeExports(hands)
    house = House(name="Préfecture de l’Aube", contact="qualite@aube.example")
    server = Server(board, Well(), public=public, exports=exports, house=house)
    running = asyncio.create_task(server.run())
    try:
        async with (
            server.serving(WebSettings(listen="127.0.0.1:0")) as address,
            aiohttp.ClientSession(address) as client,
        ):
            there = Served(client, exports.months)
            for month in exported:
                await there.export(month)
            yield there
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_the_sheet_of_a_month_stands_in_a_page_of_the_house() -> None:
    async with served(OCTOBER) as there:
        page = await there.text("/public/2026-10")
    assert page.count("<h1") == page.count("<main") == 1
    assert "<h1>Votre attente en octobre 2026</h1>" in page
    assert "<dt>Appelés en 15 min au plus</dt>" in page
    assert "Mise à jour : 2 novembre 2026." in page
    assert "Préfecture de l’Aube" in page
    assert 'href="mailto:qualite@aube.example"' in page
    assert "/accessibilite" in page
    # what the page that stands alone brings for itself is not there twice
    assert "<style" not in page
    assert "&lt;script&gt;" in page


async def test_what_the_sheet_and_the_open_files_are_is_there_and_nothing_else() -> None:
    async with served(OCTOBER) as there:
        page = await there.text("/public/2026-10")
        for name in ("fiche.pdf", "fiche.html", "attentes-mois.csv", "datapackage.json", "mois.ods"):
            assert f'href="{PREFIX}_{name}?download"' in page
            await there.text(f"{PREFIX}_{name}")
        for name in ("rapport.pdf", "rapport.html", "attentes-mois_tableur.csv", "engagements.html"):
            assert name not in page
            await there.text(f"{PREFIX}_{name}", 404)


async def test_open_files_may_be_read_by_pages_of_other_sites_and_the_sheet_alone_may_not_run_anything() -> None:
    async with served(OCTOBER) as there:
        async with there.client.get(f"{PREFIX}_attentes-mois.csv") as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
            assert answer.headers["Cache-Control"] == "public, max-age=60"
            assert "Set-Cookie" not in answer.headers
            assert await answer.text() == "zone,tickets\nsud,1000\n"
        async with there.client.get(f"{PREFIX}_fiche.html") as answer:
            assert "Access-Control-Allow-Origin" not in answer.headers
            assert answer.headers["Content-Security-Policy"].endswith("sandbox")


async def test_a_month_that_has_changed_stays_as_it_was_published_until_it_is_exported_again() -> None:
    async with served() as there:
        await there.export(text="avant")
        await there.export(in_time=940, text="après", act="changed")
        assert "<h1>avant</h1>" in await there.text("/public/2026-10")
        assert "avant" in await there.text(f"{PREFIX}_attentes-mois.csv")


async def test_months_are_listed_the_latest_first_and_each_leads_to_its_neighbours() -> None:
    async with served(SEPTEMBER, OCTOBER, AUGUST) as there:
        every, september = await there.text("/public"), await there.text("/public/2026-09")
    assert every.index("Octobre 2026") < every.index("Septembre 2026") < every.index("Août 2026")
    assert 'href="/public/2026-08" rel="prev"' in september
    assert 'href="/public/2026-10" rel="next"' in september


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/public/2026-09", "Aucun chiffre n’est publié pour septembre 2026."),
        ("/public/x%3Cscript%3E", "Aucun mois ne s’appelle « x&lt;script&gt; »"),
    ],
)
async def test_a_month_that_is_not_published_is_refused_and_the_latest_is_named(path: str, said: str) -> None:
    async with served(OCTOBER) as there:
        page = await there.text(path, 404)
    assert said in page
    assert 'Le dernier mois publié est <a href="/public/2026-10">octobre 2026</a>' in page


async def test_before_the_first_month_that_is_said() -> None:
    async with served() as there:
        assert "Aucun mois n’est encore publié." in await there.text("/public")
        assert "Aucun chiffre n’est publié pour octobre 2026." in await there.text("/public/2026-10", 404)


@pytest.mark.parametrize("public", [None, PublicSettings()])
async def test_nothing_is_told_unless_it_is_configured(public: PublicSettings | None) -> None:
    async with served(OCTOBER, public=public) as there:
        for path in ("/public", "/public/2026-10", f"{PREFIX}_fiche.pdf"):
            await there.text(path, 404)


async def test_the_page_of_the_waits_now_leads_there() -> None:
    async with served() as there:
        assert 'href="/public"' in await there.text("/attente")


async def test_a_sheet_that_is_not_as_we_write_it_is_to_be_downloaded() -> None:
    async with served() as there:
        other = [file for file in files_of(OCTOBER) if file.name.endswith(("fiche.pdf", "csv"))]
        await there.months.keep(facts(), other, "made", "ida", at("9:00"))
        page = await there.text("/public/2026-10")
    assert "La fiche de ce mois est à télécharger ci-dessous." in page
    assert f"{PREFIX}_fiche.pdf" in page


async def test_the_page_is_in_the_reader_s_language_around_a_sheet_in_french() -> None:
    async with served(OCTOBER) as there:
        page = await there.text("/public/2026-10", language="en")
        assert '<html lang="en">' in page
        assert '<div class="sheet" lang="fr">' in page
        assert "All months" in page
        assert "Tous les mois" in await there.text("/public/2026-10")


async def test_whoever_has_it_already_is_told_that_nothing_has_changed() -> None:
    async with served(OCTOBER) as there:
        for path in ("/public", "/public/2026-10", f"{PREFIX}_fiche.pdf"):
            async with there.client.get(path) as first:
                etag = {"If-None-Match": first.headers["ETag"]}
            async with there.client.get(path, headers=etag) as again:
                assert (again.status, await again.read()) == (304, b"")


async def test_what_any_cache_may_keep_is_of_nobody_who_is_signed_in() -> None:
    async with entrance(account("ida", "quality")) as there:
        await there.exports.months.keep(facts(), files_of(OCTOBER), "made", "vigie", at("9:00"))
        await there.enter("ida")
        for path in ("/public", "/public/2026-10", f"{PREFIX}_fiche.pdf"):
            async with there.client.get(path) as answer:
                page = await answer.text()
                assert (answer.status, "Set-Cookie" in answer.headers) == (200, False)
            assert "Ida" not in page
            assert "/deconnexion" not in page


# ------------------------------------------------------------ the rush


class Rushed(Struct):
    client: aiohttp.ClientSession
    months: FakeMonths
    now: list[float]

    async def status(self, path: str) -> int:
        async with self.client.get(path) as answer:
            await answer.read()
            return answer.status


@asynccontextmanager
async def rushed() -> AsyncIterator[Rushed]:
    """The pages alone, on a clock of the test's."""
    months, now = FakeMonths(), [0.0]
    await months.keep(facts(), files_of(OCTOBER), "made", "ida", at("9:00"))
    app = web.Application(middlewares=[framed])
    app.add_routes(PublicMonths(months, environment(), lambda: now[0]).routes())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
            months.asked = 0
            yield Rushed(client, months, now)
    finally:
        await runner.cleanup()


async def test_a_minute_costs_the_database_the_same_whatever_the_rush() -> None:
    paths = ["/public", "/public/2026-10", f"{PREFIX}_fiche.pdf", "/public/2026-10/none", "/public/2020-01"]
    async with rushed() as there:
        for path in paths:
            await there.status(path)
        once = there.months.asked
        found = await asyncio.gather(*(there.status(path) for path in paths * 20))
        assert sorted(set(found)) == [200, 404]
        assert there.months.asked == once
        there.now[0] = 59.9
        await asyncio.gather(*(there.status(path) for path in paths * 20))
        assert there.months.asked == once
        there.now[0] = 60.0
        await asyncio.gather(*(there.status(path) for path in paths * 20))
        assert there.months.asked == 2 * once


async def test_of_many_who_ask_at_first_one_is_read_for() -> None:
    async with rushed() as there:
        found = await asyncio.gather(*(there.status(f"{PREFIX}_fiche.pdf") for _ in range(50)))
    assert set(found) == {200}
    # what is published, its files, and this one
    assert there.months.asked == 3


async def test_while_the_database_is_away_what_was_read_last_is_still_told() -> None:
    async with rushed() as there:
        paths = ["/public", "/public/2026-10", f"{PREFIX}_fiche.pdf"]
        for path in paths:
            await there.status(path)
        there.months.away = True
        there.now[0] = 3600.0
        assert [await there.status(path) for path in paths] == [200, 200, 200]
        # what nobody has asked for before cannot be told
        assert await there.status(f"{PREFIX}_mois.ods") == 503
        there.months.away = False
        there.now[0] = 3605.0
        assert await there.status(f"{PREFIX}_mois.ods") == 200


async def test_where_nothing_was_ever_read_that_is_said_and_when_to_come_back() -> None:
    async with rushed() as there:
        there.months.away = True
        async with there.client.get("/public/2026-10") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
            assert "Ces chiffres ne peuvent pas être lus pour le moment." in await answer.text()
        there.months.away = False
        assert await there.status("/public/2026-10") == 200


async def test_what_is_exported_again_is_told_a_minute_later() -> None:
    async with rushed() as there:
        await there.status("/public/2026-10")
        await there.months.keep(facts(in_time=940), files_of(OCTOBER, "autre"), "again", "ida", at("9:30"))
        there.now[0] = 60.0
        async with there.client.get("/public/2026-10") as answer:
            assert "<h1>autre</h1>" in await answer.text()
