"""The provider of identities as we ask it over HTTP: where it is, its keys, who has come back, and the way out."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp
import structlog
from joserfc.jwk import KeySet
from msgspec import Struct

from dashboards.errors import AwayError
from dashboards.sign_in.errands import Errand
from dashboards.sign_in.identity import (
    Expected,
    Identity,
    IdentityError,
    UnknownKeyError,
    check_userinfo,
    claims_of,
    email_of,
    keys_of,
    name_of,
    subject_of,
)
from dashboards.sign_in.outside import Answer, ask, read, successful
from dashboards.sign_in.settings import OidcSettings

log = structlog.get_logger()

PATIENCE = timedelta(seconds=5)
"""For each thing that is asked of the provider, while somebody looks at an empty page."""
AN_HOUR = timedelta(hours=1)
"""So long what the provider says of itself, and its keys, are taken to be the same."""
A_WHILE = timedelta(seconds=10)
"""Between two readings of its keys because of one that is unknown."""
AWAY = frozenset({"server_error", "temporarily_unavailable"})
DECLINED = frozenset({"access_denied", "login_required", "interaction_required", "consent_required"})


class DeclinedError(Exception):
    """The provider did not let somebody in, or they gave up there."""


class Metadata(Struct, frozen=True, kw_only=True):
    """What a provider says of itself (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Tokens(Struct, frozen=True, kw_only=True):
    access_token: str
    id_token: str
    token_type: str


def usable(address: str) -> bool:
    """Whether what is sent there is read by nobody on the way: https, or this machine."""
    try:
        parts = urlsplit(address)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and local))


