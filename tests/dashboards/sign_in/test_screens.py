"""Where a request comes from, and who may see the screen of a hall without signing in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network

import aiohttp
import pytest
from multidict import CIMultiDict

from dashboards.sign_in.door import OF_AN_ADDRESS
from dashboards.sign_in.guard import POSTS, Place
from dashboards.sign_in.people import EVERY_S
from tests.dashboards.sign_in.kept import Entered, account, entrance, screen

# proxies before us on this machine, and the televisions of the hall
HERE, HALL = ip_network("127.0.0.0/8"), ip_network("10.1.2.0/24")
LINK = "a-link-of-a-screen"
SEVERAL = [account(f"one{n}") for n in range(OF_AN_ADDRESS + 1)]


class Asked:
    def __init__(self, remote: str, *told: str) -> None:
        self.remote = remote
        self.headers = CIMultiDict([("X-Forwarded-For", one) for one in told])


def seen(place: Place, remote: str, *told: str) -> str:
    return place.address(Asked(remote, *told))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("remote", "told", "address"),
    [
        ("192.0.2.1", ["10.1.1.1"], "192.0.2.1"),
        ("10.0.0.5", ["203.0.113.9"], "203.0.113.9"),
        # the first is what the browser says of itself
        ("10.0.0.5", ["10.1.1.1, 203.0.113.9, 10.0.0.6"], "203.0.113.9"),
        ("10.0.0.5", ["10.1.1.1 ,,203.0.113.9"], "203.0.113.9"),
        # a proxy that adds a header of its own below that of the browser
        ("10.0.0.5", ["10.1.1.1", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.5", [], "10.0.0.5"),
        ("10.0.0.5", ["nonsense"], "nonsense"),
        ("::ffff:10.0.0.5", ["203.0.113.9"], "203.0.113.9"),
    ],
)
def test_what_a_proxy_of_ours_says_of_an_address_is_believed_and_nothing_else(
    remote: str, told: list[str], address: str
) -> None:
    assert seen(Place(proxies=(ip_network("10.0.0.0/24"),)), remote, *told) == address


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("203.0.113.9", "203.0.113.10", False),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.10", False),
    ],
)
def test_tries_are_counted_by_network_where_one_machine_has_many_addresses(one: str, other: str, same: bool) -> None:
    origins = [Place().origin(Asked(address)) for address in (one, other)]  # type: ignore[arg-type]
    assert (origins[0] == origins[1]) is same


@asynccontextmanager
async def behind_a_proxy() -> AsyncIterator[Entered]:
    place = Place(proxies=(HERE,), screens=(HALL,))
    async with entrance(*SEVERAL, tokens=[screen("tele", LINK, "sud")], place=place) as there:
        yield there


def come(*told: str) -> CIMultiDict[str]:
    return CIMultiDict([("X-Forwarded-For", one) for one in told])


async def test_the_screen_is_open_to_the_network_of_the_hall_and_to_nobody_who_says_to_be_there() -> None:
    async with behind_a_proxy() as there:
        statuses = []
        for told in (
            ["10.1.2.9"],
            ["203.0.113.9"],
            ["10.1.2.9, 203.0.113.9"],
            ["10.1.2.9", "203.0.113.9"],
            ["10.1.3.9"],
        ):
            async with there.client.get("/hall/sud", headers=come(*told), allow_redirects=False) as answer:
                statuses.append(answer.status)
        assert statuses == [200, 303, 303, 303, 303]


async def test_from_the_network_of_the_hall_nothing_but_the_screen_is_open() -> None:
    async with behind_a_proxy() as there:
        for path in ("/", "/stream/board", "/api/v1/areas/sud/live", "/alertes", "/trace", "/metrics"):
            async with there.client.get(path, headers=come("10.1.2.9"), allow_redirects=False) as answer:
                assert answer.status in (303, 401), path


async def test_a_link_opens_one_hall_to_one_browser_and_is_out_of_the_address_at_once() -> None:
    async with behind_a_proxy() as there:
        there.client.headers["X-Forwarded-For"] = "203.0.113.9"
        async with there.client.get("/hall/sud", params={"lien": LINK}, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/hall/sud")
            cookie = answer.cookies["vigie-ecran-sud"]
            assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/hall/sud")
        async with there.client.get("/hall/sud", allow_redirects=False) as answer:
            assert answer.status == 200
        for path in ("/", "/hall/nord", "/api/v1/areas/sud/live"):
            async with there.client.get(path, allow_redirects=False) as answer:
                assert answer.status in (303, 401), path


@pytest.mark.parametrize("link", ["", "another", "a-link-of-a-scree", "é", LINK.upper()])
async def test_another_link_opens_nothing(link: str) -> None:
    async with behind_a_proxy() as there:
        headers, cookies = come("203.0.113.9"), {"vigie-ecran-sud": link}
        async with there.client.get("/hall/sud", params={"lien": link}, headers=headers) as answer:
            assert "Connexion" in await answer.text()
        async with (
            aiohttp.ClientSession(there.address, cookies=cookies) as browser,
            browser.get("/hall/sud", headers=headers, allow_redirects=False) as answer,
        ):
            assert answer.status == 303


async def test_a_link_of_one_hall_is_good_for_no_other_and_for_no_program() -> None:
    async with entrance(tokens=[screen("tele", LINK, "nord")]) as there:
        async with there.client.get("/hall/sud", params={"lien": LINK}, allow_redirects=False) as answer:
            assert not answer.cookies
        async with there.client.get("/api/v1/areas", headers={"Authorization": f"Bearer {LINK}"}) as answer:
            assert answer.status == 401


async def test_a_screen_whose_link_is_revoked_goes_dark_though_it_is_open() -> None:
    async with behind_a_proxy() as there:
        there.client.headers["X-Forwarded-For"] = "203.0.113.9"
        async with there.client.get("/hall/sud", params={"lien": LINK}) as answer:
            assert answer.status == 200
        async with there.client.get("/hall/sud/stream") as stream:
            await stream.content.readline()
            await there.store.revoke("tele", there.clock())
            async with asyncio.timeout(3 * EVERY_S):
                while not stream.content.at_eof():
                    await stream.content.readany()
        async with there.client.get("/hall/sud", allow_redirects=False) as answer:
            assert answer.status == 303


async def test_who_guesses_changes_nothing_by_saying_to_be_elsewhere_each_time() -> None:
    async with behind_a_proxy() as there:
        statuses = []
        for n in range(OF_AN_ADDRESS + 1):
            data, headers = {"login": f"one{n}", "password": "guess"}, come(f"198.51.100.{n}", "203.0.113.9")
            async with there.client.post("/connexion", data=data, headers=headers) as answer:
                statuses.append(answer.status)
        assert statuses == [401] * OF_AN_ADDRESS + [429]
        # elsewhere people get in meanwhile
        async with there.client.post(
            "/connexion", data={"login": "one0", "password": "guess"}, headers=come("203.0.113.10")
        ) as answer:
            assert answer.status == 401


async def test_a_flood_of_forms_from_one_place_stops_no_other() -> None:
    async with behind_a_proxy() as there:
        statuses = []
        for _ in range(POSTS + 1):
            async with there.client.post("/api/v1/alerts/w1/acknowledge", headers=come("203.0.113.9")) as answer:
                statuses.append(answer.status)
        assert statuses == [401] * POSTS + [429]
        async with there.client.post("/api/v1/alerts/w1/acknowledge", headers=come("203.0.113.10")) as answer:
            assert answer.status == 401
        there.clock.forward(timedelta(minutes=1))
        async with there.client.post("/api/v1/alerts/w1/acknowledge", headers=come("203.0.113.9")) as answer:
            assert answer.status == 401
