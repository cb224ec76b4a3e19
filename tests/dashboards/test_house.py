"""What the house says: its name at the head, its stylesheet over ours, and how accessible the pages are."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from dashboards.board import Board
from dashboards.house import House
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.build import STANDARD, SUD, at
from tests.dashboards.test_details import words
from tests.dashboards.test_server import Well


@asynccontextmanager
async def served(house: House) -> AsyncIterator[aiohttp.ClientSession]:
    board = Board([SUD, STANDARD], lambda: at("9:30"))
    board.begin({})
    server = Server(board, Well(), house=house)
    running = asyncio.create_task(server.run())
    try:
        async with (
            server.serving(WebSettings(listen="127.0.0.1:0")) as address,
            aiohttp.ClientSession(address) as client,
        ):
            yield client
    finally:
        running.cancel()
        await asyncio.wait([running])


async def got(client: aiohttp.ClientSession, path: str) -> str:
    async with client.get(path) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_the_stylesheet_of_the_house_comes_last_on_every_page(tmp_path: Path) -> None:
    file = tmp_path / "prefecture.css"
    file.write_text(":root { --accent: #000091; }")
    async with served(House(stylesheet=file)) as client:
        for path in ("/", "/alertes-absentes", "/file/sud/sejour", "/accessibilite", "/hall/sud"):
            async with client.get(path) as answer:
                head = (await answer.text()).partition("</head>")[0]
            assert re.findall(r'rel="stylesheet" href="([^"]*)"', head)[-1] == "/static/operator.css", path


async def test_a_stylesheet_that_changes_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "prefecture.css"
    file.write_text("a {}")
    async with served(House(stylesheet=file)) as client:
        async with client.get("/static/operator.css") as answer:
            assert (answer.content_type, answer.headers["Cache-Control"]) == ("text/css", "no-cache")
            assert await answer.text() == "a {}"
        file.write_text("body { color: red }")
        assert await got(client, "/static/operator.css") == "body { color: red }"
        file.unlink()
        async with client.get("/static/operator.css") as answer:
            assert answer.status == 404


async def test_without_a_stylesheet_of_the_house_none_is_asked_for() -> None:
    async with served(House()) as client:
        assert "operator.css" not in await got(client, "/")
        async with client.get("/static/operator.css") as answer:
            assert answer.status == 404


async def test_the_name_of_the_house_stands_at_the_head_of_its_pages_as_text() -> None:
    async with served(House(name="Préfecture <de> l’Aube")) as client:
        assert '<span class="house">Préfecture &lt;de&gt; l’Aube</span>' in await got(client, "/")


async def test_no_audit_is_claimed_and_every_page_leads_to_what_is_declared() -> None:
    async with served(House()) as client:
        told = words(await got(client, "/accessibilite"))
        for path in ("/", "/file/sud/sejour", "/guichet/sud/g1", "/accessibilite"):
            assert '<a href="/accessibilite">' in await got(client, path)
    assert "Non auditée." in told
    assert "totalement conforme" not in told


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("accessibilite@aube.example", '<a href="mailto:accessibilite@aube.example">accessibilite@aube.example</a>'),
        ("https://aube.example/ecrire", '<a href="https://aube.example/ecrire">https://aube.example/ecrire</a>'),
        ("javascript:alert(1)", "javascript:alert(1)</p>"),
        ("l’accueil, au rez-de-chaussée", "l’accueil, au rez-de-chaussée</p>"),
        ("", "Adressez-vous au service qui exploite vigie"),
    ],
)
async def test_whom_to_write_to_is_told_as_it_is_configured(contact: str, shown: str) -> None:
    async with served(House(contact=contact)) as client:
        assert shown in await got(client, "/accessibilite")
