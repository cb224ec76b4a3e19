"""Pages as a browser shows them, and on which screens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, expect

SIZES = {"desk": (1366, 768), "hall": (1920, 1080), "telephone": (390, 844), "small": (320, 640)}


@asynccontextmanager
async def looking(browser: Browser, address: str, size: str = "desk", *, script: str = "") -> AsyncIterator[Page]:
    """A page of ours; nothing may be wrong in its console when it is left. `script` runs before those of the page."""
    width, height = SIZES[size]
    context = await browser.new_context(viewport={"width": width, "height": height})
    await context.grant_permissions(["notifications"], origin=address)
    await context.add_init_script(script)
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    await page.goto(address)
    await expect(page.locator("#link")).to_have_text("En direct")
    yield page
    await context.close()
    assert [text for text in wrong if "ERR_CONNECTION_REFUSED" not in text and "ERR_INCOMPLETE" not in text] == []
