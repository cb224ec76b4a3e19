"""The monthly exports in a real browser: by keyboard, without scripts, and looked at in every state."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import pytest
from msgspec import Struct
from playwright.async_api import Browser, Page, expect

from dashboards.board import Board
from dashboards.errors import AwayError
from dashboards.house import House
from dashboards.public import PublicSettings
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.browser.pages import LOOKS, look, look_everywhere, looking
from tests.browser.site import SITE
from tests.build import at
from tests.dashboards.exported import AUGUST, OCTOBER, SEPTEMBER, FakeExports, facts, files_of
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.servers import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

OFTEN = "const later = setTimeout; window.setTimeout = (what, ms) => later(what, Math.min(ms, 100));"


class Place(Struct, frozen=True):
    address: str
    exports: FakeExports
    hands: Hands

    async def exported(self, month: date = OCTOBER) -> None:
        self.exports.found.setdefault(month, facts(month))
        await self.exports.months.keep(facts(month), files_of(month), "made", "référente qualité", at("9:05"))


@asynccontextmanager
async def serving(*heard: date) -> AsyncIterator[Place]:
    hands = Hands(at("9:30"))
    board = Board(SITE, hands)
    board.begin({})
    exports = FakeExports(hands, *heard)
    server = Server(
        board,
        Well(),
        exports=exports,
        public=PublicSettings(enabled=True),
        house=House(name="Préfecture de l’Aube", contact="referent-qualite@aube.example"),
    )
    running = asyncio.create_task(server.run())
    try:
        async with server.serving(WebSettings(listen="127.0.0.1:0")) as address:
            yield Place(f"{address}/exports", exports, hands)
    finally:
        running.cancel()
        await asyncio.wait([running])


async def until_focused(page: Page, selector: str) -> None:
    """Goes on with the tabulator until something is focused; fails if nothing of it ever is."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached")


async def test_a_month_is_exported_seen_and_compared_by_keyboard_alone(browser: Browser) -> None:
    async with serving(OCTOBER) as place, looking(browser, place.address, script=OFTEN) as page:
        place.exports.go.clear()
        await until_focused(page, "#m-2026-10 input[name=who]")
        await page.keyboard.type("référente qualité")
        await page.keyboard.press("Enter")
        await expect(page.locator("#progress")).to_have_attribute("value", "1")
        await expect(page.locator("#progress-words")).to_contain_text(
            "demandé par référente qualité à 9\u202fh\u202f30, étape 1 sur 4"
        )
        place.exports.go.set()
        # without anybody doing anything
        await expect(page.locator("#m-2026-10 .made")).to_have_text("✓ Exporté à 9\u202fh\u202f30 : version 1.")
        await expect(page.locator("#told")).to_have_text("L’export est terminé.")
        # their function is there the next time
        await expect(page.locator("#m-2026-10 input[name=who]")).to_have_value("référente qualité")
        await until_focused(page, "#m-2026-10 a[href$='rapport.html']")
        async with page.context.expect_page() as opened:
            await page.keyboard.press("Enter")
        report = await opened.value
        await expect(report.get_by_role("heading", level=1)).to_contain_text("Rapport")
        await report.close()
        await until_focused(page, "#m-2026-10 a[href$='rapport.pdf?download']")
        async with page.expect_download() as saved:
            await page.keyboard.press("Enter")
        assert (await saved.value).suggested_filename == "20261031_110000000_rapport.pdf"


async def test_an_export_that_somebody_else_begins_is_seen_without_doing_anything(browser: Browser) -> None:
    async with serving(OCTOBER) as place:
        place.exports.go.clear()
        async with (
            looking(browser, place.address, script=OFTEN) as mine,
            looking(browser, place.address, script=OFTEN) as theirs,
        ):
            await theirs.get_by_label("Votre fonction").fill("chef de pôle")
            await theirs.get_by_role("button", name="Exporter").click()
            await expect(mine.locator("#progress-words")).to_contain_text("demandé par chef de pôle")
            place.exports.error = AwayError("the database does not answer: DiskFullError")
            place.exports.go.set()
            for page in (mine, theirs):
                await expect(page.locator(".failed")).to_contain_text(
                    "n’a pas abouti : la base de données ne répond pas"
                )


