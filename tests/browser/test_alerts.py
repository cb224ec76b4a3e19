"""Alerts as a supervisor meets them: on the board, with sound, and on their own page; in a real browser."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec import Struct
from msgspec.structs import replace
from playwright.async_api import Browser, Page, expect

from dashboards.board import Board
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.browser.pages import SIZES, look_everywhere, looking
from tests.build import STANDARD, SUD, at
from tests.dashboards.kept import Kept, breach, deaf, head, over, standing, waits
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.servers import CHROMIUM, free_port
from ticketing.alert import Undelivered

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

LISTEN = """
window.shown = [];
window.gone = [];
window.Notification = class extends Notification {
  constructor(title, options) {
    super(title, options);
    this.addEventListener("show", () => shown.push([options.tag, title]));
    this.addEventListener("close", () => gone.push(options.tag));
  }
};
window.tones = [];
const { start } = OscillatorNode.prototype;
OscillatorNode.prototype.start = function (at) {
  tones.push(this.frequency.value);
  start.call(this, at);
};
window.said = [];
document.addEventListener("DOMContentLoaded", () => {
  for (const id of ["alarm", "news"]) {
    const spoken = document.getElementById(id);
    new MutationObserver(() => said.push([id, spoken.textContent])).observe(spoken, { childList: true });
  }
});
"""
BEEP = [880, 660, 880]


class Hall(Struct, frozen=True):
    address: str
    board: Board
    kept: Kept
    hands: Hands


@asynccontextmanager
async def serving(port: int = 0, *, kept: Kept | None = None) -> AsyncIterator[Hall]:
    hands = Hands(at("9:30"))
    board = Board([SUD, STANDARD], hands)
    board.begin({})
    kept = kept or Kept(hands)
    kept.turn(board)
    server = Server(board, Well(), alerts=kept)
    running = asyncio.create_task(server.run())
    try:
        async with server.serving(WebSettings(listen=f"127.0.0.1:{port}")) as address:
            yield Hall(address, board, kept, hands)
    finally:
        running.cancel()
        await asyncio.wait([running])


def fire(hall: Hall) -> None:
    hall.kept.take(waits(breach(), head()))
    hall.kept.turn(hall.board)


async def sound_on(page: Page) -> None:
    """A click, which beeps once so that it is known how it sounds."""
    await page.locator("#sound").click()
    await expect(page.locator("#sound")).to_have_text("Son et notifications actifs")
    assert await page.evaluate("tones") == BEEP
    await page.evaluate("tones.length = 0")


# ------------------------------------------------------------ a supervisor's walk


async def test_an_alert_is_heard_taken_on_with_a_note_silenced_and_read_again_with_the_keyboard_alone(
    browser: Browser,
) -> None:
    async with serving() as hall, looking(browser, hall.address, script=LISTEN) as page:
        await page.locator("#sound").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#sound")).to_have_text("Son et notifications actifs")
        await expect(page.locator("#alerts")).to_have_text("Aucune alerte en cours.")
        fire(hall)
        line = page.locator("#strip-w1")
        await expect(line).to_contain_text("Hall sud · Asile : délai de 15\u202fmin dépassé")
        await page.wait_for_function("() => shown.length === 1")
        assert await page.evaluate("tones") == BEEP + BEEP
        await line.get_by_role("link", name="Prendre en charge").focus()
        await page.keyboard.press("Enter")

        # the alert of the address has the focus once the page is there: the next stop is its form
        await expect(page.locator("#w1")).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(page.locator("#who-w1")).to_be_focused()
        await page.keyboard.type("chef de hall")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Guichet 2 ouvre à 9 h 35")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#said")).to_have_text("L’alerte est prise en charge.")
        await expect(page.locator("#w1 .state")).to_contain_text("Prise en charge")
        await expect(page.locator("#do-w1")).to_be_focused()
        await expect(page.locator("#note-w1")).to_have_value("")

        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#minutes-w1")).to_have_value("30")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("ArrowDown")
        await expect(page.locator("#queue-w1")).to_have_value("sejour")
        await page.keyboard.press("Tab")
        await expect(page.locator("#by-w1")).to_have_value("chef de hall")  # as typed above
        await page.keyboard.press("Tab")
        await page.keyboard.type("formation jusqu’à 10 h")
        await page.keyboard.press("Enter")
        await expect(page.locator("#said")).to_have_text("Le silence est en place.")
        await expect(page.locator("#w1 .state")).to_contain_text("en partie en silence jusqu’à 10:00")
        mute = "Hall sud, attente, Séjour jusqu’à 10:00 : formation jusqu’à 10 h (chef de hall)"
        await expect(page.locator("section", has_text="En silence").last).to_contain_text(mute)

        await page.locator("#line-w1 summary").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#w1 .timeline li")).to_have_text(
            [
                "09:14 Alerte déclenchée – Séjour, Asile",
                "09:14 Prévenu : permanence",
                "09:30 Prise en charge : chef de hall – Guichet 2 ouvre à 9 h 35",
                "09:30 Mise en silence : chef de hall – formation jusqu’à 10 h",
            ]
        )


async def test_without_scripts_an_alert_is_taken_on_and_silenced_by_forms(browser: Browser) -> None:
    async with serving() as hall:
        fire(hall)
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(f"{hall.address}/")
        await page.locator("#strip-w1").get_by_role("link").click()
        await page.locator("#who-w1").fill("chef de hall")
        await page.locator("#note-w1").fill("Guichet 2\nGuichet 3")
        await page.locator("#do-w1").click()
        await expect(page.locator("#said")).to_have_text("L’alerte est prise en charge.")
        assert hall.kept.all["w1"].moments[-1].text == "Guichet 2\nGuichet 3"
        await page.locator("#quiet-w1 summary").click()
        await page.locator("#minutes-w1").select_option("closing")
        await page.locator("#by-w1").fill("chef de hall")
        await page.locator("#reason-w1").fill("grève")
        await page.locator("#quiet-w1 button").click()
        await expect(page.locator("#said")).to_have_text("Le silence est en place.")
        assert hall.kept.silences[1].until == at("16:30")
        await page.get_by_role("button", name="Lever").click()
        await expect(page.locator("#said")).to_have_text("Le silence est levé.")
        await context.close()


# ------------------------------------------------------------ heard


async def test_an_alert_sounds_once_and_is_called_back_when_somebody_takes_it_on(browser: Browser) -> None:
    async with serving() as hall, looking(browser, hall.address, script=LISTEN) as page:
        await sound_on(page)
        fire(hall)
        await page.wait_for_function("() => shown.length === 1")
        tag, title = (await page.evaluate("shown"))[0]
        assert (tag, title[:17]) == ("w1", "Hall sud · Asile ")
        await page.wait_for_function("() => document.title === '■ ALERTE ■'")
        hall.kept.take(waits(breach(), replace(head(), facts=replace(head().facts, waiting=9))))
        hall.kept.turn(hall.board)
        await expect(page.locator("#strip-w1")).to_contain_text("9 en attente")
        await hall.kept.acknowledge("w1", "chef de hall", "", at("9:31"))
        hall.kept.turn(hall.board)
        await page.wait_for_function("() => gone.length === 1")
        await expect(page).to_have_title("Attentes en direct – vigie")
        assert await page.evaluate("[tones, shown.length, said.length]") == [BEEP, 1, 1]
        [[where, text]] = await page.evaluate("said")
        assert (where, text[:27]) == ("alarm", "Alerte : Hall sud · Asile :")


async def test_a_queue_that_joins_an_alert_sounds_too_once(browser: Browser) -> None:
    async with serving() as hall, looking(browser, hall.address, script=LISTEN) as page:
        await sound_on(page)
        hall.kept.take(waits(head()))
        hall.kept.turn(hall.board)
        await page.wait_for_function("() => tones.length === 3")
        for signals in ((head(), breach()), (head(),), (head(), breach())):
            hall.kept.take(waits(*signals))
            hall.kept.turn(hall.board)
            await expect(page.locator("#strip-w1")).to_have_attribute(
                "data-grave", " ".join(sorted(one.subject for one in signals))
            )
        assert await page.evaluate("[tones.length / 3, said.length, shown.length]") == [2, 2, 1]


async def test_what_is_not_grave_or_silenced_makes_no_sound_until_it_grows_worse_or_the_silence_ends(
    browser: Browser,
) -> None:
    async with serving() as hall, looking(browser, hall.address, script=LISTEN) as page:
        await sound_on(page)
        hall.kept.take(deaf())
        hall.kept.turn(hall.board)
        await page.wait_for_function("() => said.length === 1")
        assert (await page.evaluate("[tones, shown, said[0][0]]")) == [[], [], "news"]
        await hall.kept.acknowledge("d1", "chef de hall", "", at("9:30"))
        hall.kept.turn(hall.board)
        await expect(page.locator("#strip-d1")).to_contain_text("prise en charge")
        # though somebody has taken it on: it is another thing now
        hall.kept.all["d1"] = replace(hall.kept.all["d1"], alert=replace(hall.kept.all["d1"].alert, severity="page"))
        hall.kept.turn(hall.board)
        await page.wait_for_function("() => tones.length === 3")

        hall.kept.take(waits())
        await hall.kept.mute("w1", subject=None, until=at("10:00"), who="x", reason="y", at=at("9:30"))
        hall.kept.turn(hall.board)
        await expect(page.locator("#strip-w1")).to_contain_text("en silence jusqu’à 10:00")
        assert await page.evaluate("tones.length") == 3
        hall.hands.now = at("10:00")
        hall.kept.turn(hall.board)
        await page.wait_for_function("() => tones.length === 6")
        await page.wait_for_function("() => shown.at(-1)[0] === 'w1'")


async def test_of_two_tabs_one_sounds_and_both_show(browser: Browser) -> None:
    async with serving() as hall, looking(browser, hall.address, script=LISTEN) as first:
        await sound_on(first)
        second = await first.context.new_page()
        await second.goto(f"{hall.address}/alertes")
        await second.locator("h1").click()  # a browser lets no page sound before that
        await expect(second.locator("#sound")).to_have_text("Son et notifications actifs")
        fire(hall)
        for page in (first, second):
            await page.wait_for_function("() => said.length === 1")
        # one that was late would sound again with the next change
        await hall.kept.note("w1", "x", "y", at("9:31"))
        hall.kept.take(waits(breach()))
        hall.kept.turn(hall.board)
        await expect(first.locator("#strip-w1")).to_contain_text("ouvrir Guichet 2")
        await expect(second.locator("#w1 strong").first).to_contain_text("ouvrir Guichet 2")
        beeps = [len(await page.evaluate("tones")) // 3 for page in (first, second)]
        tags = [tag for page in (first, second) for tag, _ in await page.evaluate("shown")]
        # both may see it in the same instant; never one of them twice
        assert 1 <= sum(beeps) <= 2
        assert max(beeps) == 1
        assert set(tags) == {"w1"}


async def test_a_page_that_the_browser_keeps_from_sounding_says_so_and_sounds_as_soon_as_it_may(
    browser: Browser,
) -> None:
    async with serving() as hall, looking(browser, hall.address, script=LISTEN) as page:
        await sound_on(page)
        await page.reload()
        await expect(page.locator("#sound")).to_have_text("Son bloqué par le navigateur : cliquer ici")
        fire(hall)
        await expect(page.locator("#strip-w1")).to_be_visible()
        await page.wait_for_function("() => shown.length === 1")
        assert await page.evaluate("tones") == []
        await page.locator("h1").click()
        await page.wait_for_function("() => tones.length === 3")
        await expect(page.locator("#sound")).to_have_text("Son et notifications actifs")


async def test_a_display_that_is_held_shows_alerts_all_the_same(browser: Browser) -> None:
    async with serving() as hall, looking(browser, hall.address, script=LISTEN) as page:
        await page.locator("#pause").click()
        fire(hall)
        await expect(page.locator("#strip-w1")).to_be_visible()
        await expect(page.locator("#alarm")).to_contain_text("Alerte : Hall sud")
        await expect(page.locator("#link")).to_contain_text("Affichage figé")


async def test_the_first_alert_moves_nothing_on_the_board(browser: Browser) -> None:
    async with serving() as hall, looking(browser, hall.address) as page:
        before = await page.locator("#area-sud").bounding_box()
        hall.kept.take(deaf())
        hall.kept.turn(hall.board)
        await expect(page.locator("#strip-d1")).to_be_visible()
        assert await page.locator("#area-sud").bounding_box() == before


# ------------------------------------------------------------ typed


async def test_what_is_typed_stays_while_the_alert_changes_is_taken_on_by_another_and_ends(browser: Browser) -> None:
    async with serving() as hall:
        fire(hall)
        async with looking(browser, f"{hall.address}/alertes") as page:
            note = page.locator("#note-w1")
            await page.locator("#quiet-w1 summary").click()
            await page.locator("#queue-w1").select_option("asile")
            await note.focus()
            await page.keyboard.type("Guichet")
            await hall.kept.acknowledge("w1", "adjointe", "", at("9:31"))
            hall.kept.turn(hall.board)
            await expect(page.locator("#do-w1")).to_have_text("Ajouter la note")
            await expect(note).to_be_focused()
            await page.keyboard.type(" 2")
            await expect(page.locator("#queue-w1")).to_have_value("asile")
            record = hall.kept.all["w1"]
            ended = replace(record.alert, resolved_at=at("9:45"), back_at=at("9:40"))
            hall.kept.all["w1"] = replace(record, alert=ended)
            hall.kept.turn(hall.board)
            await expect(page.locator("#w1.resolved")).to_be_visible()
            await expect(note).to_have_value("Guichet 2")
            await expect(note).to_be_visible()
            await page.locator("#who-w1").fill("chef de hall")
            await page.locator("#do-w1").click()
            await expect(page.locator("#said")).to_have_text("La note est ajoutée.")
            assert hall.kept.all["w1"].moments[-1].text == "Guichet 2"


async def test_what_is_typed_stays_while_the_database_is_away(browser: Browser) -> None:
    async with serving() as hall:
        fire(hall)
        # that the server cannot do it stands in the browser's console, too
        async with served_page(browser, hall) as page:
            await page.locator("#who-w1").fill("chef de hall")
            await page.locator("#note-w1").fill("Guichet 2 ouvre")
            hall.kept.away = True
            await page.locator("#do-w1").click()
            await expect(page.locator("#said")).to_contain_text("La base de données ne répond pas")
            await expect(page.locator("#note-w1")).to_have_value("Guichet 2 ouvre")
            hall.kept.away = False
            await page.locator("#do-w1").click()
            await expect(page.locator("#said")).to_have_text("L’alerte est prise en charge.")
            assert hall.kept.all["w1"].moments[-1].text == "Guichet 2 ouvre"


async def test_what_is_typed_stays_while_the_server_is_away_and_is_sent_when_it_is_back(browser: Browser) -> None:
    port = free_port()
    async with serving(port) as hall:
        fire(hall)
        kept, address = hall.kept, hall.address
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(f"{address}/alertes")
        await page.locator("#who-w1").fill("chef de hall")
        await page.locator("#note-w1").fill("Guichet 2 ouvre")
    await page.locator("#do-w1").click()
    await expect(page.locator("#said")).to_contain_text("Pas de réponse du serveur")
    await expect(page.locator("#link")).to_contain_text("Liaison perdue", timeout=15_000)
    async with serving(port, kept=kept):
        await expect(page.locator("#link")).to_have_text("En direct", timeout=15_000)
        await expect(page.locator("#note-w1")).to_have_value("Guichet 2 ouvre")
        await page.locator("#do-w1").click()
        await expect(page.locator("#said")).to_have_text("L’alerte est prise en charge.")
        assert kept.all["w1"].moments[-1].text == "Guichet 2 ouvre"
        await context.close()


@asynccontextmanager
async def served_page(browser: Browser, hall: Hall) -> AsyncIterator[Page]:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{hall.address}/alertes")
    yield page
    await context.close()


# ------------------------------------------------------------ shown


async def test_a_script_in_a_name_is_words(browser: Browser) -> None:
    async with serving() as hall:
        hall.kept.take(waits(breach("<script>document.title = 'x'</script>")))
        hall.kept.turn(hall.board)
        for path in ("/", "/alertes"):
            async with looking(browser, hall.address + path) as page:
                await expect(page.locator("main")).to_contain_text("<script>document.title = 'x'</script>")
                await expect(page.locator("main script")).to_have_count(0)


async def test_alerts_fit_every_screen(browser: Browser) -> None:
    async with serving() as hall:
        hall.kept.all["p1"] = over()
        hall.kept.take(waits(breach(), head()), deaf(), standing())
        hall.kept.turn(hall.board)
        lost = Undelivered(
            recipient="permanence-du-hall-principal", messages=2, given_up=1, since=at("9:15"), error="x" * 80
        )
        hall.board.alert(hall.board.alerts, hall.board.mutes, [lost])
        for size, (width, _) in SIZES.items():
            for path in ("/", "/alertes"):
                async with looking(browser, hall.address + path, size) as page:
                    for fold in await page.locator(".card summary").all():
                        await fold.click()
                    assert await page.evaluate("document.documentElement.scrollWidth") <= width, (size, path)


async def test_the_page_of_alerts_breaks_no_rule_of_accessibility_in_any_state(browser: Browser) -> None:
    async with serving() as hall, looking(browser, f"{hall.address}/alertes") as page:
        await expect(page.get_by_text("Aucune alerte en cours.")).to_be_visible()
        await look_everywhere(page, "alerts-empty")
        fire(hall)
        await expect(page.locator("#w1")).to_be_visible()
        await page.locator("#quiet-w1 summary").click()
        await page.locator("#line-w1 summary").click()
        await look_everywhere(page, "alerts-breach")
        hall.kept.away = True
        await page.reload()
        await expect(page.locator("#link")).to_have_text("En direct")
        await look_everywhere(page, "alerts-stale")
