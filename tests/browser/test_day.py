"""The day in a real browser: a simulated morning and the weeks before it, on a clock that the test sets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from functools import lru_cache

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, Page, expect

from dashboards.board import Board
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from deploy.demo.day import simulated_day
from tests.browser.pages import look, look_everywhere, looking
from tests.build import MONDAY, PARIS, SUD, at
from tests.dashboards.kept import Kept, over
from tests.dashboards.past_days import PastDays
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.servers import CHROMIUM
from ticketing.events import Event
from ticketing.plan import Desk, Queue

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

TUESDAY = MONDAY + timedelta(days=1)
HALL = replace(
    SUD,
    name="Hall d’accueil principal (aile sud)",
    queues=(
        Queue(id="pan", name="Point d’accueil numérique"),
        Queue(id="sejour", name="Séjour"),
        Queue(id="asile", name="Asile"),
    ),
    desks=tuple(Desk(id=f"g{n}", name=f"Guichet {n}", queues=("sejour", "asile")) for n in range(1, 7)),
)
NORD = replace(SUD, area="nord", name="Hall d’accueil secondaire (aile nord)")


@lru_cache
def simulated(day: date) -> tuple[Event, ...]:
    """All of the demonstration's events of the first hall on a day."""
    return tuple(sent.event for sent in simulated_day(day, 1, PARIS) if sent.event.area == "sud")


class Shown:
    def __init__(self, address: str, board: Board, hands: Hands, days: PastDays, kept: Kept) -> None:
        self.address, self.board, self.hands, self.days, self.kept = address, board, hands, days, kept


@asynccontextmanager
async def serving(now: datetime | None = None, *, weeks: int = 5) -> AsyncIterator[Shown]:
    """On Tuesday at noon, the Monday before and its like in the weeks before being known."""
    hands = Hands(now or at("12:00", TUESDAY))
    mondays = [MONDAY - timedelta(weeks=n) for n in range(weeks)]
    past = PastDays({"sud": [event for monday in mondays for event in simulated(monday)]})
    board = Board([HALL, NORD], hands)
    board.begin({"sud": [*simulated(MONDAY), *(one for one in simulated(TUESDAY) if one.at <= hands.now)]})
    kept = Kept(hands, over(), over("p2", name="Asile"))
    server = Server(board, Well(), alerts=kept, days=past)
    running = asyncio.create_task(server.run())
    try:
        async with server.serving(WebSettings(listen="127.0.0.1:0")) as address:
            yield Shown(address, board, hands, past, kept)
    finally:
        running.cancel()
        await asyncio.wait([running])


PAST = "/jour?area=sud&date=2026-11-23"


async def compared(page: Page) -> None:
    await expect(page.locator("#usual progress")).to_be_hidden()


async def pixels(page: Page, chart: str) -> int:
    """How many colours a chart has."""
    return int(
        await page.evaluate(
            """chart => {
                const canvas = document.querySelector(`#${chart} canvas`);
                const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                return new Set(new Uint32Array(data.buffer)).size;
            }""",
            chart,
        )
    )


async def test_a_past_day_is_drawn_and_breaks_no_rule_of_accessibility(browser: Browser) -> None:
    async with serving() as shown:
        shown.days.silences = [("borne-1", at("10:00"), at("10:40"))]
        async with looking(browser, shown.address + PAST, live=False) as page:
            await compared(page)
            await look_everywhere(page, "day-breach")


async def test_every_chart_has_something_on_it(browser: Browser) -> None:
    async with serving() as shown, looking(browser, shown.address + PAST, live=False) as page:
        await compared(page)
        for chart in ("waits", "waiting", "counters"):
            assert await pixels(page, chart) > 5, chart


async def test_the_slider_is_moved_with_the_keyboard_and_shows_the_hall_at_that_instant(browser: Browser) -> None:
    async with serving() as shown, looking(browser, f"{shown.address}{PAST}&at=600", live=False) as page:
        await expect(page.locator("#waits canvas")).to_be_visible()
        slider = page.get_by_role("slider", name="Heure")
        await expect(page.locator("#clock")).to_have_text("10:00")
        await slider.focus()
        await page.keyboard.press("ArrowRight")
        await expect(page.locator("#clock")).to_have_text("10:05")
        assert (await slider.get_attribute("aria-valuetext") or "").startswith("10:05 : ")
        await page.keyboard.press("Home")
        await expect(page.locator("#clock")).to_have_text("07:50")
        await expect(page.locator("#instant li[data-counter=g1] span")).to_have_text("fermé")
        await page.keyboard.press("End")
        await expect(page.locator("#clock")).to_have_text("17:00")
        await expect(page.locator("#instant tr[data-queue=sejour] td").first).to_have_text("0")


async def test_what_the_slider_shows_is_what_the_table_says(browser: Browser) -> None:
    async with serving() as shown, looking(browser, f"{shown.address}{PAST}&queue=sejour", live=False) as page:
        await expect(page.locator("#waits canvas")).to_be_visible()
        clock = await page.locator("#clock").inner_text()
        await page.locator("#twin summary").click()
        row = page.locator("#twin tbody tr").filter(has=page.get_by_role("rowheader", name=clock, exact=True))
        in_table = await row.locator("td").all_inner_texts()
        beside = await page.locator("#instant tr[data-queue=sejour] td").all_inner_texts()
        assert beside[0] == in_table[0]
        assert beside[1].replace("\u202f", " ") == in_table[1].removeprefix("■ ").replace("\u202f", " ")
        assert beside[2] == in_table[4]


