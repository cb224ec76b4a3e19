"""Signing in to a real vigie with a real provider of identities, on an account made at the command line."""

import asyncio
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from tests.end_to_end.running import HALL, Running, configuration, said
from tests.oidc import running as peers
from tests.servers import free_port

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(not peers.THERE, reason=peers.MISSING),
]


def test_somebody_of_whom_the_address_is_known_signs_in_with_the_role_they_were_given(data_dir: Path) -> None:
    port = free_port()
    home = f"http://127.0.0.1:{port}"
    (data_dir / "known-by").write_text(f"{peers.KNOWN_BY}\n")
    with peers.provider(home) as peer:
        oidc = f'issuer = "{peer.issuer}"\nclient_id = "{peers.CLIENT}"\nclient_secret_file = "known-by"\n'
        config = configuration(data_dir, areas=f"[sign_in.oidc]\n{oidc}{HALL}")
        local = '[web]\nlisten = "127.0.0.1:0"'
        config.write_text(config.read_text().replace(local, f'[web]\nlisten = "127.0.0.1:{port}"\nurl = "{home}"'))
        with Running(data_dir, "run", "--config", str(config)) as vigie:
            vigie.ready()
            options = ("--email", "Marie.Durand@aube.example", "--config", str(config))
            assert said("user", "add", "marie", "--role", "quality", *options).status == 0
            assert asyncio.run(_role(home)) == "quality"
            # they are known from now on by who they are there, not by their address
            assert said("user", "unlink", "marie", "--config", str(config)).status == 0
            assert asyncio.run(_role(home)) == "quality"
        assert peers.KNOWN_BY not in vigie.words
        assert "urand" not in vigie.words


async def _role(home: str) -> str:
    """Of somebody, signed in on a browser of their own."""
    async with aiohttp.ClientSession(home, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.post("/connexion/fournisseur", headers={"Origin": home}) as asked:
            pass
        async with browser.get(asked.url.with_query(who="8c0e6a")) as page:
            assert page.url == URL(f"{home}/"), await page.text()
        async with browser.get("/api/v1/session") as session:
            return str((await session.json())["role"])
