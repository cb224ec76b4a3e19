"""Which device speaks which dialect: the `devices` of the configuration, and the choice made of them."""

from collections.abc import Iterable
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from collector.dialects import Dialect
from collector.dialects.flat import Flat, FlatSettings
from collector.dialects.names import Clean
from collector.dialects.qmatic import Qmatic, QmaticSettings
from ticketing.events import Name

EVERY = "*"


class DeviceSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`id` may be `*`: every device of the area that has no entry of its own."""

    area: Name
    id: Annotated[str, Meta(pattern=r"^(?:\*|[a-z0-9-]{1,64})$(?!\n)")]
    dialect: Literal["cloudevents", "flat", "qmatic"] = "cloudevents"
    flat: FlatSettings | None = None
    qmatic: QmaticSettings | None = None


class Dialects:
    """The dialects of one site's devices."""

    def __init__(self, site: str, zone: ZoneInfo, devices: Iterable[DeviceSettings] = (), clean: Clean = str) -> None:
        """`zone` is the site's: that of the times that devices tell without one. `clean` is what messages undergo."""
        self._site = site
        self._chosen = {(device.area, device.id): _dialect(device, zone, clean) for device in devices}

    def choose(self, site: str, area: str, device: str) -> Dialect | None:
        """None for CloudEvents."""
        if site != self._site or not self._chosen:
            return None
        own = (area, device)
        return self._chosen[own] if own in self._chosen else self._chosen.get((area, EVERY))


def _dialect(device: DeviceSettings, zone: ZoneInfo, clean: Clean) -> Dialect | None:
    match device.dialect:
        case "flat" if device.flat:
            return Flat(device.flat, zone, clean)
        case "qmatic":
            return Qmatic(device.qmatic or QmaticSettings(), zone, clean)
        case _:
            return None