async def test_a_click_on_a_curve_moves_the_slider(browser: Browser) -> None:
    async with serving() as shown, looking(browser, shown.address + PAST, live=False) as page:
        over_chart = page.locator("#waiting .u-over")
        box = await over_chart.bounding_box()
        assert box
        await over_chart.click(position={"x": 1, "y": box["height"] / 2})
        await expect(page.locator("#clock")).to_have_text("07:50")


async def test_today_goes_on_by_itself_and_its_hand_stays_at_the_present(browser: Browser) -> None:
    async with serving(at("10:00", TUESDAY)) as shown:
        script = "window.every = setInterval; window.setInterval = (run, ms) => every(run, ms === 30000 ? 300 : ms)"
        async with looking(browser, f"{shown.address}/jour?area=sud", script=script) as page:
            await expect(page.locator("#clock")).to_have_text("10:00")
            shown.hands.now = at("10:05", TUESDAY)
            shown.board.take(
                {"sud": [one for one in simulated(TUESDAY) if at("10:00", TUESDAY) < one.at <= shown.hands.now]}
            )
            await expect(page.locator("#clock")).to_have_text("10:05")
            await expect(page.locator("#twin tbody tr").last.locator("th")).to_have_text("10:05")
            await page.get_by_role("slider", name="Heure").focus()
            await page.keyboard.press("Home")
            shown.hands.now = at("10:10", TUESDAY)
            await expect(page.locator("#twin tbody tr").last.locator("th")).to_have_text("10:10")
            await expect(page.locator("#clock")).to_have_text("07:50")


async def test_today_breaks_no_rule_of_accessibility(browser: Browser) -> None:
    async with serving(at("10:00", TUESDAY)) as shown, looking(browser, f"{shown.address}/jour?area=sud") as page:
        await compared(page)
        await look_everywhere(page, "day-normal")


async def test_a_link_that_is_lost_is_told_of_with_the_time_of_what_is_shown(browser: Browser) -> None:
    async with serving(at("10:00", TUESDAY)) as shown:
        script = "window.every = setInterval; window.setInterval = (run, ms) => every(run, ms === 30000 ? 300 : ms)"
        async with looking(browser, f"{shown.address}/jour?area=sud", script=script) as page:
            await compared(page)
            await page.route("**/jour*", lambda route: route.abort("connectionrefused"))
            await expect(page.locator("#link")).to_have_text(
                "Liaison perdue : chiffres de 10:00, nouvel essai en cours"
            )
            await look_everywhere(page, "day-stale")


async def test_days_that_cannot_be_shown_say_why(browser: Browser) -> None:
    async with serving() as shown:
        states = {
            "day-empty": ("area=nord&date=2026-11-23", "Rien n’a été reçu ce jour-là"),
            "day-future": ("area=sud&date=2026-12-01", "Ce jour est à venir"),
            "day-closed": ("area=sud&date=2026-11-22", "Fermé ce jour-là"),
            "day-away": ("area=sud&date=2026-11-23", "La base de données ne répond pas"),
        }
        for name, (query, words) in states.items():
            shown.days.away = name == "day-away"
            async with looking(browser, f"{shown.address}/jour?{query}", live=False) as page:
                await expect(page.locator(".nothing")).to_contain_text(words)
                await look_everywhere(page, name)


async def test_without_the_database_today_is_shown_all_the_same(browser: Browser) -> None:
    async with serving() as shown:
        shown.days.away = shown.kept.away = True
        async with looking(browser, f"{shown.address}/jour?area=sud") as page:
            await expect(page.locator("#waits canvas")).to_be_visible()
            await expect(page.locator("#told .banner")).to_have_text(
                "Les alertes ne peuvent pas être lues pour le moment."
            )
            await expect(page.locator("#usual span")).to_have_text(
                "Ce qui est habituel ne peut pas être lu pour le moment."
            )


async def test_silent_devices_and_too_few_days_are_told_of(browser: Browser) -> None:
    async with serving(weeks=3) as shown:
        shown.days.silences = [("borne-1", at("10:00"), at("10:40")), ("borne-2", at("12:10"), at("13:00"))]
        async with looking(browser, shown.address + PAST, live=False) as page:
            await expect(page.locator("#usual span")).to_have_text(
                "Trop peu de jours connus pour dire ce qui est habituel."
            )
            await expect(page.locator("#facts .banner")).to_have_count(1)  # nobody is missed while it is closed
            await expect(page.locator("#facts .banner")).to_contain_text("borne-1 : rien reçu 10:00–10:40")


async def test_without_scripts_the_day_is_a_page_of_forms_and_tables(browser: Browser) -> None:
    async with serving() as shown:
        context = await browser.new_context(java_script_enabled=False, locale="fr-FR")
        page = await context.new_page()
        await page.goto(f"{shown.address}/jour?area=sud&date=2026-11-23&at=600")
        await expect(page.locator("#clock")).to_have_text("10:00")
        await page.get_by_role("slider", name="Heure").focus()
        await page.keyboard.press("ArrowRight")
        await page.get_by_role("button", name="Voir").click()
        await expect(page.locator("#clock")).to_have_text("10:05")
        await page.locator("#twin summary").click()
        assert await page.locator("#twin tbody tr").count() == (17 * 60 - (7 * 60 + 50)) // 5 + 1
        await page.get_by_label("File").select_option("Séjour")
        await page.get_by_role("button", name="Afficher").click()
        assert "queue=sejour" in page.url
        await page.get_by_role("link", name="lun. 16 nov.").click()
        await expect(page.locator("h2").first).to_contain_text("lundi 16 novembre 2026")
        await context.close()


async def test_the_smallest_screen_shows_the_whole_day(browser: Browser) -> None:
    async with serving() as shown, looking(browser, shown.address + PAST, "small", live=False) as page:
        await compared(page)
        await look(page, "day-breach", whole=True)
