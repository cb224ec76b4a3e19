"""How the boards are reached: where they listen, what stands before them, and whose they are."""

from ipaddress import ip_address, ip_network
from pathlib import Path

from msgspec import Struct

from dashboards.house import House
from dashboards.sign_in.guard import Place


class WebSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    listen: str = "127.0.0.1:8080"
    url: str | None = None
    """How people reach the boards, where that is another address: it stands in messages."""
    open: bool = False
    """Whether anybody who reaches the boards may use them, though other machines can and nobody signs in."""
    proxies: tuple[str, ...] = ()
    """Networks of our own proxies: what they say of where a request comes from is believed."""
    hall_networks: tuple[str, ...] = ()
    """Networks from which the halls' screens are open without signing in."""
    name: str = ""
    """Of whom vigie works for: it stands at the head of the pages."""
    contact: str = ""
    """Where people tell of what they cannot use: an address, a page, or words."""
    stylesheet: Path | None = None
    """Laid over ours."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port. ValueError with a sentence for anything else."""
        host, _, port = self.listen.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004 - the last port
            raise ValueError(f'found "{self.listen}", expected a host and port such as "127.0.0.1:8080"')
        return host.strip("[]"), int(port)

    @property
    def place(self) -> Place:
        """ValueError for a network that is none."""
        return Place(
            url=self.url or "",
            proxies=tuple(map(ip_network, self.proxies)),
            screens=tuple(map(ip_network, self.hall_networks)),
        )

    @property
    def house(self) -> House:
        return House(name=self.name, contact=self.contact, stylesheet=self.stylesheet)

    @property
    def local(self) -> bool:
        """Whether only this machine reaches us."""
        host, _ = self.address
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"
