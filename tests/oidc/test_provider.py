"""Signing in with a real provider of identities, request by request: by each kind of key, and out again."""

import re
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from deploy.checks import checks
from deploy.clocks import system_clock
from deploy.configuration import load
from tests.dashboards.sign_in.kept import account
from tests.oidc import running
from tests.oidc.meeting import meeting

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not running.THERE, reason=running.MISSING),
]


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
async def test_somebody_signs_in_and_out_with_a_real_provider(alg: str) -> None:
    marie = account("marie", "quality", email="marie.durand@aube.example", password=None)
    async with meeting(marie, alg=alg) as (there, peer):
        client = there.client
        async with client.post("/connexion/fournisseur", data={"next": "/alertes"}, headers=there.ours) as asked:
            assert asked.url.path.startswith("/agent/")
            assert "Qui êtes-vous" in await asked.text()
        async with client.get(asked.url.with_query(who="8c0e6a")) as page:
            assert page.url == URL(f"{there.address}/alertes")
        async with client.get("/api/v1/session") as said:
            assert await said.json() == {"signed_in": True, "name": "Marie", "role": "quality"}
        assert there.store.accounts["id-marie"].subject == f"{peer.issuer} 8c0e6a"
        # the answer, replayed by the same browser
        answered = next(one.url for one in page.history if one.url.path == "/connexion/retour")
        async with client.get(answered) as replayed:
            assert replayed.status == 400
        async with client.post("/deconnexion", headers=there.ours) as out:
            form = dict(re.findall(r'name="(xsrf)" value="(\w+)"', await out.text()))
            confirmed = re.search(r'action="([^"]+)"', await out.text())
        assert confirmed
        async with client.post(URL(confirmed[1]), data={**form, "logout": "yes"}) as left:
            assert (left.url.path_qs, "Vous êtes déconnecté." in await left.text()) == ("/connexion?fin", True)
        # over there, too: it asks again who they are
        async with client.post("/connexion/fournisseur", headers=there.ours) as asked:
            assert asked.url.path.startswith("/agent/")


async def test_the_check_says_whether_the_provider_can_be_read(tmp_path: Path) -> None:
    home = "http://127.0.0.1:9"
    (tmp_path / "secret").write_text(running.KNOWN_BY)
    config = tmp_path / "vigie.toml"
    with running.provider(home) as peer:
        config.write_text(
            f'site = "aube"\nareas = []\n[web]\nurl = "{home}"\n[sign_in.oidc]\nissuer = "{peer.issuer}"\n'
            'client_id = "vigie"\nclient_secret_file = "secret"\n'
        )
        settings = load(config)
        found = [one for one in await checks(settings, system_clock()) if one.subject == "identities"]
        assert [(one.verdict, one.text) for one in found] == [("ok", f"ProConnect answers as {peer.issuer}")]
    found = [one for one in await checks(settings, system_clock()) if one.subject == "identities"]
    assert found[0].verdict == "wrong"
    assert f"{peer.issuer}/.well-known/openid-configuration" in found[0].text


async def test_whoever_gives_up_there_is_back_where_one_signs_in() -> None:
    async with meeting() as (there, _):
        async with there.client.post("/connexion/fournisseur", headers=there.ours) as asked:
            assert isinstance(asked, aiohttp.ClientResponse)
        async with there.client.get(asked.url.with_query(who="personne")) as page:
            text = await page.text()
        assert (page.status, "La connexion avec ProConnect a été refusée ou abandonnée." in text) == (401, True)
