"""Where the MQTT broker is, and who we are there."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct


class BrokerSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the MQTT broker is and who we are there. `embedded` is our own, started with us on `listen`."""

    url: str = "embedded"
    listen: str = "127.0.0.1:1883"
    user: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    protocol: Literal["3.1.1", "5"] = "3.1.1"
    client_id: str = "vigie"
    share: str | None = None

    @property
    def address(self) -> tuple[str, int, bool]:
        """Host, port and whether by TLS. ValueError with a sentence for anything but mqtt:// and mqtts://."""
        wrong = ValueError(f'found "{self.url}", expected "embedded", "mqtt://host:1883" or "mqtts://host:8883"')
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError:  # brackets or a port that are none
            raise wrong from None
        if parts.username or parts.password:
            raise ValueError("found a user in the address, expected it in user and password_file")
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or parts.path not in ("", "/"):
            raise wrong
        secure = parts.scheme == "mqtts"
        return parts.hostname, port or (8883 if secure else 1883), secure
