"""The whole board, two halls and a switchboard, in a real browser: its looks, and that nothing jumps."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, Page, Response, expect

from tests.browser.pages import PICTURES, SIZES, look, look_everywhere, looking
from tests.browser.site import SITE, STATES, Site, State, site
from tests.build import at, called, closed, issued, opened
from tests.servers import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]
KINDS = ("protanopia", "deuteranopia", "tritanopia", "achromatopsia")
LARGEST = 200_000
"""Bytes of a first load, as they are sent."""
BOXES = """() => Object.fromEntries([...document.querySelectorAll(
  "#area-sud, #area-sud header > :not(.now), #area-sud th, #area-sud td, #area-sud li, #area-sud p:not(.now), .area"
)].map((element, n) => {
  // the number in the head grows to the left, into what is empty there
  const box = element.getBoundingClientRect();
  const row = element.closest("tr")?.id ?? "";
  return [`${n} ${element.tagName} ${row}`, [box.x, box.y, box.width, box.height].map(Math.round)];
}))"""


@pytest.mark.parametrize("state", STATES)
async def test_in_every_state_the_board_breaks_no_rule_of_accessibility_on_any_screen(
    browser: Browser, state: State
) -> None:
    async with site(state) as shown, looking(browser, shown.address) as page:
        await look_everywhere(page, f"board-{state}")


async def test_on_the_smallest_screen_and_enlarged_twice_the_board_fits(browser: Browser) -> None:
    async with site("breach") as shown:
        async with looking(browser, shown.address, "small") as page:
            await look(page, "board-breach", whole=True)
        # a desk's screen enlarged twice has half its pixels
        context = await browser.new_context(viewport={"width": 683, "height": 384}, device_scale_factor=2)
        page = await context.new_page()
        await page.goto(shown.address)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 683
        await context.close()


@pytest.mark.parametrize("state", ["normal", "empty", "night"])
async def test_two_halls_are_seen_at_a_glance_at_a_desk_and_everything_on_a_large_screen(
    browser: Browser, state: State
) -> None:
    async with site(state) as shown:
        for size, last in (("desk", "nord"), ("hall", "standard")):
            async with looking(browser, shown.address, size) as page:
                box = await page.locator(f"#area-{last}").bounding_box()
                assert box is not None
                assert box["y"] + box["height"] <= SIZES[size][1], (size, box)


async def test_figures_change_and_nothing_moves(browser: Browser) -> None:
    async with site() as shown:
        for size in ("desk", "hall"):
            async with looking(browser, shown.address, size) as page:
                before = await page.evaluate(BOXES)
                await one_more_of_everything(shown, page)
                after = await page.evaluate(BOXES)
                assert moved(before, after) == {}, size
            shown.board.begin({})
            shown.hands.now = at("10:34")


async def one_more_of_everything(shown: Site, page: Page) -> None:
    """The clock goes on for some seconds; more wait in every queue, of two digits; a counter opens and one closes."""
    now = shown.hands.now = shown.hands.now.replace(second=40)
    clock = f"{now:%H:%M:%S}"
    await page.evaluate("window.sameDocument = true")
    fresh = [issued(f"{queue}{n}-{clock}", clock, queue) for queue in ("sejour", "pan") for n in range(12)]
    shown.board.take({"sud": [*fresh, opened("g5", clock, "sejour"), closed("g4", clock)]})
    await expect(page.locator("#area-sud .now")).to_contain_text(str(shown.board.figures("sud").waiting))
    await expect(page.locator("#counter-sud-g5")).to_contain_text("libre")
    assert await page.evaluate("window.sameDocument")


def moved(before: Mapping[str, list[int]], after: Mapping[str, list[int]]) -> dict[str, tuple[object, object]]:
    """What stands elsewhere, where it stood and where it does now."""
    return {key: (box, after.get(key)) for key, box in before.items() if box != after.get(key)}


async def test_a_row_moves_up_when_its_queue_becomes_late_and_keeps_the_focus(browser: Browser) -> None:
    async with site() as shown, looking(browser, shown.address) as page:
        rows = page.locator("#area-sud tbody th a")
        await expect(rows).to_have_text(["Séjour", "Point d’accueil numérique", "Asile", "Remise de titres"])
        await rows.nth(3).focus()
        shown.board.take({"sud": [issued("T900", "10:10", "titres")]})
        await expect(rows).to_have_text(["Remise de titres", "Séjour", "Point d’accueil numérique", "Asile"])
        await expect(rows.first).to_be_focused()
        shown.board.take({"sud": [called("T900", "10:34", "g4")]})
        await expect(page.locator("#queue-sud-titres")).to_have_class("calm")
        await expect(rows.first).to_have_text("Remise de titres")


async def test_names_lead_to_their_queue_and_counter(browser: Browser) -> None:
    plan = SITE[0]
    odd = replace(plan, queues=(replace(plan.queues[0], id="a b/c"), *plan.queues[1:]))
    async with site(plans=(odd,)) as shown, looking(browser, shown.address) as page:
        await expect(page.get_by_role("link", name="Asile")).to_have_attribute("href", "/file/sud/asile")
        await expect(page.get_by_role("link", name="Séjour", exact=True).first).to_have_attribute(
            "href", "/file/sud/a%20b%2Fc"
        )
        await expect(page.get_by_role("link", name="Guichet 1")).to_have_attribute("href", "/guichet/sud/g1")


async def test_a_first_load_is_light(browser: Browser) -> None:
    async with site("breach") as shown:
        context = await browser.new_context(locale="fr-FR")
        page = await context.new_page()
        answers: list[Response] = []

        def keep(answer: Response) -> None:
            answers.append(answer)

        page.on("response", keep)
        await page.goto(shown.address)
        await expect(page.locator("#link")).to_have_text("En direct")
        sent = {}
        for answer in answers:
            if "/stream/" not in answer.url:
                sizes = await answer.request.sizes()
                sent[answer.url.removeprefix(shown.address)] = sizes["responseBodySize"] + sizes["responseHeadersSize"]
        await context.close()
    assert "/static/board.js" in sent
    assert "/static/vigie.css" in sent
    print(f"first load: {sum(sent.values())} bytes", sent)
    assert sum(sent.values()) < LARGEST


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_told_by_colour_alone(browser: Browser, kind: str) -> None:
    """As people see it who see colours otherwise: kept as a picture; every state has its words and its sign."""
    async with site("breach") as shown, looking(browser, shown.address) as page:
        session = await page.context.new_cdp_session(page)
        await session.send("Emulation.setEmulatedVisionDeficiency", {"type": kind})
        if PICTURES:
            await page.screenshot(path=Path(PICTURES) / f"board-breach-{kind}.png")
        late, watch = page.locator("#area-sud tr.late"), page.locator("#area-sud tr.watch")
        assert await late.count() == 2
        for text in await late.all_inner_texts():
            assert "■ dépassé" in text
        for text in await watch.all_inner_texts():
            assert "▲" in text
        for text in await page.locator(".gauge:has(.missed)").evaluate_all(
            "all => all.map(one => one.parentElement.innerText)"
        ):
            assert "✗" in text
