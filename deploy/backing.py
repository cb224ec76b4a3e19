"""The database and the broker that vigie stands on: those of others, or our own, started with us."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from msgspec.structs import replace

from collector.broker import BrokerSettings
from deploy.embedded import EmbeddedServiceError, nats
from deploy.embedded import postgres as embedded_postgres
from deploy.embedded.lock import locked
from deploy.settings import Settings

EMBEDDED = "embedded"


@asynccontextmanager
async def backing(settings: Settings, *, broker: bool = True) -> AsyncIterator[tuple[str, BrokerSettings]]:
    """The database's DSN and the broker's address, both there; what is embedded runs as long as the block."""
    async with AsyncExitStack() as stack:
        own_broker = broker and settings.broker.url == EMBEDDED
        if own_broker or settings.database.dsn == EMBEDDED:
            stack.enter_context(locked(settings.data_dir))
        dsn = settings.database.connection
        if dsn == EMBEDDED:
            dsn = await stack.enter_async_context(embedded_postgres.postgres(settings.data_dir))
        address = settings.broker
        if own_broker:
            found = await stack.enter_async_context(nats.broker(settings.data_dir, settings.broker.listen))
            address = _at(settings.broker, found)
        yield dsn, address


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[str]:
    """The DSN for a command that only needs the database: that of a running vigie, or one started for the while."""
    if settings.database.dsn != EMBEDDED:
        yield settings.database.connection
    elif (found := await embedded_postgres.running(settings.data_dir)) is not None:
        yield found
    else:
        async with backing(settings, broker=False) as (dsn, _):
            yield dsn


async def broker(settings: Settings) -> BrokerSettings:
    """The broker's address for a command that publishes; EmbeddedServiceError if it is ours and does not run."""
    if settings.broker.url != EMBEDDED:
        return settings.broker
    found = await nats.running(settings.data_dir)
    if found is None:
        raise EmbeddedServiceError(
            f"the embedded broker of {settings.data_dir} does not run: start `vigie run` with this configuration first"
        )
    return _at(settings.broker, found)


def _at(settings: BrokerSettings, found: nats.Broker) -> BrokerSettings:
    host = f"[{found.host}]" if ":" in found.host else found.host
    return replace(
        settings,
        url=f"mqtt://{host}:{found.port}",
        user=found.user,
        password_file=found.password_file,
        protocol="3.1.1",
    )
