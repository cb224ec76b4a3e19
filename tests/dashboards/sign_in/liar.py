"""A provider of identities made by hand, honest until it is told how to lie; and somebody who signs in with it."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from msgspec import Struct, field
from msgspec.structs import replace
from yarl import URL

from dashboards.sign_in.guard import Place
from dashboards.sign_in.provider import Provider
from dashboards.sign_in.settings import OidcSettings
from dashboards.sign_in.store import Account
from tests.dashboards.sign_in.kept import Clock, Entered, entrance

CLIENT, KNOWN_BY = "vigie", "secret & with: signs"
HOME = "https://vigie.example"
PATIENCE = timedelta(seconds=5)
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})
MARIE = {"sub": "8c0e6a", "given_name": "Marie", "usual_name": "Durand", "email": "Marie.Durand@aube.example"}


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token without a signature: no library makes one."""
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims))
    return ".".join((*parts, ""))


def signed_with_the_public_key(claims: dict[str, Any]) -> str:
    """HS256 by what everybody knows, which a verifier that believes the header takes for good."""
    head, body, _ = unsigned({"alg": "HS256", "kid": "one"}, claims).split(".")
    mac = hmac.digest(KEY.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def half(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).rstrip(b"=").decode()


class Liar(Struct):
    """`id_claims` and `user_claims` replace what is true; None takes a claim away."""

    clock: Clock
    address: str = ""
    keys: list[Any] = field(default_factory=lambda: [KEY])
    id_claims: dict[str, Any] = field(default_factory=dict)
    id_key: Any = KEY
    id_text: Callable[[dict[str, Any]], str] | None = None
    user_claims: dict[str, Any] = field(default_factory=dict)
    user_key: Any = KEY
    user_text: Callable[[dict[str, Any]], str] | None = None
    plain: bool = False
    discovery: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Callable[[web.Request], Any]] = field(default_factory=dict)
    """By the path of an endpoint, what answers in its place."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    basic: bool = False

    def app(self) -> web.Application:
        app = web.Application()
        routes = {
            "/.well-known/openid-configuration": self._discovery,
            "/jwks": self._jwks,
            "/token": self._token,
            "/userinfo": self._userinfo,
        }
        for path, honest in routes.items():
            app.router.add_route("*", path, self._instead(path, honest))
        return app

    def _instead(self, path: str, honest: Callable[[web.Request], Any]) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            self.asked.append(path)
            found: web.StreamResponse = await self.answers.get(path, honest)(request)
            return found

        return answer

    async def _discovery(self, _: web.Request) -> web.Response:
        paths = {"authorization": "authorize", "token": "token", "userinfo": "userinfo", "end_session": "logout"}
        found: dict[str, Any] = {f"{name}_endpoint": f"{self.address}/{path}" for name, path in paths.items()}
        methods = ["client_secret_basic"] if self.basic else ["client_secret_post"]
        found |= {
            "issuer": self.address,
            "jwks_uri": f"{self.address}/jwks",
            "token_endpoint_auth_methods_supported": methods,
            "authorization_response_iss_parameter_supported": True,
        }
        return web.json_response(_changed(found, self.discovery))

    async def _jwks(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [key.as_dict(private=False) for key in self.keys]})

    def grant(self, query: dict[str, str]) -> str:
        """The code for somebody who has said who they are, at the address at which they were asked."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return code

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        who: tuple[object, object] = form.get("client_id"), form.get("client_secret")
        if self.basic:
            told = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
            assert "client_secret" not in form
            who = CLIENT, told.removeprefix(f"{CLIENT}:").replace("+", " ").replace("%26", "&").replace("%3A", ":")
        asked = self.codes.pop(str(form.get("code")), None)
        proof = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        if who != (CLIENT, KNOWN_BY) or asked is None:
            return web.json_response({"error": "invalid_grant" if asked is None else "invalid_client"}, status=400)
        if base64.urlsafe_b64encode(proof).rstrip(b"=").decode() != asked["code_challenge"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(self.clock().timestamp())
        claims: dict[str, Any] = {"iss": self.address, "aud": CLIENT, "sub": MARIE["sub"], "nonce": asked["nonce"]}
        claims |= {"iat": now, "exp": now + 60, "at_hash": half("let me see"), "acr": "eidas1"}
        token = _token_of(_changed(claims, self.id_claims), self.id_key, self.id_text)
        found = {"access_token": "let me see", "token_type": "Bearer", "expires_in": 60, "id_token": token}
        return web.json_response(_changed(found, self.tokens))

    async def _userinfo(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer let me see"
        claims = _changed({**MARIE, "iss": self.address, "aud": CLIENT}, self.user_claims)
        if self.plain:
            return web.json_response(claims)
        text = _token_of(claims, self.user_key, self.user_text)
        return web.Response(text=text, content_type="application/jwt")


def _changed(true: dict[str, Any], lies: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**true, **lies}.items() if value is not None}


def _token_of(claims: dict[str, Any], key: Any, instead: Callable[[dict[str, Any]], str] | None) -> str:
    if instead:
        return instead(claims)
    alg = "ES256" if key.key_type == "EC" else "RS256"
    return jwt.encode({"alg": alg, "kid": key.kid}, claims, key)


class Met(Struct):
    """A vigie where one browser may sign in with the liar."""

    there: Entered
    liar: Liar
    provider: Provider

    async def ask(self, **fields: str) -> dict[str, str]:
        """What the browser is sent to the provider with."""
        async with self.there.client.post(
            "/connexion/fournisseur", data=fields, headers=self.there.ours, allow_redirects=False
        ) as answer:
            assert answer.status == 303, await answer.text()
            address = URL(answer.headers["Location"])
            assert str(address.with_query(None)) == f"{self.liar.address}/authorize"
            return dict(address.query)

    async def come_back(self, asked: dict[str, str], **changed: str | None) -> aiohttp.ClientResponse:
        """The answer to somebody who has said there who they are; None takes something out of their address."""
        true = {"code": self.liar.grant(asked), "state": asked["state"], "iss": self.liar.address}
        query = {key: value for key, value in {**true, **changed}.items() if value is not None}
        answer = await self.there.client.get("/connexion/retour", params=query, allow_redirects=False)
        await answer.read()
        return answer

    async def sign_in(self, **fields: str) -> aiohttp.ClientResponse:
        return await self.come_back(await self.ask(**fields))

    def errand(self) -> str:
        """What the browser keeps in the meantime."""
        return self.there.client.cookie_jar.filter_cookies(URL(self.there.address))["vigie-aller"].value

    async def signed_in(self) -> bool:
        async with self.there.client.get("/api/v1/session") as answer:
            return bool((await answer.json())["signed_in"])


@asynccontextmanager
async def meeting(
    *accounts: Account,
    lie: Callable[[Liar], object] = lambda _: None,
    patience: timedelta = PATIENCE,
    levels: Sequence[str] = (),
    **settings: Any,
) -> AsyncIterator[Met]:
    liar = Liar(Clock())
    lie(liar)
    runner = web.AppRunner(liar.app(), handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    liar.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    oidc = OidcSettings(
        issuer=liar.address, client_id=CLIENT, client_secret_file=Path(), acr_values=tuple(levels)
    )  # fmt: skip
    provider = Provider(replace(oidc, **settings), KNOWN_BY, home=HOME, clock=liar.clock, patience=patience)
    try:
        # plain http here, as far as cookies go
        async with entrance(*accounts, place=Place(), provider=provider, clock=liar.clock) as there:
            yield Met(there, liar, provider)
    finally:
        await runner.cleanup()


async def never(_: web.Request) -> web.Response:
    """Does not answer."""
    await asyncio.Event().wait()
    raise AssertionError
