"""Ids made of a maker's own names and numbers: always the same ones, and never one for two."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

LONGEST = 64
DIGEST = 10
_SEPARATORS = re.compile(r"[\s\-_.,;:/\\|'’\"«»()\[\]°]+")
_LOST = re.compile(r"[^a-z0-9-]")
_LIKE_DIGEST = re.compile(rf"(?:^|-)[0-9a-f]{{{DIGEST}}}$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


def plain(name: str) -> str:
    """What the spellings of one name share: no capitals, no accents, one hyphen for whatever separates words."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold()).translate(_LIGATURES)
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return _SEPARATORS.sub("-", text).strip("-")


@lru_cache(maxsize=1024)  # a hall's names are few, and each comes with every event
def slug(name: str, longest: int = LONGEST) -> str:
    """The id of a name, the same for its spellings only.

    Where letters or signs had to be left out or the end cut, or where nothing is left, a digest is put behind; and
    behind a name that looks as if it had one already.
    """
    whole = plain(name)
    text = re.sub(r"-+", "-", _LOST.sub("", whole)).strip("-")
    if text == whole and 0 < len(text) <= longest and not _LIKE_DIGEST.search(text):
        return text
    return _shortened(text, whole, longest)


def opaque(*parts: str) -> str:
    """The id of a ticket or call made of what together is unique; a digest behind what would not be clear."""
    text = "-".join(parts)
    clear = text and len(text) <= LONGEST and not _CONTROL.search(text) and not _LIKE_DIGEST.search(text)
    if clear and not any("-" in part for part in parts[:-1]):
        return text
    return _shortened(_CONTROL.sub("", text), "\0".join(parts))


def _shortened(text: str, whole: str, longest: int = LONGEST) -> str:
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST]
    return f"{text[: longest - DIGEST - 1]}-{digest}" if text else digest


class Names:
    """The ids of a maker's names: those of a configured table, found in any spelling, then those made of the name."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = dict(table)
        self._spelt = {plain(name): found for name, found in table.items()}

    def id(self, name: str) -> str:
        return self._table.get(name) or self._spelt.get(plain(name)) or slug(name)
