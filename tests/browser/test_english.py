"""The pages in English where a browser asks for it, and in French beside it: nothing of the one within the other."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, Page, expect

from dashboards.board import Board
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from deploy.corrections import Corrections
from deploy.notices import InForce
from tests.browser.pages import look, looking
from tests.browser.site import MAIN, OPERATORS, SECOND, STATES, State, site
from tests.build import (
    STANDARD,
    SUD,
    answered,
    at,
    called,
    ended,
    issued,
    no_show,
    opened,
    queued,
    received,
)
from tests.dashboards.decided import FakeNotices
from tests.dashboards.kept import Kept, breach, deaf, head, over, standing, waits
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.fakes import FakeJournal
from tests.servers import CHROMIUM
from ticketing.alert import Alert, Instruction, Record, Remedy, Undelivered
from ticketing.figures import Silence
from ticketing.notice import Notices
from ticketing.plan import Desk, Plan, Queue

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


def in_english(plan: Plan, name: str, desk: str, *queues: str) -> Plan:
    """What a prefecture names in its settings stays as it is: so here it is named in English."""
    return replace(
        plan,
        name=name,
        queues=tuple(Queue(id=one.id, name=told) for one, told in zip(plan.queues, queues, strict=True)),
        targets=tuple(replace(one, provenance="charter, unconfirmed") for one in plan.targets),
        desks=tuple(
            Desk(id=one.id, name=f"{desk} {n}", queues=one.queues) for n, one in enumerate(plan.desks, start=1)
        ),
        commitments=tuple(replace(one, provenance="charter, unconfirmed") for one in plan.commitments),
    )


HALL = in_english(SUD, "South hall", "Desk", "Residence", "Asylum")
TELEPHONE = in_english(STANDARD, "Switchboard", "Operator", "Operators")
WHOLE = (
    in_english(MAIN, "Main hall", "Desk", *(f"Queue {n}" for n, _queue in enumerate(MAIN.queues))),
    in_english(SECOND, "Second hall", "Desk", *(f"Queue {n}" for n, _queue in enumerate(SECOND.queues))),
    in_english(OPERATORS, "Switchboard", "Operator", "Operators"),
)
FRENCH = re.compile(
    r"[éèêëàâçùûîïôœ«»]|\b(?:l[ae’]|les|d[eu’]|des|une?|et|o[uù]|en|aux?|est|sont|pas|plus|que|qui|dont|pour|par|sur"
    r"|sous|avec|sans|dans|depuis|vers|jusqu|hors|votre|nous|vous|cette?|aucune?|tous|toutes|files?|guichets?|postes?"
    r"|attentes?|alertes?|appels?|appareils?|ouverte?s?|ouvrir|fermer|heures?|jours?|motif|prendre|prise|renfort|environ"
    r"|objectif|seuil|engagement)\b",
    re.IGNORECASE,
)
# all that is in a page, be it shown, read out, kept for its scripts or folded away
WORDS = r"""() => {
  const found = [document.title];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) found.push(texts.currentNode.textContent);
  for (const element of document.querySelectorAll("*"))
    for (const { name, value } of element.attributes)
      if (/^(title|alt|placeholder|aria-label|data-)/.test(name)) found.push(value);
  return found.map((text) => text.replace(/\s+/g, " ").trim()).filter(Boolean);
}"""


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[str, Board]]:
    """A morning on which much is wrong: late queues, a silent device, alerts of each kind, somebody not reached."""
    hands = Hands(at("9:30"))
    board = Board([HALL, TELEPHONE], hands)
    board.begin(
        {
            "sud": [
                opened("g1", "8:30", "sejour"),
                *(event for n in range(3) for event in (issued(f"S{n}", f"8:4{n}"), called(f"S{n}", f"8:5{n}"))),
                no_show("S0", "8:55"),
                ended("S1", "8:57"),
                *(issued(f"W{n}", f"9:1{n}") for n in range(8)),
                issued("A1", "9:00", queue="asile"),
            ],
            "standard": [
                opened("op1", "8:30", "operateurs"),
                *(received(f"c{n}", f"9:1{n}") for n in range(3)),
                *(queued(f"c{n}", f"9:1{n}") for n in range(3)),
                answered("c0", "9:12"),
            ],
        }
    )
    board.hear({"sud": (Silence(device="kiosk-1", since=at("9:02")),)})
    board.quarantined_today = 3
    kept = Kept(hands, ended_alert())
    kept.take(open_alert(), deaf(), standing())
    kept.turn(board)
    board.alert(
        board.alerts,
        board.mutes,
        [Undelivered(recipient="night shift", messages=2, given_up=1, since=at("9:20"), error="")],
    )
    decisions = InForce(FakeNotices(), board, [HALL, TELEPHONE])
    corrections = Corrections(FakeJournal(), "aube", hands)
    server = Server(board, Well(), alerts=kept, notices=decisions, corrections=corrections)
    running = asyncio.create_task(server.run())
    try:
        async with server.serving(WebSettings(listen="127.0.0.1:0")) as address:
            yield address, board
    finally:
        running.cancel()
        await asyncio.wait([running])


def open_alert() -> Alert:
    told = Instruction(do="open", counters=("Desk 2",)), Instruction(do="assign", counters=("Desk 1",), queue="Asylum")
    remedy = Remedy(
        action="ouvrir Desk 2, affecter Desk 1 à Asylum", instructions=told, wait_s=2280.0, then_wait_s=660.0
    )
    return waits(replace(breach("Residence"), remedy=remedy), head("Asylum"))


def ended_alert() -> Record:
    """Functions and notes are people's own words."""
    record = over(name="Residence")
    moments = (
        replace(one, who=one.who and "chief", text="more staff" if one.kind == "acknowledged" else one.text)
        for one in record.moments
    )
    return Record(alert=replace(record.alert, acknowledged_by="chief"), moments=tuple(moments))


