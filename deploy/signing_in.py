"""Sign-in as the settings have it: its store in the database, and the secret that its cookies are sealed with."""

from collections.abc import Callable

from collector.journal import Journal
from dashboards.errors import AwayError
from dashboards.sign_in.entrance import SignIn
from dashboards.sign_in.provider import Provider
from dashboards.sign_in.store import Store
from deploy.asking import Database
from deploy.clocks import system_clock
from deploy.embedded import kept
from deploy.settings import Settings


def store(settings: Settings, journal: Journal, error: Callable[[str], Exception] = AwayError) -> Store:
    return Store(Database(journal, error), settings.site)


def signing_in(settings: Settings, journal: Journal) -> SignIn | None:
    """None where nobody has to. OSError if the secret can be neither read nor made."""
    if settings.sign_in is None:
        return None
    return SignIn(
        settings.sign_in,
        store(settings, journal),
        secret(settings).encode(),
        place=settings.web.place,
        zone=settings.zone,
        clock=system_clock,
        provider=provider(settings),
        house=settings.web.house,
    )


def provider(settings: Settings) -> Provider | None:
    """That of identities, if people may sign in with one. OSError if our secret there cannot be read."""
    oidc = settings.sign_in.oidc if settings.sign_in else None
    if oidc is None:
        return None
    known_by = oidc.client_secret_file.read_text(encoding="utf-8").strip()
    return Provider(oidc, known_by, home=settings.web.url or "", clock=system_clock)


def secret(settings: Settings) -> str:
    """Of the file that is named; otherwise one of our own, made the first time."""
    named = settings.sign_in.secret_file if settings.sign_in else None
    if named is not None:
        return named.read_text(encoding="utf-8").strip()
    return kept.password(settings.data_dir / "secrets" / "sessions")
