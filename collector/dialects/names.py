"""Ids made of a maker's own names and numbers: always the same ones, and never one for two."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar

V = TypeVar("V")
Clean = Callable[[str], str]
"""What is done with every text of a message before it is translated, so that it says nothing personal."""

LONGEST = 64
DIGEST = 10
_SEPARATORS = re.compile(r"[\s\-_.,;:/\\|'’\"«»()\[\]°]+")
_LOST = re.compile(r"[^a-z0-9-]")
_CONSONANTS = "bcdfghjkmnpqrtvz"
"""Digests are written in them: no word looks so, and no number is in them that might be taken for somebody's."""
_IN_CONSONANTS = str.maketrans("0123456789abcdef", _CONSONANTS)
_LIKE_DIGEST = re.compile(rf"(?:^|-)[{_CONSONANTS}]{{{DIGEST}}}$")
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
    found = digest(whole.encode("utf-8", "surrogatepass"), DIGEST)
    return f"{text[: longest - DIGEST - 1]}-{found}" if text else found


def digest(content: bytes, length: int) -> str:
    """Of SHA-256, four bits a letter."""
    return hashlib.sha256(content).hexdigest()[:length].translate(_IN_CONSONANTS)


def cleaned(table: Mapping[str, V], clean: Clean) -> dict[str, V]:
    """A table found by what is left of its words once messages have been cleaned."""
    return {clean(word): found for word, found in table.items()}


class Names:
    """The ids of a maker's names: those of a configured table, found in any spelling, then those made of the name."""

    def __init__(self, table: Mapping[str, str], clean: Clean = str) -> None:
        self._table = cleaned(table, clean)
        self._spelt = {plain(name): found for name, found in self._table.items()}

    def __contains__(self, name: object) -> bool:
        """Whether it stands in the table just so."""
        return name in self._table

    def id(self, name: str) -> str:
        return self._table.get(name) or self._spelt.get(plain(name)) or slug(name)
