"""A vigie in this process beside a real provider of identities, by the clock on the wall."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from dashboards.sign_in.guard import Place
from dashboards.sign_in.provider import Provider
from dashboards.sign_in.settings import OidcSettings
from dashboards.sign_in.store import Account
from tests.dashboards.sign_in.kept import Clock, Entered, entrance
from tests.oidc import running
from tests.servers import free_port


class Wall(Clock):
    """The one that the provider's tokens are dated by."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


@asynccontextmanager
async def meeting(*accounts: Account, alg: str = "RS256") -> AsyncIterator[tuple[Entered, running.Peer]]:
    port = free_port()
    home, clock = f"http://127.0.0.1:{port}", Wall()
    with running.provider(home, alg) as peer:
        oidc = OidcSettings(issuer=peer.issuer, client_id=running.CLIENT, client_secret_file=Path())
        provider = Provider(oidc, running.KNOWN_BY, home=home, clock=clock)
        listen = f"127.0.0.1:{port}"
        async with entrance(
            *accounts, place=Place(url=home), provider=provider, clock=clock, listen=listen
        ) as there:  # fmt: skip
            yield there, peer
