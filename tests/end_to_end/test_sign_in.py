"""Signing in to a real vigie, with accounts made at the command line."""

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest

from tests.end_to_end.running import HALL, Running, configuration, said, vigie

pytestmark = [pytest.mark.servers, pytest.mark.slow]

PASSWORD = "encore plus de guichets"  # noqa: S105


def test_an_account_made_at_the_command_line_signs_in_and_is_disabled_there(data_dir: Path) -> None:
    config = configuration(data_dir, areas=f"[sign_in]\n{HALL}")
    (data_dir / "password").write_text(f"{PASSWORD}\n")
    made = ("--password-file", str(data_dir / "password"), "--config", str(config))
    with Running(data_dir, "run", "--config", str(config)) as running:
        running.ready()
        assert said("user", "add", "ida", "--role", "supervisor", "--name", "Chef de hall", *made).status == 0
        again = said("user", "add", "IDA", "--role", "viewer", *made)
        assert (again.status, 'found "ida"' in again.err) == (2, True)
        token = said("token", "add", "grafana", "--role", "viewer", "--config", str(config)).out.strip()
        link = said("token", "add", "tele", "--screen", "sud", "--config", str(config)).out.strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/hall/sud\?lien=[\w-]{43}", link)
        assert "ida" in said("user", "list", "--config", str(config)).out
        asyncio.run(_walked(running.address, token, str(config)))
    assert PASSWORD not in running.words


async def _walked(address: str, token: str, config: str) -> None:
    ours = {"Origin": address}
    async with aiohttp.ClientSession(address, cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        async with client.get("/api/v1/areas/sud/live") as answer:
            assert answer.status == 401
        async with client.post("/connexion", data={"login": "ida", "password": PASSWORD}, headers=ours) as answer:
            assert (answer.status, "Chef de hall" in await answer.text()) == (200, True)
        async with asyncio.timeout(10):
            while True:
                # known within seconds, on a vigie that runs already
                async with client.get("/api/v1/areas/sud/live", headers={"Authorization": f"Bearer {token}"}) as answer:
                    if answer.status == 200:
                        break
                await asyncio.sleep(0.1)
        assert (await asyncio.to_thread(vigie, "user", "disable", "ida", "--config", config)).returncode == 0
        async with asyncio.timeout(10):
            while True:
                async with client.get("/", allow_redirects=False) as answer:
                    if answer.status == 303:
                        break
                await asyncio.sleep(0.1)
