"""What a provider of identities says of somebody, and whether it is to be believed: signatures and claims."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet
from msgspec import Struct

ALGORITHMS = ("RS256", "PS256", "ES256")
"""None that a secret signs: whoever knows a public key could use it as one."""
LEEWAY_S = 60
"""How far the clocks of the provider and of this machine may differ."""
OLDEST_S = 600
"""An ID token is made when it is asked for."""
LONGEST = 255
"""Characters of a subject (OpenID Connect Core 1.0, section 2)."""


class IdentityError(Exception):
    """What the provider says is not believed; the text is a sentence for the operator."""


class UnknownKeyError(IdentityError):
    """It is signed with a key that is not among those that were read."""


class Identity(Struct, frozen=True, kw_only=True):
    """Somebody as the provider knows them; `token` is the proof, to be shown when they sign out."""

    subject: str
    name: str
    email: str | None
    token: str


class Expected(Struct, frozen=True, kw_only=True):
    """Of every token: by whom and for whom it is, as of an instant; `levels` of assurance, any if there are none."""

    issuer: str
    client: str
    now: datetime
    levels: Sequence[str] = ()


def keys_of(found: Any) -> KeySet:
    """The public keys of a JWKS by which we verify; the others, secrets above all, are left out."""
    listed = found.get("keys") if isinstance(found, dict) else None
    keys: list[Any] = []
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("kty") in ("RSA", "EC") and one.get("use", "sig") == "sig":
            try:
                keys.append(JWKRegistry.import_key(one))
            except (JoseError, ValueError, TypeError, KeyError):
                continue  # of a kind that is not understood: RFC 7517, section 5
    if not keys:
        raise IdentityError("jwks_uri: found no key, expected one that signs")
    return KeySet(keys)


def claims_of(text: str, keys: KeySet) -> dict[str, Any]:
    """What stands in a token that one of the keys has signed."""
    try:
        header = jws.extract_compact(text.encode()).headers()
        if header.get("alg") not in ALGORITHMS:
            raise IdentityError(f"found a token signed with {header.get('alg')!r}, expected one of: {ALGORITHMS}")
        registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        return jwt.decode(text, _key(header, keys), registry=registry).claims
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise IdentityError(f"found a token that cannot be verified: {type(error).__name__}: {error}") from None


def _key(header: Mapping[str, Any], keys: KeySet) -> Any:
    alg, kid = header["alg"], header.get("kid")
    kind = "EC" if alg.startswith("ES") else "RSA"
    fit = [one for one in keys if one.key_type == kind and one.get("alg") in (None, alg) and kid in (None, one.kid)]
    if len(fit) != 1:
        raise UnknownKeyError(f"found a token signed by key {kid!r}, expected one of the provider's")
    return fit[0]


def subject_of(claims: Mapping[str, Any], expected: Expected, *, nonce: str, access_token: str) -> str:
    """Who an ID token is of. IdentityError where it is not the answer to our own question."""
    _check(claims, expected)
    if not _same(claims.get("nonce"), nonce):
        raise IdentityError("nonce: found another, or none, expected the one that was sent")
    now = expected.now.timestamp()
    begun: Any = claims.get("iat")
    if not _is_number(claims.get("exp")):
        raise IdentityError("exp: found none, expected an instant")
    if not _is_number(begun) or not now - OLDEST_S <= begun <= now + LEEWAY_S:
        raise IdentityError(f"iat: found {begun!r}, expected an instant within the last {OLDEST_S} s")
    audience = claims["aud"]
    if claims.get("azp", expected.client) != expected.client or (
        isinstance(audience, list) and len(audience) > 1 and "azp" not in claims
    ):
        raise IdentityError(f"azp: found {claims.get('azp')!r}, expected our client_id")
    if "at_hash" in claims and not _same(claims["at_hash"], _half(access_token)):
        raise IdentityError("at_hash: found another, expected that of the access token")
    if expected.levels and claims.get("acr") not in expected.levels:
        raise IdentityError(f"acr: found {claims.get('acr')!r}, expected one of: {', '.join(expected.levels)}")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST or not subject.isprintable():
        raise IdentityError(f"sub: found nothing that can be one, expected 1 to {LONGEST} characters")
    return subject


def check_userinfo(claims: Mapping[str, Any], expected: Expected, subject: str, *, signed: bool) -> None:
    """IdentityError unless it is of the same person; and of the same provider for us, which only a signed one says."""
    if signed:
        _check(claims, expected)
    if not _same(claims.get("sub"), subject):
        raise IdentityError("sub: found another in userinfo, expected that of the ID token")


def name_of(claims: Mapping[str, Any]) -> str:
    parts = (claims.get("given_name"), claims.get("usual_name") or claims.get("family_name"))
    return " ".join(part for part in parts if isinstance(part, str))[:LONGEST]


def email_of(claims: Mapping[str, Any], *, trusted: bool) -> str | None:
    """An address that is known to be theirs, in lower case; `trusted`: also where nothing is said of that."""
    email, verified = claims.get("email"), claims.get("email_verified", trusted)
    # of other letters, some are the same as ours in lower case: an address of somebody else would become theirs
    if not isinstance(email, str) or not email.isascii() or "@" not in email or verified is not True:
        return None
    return email.strip().lower()


def _check(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise IdentityError(f"iss: found {claims.get('iss')!r}, expected {expected.issuer}")
    audience = claims.get("aud")
    if expected.client not in (audience if isinstance(audience, list) else [audience]):
        raise IdentityError(f"aud: found {audience!r}, expected our client_id")
    now = expected.now.timestamp()
    # asked so that what is no number, or none that compares, is refused
    if "exp" in claims and not (_is_number(claims["exp"]) and now < claims["exp"] + LEEWAY_S):
        raise IdentityError(f"exp: found {claims['exp']!r}, expected an instant to come")
    if "nbf" in claims and not (_is_number(claims["nbf"]) and claims["nbf"] <= now + LEEWAY_S):
        raise IdentityError(f"nbf: found {claims['nbf']!r}, expected an instant that has passed")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(found: object, wanted: str) -> bool:
    return isinstance(found, str) and hmac.compare_digest(found.encode(), wanted.encode())


def _half(access_token: str) -> str:
    """The left half of its hash (OpenID Connect Core 1.0, section 3.1.3.6): SHA-256 for all of ALGORITHMS."""
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).rstrip(b"=").decode()
