"""Pages as a browser shows them, on which screens, and looked at: by the rules of accessibility, and as pictures."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, expect

SIZES = {"desk": (1366, 768), "hall": (1920, 1080), "telephone": (390, 844), "small": (320, 640)}
Scheme = Literal["light", "dark"]
LOOKS: list[tuple[str, Scheme]] = [
    (size, scheme) for size in ("desk", "hall", "telephone") for scheme in ("light", "dark")
]  # fmt: skip
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PICTURES = os.environ.get("VIGIE_PICTURES")
"""A folder in which the screens that are looked at are kept: `make pictures` sets it."""


@asynccontextmanager
async def looking(
    browser: Browser,
    address: str,
    size: str = "desk",
    *,
    script: str = "",
    scheme: Scheme = "light",
    live: bool = True,
    clock: bool = False,
    refused: bool = False,
    locale: str = "fr-FR",
) -> AsyncIterator[Page]:
    """A page of ours; nothing may be wrong in its console when it is left. `script` runs before those of the page.

    `live`: it is one that says when it is linked to the server, and is waited for until it does. `clock`: its time can
    be put forward. `refused`: answers may be errors, which the console tells of.
    """
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale, reduced_motion="reduce"
    )
    await context.grant_permissions(["notifications"], origin=address)
    await context.add_init_script(script)
    page = await context.new_page()
    if clock:
        await page.clock.install()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    await page.goto(address)
    if live:
        await expect(page.locator("#link")).to_have_text("En direct" if locale == "fr-FR" else "Live")
    yield page
    await context.close()
    usual = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE", *(("responded with a status",) if refused else ()))
    assert [text for text in wrong if not any(part in text for part in usual)] == []


async def look(page: Page, name: str, *, whole: bool = False) -> None:
    """The screen as it stands breaks no rule of accessibility that a machine can check, and fits its width.

    Where pictures are kept, one may be: `name-1366-light.png`; of the page in all its length if `whole`.
    """
    assert page.viewport_size is not None
    width = page.viewport_size["width"]
    assert await page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width}"
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    found = await page.evaluate(
        "rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'], elementRef: false })", RULES
    )
    wrong = [
        f"{one['id']}: {one['help']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
    assert wrong == [], "\n".join([f"{name} at {width}", *wrong])
    scheme = "dark" if await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    if PICTURES and (width, scheme) in _kept(name):
        await page.screenshot(path=Path(PICTURES) / f"{name}-{width}-{scheme}.png", full_page=whole)


def _kept(name: str) -> list[tuple[int, Scheme]]:
    """On which screens a picture is kept: of a hall on a television, of all else at a desk, of the board on more."""
    if name.startswith("hall-"):
        return [(1920, "light")]
    return [(1366, "light"), (1366, "dark"), (390, "light")] if name == "board-normal" else [(1366, "light")]


async def look_everywhere(page: Page, name: str, *, whole_on_telephone: bool = True) -> None:
    """The same on every screen, in daylight and in the dark, without loading it again."""
    for size, scheme in LOOKS:
        width, height = SIZES[size]
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme=scheme)
        # what answers to another size has drawn itself anew
        await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        await look(page, name, whole=whole_on_telephone and size == "telephone")
