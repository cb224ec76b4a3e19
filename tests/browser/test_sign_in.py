"""Signing in, one's own account and the trail, as people meet them in a real browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pyotp
import pytest
from playwright.async_api import Browser, Page, expect

from dashboards.sign_in.guard import Place
from dashboards.sign_in.store import Deed
from tests.browser.pages import SIZES, look, look_everywhere
from tests.dashboards.sign_in.kept import PASSWORD, Entered, account, entrance, screen
from tests.servers import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

CHIEF = account("ida", name="Chef de hall")
WORDS = "Guichet 2 ouvre à 9 h 35 <b>"


@asynccontextmanager
async def visiting(browser: Browser, *, scripts: bool = True) -> AsyncIterator[Page]:
    """A page where answers that say no are told of in the console, and nothing else is."""
    context = await browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="fr-FR", reduced_motion="reduce", java_script_enabled=scripts
    )
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    yield page
    await context.close()
    expected = ("the server responded with a status of 4", "the server responded with a status of 503")
    assert [text for text in wrong if not any(one in text for one in expected)] == []


async def enter(
    page: Page, there: Entered, path: str = "/compte", password: str = PASSWORD, login: str = "ida"
) -> None:
    await page.goto(there.address + path)
    await page.get_by_label("Identifiant").fill(login)
    await page.get_by_label("Mot de passe").fill(password)
    await page.get_by_role("button", name="Se connecter", exact=True).click()


def over(there: Entered) -> None:
    there.clock.forward(timedelta(hours=13))


async def looked_at(page: Page, name: str) -> None:
    """Everywhere, and at 320 px, which is what 1280 px are at 400 % (WCAG 2.2, 1.4.10)."""
    await look_everywhere(page, name)
    width, height = SIZES["small"]
    await page.set_viewport_size({"width": width, "height": height})
    await look(page, name)


# ------------------------------------------------------------ in and out


async def test_signing_in_and_out_needs_no_mouse(browser: Browser) -> None:
    async with entrance(CHIEF) as there, visiting(browser) as page:
        await page.goto(f"{there.address}/alertes?days=31")
        await expect(page).to_have_title("Connexion – vigie")
        await expect(page.get_by_label("Identifiant")).to_be_focused()
        await page.keyboard.type("ida")
        await page.keyboard.press("Tab")
        await page.keyboard.type("guess")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_have_text("Identifiant ou mot de passe incorrect.")
        # what was right stays, and what has to be typed again has the focus and says why
        await expect(page.get_by_label("Identifiant")).to_have_value("ida")
        await expect(page.get_by_label("Mot de passe")).to_be_focused()
        await expect(page.get_by_label("Mot de passe")).to_have_accessible_description(
            "Identifiant ou mot de passe incorrect."
        )
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{there.address}/alertes?days=31")
        await expect(page.get_by_role("link", name="Chef de hall")).to_be_visible()
        await page.get_by_role("link", name="Chef de hall").focus()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_have_text("Vous êtes déconnecté.")
        await page.go_back()
        await expect(page).to_have_title("Connexion – vigie")


async def test_a_second_factor_is_set_up_and_asked_for_from_then_on(browser: Browser) -> None:
    async with entrance(CHIEF) as there, visiting(browser) as page:
        await enter(page, there)
        begin = page.get_by_role("button", name="Mettre en place")
        await page.locator("form", has=begin).get_by_label("Mot de passe actuel").fill(PASSWORD)
        await begin.click()
        key = pyotp.TOTP(await page.locator(".secret").inner_text())
        await expect(page.get_by_role("img", name="Code QR de la clé ci-dessus")).to_be_visible()
        await page.get_by_label("Code affiché par l’application").fill("000 000")
        await page.get_by_role("button", name="Confirmer").click()
        await expect(page.get_by_role("alert")).to_contain_text("Ce code n’est pas le bon")
        # the same key still: it stands in the application already
        assert await page.locator(".secret").inner_text() == key.secret
        await page.get_by_label("Code affiché par l’application").fill(key.at(there.clock().timestamp()))
        await page.get_by_role("button", name="Confirmer").click()
        await expect(page.get_by_role("status")).to_have_text("La double authentification est en place.")
        await page.get_by_role("button", name="Se déconnecter").click()
        there.clock.forward(timedelta(minutes=1))
        await enter(page, there, "/alertes")
        await expect(page.get_by_label("Code à six chiffres")).to_be_focused()
        await page.keyboard.type(key.at(there.clock().timestamp()))
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{there.address}/alertes")


async def test_a_screen_that_is_given_its_link_shows_the_hall_and_no_longer_the_link(browser: Browser) -> None:
    place = Place()
    async with entrance(tokens=[screen("tele", "the-link", "sud")], place=place) as there, visiting(browser) as page:
        await page.goto(f"{there.address}/hall/sud?lien=the-link")
        assert page.url == f"{there.address}/hall/sud"
        await expect(page.locator("#hall")).to_be_visible()
        assert await page.evaluate("document.cookie") == ""
        await page.goto(f"{there.address}/")
        await expect(page).to_have_title("Connexion – vigie")


# ------------------------------------------------------------ a session that ends in the middle of something


async def test_what_is_typed_when_a_session_ends_is_sent_after_signing_in_again_in_another_tab(
    browser: Browser,
) -> None:
    async with entrance(CHIEF) as there, visiting(browser) as page:
        await enter(page, there, "/alertes")
        note = page.locator("#note-w1")
        await note.fill(WORDS)
        over(there)
        await page.get_by_role("button", name="Prendre en charge").first.click()
        await expect(page.locator("#expired")).to_contain_text("Votre session est terminée")
        await expect(note).to_have_value(WORDS)
        assert there.alerts.all["w1"].alert.state == "firing"
        async with page.expect_popup() as opened:
            await page.get_by_role("link", name="Se reconnecter dans un nouvel onglet").click()
        other = await opened.value
        await other.get_by_label("Identifiant").fill("ida")
        await other.get_by_label("Mot de passe").fill(PASSWORD)
        await other.get_by_role("button", name="Se connecter", exact=True).click()
        await other.wait_for_url(f"{there.address}/")
        await page.bring_to_front()
        await page.get_by_role("button", name="Prendre en charge").first.click()
        await expect(page.locator("#shown")).to_contain_text("par Chef de hall")
        moment = there.alerts.all["w1"].moments[-1]
        assert (moment.who, moment.text) == ("Chef de hall", WORDS)


async def test_without_scripts_the_form_comes_back_after_signing_in_and_is_sent_with_one_click(
    browser: Browser,
) -> None:
    async with entrance(CHIEF) as there, visiting(browser, scripts=False) as page:
        await enter(page, there, "/alertes")
        await page.locator("#note-w1").fill(WORDS)
        over(there)
        await page.get_by_role("button", name="Prendre en charge").first.click()
        await expect(page.get_by_role("alert")).to_contain_text("Votre texte est gardé")
        await page.get_by_label("Identifiant").fill("ida")
        await page.get_by_label("Mot de passe").fill(PASSWORD)
        await page.get_by_role("button", name="Se connecter", exact=True).click()
        await expect(page.get_by_role("heading", name="Vous êtes reconnecté")).to_be_visible()
        await expect(page.get_by_role("listitem")).to_have_text([WORDS])
        assert there.alerts.all["w1"].alert.state == "firing"
        await page.get_by_role("button", name="Envoyer maintenant").click()
        await expect(page.locator("#shown")).to_contain_text("par Chef de hall")
        moment = there.alerts.all["w1"].moments[-1]
        assert (moment.who, moment.text) == ("Chef de hall", WORDS)


async def test_a_board_that_is_open_when_its_reader_is_disabled_says_so(browser: Browser) -> None:
    async with entrance(CHIEF) as there, visiting(browser) as page:
        await enter(page, there, "/")
        await expect(page.locator("#link")).to_have_text("En direct")
        await there.store.change(CHIEF, account("ida", name="Chef de hall", disabled_at=there.clock()))
        await expect(page.locator("#expired")).to_contain_text("Votre session est terminée", timeout=20_000)


# ------------------------------------------------------------ looked at


async def test_the_pages_of_signing_in_break_no_rule_of_accessibility(browser: Browser) -> None:
    async with entrance(CHIEF, account("totp", totp="sealed")) as there, visiting(browser) as page:
        await page.goto(there.address)
        await looked_at(page, "sign-in-normal")
        await enter(page, there, password="guess")  # noqa: S106
        await looked_at(page, "sign-in-wrong")
        await enter(page, there, login="totp")
        await looked_at(page, "sign-in-code")
        await enter(page, there)
        over(there)
        await page.goto(f"{there.address}/connexion?fin")
        await looked_at(page, "sign-in-left")


async def test_a_form_that_came_too_late_breaks_no_rule_of_accessibility(browser: Browser) -> None:
    async with entrance(CHIEF) as there, visiting(browser) as page:
        await enter(page, there)
        await page.goto(f"{there.address}/compte")
        # as a page without scripts sends it
        await page.evaluate(
            """words => {
              const form = Object.assign(document.createElement("form"), {
                method: "post", action: "/alertes/w1/acknowledge",
              });
              form.append(Object.assign(document.createElement("input"), { name: "note", value: words }));
              document.body.append(form);
              form.id = "late";
            }""",
            WORDS,
        )
        over(there)
        await page.evaluate("document.getElementById('late').submit()")
        await page.wait_for_url(f"{there.address}/alertes/w1/acknowledge")
        await page.get_by_text("Votre texte gardé").click()
        await looked_at(page, "sign-in-late")
        await page.get_by_label("Identifiant").fill("ida")
        await page.get_by_label("Mot de passe").fill(PASSWORD)
        await page.get_by_role("button", name="Se connecter", exact=True).click()
        await expect(page.get_by_role("heading", name="Vous êtes reconnecté")).to_be_visible()
        await looked_at(page, "sign-in-resume")


async def test_ones_own_account_breaks_no_rule_of_accessibility(browser: Browser) -> None:
    async with entrance(CHIEF) as there, visiting(browser) as page:
        await enter(page, there)
        await looked_at(page, "account-normal")
        begin = page.get_by_role("button", name="Mettre en place")
        await page.locator("form", has=begin).get_by_label("Mot de passe actuel").fill("guess")
        await begin.click()
        await looked_at(page, "account-wrong")
        await page.locator("form", has=begin).get_by_label("Mot de passe actuel").fill(PASSWORD)
        await begin.click()
        await looked_at(page, "account-code")


async def test_the_trail_and_the_refusal_of_it_break_no_rule_of_accessibility(browser: Browser) -> None:
    async with entrance(CHIEF, account("ada", "admin", name="Service informatique")) as there:
        for minute, (who, action, subject, status) in enumerate(
            [
                ("Chef de hall", "connexion", "", 200),
                ("Chef de hall", "/alertes/{alert}/{action}", "w1 acknowledge", 303),
                ("", "échec de connexion", "", 401),
                ("ligne de commande", "user add", "reference-qualite quality", 0),
                ("Chef de hall", "/reglages/{area}/counters/{counter}/close", "sud g1", 403),
            ]
        ):
            when = there.clock() - timedelta(minutes=30 - minute)
            there.sign_in.trail.add(
                Deed(at=when, account="id-ida" if who else "", who=who, action=action, subject=subject, status=status)
            )
        async with visiting(browser) as page:
            await enter(page, there, "/trace", login="ada")
            await expect(page.get_by_role("table")).to_contain_text("w1 acknowledge")
            await looked_at(page, "trail-normal")
            await page.goto(f"{there.address}/trace?day=2026-11-01")
            await looked_at(page, "trail-empty")
            there.store.away = True
            await page.goto(f"{there.address}/trace")
            await looked_at(page, "trail-stale")
            there.store.away = False
        async with visiting(browser) as page:
            await enter(page, there, "/trace")
            await expect(page.get_by_role("alert")).to_contain_text("Votre rôle ne permet pas")
            await looked_at(page, "refused")
