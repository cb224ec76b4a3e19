"""The languages of the pages: French as it stands in the code, and the translations of one catalogue."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Literal, get_args

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from ticketing.saying import TRANSLATIONS, French

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
FRENCH: Language = "fr"
LOCALES: Mapping[Language, str] = {"fr": "fr_FR", "en": "en_GB"}
CATALOGUE = Path(__file__).parent / "catalogue"
MOST = 500
"""Characters of what a browser may say of its languages."""


def _read(language: Language) -> NullTranslations:
    with (CATALOGUE / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


TRANSLATED: Mapping[Language, NullTranslations] = {
    language: French() if language == FRENCH else _read(language) for language in LANGUAGES
}


def spoken() -> Language:
    """The language in force."""
    now = TRANSLATIONS.get()
    return next((language for language, translations in TRANSLATED.items() if translations is now), FRENCH)


def locale() -> str:
    """How dates are written in it: the English are those of Britain."""
    return LOCALES[spoken()]


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """All that is said in the block is said in this language."""
    token = TRANSLATIONS.set(TRANSLATED[language])
    try:
        yield
    finally:
        TRANSLATIONS.reset(token)


def preferred(accepted: str) -> Language:
    """Of an Accept-Language header, the first language that is ours; French if none is, or nothing is said."""
    wanted: list[tuple[float, Language]] = []
    for part in accepted[:MOST].split(","):
        # blanks may stand around a semicolon
        tag, _, weight = "".join(part.lower().split()).partition(";q=")
        language = next((one for one in LANGUAGES if tag.partition("-")[0] == one), None)
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if language and 0 < quality <= 1:
            wanted.append((quality, language))
    return max(wanted, key=lambda one: one[0])[1] if wanted else FRENCH
