"""The languages of the pages: every text of the code is in the catalogue, whole; and whose turn it is to be spoken."""

import asyncio
import contextlib
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from babel.dates import format_date
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from msgspec import Struct

import dashboards
from dashboards.languages import CATALOGUE, FRENCH, LANGUAGES, TRANSLATED, Language, locale, preferred, speaking, spoken
from dashboards.templating import TEMPLATES
from tests.build import at
from ticketing.french.notation import clock, duration, hour, percent
from ticketing.saying import TRANSLATIONS, _, n_

ROOT = Path(dashboards.__file__).parent.parent
STATIC = ROOT / "dashboards" / "static"
OWN = {"vigie", "nbsp"}
"""Words that are the same in every language."""
OTHERS = [language for language in LANGUAGES if language != FRENCH]
NAMES = re.compile(r"\{(\w+)[^}]*\}|%\((\w+)\)s")
TAGS = re.compile(r"</?[a-z]+>")


class Text(Struct, frozen=True):
    forms: tuple[str, ...]
    """One, or one and many."""
    place: str


def texts() -> list[Text]:
    """What the code says, as `make catalogue` finds it."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods, options = [], {}
    for mapping in mappings:
        patterns = [mapping["pattern"]] if isinstance(mapping["pattern"], str) else mapping["pattern"]
        for pattern in patterns:
            methods.append((pattern, mapping["method"]))
            options[pattern] = {key: one for key, one in mapping.items() if key not in ("pattern", "method")}
    found = extract_from_dir(ROOT, methods, options, keywords={**DEFAULT_KEYWORDS, "n_": (1, 2)})
    return [
        Text(forms=message if isinstance(message, tuple) else (message,), place=f"{file}:{line}")
        for file, line, message, _comments, _context in found
    ]


def catalogue(language: Language) -> Catalog:
    with (CATALOGUE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: Language) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], Message]]:
    """Each message with its forms in French and in a language."""
    for message in catalogue(language):
        if message.id:
            yield _forms(message.id), _forms(message.string), message


def _forms(told: object) -> tuple[str, ...]:
    return tuple(str(one or "") for one in (told if isinstance(told, tuple) else (told,)))


@pytest.fixture(scope="module")
def said() -> list[Text]:
    return texts()


def test_the_texts_of_pages_code_and_alerts_are_all_found(said: list[Text]) -> None:
    forms = {form for text in said for form in text.forms}
    # of a template, of Python, in the plural, marked to be said later, and of an alert
    for one in ("Figer l’affichage", "Fermé.", "{n} appels", "en pause", "données arrêtées à {hour}"):
        assert any(form.startswith(one) for form in forms), one


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_a_template_says_nothing_of_its_own(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    for part in (r"\{#.*?#\}", r"\{% trans.*?endtrans %\}", r"\{\{.*?\}\}", r"\{%.*?%\}"):
        text = re.sub(part, "0", text, flags=re.DOTALL)
    attributes = " ".join(re.findall(r'(?:title|alt|placeholder|aria-label|data-label)="([^"]*)"', text))
    text = re.sub(r"[/?&][a-z]+", "", re.sub(r"<[^>]*>", " ", text)) + attributes
    assert [one for one in re.findall(r"[^\W\d_]{2,}", text) if one not in OWN] == []
    # a blank before a colon is French, too
    assert re.findall(r" [:;?!](?=\s|$)", text) == []


@pytest.mark.parametrize("script", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_a_script_says_nothing_in_french(script: Path) -> None:
    """What it shows stands in its page, in the reader's language."""
    code = re.sub(r"//.*", "", script.read_text(encoding="utf-8"))
    assert re.findall(r".*[éèêàçùôîœ’«»\u202f].*", code) == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_has_a_translation(language: Language, said: list[Text]) -> None:
    translated = {ids for ids, words, message in messages(language) if all(words) and not message.fuzzy}
    assert [f"{text.place}: {text.forms}" for text in said if text.forms not in translated] == []


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_translated_that_is_no_longer_said(language: Language, said: list[Text]) -> None:
    known = {text.forms for text in said}
    assert [ids for ids, _words, _message in messages(language) if ids not in known] == []
    assert list(catalogue(language).obsolete) == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_fills_in_the_same_names_in_the_same_marks(language: Language) -> None:
    for ids, words, _message in messages(language):
        for french, other in zip(ids, words, strict=True):
            assert sorted(NAMES.findall(french)) == sorted(NAMES.findall(other)), french
            assert sorted(TAGS.findall(french)) == sorted(TAGS.findall(other)), french
            # many stand in attributes
            assert '"' not in other, french


