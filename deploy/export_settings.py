"""The settings of what goes out every month."""

from typing import Annotated

from msgspec import Meta, Struct

from alerts.channels.submission import Address


class ExportSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[exports]`: whose figures they are, how few people are told of in public, and who is sent the month by mail."""

    publisher: str = ""
    siren: Annotated[str, Meta(pattern=r"^(?:\d{9})?$(?!\n)")] = ""
    fewest: Annotated[int, Meta(ge=0, le=100)] = 5
    mail_to: Annotated[tuple[Address, ...], Meta(max_length=20)] = ()