async def test_without_scripts_the_page_says_that_it_is_under_way_and_asks_again_itself(browser: Browser) -> None:
    async with serving(OCTOBER) as place:
        place.exports.go.clear()
        context = await browser.new_context(java_script_enabled=False, locale="fr-FR")
        page = await context.new_page()
        await page.goto(place.address)
        await page.get_by_label("Votre fonction").fill("référente qualité")
        await page.get_by_role("button", name="Exporter").click()
        await expect(page.locator("#progress-words")).to_contain_text("étape 1 sur 4")
        place.exports.go.set()
        await expect(page.locator(".made")).to_be_visible()
        await context.close()


async def test_what_differs_between_two_versions_is_asked_for_by_keyboard(browser: Browser) -> None:
    async with serving(OCTOBER) as place:
        await place.exported()
        for in_time in (960, 940):
            await place.exports.change(OCTOBER, in_time)
        async with looking(browser, f"{place.address}/2026-10") as page:
            await until_focused(page, "#from")
            await page.keyboard.press("End")
            await until_focused(page, "#to")
            await page.keyboard.press("Home")
            await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
            await expect(page).to_have_url(f"{place.address}/2026-10?from=1&to=3#differences")
            await expect(page.locator("#from")).to_have_value("1")
            await expect(page.locator(".differences")).to_contain_text("94,0 %")


async def test_the_months_for_everybody_break_no_rule_of_accessibility_on_any_screen(browser: Browser) -> None:
    async with serving() as place:
        address = place.address.replace("/exports", "/public")
        async with looking(browser, f"{address}/2026-10", live=False, refused=True) as page:
            await look_everywhere(page, "public-month-none")
    async with serving() as place:
        for month in (AUGUST, SEPTEMBER, OCTOBER):
            await place.exported(month)
        address = place.address.replace("/exports", "/public")
        async with looking(browser, f"{address}/2026-09", live=False, refused=True) as page:
            await look_everywhere(page, "public-month-normal")
            await page.get_by_role("link", name="Octobre 2026").focus()
            await page.keyboard.press("Enter")
            await expect(page).to_have_url(f"{address}/2026-10")
            await page.goto(f"{address}/2026-10/20261031_110000000_fiche.html")
            await expect(page.get_by_role("heading", level=1)).to_have_text("Votre attente en octobre 2026")
            await page.goto(address)
            await look_everywhere(page, "public-months")


async def test_the_pages_break_no_rule_of_accessibility_on_any_screen_in_any_state(browser: Browser) -> None:
    for size, scheme in [*LOOKS, ("small", "light")]:
        async with serving() as place, looking(browser, place.address, size, scheme=scheme) as page:
            await look(page, "exports-empty", whole=True)
        async with serving(OCTOBER, SEPTEMBER) as place:
            await place.exported(SEPTEMBER)
            place.exports.found[OCTOBER] = facts(silent=[date(2026, 10, 5), date(2026, 10, 6)])
            async with looking(browser, place.address, size, scheme=scheme) as page:
                await page.locator(".machine summary").first.click()
                await look(page, "exports-normal", whole=True)
                await page.goto(f"{place.address}/2026-10")
                await look(page, "exports-before", whole=True)
            await place.exported()
            await place.exports.change(OCTOBER, 940)
            place.exports.tallies.purged.add(SEPTEMBER)
            async with looking(browser, place.address, size, scheme=scheme) as page:
                await look(page, "exports-changed", whole=True)
                await page.goto(f"{place.address}/2026-10")
                await look(page, "exports-month", whole=True)
                place.exports.go.clear()
                await page.get_by_label("Votre fonction").fill("référente qualité")
                await page.get_by_role("button", name="Refaire l’export").click()
                await expect(page.locator("#progress")).to_be_visible()
                await page.goto(place.address)
                await expect(page.locator("#progress")).to_have_attribute("value", "1")
                await look(page, "exports-under-way", whole=True)
                place.exports.error = AwayError("the database does not answer: DiskFullError: no space left on device")
                place.exports.go.set()
                await expect(page.locator(".failed")).to_be_visible()
                await look(page, "exports-failed", whole=True)
            place.exports.months.away = True
            async with looking(browser, place.address, size, scheme=scheme) as page:
                await look(page, "exports-stale", whole=True)
