"""The settings of sign-in."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from msgspec import Struct


class OidcSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider of identities that speaks OpenID Connect, as ProConnect does."""

    issuer: str
    client_id: str
    client_secret_file: Path
    name: str = "ProConnect"
    scopes: tuple[str, ...] = ("openid", "given_name", "usual_name", "email")
    acr_values: tuple[str, ...] = ()
    """Levels of assurance that are asked for; where any are, no other is accepted."""
    signed_userinfo: bool = True
    """Whether plain JSON is refused of the userinfo endpoint."""
    trust_email: bool = True
    """Whether an address of which the provider does not say whether it is verified counts as verified."""
    post_logout_redirect_uri: str | None = None
    """Where the provider sends people who have signed out, if not back to us."""


class SignInSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`secret_file` holds what cookies are sealed with: without one, it is made in the data folder."""

    secret_file: Path | None = None
    lasts: timedelta = timedelta(hours=12)
    """From signing in, however much is done: a working day."""
    totp: Literal["optional", "required"] = "optional"
    oidc: OidcSettings | None = None
    """Where people may sign in with another account than a local one."""
