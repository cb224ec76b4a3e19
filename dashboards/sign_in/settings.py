"""The settings of sign-in."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from msgspec import Struct


class SignInSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`secret_file` holds what cookies are sealed with: without one, it is made in the data folder."""

    secret_file: Path | None = None
    lasts: timedelta = timedelta(hours=12)
    """From signing in, however much is done: a working day."""
    totp: Literal["optional", "required"] = "optional"