@pytest.mark.parametrize("language", OTHERS)
def test_a_percent_sign_that_a_template_says_is_written_twice(language: Language, said: list[Text]) -> None:
    """One alone would be taken for a mark to be filled in."""
    translated = {ids: words for ids, words, _message in messages(language)}
    for text in said:
        if ".html:" in text.place:
            for form in (*text.forms, *translated[text.forms]):
                assert not re.search(r"%(?!\(\w+\)s)", form.replace("%%", "")), text.place


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_no_french_typography(language: Language) -> None:
    """A thin space before a sign or a unit, blanks before a colon, angled quotation marks."""
    for _ids, words, _message in messages(language):
        for one in words:
            assert not re.search(r"\u202f|[\w)] [:;?!](?!\w)|[«»]", one), one


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("en-GB,en;q=0.9,fr;q=0.5", "en"),
        ("fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("en;q=0.4, fr;q=0.6", "fr"),
        ("en ; q=0.9 , fr ; q=0.3", "en"),
        ("EN-us", "en"),
        ("fr,en", "fr"),
        ("en,fr", "en"),
        ("de-DE,de;q=0.9,en;q=0.4", "en"),
        ("de", "fr"),
        ("*", "fr"),
        ("", "fr"),
        ("en;q=0", "fr"),
        ("en;q=0,fr;q=0", "fr"),
        ("en;q=lots", "fr"),
        ("en;q=nan", "fr"),
        ("en;q=7,fr;q=0.1", "fr"),
        ("english", "fr"),
        (";;q=,,;q=0.5,\x00", "fr"),
        ("x" * 100_000 + ",en", "fr"),
    ],
)
def test_the_browser_says_which_language_is_preferred(accepted: str, language: Language) -> None:
    assert preferred(accepted) == language


def test_french_is_what_stands_in_the_code() -> None:
    with speaking("fr"):
        assert _("Fermé.") == "Fermé."
        assert [n_("{n} appel", "{n} appels", n) for n in (0, 1, 2)] == ["{n} appel", "{n} appel", "{n} appels"]


def test_english_none_is_many() -> None:
    with speaking("en"):
        assert [n_("{n} appel", "{n} appels", n) for n in (0, 1, 2)] == ["{n} calls", "{n} call", "{n} calls"]


def test_no_text_is_said_as_no_text() -> None:
    for language in LANGUAGES:
        with speaking(language):
            assert _("") == ""


def test_a_text_that_no_catalogue_has_is_said_as_it_stands() -> None:
    with speaking("en"):
        assert _("Séjour") == "Séjour"


def test_the_english_write_hours_shares_and_durations_in_their_way() -> None:
    with speaking("en"):
        assert hour(at("9:05")) == "9:05"
        assert clock(at("9:05")) == "09:05"
        assert percent(0.959) == "95%"
        plain = [duration(seconds).replace("\u00a0", " ") for seconds in (9, 65, 725, 4800)]
        assert plain == ["9 s", "1 min 05 s", "12 min", "1 h 20 min"]


@pytest.mark.parametrize(
    ("language", "written"), [("fr", "jeudi 24 décembre 2026"), ("en", "Thursday 24 December 2026")]
)
def test_dates_are_written_as_in_france_or_in_britain(language: Language, written: str) -> None:
    with speaking(language):
        assert spoken() == language
        assert format_date(date(2026, 12, 24), "full", locale=locale()).replace(",", "") == written


def test_where_nobody_has_asked_for_another_language_it_is_french() -> None:
    assert spoken() == "fr"


async def test_two_readers_at_once_are_each_answered_in_their_own_language() -> None:
    met = asyncio.Barrier(2)

    async def read(language: Language) -> list[str]:
        with speaking(language):
            await met.wait()
            first = _("Fermé.")
            await met.wait()
            return [first, _("Ouvert")]

    french, english = await asyncio.gather(read("fr"), read("en"))
    assert french == ["Fermé.", "Ouvert"]
    assert english == ["Closed.", "Open"]


def test_what_was_spoken_before_is_spoken_again_even_after_an_error() -> None:
    before = TRANSLATIONS.get()
    with contextlib.suppress(ValueError), speaking("en"):
        assert TRANSLATIONS.get() is TRANSLATED["en"]
        raise ValueError
    assert TRANSLATIONS.get() is before
