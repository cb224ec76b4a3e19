"""What `vigie check` looks at: the configuration, the database with its schema, and the broker."""

import asyncio

import asyncpg
from msgspec import Struct

from collector.broker import BrokerSettings
from collector.mqtt import Link
from deploy import backing
from deploy.embedded import EmbeddedServiceError, postgres
from deploy.migrate import missing
from deploy.settings import Settings

PATIENCE_S = 5.0


class Result(Struct, frozen=True):
    ok: bool
    subject: str
    text: str


async def checks(settings: Settings) -> list[Result]:
    """One result per subject; the configuration was read before, or there would be no settings."""
    return [_configuration(settings), *await _database(settings), await _broker(settings)]


def _configuration(settings: Settings) -> Result:
    plans = settings.plans()
    counts = f"{len(plans)} areas, {len(settings.queues)} queues, {len(settings.counters)} counters"
    without = [f"{plan.area}/{queue.id}" for plan in plans for queue in plan.queues
               if not any(commitment.queue in (None, queue.id) for commitment in plan.commitments)]  # fmt: skip
    return Result(True, "configuration", counts + (f"; without commitment: {', '.join(without)}" if without else ""))


async def _database(settings: Settings) -> list[Result]:
    dsn = settings.database.connection
    if dsn == backing.EMBEDDED:
        found = await postgres.running(settings.data_dir)
        if found is None:
            return [Result(True, "database", f"embedded, started by `vigie run` in {settings.data_dir}")]
        dsn = found
    try:
        connection = await asyncpg.connect(dsn, timeout=PATIENCE_S)
        try:
            version = str(await connection.fetchval("show server_version"))
            left = await missing(connection)
        finally:
            await connection.close()
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return [Result(False, "database", f"{type(error).__name__}: {error}")]
    schema = f"to migrate: {', '.join(left)} (done by `vigie run` and `vigie migrate`)" if left else "up to date"
    return [Result(True, "database", f"PostgreSQL {version}"), Result(True, "schema", schema)]


async def _broker(settings: Settings) -> Result:
    try:
        address = await backing.broker(settings)
    except EmbeddedServiceError:
        return Result(True, "broker", f"embedded, started by `vigie run` on {settings.broker.listen}")
    return await _reached(address)


async def _reached(address: BrokerSettings) -> Result:
    answered = asyncio.Event()
    host, port, _ = address.address
    try:
        link = Link(address, "vigie-check", clean=True, on_connect=answered.set, on_refusal=answered.set)
    except OSError as error:
        return Result(False, "broker", f"{error.filename}: {error.strerror}")
    running = asyncio.create_task(link.run())
    try:
        await asyncio.wait_for(answered.wait(), PATIENCE_S)
    except TimeoutError:
        return Result(False, "broker", f"{host}:{port}: does not answer")
    finally:
        running.cancel()
        await asyncio.wait([running])
    return Result(link.refusal is None, "broker", f"{host}:{port}: {link.refusal or 'lets us in'}")
