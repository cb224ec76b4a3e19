"""What is said to people: in French, unless a translation is in force where it is said."""

from contextvars import ContextVar
from gettext import NullTranslations


class French(NullTranslations):
    """The words as they stand in the code; none is singular, too."""

    def ngettext(self, one: str, many: str, number: int) -> str:
        return many if abs(number) > 1 else one


TRANSLATIONS: ContextVar[NullTranslations] = ContextVar("translations", default=French())  # noqa: B039 - immutable


def _(text: str) -> str:
    """The text in the language in force; `{names}` in it are filled in afterwards."""
    # of no text, gettext would give the head of its catalogue
    return TRANSLATIONS.get().gettext(text) if text else text


def n_(one: str, many: str, number: int) -> str:
    """The text for so many."""
    return TRANSLATIONS.get().ngettext(one, many, number)


def N_(text: str) -> str:  # noqa: N802 - as gettext's tools know it
    """Marks a text that is said later: it is in the catalogue, and translated then."""
    return text
