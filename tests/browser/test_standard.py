"""The switchboard's page in a real browser: its looks in each state, and that it follows the calls."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.pages import look, look_everywhere, looking
from tests.browser.site import MAIN, STATES, State, site
from tests.build import answered, at, queued, received
from tests.servers import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


@pytest.mark.parametrize("state", STATES)
async def test_in_every_state_the_page_breaks_no_rule_of_accessibility_on_any_screen(
    browser: Browser, state: State
) -> None:
    async with site(state) as shown, looking(browser, f"{shown.address}/standard") as page:
        await look_everywhere(page, f"standard-{state}")


async def test_on_the_smallest_screen_it_fits(browser: Browser) -> None:
    async with site("breach") as shown, looking(browser, f"{shown.address}/standard", "small") as page:
        await look(page, "standard-breach", whole=True)


async def test_a_call_is_followed_from_the_voice_server_to_the_agent_without_a_reload(browser: Browser) -> None:
    async with site("empty") as shown, looking(browser, f"{shown.address}/standard") as page:
        tiles = page.locator(".now-tiles dd")
        await expect(tiles).to_have_text(["0", "0", "–", "0"])
        await page.evaluate("window.sameDocument = true")
        shown.hands.now = at("9:00:30")
        shown.board.take({"standard": [received("c1", "9:00")]})
        await expect(tiles).to_have_text(["1", "0", "–", "0"])
        shown.board.take({"standard": [queued("c1", "9:00:20")]})
        await expect(tiles).to_have_text(["0", "1", "10\u202fs", "0"])
        shown.board.take({"standard": [answered("c1", "9:00:30", "op2")]})
        await expect(tiles).to_have_text(["0", "0", "–", "1"])
        await expect(page.locator("#counter-standard-op2")).to_contain_text("en service")
        await expect(page.locator(".rates strong").first).to_have_text("100\u202f%")
        cells = page.locator(".chart tbody tr td:nth-last-child(2)")
        await expect(cells).to_have_text(["1", "1", "1", "0"])
        await expect(page.locator(".plot rect")).to_have_count(3)
        assert await page.evaluate("window.sameDocument")


async def test_the_page_can_be_held_and_without_scripts_it_is_complete(browser: Browser) -> None:
    async with site() as shown:
        async with looking(browser, f"{shown.address}/standard") as page:
            await page.get_by_role("button", name="Figer l’affichage").press("Enter")
            await expect(page.locator("#link")).to_contain_text("Affichage figé depuis 10:34:00")
        context = await browser.new_context(java_script_enabled=False, locale="fr-FR")
        page = await context.new_page()
        await page.goto(f"{shown.address}/standard")
        await expect(page.locator(".rates strong")).to_have_count(3)
        await expect(page.get_by_role("img", name="Dernière heure :")).to_be_visible()
        await context.close()


async def test_where_there_is_no_switchboard_the_page_leads_elsewhere(browser: Browser) -> None:
    async with site(plans=(MAIN,)) as shown, looking(browser, f"{shown.address}/standard", live=False) as page:
        await expect(page.get_by_role("link", name="Voir les attentes")).to_have_attribute("href", "/")
        await look_everywhere(page, "standard-none")
