"""Signing in with a real provider of identities in a real browser, as people do with ProConnect."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.pages import LOOKS, SIZES, Scheme, look, looking
from tests.dashboards.sign_in.kept import account
from tests.oidc import running
from tests.oidc.meeting import meeting
from tests.servers import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
    pytest.mark.skipif(not running.THERE, reason=running.MISSING),
]

SMALL: tuple[str, Scheme] = ("small", "light")
MARIE = account("marie", "quality", name="Chargée de qualité", email="marie.durand@aube.example", password=None)


async def test_somebody_signs_in_elsewhere_has_the_role_of_here_and_both_sessions_end(browser: Browser) -> None:
    async with meeting(MARIE) as (there, _), looking(browser, f"{there.address}/alertes", live=False) as page:
        await page.get_by_role("button", name="Se connecter avec ProConnect").click()
        await page.get_by_role("link", name="8c0e6a").click()
        await expect(page).to_have_url(f"{there.address}/alertes")
        await expect(page.get_by_role("link", name="Chargée de qualité")).to_be_visible()
        await page.get_by_role("button", name="Se déconnecter").click()
        await page.get_by_role("button", name="Quitter").click()
        await expect(page).to_have_url(f"{there.address}/connexion?fin")
        await expect(page.get_by_role("status")).to_have_text("Vous êtes déconnecté.")
        await page.goto(f"{there.address}/")
        await expect(page).to_have_url(f"{there.address}/connexion?next=/")
        await page.get_by_role("button", name="Se connecter avec ProConnect").click()
        await expect(page.get_by_role("heading", name="Qui êtes-vous ?")).to_be_visible()


@asynccontextmanager
async def unknown(browser: Browser, address: str, size: str = "desk", scheme: Scheme = "light") -> AsyncIterator[Page]:
    """The page of somebody who has no account: its status is an error, which a console tells of."""
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale="fr-FR"
    )
    page = await context.new_page()
    await page.goto(f"{address}/connexion")
    await page.get_by_role("button", name="Se connecter avec ProConnect").click()
    await page.get_by_role("link", name="77f1b2").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Vous n’avez pas encore de compte ici")
    yield page
    await context.close()


async def test_the_pages_of_signing_in_elsewhere_break_no_rule_of_accessibility(browser: Browser) -> None:
    async with meeting(MARIE) as (there, _):
        for size, scheme in [*LOOKS, SMALL]:
            async with looking(browser, f"{there.address}/connexion", size, scheme=scheme, live=False) as page:
                await look(page, "connexion-elsewhere")
            async with unknown(browser, there.address, size, scheme) as page:
                await look(page, "connexion-unknown")
        async with unknown(browser, there.address) as page:
            await page.goto(f"{there.address}/connexion/retour")
            await expect(page.get_by_role("alert")).to_contain_text("Cette connexion n’est plus attendue")
            await look(page, "connexion-lost")


async def test_somebody_unknown_can_be_somebody_else(browser: Browser) -> None:
    async with meeting(MARIE) as (there, _), unknown(browser, there.address) as page:
        await page.get_by_role("button", name="Utiliser un autre compte ProConnect").click()
        await page.get_by_role("link", name="8c0e6a").click()
        await expect(page).to_have_url(f"{there.address}/")
