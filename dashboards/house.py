"""The house that vigie works for: its name, whom to write to, and the stylesheet that it lays over ours."""

from pathlib import Path

from msgspec import Struct


class House(Struct, frozen=True, kw_only=True):
    """`contact`: an address to write to, a page, or words that say where to ask."""

    name: str = ""
    contact: str = ""
    stylesheet: Path | None = None

    @property
    def way(self) -> str:
        """Where a link to the contact goes; empty if it is words."""
        if self.contact.startswith(("https://", "http://")):
            return self.contact
        return f"mailto:{self.contact}" if "@" in self.contact and " " not in self.contact else ""


UNNAMED = House()
"""One of which nothing is configured."""
