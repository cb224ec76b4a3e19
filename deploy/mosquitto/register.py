"""The devices that the broker lets in, and what Mosquitto's files say of them."""

import base64
import hashlib
import secrets
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from deploy.mosquitto.certificates import LONGEST_NAME, Revoked
from ticketing.events import Name

ITERATIONS = 101
"""mosquitto_passwd's own. Our passwords are 256 random bits, which no number of guesses finds: more would only make a
flood of wrong ones dear to the broker."""
VIGIE = "vigie"
RESERVED = ("live", "alerts")
"""Stand where a device's id does in the topics that vigie writes."""

By = Literal["password", "certificate"]
Reads = Literal["live", "alerts"]


class CredentialsError(Exception):
    """One sentence: what was found and what was expected."""


class Device(Struct, frozen=True, kw_only=True):
    """`hash` is Mosquitto's of the password; `serials` are of the certificates that were made for it."""

    site: Name
    area: Name
    device: Name
    by: By
    reads: tuple[Reads, ...] = ()
    made: datetime
    until: datetime | None = None
    hash: str | None = None
    serials: tuple[str, ...] = ()

    @property
    def user(self) -> str:
        """What the broker knows it by, whatever it calls itself."""
        return f"{self.site}/{self.area}/{self.device}"

    @property
    def file_name(self) -> str:
        return f"{self.site}.{self.area}.{self.device}"

    @property
    def rights(self) -> str:
        """Its entry in Mosquitto's list. By name and not by a pattern: a device that is removed has no rights left."""
        own = [f"topic write accueil/v1/{self.user}/{channel}" for channel in ("events", "status")]
        area = [f"topic read accueil/v1/{self.site}/{self.area}/{channel}/+" for channel in self.reads]
        return "\n".join([f"user {self.user}", *own, *area])


class Register(Struct, frozen=True, kw_only=True):
    hosts: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    revoked: tuple[Revoked, ...] = ()

    def find(self, user: str) -> Device | None:
        return next((device for device in self.devices if device.user == user), None)

    def expected(self, user: str) -> Device:
        """CredentialsError if there is none."""
        device = self.find(user)
        if device is None:
            known = ", ".join(one.user for one in self.devices)
            raise CredentialsError(f"found no device {user}, expected one of: {known or '(none)'}")
        return device

    def having(self, device: Device) -> "Register":
        """With this device, in the place of the one of its name."""
        others = [one for one in self.devices if one.user != device.user]
        return replace(self, devices=tuple(sorted([*others, device], key=lambda one: one.user)))

    def without(self, device: Device, now: datetime) -> "Register":
        """Its certificates are revoked for good, so that a later device of its name is not opened to it."""
        return replace(
            self,
            devices=tuple(one for one in self.devices if one.user != device.user),
            revoked=(*self.revoked, *(Revoked(serial, now) for serial in device.serials)),
        )

    @property
    def passwords(self) -> str:
        return "".join(f"{device.user}:{device.hash}\n" for device in self.devices if device.hash)

    @property
    def rights(self) -> str:
        return "".join(f"{device.rights}\n\n" for device in self.devices)


VIGIE_RIGHTS = f"""user {VIGIE}
topic read accueil/v1/+/+/+/events
topic read accueil/v1/+/+/+/status
topic write accueil/v1/+/+/live/+
topic write accueil/v1/+/+/alerts/+
topic read $SYS/#
"""


def possible(device: Device) -> Device:
    """The device, unless no topic or certificate can have its name: then CredentialsError."""
    if device.device in RESERVED:
        raise CredentialsError(f'found "{device.device}" as a device, which is the name of topics that vigie writes')
    if device.by == "certificate" and len(device.user) > LONGEST_NAME:
        raise CredentialsError(
            f"found {device.user}, of {len(device.user)} characters, expected at most {LONGEST_NAME} for a certificate"
        )
    return device


def hashed(password: str) -> str:
    """As mosquitto_passwd does: PBKDF2 with SHA-512."""
    salt = secrets.token_bytes(12)
    found = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(found).decode()}"