class Provider:
    def __init__(
        self,
        settings: OidcSettings,
        secret: str,
        *,
        home: str,
        clock: Callable[[], datetime],
        patience: timedelta = PATIENCE,
    ) -> None:
        """`home` is our own address, as people reach us; to it they come back, at the paths that are added."""
        self._settings, self._secret, self._clock = settings, secret, clock
        self._patience = patience
        self._return = f"{home.rstrip('/')}/connexion/retour"
        self._after = settings.post_logout_redirect_uri or f"{home.rstrip('/')}/deconnexion/retour"
        self._metadata: tuple[Metadata, datetime] | None = None
        self._keys: tuple[KeySet, datetime] | None = None

    @property
    def name(self) -> str:
        return self._settings.name

    # ------------------------------------------------------------ going there

    async def question(self, errand: Errand, *, afresh: bool = False) -> str:
        """The address at which somebody says who they are. `afresh`: though the provider thinks to know it."""
        metadata = await self.metadata()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._return,
            "scope": " ".join(self._settings.scopes),
            "state": errand.state,
            "nonce": errand.nonce,
            "code_challenge": errand.challenge,
            "code_challenge_method": "S256",
        }
        if self._settings.acr_values:
            query["acr_values"] = " ".join(self._settings.acr_values)
        if afresh:
            query["prompt"] = "login"
        return _with(metadata.authorization_endpoint, query)

    async def farewell(self, token: str, state: str) -> str | None:
        """The address at which somebody signs out there, too; None where there is none now."""
        try:
            metadata = await self.metadata()
        except (AwayError, IdentityError) as error:
            log.warning("signed out here alone", error=str(error))
            return None
        if metadata.end_session_endpoint is None:
            return None
        query = {"id_token_hint": token, "state": state, "post_logout_redirect_uri": self._after}
        return _with(metadata.end_session_endpoint, query)

    # ------------------------------------------------------------ coming back

    async def identity(self, query: Mapping[str, str], errand: Errand) -> Identity:
        """Who has come back from an errand.

        AwayError where the provider does not answer, DeclinedError where it, or they, said no, IdentityError where what
        it says is not to be believed.
        """
        metadata = await self.metadata()
        issuer = query.get("iss")
        # RFC 9207: an answer of another provider must not be taken to this one
        if issuer != metadata.issuer and (issuer or metadata.authorization_response_iss_parameter_supported):
            raise IdentityError(f"iss: found {issuer!r:.200} in the answer, expected {metadata.issuer}")
        if error := query.get("error"):
            kind = AwayError if error in AWAY else DeclinedError if error in DECLINED else IdentityError
            raise kind(f"the provider answers: {error!r:.100}")
        if not (code := query.get("code")):
            raise IdentityError("code: found none in the answer, expected one")
        tokens = await self._tokens(metadata, code, errand.verifier)
        expected = Expected(
            issuer=metadata.issuer,
            client=self._settings.client_id,
            now=self._clock(),
            levels=self._settings.acr_values,
        )
        claims = await self._claims(metadata, tokens.id_token)
        subject = subject_of(claims, expected, nonce=errand.nonce, access_token=tokens.access_token)
        told = await self._userinfo(metadata, tokens.access_token, expected, subject)
        return Identity(
            # a subject is one only for its issuer
            subject=f"{metadata.issuer} {subject}",
            name=name_of(told),
            email=email_of(told, trusted=self._settings.trust_email),
            token=tokens.id_token,
        )

    async def _tokens(self, metadata: Metadata, code: str, verifier: str) -> Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._return,
            "code_verifier": verifier,
        }
        who, headers = self._settings.client_id, {}
        if "client_secret_post" in metadata.token_endpoint_auth_methods_supported:
            form |= {"client_id": who, "client_secret": self._secret}
        else:
            # encoded first: RFC 6749, section 2.3.1
            headers["Authorization"] = aiohttp.encode_basic_auth(quote_plus(who), quote_plus(self._secret))
        answer = await self._ask("POST", metadata.token_endpoint, data=form, headers=headers)
        tokens = read(answer, Tokens, "token_endpoint")
        if tokens.token_type.lower() != "bearer":
            raise IdentityError(f"token_type: found {tokens.token_type!r:.50}, expected Bearer")
        return tokens

    async def _userinfo(
        self, metadata: Metadata, access_token: str, expected: Expected, subject: str
    ) -> Mapping[str, Any]:
        answer = await self._ask("GET", metadata.userinfo_endpoint, headers={"Authorization": f"Bearer {access_token}"})
        if signed := answer.kind == "application/jwt":
            successful(answer, "userinfo_endpoint")
            claims = await self._claims(metadata, answer.body.decode("ascii", "replace").strip())
        elif self._settings.signed_userinfo:
            successful(answer, "userinfo_endpoint")
            raise IdentityError(f"userinfo: found {answer.kind!r:.50}, expected application/jwt, which is signed")
        else:
            claims = read(answer, dict[str, Any], "userinfo_endpoint")
        check_userinfo(claims, expected, subject, signed=signed)
        return claims

    async def _claims(self, metadata: Metadata, text: str) -> dict[str, Any]:
        """Of a token, by the provider's keys; they are read anew for one that is signed with another."""
        now = self._clock()
        if self._keys is None or not timedelta() <= now - self._keys[1] < AN_HOUR:
            self._keys = await self._read_keys(metadata), now
        try:
            return claims_of(text, self._keys[0])
        except UnknownKeyError:
            if timedelta() <= now - self._keys[1] < A_WHILE:
                raise
        self._keys = await self._read_keys(metadata), now
        return claims_of(text, self._keys[0])

    async def _read_keys(self, metadata: Metadata) -> KeySet:
        return keys_of(read(await self._ask("GET", metadata.jwks_uri), dict[str, Any], "jwks_uri"))

    # ------------------------------------------------------------ about it

    async def metadata(self) -> Metadata:
        """What the provider says of itself, as last read while it is away. AwayError, IdentityError if it never was."""
        now = self._clock()
        if self._metadata and timedelta() <= now - self._metadata[1] < AN_HOUR:
            return self._metadata[0]
        try:
            address = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            found = read(await self._ask("GET", address), Metadata, "discovery")
        except AwayError:
            if self._metadata is None:
                raise
            return self._metadata[0]
        if found.issuer != self._settings.issuer:
            raise IdentityError(f"issuer: found {found.issuer!r:.200}, expected {self._settings.issuer}")
        asked = (found.authorization_endpoint, found.token_endpoint, found.userinfo_endpoint, found.jwks_uri)
        for one in (*asked, *filter(None, [found.end_session_endpoint])):
            if not usable(one):
                raise IdentityError(f"discovery: found {one!r:.200}, expected an address with https")
        self._metadata = found, now
        return found

    async def _ask(self, method: str, address: str, **more: Any) -> Answer:
        return await ask(method, address, self._patience, **more)


def _with(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"
