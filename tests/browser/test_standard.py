"""The switchboard's page in a real browser: its looks in each state, and that it follows the calls."""

import pytest
from playwright.async_api import Browser

from tests.browser.pages import look_everywhere, looking
from tests.browser.site import STATES, State, site
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
