"""The settings of alerts: who is told by which channel, when, and from which values on."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from alerts.channels import Recipient
from alerts.channels.submission import MailSettings
from alerts.rules import Adjustment
from alerts.telling import Policy
from ticketing.alert import Severity, Topic
from ticketing.events import Name

Names = Annotated[list[Name], Meta(min_length=1)]


class AlertSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`give_up_after`: a message that cannot be delivered for so long is shown as undeliverable, and not sent again."""

    repeat: timedelta = Policy().repeat
    gather: timedelta = Policy().gather
    escalate_after: timedelta = Policy().escalate_after
    give_up_after: timedelta = timedelta(hours=24)
    mail: MailSettings | None = None
    rules: list[Adjustment] = []

    @property
    def policy(self) -> Policy:
        return Policy(repeat=self.repeat, gather=self.gather, escalate_after=self.escalate_after)


class RouteSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Recipients by name: `to` at once, `then` one list after the other while nobody has acknowledged."""

    to: Names
    then: list[Names] = []
    areas: Annotated[list[Name], Meta(min_length=1)] | None = None
    topics: Annotated[list[Topic], Meta(min_length=1)] | None = None
    severities: Annotated[list[Severity], Meta(min_length=1)] | None = None
    hours: dict[str, list[str]] | None = None


__all__ = ["AlertSettings", "Recipient", "RouteSettings"]