async def french_in(page: Page) -> list[str]:
    texts = [text.replace("Défenseur des droits", "") for text in await page.evaluate(WORDS)]
    return [text for text in texts if FRENCH.search(text)]


async def test_the_board_is_english_throughout_for_a_browser_that_asks_for_it(browser: Browser) -> None:
    async with serving() as (address, _board), looking(browser, address, locale="en-GB") as page:
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await expect(page.locator("h1")).to_have_text("Live waits")
        await expect(page.locator("#queue-sud-sejour .longest")).to_contain_text("exceeded")
        assert await french_in(page) == []
        await look(page, "board-english", whole=True)


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
async def test_so_it_is_with_all_that_is_foreseen_and_in_every_state(browser: Browser, state: State) -> None:
    async with site(state, WHOLE) as there:
        there.board.notify(WHOLE, Notices())
        # theirs is named in French
        there.board.alert((), (), ())
        async with looking(browser, there.address, locale="en-GB") as page:
            assert await french_in(page) == []
            await look(page, f"board-english-{state}", whole=True)


async def test_so_are_the_alerts_what_is_done_about_them_and_what_comes_of_it(browser: Browser) -> None:
    async with serving() as (address, _board), looking(browser, f"{address}/alertes", locale="en-GB") as page:
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        card = page.locator("article.firing", has_text="Residence")
        await expect(card).to_contain_text("open Desk 2, assign Desk 1 to Asylum")
        assert await french_in(page) == []
        await look(page, "alerts-english", whole=True)

        await card.locator("form.say [name=who]").fill("chief")
        await card.get_by_role("button", name="Acknowledge").click()
        await expect(page.locator("#said")).to_have_text("The alert has been acknowledged.")
        await expect(page.locator("article.acknowledged", has_text="Residence")).to_contain_text(
            "Acknowledged by chief at 9:30"
        )
        assert await french_in(page) == []


async def test_so_are_a_simulation_and_an_error(browser: Browser) -> None:
    async with serving() as (address, _board), looking(browser, address, locale="en-GB") as page:
        await page.locator("#what-if-sud summary").click()
        await expect(page.locator("#panel-sud")).to_contain_text("Simulation: nothing changes in the hall.")
        await page.get_by_role("button", name=re.compile("^Open ?: Desk 2$")).click()
        await expect(page.locator("#panel-sud .chip")).to_contain_text("Open Desk 2")
        assert await french_in(page) == []


async def test_so_is_every_page_that_the_board_leads_to(browser: Browser) -> None:
    async with serving() as (address, _board), looking(browser, address, locale="en-GB") as page:
        await expect(page.locator("#queue-sud-sejour a").first).to_be_visible()
        places = await page.locator("a[href^='/']").evaluate_all("links => links.map((link) => link.pathname)")
        assert {"/", "/alertes", "/standard", "/reglages", "/file/sud/sejour", "/guichet/sud/g1"} <= set(places)
        for place in dict.fromkeys(places):
            # some are only where what they need is given to the server
            if (await page.request.get(f"{address}{place}")).status != HTTPStatus.OK:
                continue
            await page.goto(f"{address}{place}")
            await expect(page.locator("html")).to_have_attribute("lang", "en")
            assert await french_in(page) == [], place


async def test_a_page_that_does_not_exist_says_so_in_english(browser: Browser) -> None:
    async with serving() as (address, _board):
        context = await browser.new_context(locale="en-GB")
        page = await context.new_page()
        await page.goto(f"{address}/nowhere")
        await expect(page.locator("h1")).to_have_text("This page does not exist.")
        assert await french_in(page) == []
        await context.close()


async def test_what_is_sent_later_is_in_the_language_of_each_reader(browser: Browser) -> None:
    async with (
        serving() as (address, board),
        looking(browser, address, locale="en-GB") as english,
        looking(browser, address) as french,
    ):
        row = "#queue-sud-asile"
        board.take({"sud": [issued("A2", "9:29", queue="asile")]})
        for page, state in ((english, "none open"), (french, "aucun ouvert")):
            await expect(page.locator(f"{row} .waiting")).to_have_text("2")
            await expect(page.locator(row)).to_contain_text(state)
        await expect(french.locator("html")).to_have_attribute("lang", "fr")
        assert await french_in(english) == []
        assert await french_in(french) != []


async def test_what_the_page_says_of_itself_is_english_too(browser: Browser) -> None:
    async with serving() as (address, _board), looking(browser, address, locale="en-GB") as page:
        await page.get_by_role("button", name="Pause the display").click()
        await expect(page.locator("#link")).to_have_text(re.compile(r"^Display paused since \d\d:\d\d:\d\d$"))
        await page.get_by_role("button", name="Turn on sound and notifications").click()
        await expect(page.locator("#sound")).to_have_text("Sound and notifications on")
        assert await french_in(page) == []
