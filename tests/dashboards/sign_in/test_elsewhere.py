"""Signing in with a provider of identities: who gets in, who does not, and every lie that it may tell."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from dashboards.access import right_of
from dashboards.sign_in.errands import LASTS_S
from dashboards.sign_in.outside import LARGEST
from dashboards.sign_in.provider import usable
from tests.dashboards.sign_in.kept import LONG_AGO, account
from tests.dashboards.sign_in.liar import (
    CLIENT,
    CURVE,
    HOME,
    OTHER,
    Liar,
    meeting,
    never,
    signed_with_the_public_key,
    unsigned,
)

EMAIL = "marie.durand@aube.example"
UNBELIEVED = "La réponse de ProConnect n’a pas pu être vérifiée : personne n’est connecté."
LOST = "Cette connexion n’est plus attendue"


def marie(**more: Any) -> Any:
    return account("marie", "quality", email=EMAIL, password=None, **more)


async def words(answer: aiohttp.ClientResponse) -> str:
    return unescape(await answer.text())


# ------------------------------------------------------------ the honest way


async def test_whoever_has_an_account_here_gets_in_with_the_role_they_have_here() -> None:
    async with meeting(marie(name="Qualité")) as met:
        async with met.there.client.get("/connexion") as page:
            assert "Se connecter avec ProConnect" in await page.text()
        answer = await met.sign_in(next="/alertes?days=31")
        assert (answer.status, answer.headers["Location"]) == (303, "/alertes?days=31")
        async with met.there.client.get("/api/v1/session") as said:
            assert await said.json() == {"signed_in": True, "name": "Qualité", "role": "quality"}
        await met.there.sign_in.trail.write()
        assert [(one.who, one.action) for one in met.there.store.deeds] == [("Qualité", "connexion")]


async def test_the_question_is_asked_as_the_provider_expects_it() -> None:
    async with meeting(marie(), levels=["eidas1", "eidas2"]) as met:
        asked = await met.ask()
        assert {key: asked[key] for key in ("response_type", "client_id", "redirect_uri", "scope", "acr_values")} == {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": f"{HOME}/connexion/retour",
            "scope": "openid given_name usual_name email",
            "acr_values": "eidas1 eidas2",
        }
        assert asked["code_challenge_method"] == "S256"
        assert re.fullmatch(r"[\w-]{43}", asked["code_challenge"])
        assert min(len(asked["state"]), len(asked["nonce"])) >= 32
        again = await met.ask(afresh="1")
        assert again["prompt"] == "login"
        assert not {again[key] for key in ("state", "nonce", "code_challenge")} & set(asked.values())


async def test_an_address_links_an_account_once_and_the_subject_counts_from_then_on() -> None:
    async with meeting(marie(), account("eve", email="eve@aube.example")) as met:
        await met.sign_in()
        assert met.there.store.accounts["id-marie"].subject == f"{met.liar.address} 8c0e6a"
        # another address later is still the same person, even one that another account has
        met.liar.user_claims = {"email": "eve@aube.example"}
        await met.sign_in()
        async with met.there.client.get("/api/v1/session") as said:
            assert (await said.json())["name"] == "Marie"
        # and another person with an address that is linked is not let in
        met.liar.id_claims = met.liar.user_claims = {"sub": "other"}
        assert (await met.sign_in()).status == 403


@pytest.mark.parametrize("verified", [False, "true", 1])
async def test_an_address_that_is_not_said_to_be_verified_links_nothing(verified: object) -> None:
    async with meeting(marie(), lie=lambda liar: liar.user_claims.update(email_verified=verified)) as met:
        answer = await met.sign_in()
        assert (answer.status, await met.signed_in()) == (403, False)
        assert "ne nous donne pas d’adresse vérifiée" in await words(answer)
        assert met.there.store.accounts["id-marie"].subject is None


@pytest.mark.parametrize("email", ["mi\u212ae@aube.example", "", "mike", 12, ["mike@aube.example"], None])
async def test_an_address_that_only_looks_like_one_that_is_known_links_nothing(email: object) -> None:
    # the sign of Kelvin is a k in lower case
    async with meeting(account("mike", email="mike@aube.example"), lie=told(email=email)) as met:
        assert (await met.sign_in()).status == 403
        assert met.there.store.accounts["id-mike"].subject is None


async def test_where_addresses_are_not_trusted_the_provider_has_to_say_that_one_is_verified() -> None:
    async with meeting(marie(), trust_email=False) as met:
        assert (await met.sign_in()).status == 403
        met.liar.user_claims = {"email_verified": True}
        assert (await met.sign_in()).status == 303


async def test_somebody_unknown_is_told_whom_to_ask_and_has_no_account() -> None:
    async with meeting(account("ida", email="ida@aube.example")) as met:
        answer = await met.sign_in(next="/alertes")
        text = await words(answer)
        assert (answer.status, await met.signed_in()) == (403, False)
        assert "Vous n’avez pas encore de compte ici" in text
        assert "Demandez à l’administrateur de vigie" in text
        assert EMAIL in text
        assert list(met.there.store.accounts) == ["id-ida"]
        await met.there.sign_in.trail.write()
        assert [(one.who, one.status) for one in met.there.store.deeds] == [("", 403)]
        assert "urand" not in repr(met.there.store.deeds)


async def test_a_disabled_account_stays_out_and_is_not_linked() -> None:
    async with meeting(marie(disabled_at=LONG_AGO)) as met:
        answer = await met.sign_in()
        assert (answer.status, await met.signed_in()) == (403, False)
        assert "Votre compte est désactivé ici" in await words(answer)
        assert met.there.store.accounts["id-marie"].subject is None


async def test_what_the_provider_calls_somebody_comes_back_as_text() -> None:
    nasty = "<script>alert(1)</script>@aube.example"
    async with meeting(lie=lambda liar: liar.user_claims.update(email=nasty, given_name=nasty)) as met:
        answer = await met.sign_in()
        assert answer.status == 403
        assert "<script>alert" not in await answer.text()


async def test_a_secret_that_is_asked_for_in_a_header_is_shown_there_alone() -> None:
    async with meeting(marie(), lie=lambda liar: setattr(liar, "basic", True)) as met:
        assert (await met.sign_in()).status == 303


async def test_a_key_that_was_changed_is_read_anew() -> None:
    async with meeting(marie()) as met:
        await met.sign_in()
        met.liar.keys = [CURVE]
        met.liar.id_key = met.liar.user_key = CURVE
        met.there.clock.forward(timedelta(minutes=1))
        assert (await met.sign_in()).status == 303


async def test_keys_are_not_read_again_for_every_token_that_is_forged() -> None:
    async with meeting(marie(), lie=lambda liar: setattr(liar, "id_key", CURVE)) as met:
        for _ in range(3):
            assert (await met.sign_in()).status == 502
        assert met.liar.asked.count("/jwks") == 1


async def test_plain_userinfo_is_taken_where_the_settings_say_so_and_only_of_the_same_person() -> None:
    async with meeting(marie(), lie=lambda liar: setattr(liar, "plain", True), signed_userinfo=False) as met:
        assert (await met.sign_in()).status == 303
        met.liar.user_claims = {"sub": "another"}
        assert (await met.sign_in()).status == 502


async def test_a_level_of_assurance_that_is_asked_for_has_to_be_there() -> None:
    async with meeting(marie(), levels=["eidas2"]) as met:
        assert (await met.sign_in()).status == 502
        met.liar.id_claims = {"acr": "eidas2"}
        assert (await met.sign_in()).status == 303


async def test_a_form_that_came_too_late_is_still_there_after_signing_in_elsewhere() -> None:
    async with meeting(marie()) as met:
        note = "Guichet 2 ouvre à 9 h 35"
        asked = await met.ask(**{"next": "/alertes/w1/acknowledge", "garde.note": note})
        assert note not in str(asked)
        answer = await met.come_back(asked)
        text = await words(answer)
        assert '<form method="post" action="/alertes/w1/acknowledge"' in text
        assert f'name="note" value="{note}"' in text


async def test_a_text_that_is_too_long_to_be_kept_on_the_way_is_said_to_be_and_still_there() -> None:
    async with meeting(marie()) as met:
        data = {"next": "/alertes", "garde.note": "e" * 3500}
        async with met.there.client.post("/connexion/fournisseur", data=data, headers=met.there.ours) as answer:
            text = await words(answer)
            assert (answer.status, "e" * 3500 in text) == (413, True)
            assert "Votre texte est trop long pour être gardé jusqu’au retour de ProConnect" in text


# ------------------------------------------------------------ out again


async def test_signing_out_ends_both_sessions_and_says_so_only_to_whoever_did() -> None:
    async with meeting(marie()) as met:
        await met.sign_in()
        async with met.there.client.post("/deconnexion", headers=met.there.ours, allow_redirects=False) as answer:
            away, errand = URL(answer.headers["Location"]), answer.cookies["vigie-aller"].value
        assert str(away.with_query(None)) == f"{met.liar.address}/logout"
        assert away.query["post_logout_redirect_uri"] == f"{HOME}/deconnexion/retour"
        assert len(away.query["state"]) >= 32
        assert away.query["id_token_hint"].count(".") == 2
        assert not await met.signed_in()
        for state, gone_to in (("forged", "/connexion"), (away.query["state"], "/connexion?fin")):
            async with met.there.client.get(
                "/deconnexion/retour", params={"state": state}, cookies={"vigie-aller": errand}, allow_redirects=False
            ) as back:
                assert back.headers["Location"] == gone_to


async def test_while_the_provider_is_away_or_has_no_such_page_one_signs_out_here() -> None:
    async with meeting(marie(), lie=lambda liar: liar.discovery.update(end_session_endpoint=None)) as met:
        await met.sign_in()
        async with met.there.client.post("/deconnexion", headers=met.there.ours, allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/connexion?fin"


async def test_a_proof_that_is_too_long_for_a_cookie_is_not_kept_and_one_signs_out_here() -> None:
    async with meeting(marie(), lie=lambda liar: liar.id_claims.update(more="x" * 3000)) as met:
        answer = await met.sign_in()
        assert len(answer.cookies["vigie"].value) < 4096
        assert await met.signed_in()
        async with met.there.client.post("/deconnexion", headers=met.there.ours, allow_redirects=False) as left:
            assert left.headers["Location"] == "/connexion?fin"
        met.liar.id_claims = {"more": "x" * 1150}
        answer = await met.sign_in()
        # with all that a browser sends back of it
        assert len(answer.cookies["vigie"].OutputString()) < 4096
        async with met.there.client.post("/deconnexion", headers=met.there.ours, allow_redirects=False) as left:
            assert left.headers["Location"].startswith(f"{met.liar.address}/logout?")


# ------------------------------------------------------------ lies


def claims(**lies: Any) -> Callable[[Liar], object]:
    return lambda liar: liar.id_claims.update(lies)


def told(**lies: Any) -> Callable[[Liar], object]:
    return lambda liar: liar.user_claims.update(lies)


def with_(**lies: Any) -> Callable[[Liar], object]:
    def tell(liar: Liar) -> None:
        for name, lie in lies.items():
            setattr(liar, name, lie)

    return tell


def now_and(seconds: int, name: str) -> Callable[[Liar], object]:
    return lambda liar: liar.id_claims.update({name: int(liar.clock().timestamp()) + seconds})


LIES: dict[str, Callable[[Liar], object]] = {
    "no nonce": claims(nonce=None),
    "another nonce": claims(nonce="n" * 64),
    "a nonce that is no text": claims(nonce=["n"]),
    "another issuer": claims(iss="https://evil.example"),
    "no issuer": claims(iss=None),
    "for another": claims(aud="somebody-else"),
    "for nobody": claims(aud=None),
    "for us and another, who asked": claims(aud=[CLIENT, "other"], azp="other"),
    "for us and another, who knows who asked": claims(aud=[CLIENT, "other"]),
    "expired": now_and(-61, "exp"),
    "without an end": claims(exp=None),
    "an end that is no number": claims(exp="tomorrow"),
    "an end that compares with nothing": claims(exp=float("nan")),
    "made long ago": now_and(-601, "iat"),
    "made tomorrow": now_and(86_400, "iat"),
    "made at no time": claims(iat=None),
    "not yet": now_and(120, "nbf"),
    "of another access token": claims(at_hash="A" * 22),
    "of nobody": claims(sub=None),
    "of somebody with an endless name": claims(sub="s" * 256),
    "alg none": with_(id_text=lambda claims: unsigned({"alg": "none"}, claims)),
    "alg None": with_(id_text=lambda claims: unsigned({"alg": "None", "kid": "one"}, claims)),
    "HS256 with the public key": with_(id_text=signed_with_the_public_key),
    "another key of that name": with_(id_key=OTHER),
    "a key that is not among them": with_(id_key=CURVE),
    "a signature that is cut": with_(id_text=lambda claims: unsigned({"alg": "RS256", "kid": "one"}, claims)),
    "no token": with_(id_text=lambda _: "token"),
    "no ASCII": with_(id_text=lambda _: "é.é.é"),
    "no ID token at all": lambda liar: liar.tokens.update(id_token=None),
    "not a bearer's": lambda liar: liar.tokens.update({"token_type": "mac"}),
    "userinfo of another": told(sub="another"),
    "userinfo of nobody": told(sub=None),
    "userinfo by another issuer": told(iss="https://evil.example"),
    "userinfo by nobody": told(iss=None),
    "userinfo for another": told(aud="somebody-else"),
    "userinfo for nobody": told(aud=None),
    "userinfo that has expired": told(exp=1_000_000_000),
    "userinfo signed with another key": with_(user_key=OTHER),
    "userinfo that is not signed": with_(user_text=lambda claims: unsigned({"alg": "none"}, claims)),
    "userinfo signed with the public key": with_(user_text=signed_with_the_public_key),
    "userinfo as plain JSON": with_(plain=True),
    "keys that are none": lambda liar: setattr(liar, "keys", []),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_of_the_provider_lets_nobody_in(lie: str) -> None:
    async with meeting(marie()) as met:
        asked = await met.ask()
        LIES[lie](met.liar)
        answer = await met.come_back(asked)
        assert (answer.status, UNBELIEVED in await words(answer)) == (502, True)
        assert not await met.signed_in()
        assert met.there.store.accounts["id-marie"].subject is None


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"end_session_endpoint": "javascript:alert(1)"},
        {"userinfo_endpoint": 12},
    ],
)
async def test_a_provider_that_says_wrong_things_of_itself_is_not_gone_to(said: dict[str, Any]) -> None:
    async with meeting(marie(), lie=lambda liar: liar.discovery.update(said)) as met:
        answer = await met.there.client.post("/connexion/fournisseur", headers=met.there.ours)
        assert (answer.status, UNBELIEVED in await words(answer)) == (502, True)


@pytest.mark.parametrize(
    ("address", "fit"),
    [
        ("https://auth.example/x", True),
        ("http://127.0.0.1:3000", True),
        ("http://localhost/x", True),
        ("http://[::1]/", True),
        ("http://auth.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://127.0.0.1@evil.example", False),
        ("//auth.example", False),
        ("https://", False),
        ("https://[", False),
        ("javascript:alert(1)", False),
    ],
)
def test_secrets_go_over_https_or_nowhere_but_to_this_machine(address: str, fit: bool) -> None:
    assert usable(address) is fit


# ------------------------------------------------------------ answers that are not ours


async def test_an_answer_is_good_once() -> None:
    async with meeting(marie()) as met:
        asked = await met.ask()
        errand = met.errand()
        assert (await met.come_back(asked)).status == 303
        await met.there.client.post("/deconnexion", headers=met.there.ours, allow_redirects=False)
        # replayed with all that the browser had
        met.there.client.cookie_jar.update_cookies({"vigie-aller": errand}, URL(met.there.address))
        answer = await met.come_back(asked)
        assert (answer.status, LOST in await words(answer), await met.signed_in()) == (400, True, False)


async def test_an_answer_to_another_browser_is_not_taken() -> None:
    async with meeting(marie()) as met:
        asked = await met.ask()
        query = {"code": met.liar.grant(asked), "state": asked["state"], "iss": met.liar.address}
        async with aiohttp.ClientSession(met.there.address, cookie_jar=aiohttp.CookieJar(unsafe=True)) as victim:
            # without an errand, and with one of their own
            for _ in range(2):
                async with victim.get("/connexion/retour", params=query, allow_redirects=False) as answer:
                    assert (answer.status, LOST in await words(answer)) == (400, True)
                async with victim.post("/connexion/fournisseur", headers=met.there.ours, allow_redirects=False):
                    pass
            async with victim.get("/api/v1/session") as said:
                assert (await said.json())["signed_in"] is False
        assert met.liar.asked.count("/token") == 0


@pytest.mark.parametrize("state", [None, "", "x" * 64, "é"])
async def test_an_answer_without_the_state_that_was_sent_is_not_taken(state: str | None) -> None:
    async with meeting(marie()) as met:
        answer = await met.come_back(await met.ask(), state=state)
        assert (answer.status, await met.signed_in()) == (400, False)


@pytest.mark.parametrize("errand", ["", "gAAAAA", "x" * 5000, "é"])
async def test_an_errand_that_was_made_elsewhere_is_none(errand: str) -> None:
    async with meeting(marie()) as met:
        asked = await met.ask()
        met.there.client.cookie_jar.update_cookies({"vigie-aller": errand}, URL(met.there.address))
        assert (await met.come_back(asked)).status == 400


async def test_every_page_on_the_way_is_open_to_those_who_are_not_signed_in_yet() -> None:
    async with meeting() as met:
        ways = [
            (route.method, right_of(route.handler))
            for route in met.there.server.app.router.routes()
            if route.resource and route.resource.canonical.endswith(("/fournisseur", "/retour"))
        ]
        assert sorted(ways) == [("GET", "open"), ("GET", "open"), ("POST", "open")]


async def test_whoever_takes_too_long_begins_again() -> None:
    async with meeting(marie()) as met:
        asked = await met.ask()
        met.there.clock.forward(timedelta(seconds=LASTS_S + 1))
        assert (await met.come_back(asked)).status == 400


async def test_a_code_that_was_used_or_was_meant_for_another_question_lets_nobody_in() -> None:
    async with meeting(marie()) as met:
        first = await met.ask()
        code = met.liar.grant(first)
        assert (await met.come_back(first, code=code)).status == 303
        await met.there.client.post("/deconnexion", headers=met.there.ours, allow_redirects=False)
        assert (await met.come_back(await met.ask(), code=code)).status == 502
        # somebody else's code, slipped in: the verifier is another
        stolen = met.liar.grant(first)
        assert (await met.come_back(await met.ask(), code=stolen)).status == 502
        assert (await met.come_back(await met.ask(), code=None)).status == 502
        assert not await met.signed_in()


@pytest.mark.parametrize("issuer", ["https://evil.example", None, ""])
async def test_an_answer_of_another_provider_is_not_taken_to_this_one(issuer: str | None) -> None:
    async with meeting(marie()) as met:
        answer = await met.come_back(await met.ask(), iss=issuer)
        assert (answer.status, met.liar.asked.count("/token")) == (502, 0)


@pytest.mark.parametrize("asked", ["https://evil.example/", "//evil.example", "/\\evil.example", "/connexion/retour"])
async def test_one_goes_on_to_a_page_of_ours_whatever_was_asked_for(asked: str) -> None:
    async with meeting(marie()) as met:
        answer = await met.sign_in(next=asked)
        assert (answer.status, answer.headers["Location"]) == (303, "/")


async def test_the_session_is_a_new_one_and_the_errand_is_taken_back() -> None:
    async with meeting(marie(), account("eve")) as met:
        await met.there.enter("eve")
        planted = met.there.cookie()
        answer = await met.sign_in()
        assert answer.cookies["vigie"].value != planted
        assert (answer.cookies["vigie-aller"].value, answer.cookies["vigie-aller"]["max-age"]) == ("", "0")


async def test_another_site_cannot_send_somebody_to_sign_in() -> None:
    async with meeting(marie()) as met:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            async with met.there.client.post("/connexion/fournisseur", headers=headers) as answer:
                assert answer.status == 403


# ------------------------------------------------------------ a provider that does not answer


@pytest.mark.parametrize(
    ("error", "status", "words_of_it"),
    [
        ("access_denied", 401, "La connexion avec ProConnect a été refusée ou abandonnée."),
        ("server_error", 503, "ProConnect ne répond pas. Réessayez, ou utilisez un compte local."),
        ("<script>alert(1)</script>", 502, UNBELIEVED),
    ],
)
async def test_an_error_of_the_provider_is_said_where_one_signs_in(error: str, status: int, words_of_it: str) -> None:
    async with meeting(marie()) as met:
        answer = await met.come_back(await met.ask(next="/alertes"), code=None, error=error)
        text = await words(answer)
        assert (answer.status, words_of_it in text, "<script>alert" in text) == (status, True, False)
        assert 'name="next" value="/alertes"' in text


async def _huge(_: web.Request) -> web.Response:
    return web.Response(body=b" " * LARGEST + b"{}", content_type="application/json")


async def _packed(_: web.Request) -> web.Response:
    """Little on the way, and a lot once it is unpacked."""
    answer = web.Response(body=b" " * (100 * LARGEST), content_type="application/json")
    answer.enable_compression(web.ContentCoding.gzip)
    return answer


async def _broken(_: web.Request) -> web.Response:
    return web.Response(status=500)


async def _elsewhere(_: web.Request) -> web.Response:
    raise web.HTTPFound("/token")


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks", "/token", "/userinfo"])
@pytest.mark.parametrize("answering", [never, _huge, _packed, _broken])
async def test_whatever_does_not_answer_in_bounds_is_away_and_local_accounts_stay(path: str, answering: Any) -> None:
    patience = timedelta(seconds=0.2 if answering is never else 5)
    async with meeting(marie(), account("ida"), patience=patience) as met:
        discovery = "well-known" in path
        asked = {} if discovery else await met.ask()
        met.liar.answers[path] = answering
        if discovery:
            answer = await met.there.client.post("/connexion/fournisseur", headers=met.there.ours)
        else:
            answer = await met.come_back(asked)
        text = await words(answer)
        assert (answer.status, "ProConnect ne répond pas" in text, await met.signed_in()) == (503, True, False)
        assert (await met.there.enter("ida")).status == 303


@pytest.mark.parametrize("path", ["/jwks", "/token", "/userinfo"])
async def test_where_the_provider_sends_us_on_our_secret_and_its_tokens_do_not_go(path: str) -> None:
    async with meeting(marie()) as met:
        asked = await met.ask()
        met.liar.answers[path] = _elsewhere
        assert (await met.come_back(asked)).status == 502
        assert met.liar.asked.count("/token") == 1


async def test_a_provider_that_is_not_there_is_away_and_once_known_is_still_known() -> None:
    async with meeting(marie()) as met:
        await met.ask()
        met.there.clock.forward(timedelta(hours=2))
        met.liar.answers["/.well-known/openid-configuration"] = _broken
        assert (await met.sign_in()).status == 303


async def test_while_the_database_is_away_nobody_is_let_in_and_it_is_said_why() -> None:
    async with meeting(marie()) as met:
        asked = await met.ask()
        met.there.store.away = True
        answer = await met.come_back(asked)
        assert (answer.status, "La base de données ne répond pas" in await words(answer)) == (503, True)
