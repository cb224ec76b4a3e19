"""What `vigie check` looks at: the configuration, sign-in, recipients, the database with its schema, the broker."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from typing import Literal

import aiohttp
import asyncpg
from msgspec import Struct

from alerts.channels import channel
from collector.broker import BrokerSettings
from collector.journal import Journal
from collector.mqtt import Link
from dashboards.errors import AwayError
from dashboards.sign_in.identity import IdentityError
from deploy import backing
from deploy.embedded import EmbeddedServiceError, postgres
from deploy.migrate import missing
from deploy.settings import Settings
from deploy.signing_in import provider, secret
from deploy.understanding import key_fault

PATIENCE_S = 5.0
NOTICE = timedelta(days=30)


class Result(Struct, frozen=True):
    """`soon` is well today, and wants something done before long."""

    verdict: Literal["ok", "soon", "wrong"]
    subject: str
    text: str


async def checks(settings: Settings, now: datetime) -> list[Result]:
    """One result per subject; the configuration was read before, or there would be no settings."""
    broker = await _broker(settings, now)
    return [
        _configuration(settings),
        _sign_in(settings),
        *await _identities(settings),
        *await _recipients(settings),
        *await _database(settings),
        *broker,
    ]


def _configuration(settings: Settings) -> Result:
    plans = settings.plans()
    counts = f"{len(plans)} areas, {len(settings.queues)} queues, {len(settings.counters)} counters"
    without = [f"{plan.area}/{queue.id}" for plan in plans for queue in plan.queues
               if not any(commitment.queue in (None, queue.id) for commitment in plan.commitments)]  # fmt: skip
    return Result("ok", "configuration", counts + (f"; without commitment: {', '.join(without)}" if without else ""))


def _sign_in(settings: Settings) -> Result:
    web = settings.web
    if settings.sign_in is not None:
        try:
            secret(settings)
        except OSError as error:
            return Result("wrong", "sign-in", f"{error.filename}: {error.strerror}")
        return Result("ok", "sign-in", f"sessions last {settings.sign_in.lasts}, codes are {settings.sign_in.totp}")
    if web.open:
        return Result("soon", "sign-in", f"none, though other machines reach {web.listen}: web.open is set")
    if web.url is not None:
        return Result("soon", "sign-in", f"none, though people come from {web.url}: add a table [sign_in]")
    return Result("ok", "sign-in", "none: only this machine reaches the boards")


async def _recipients(settings: Settings) -> list[Result]:
    """Whether alerts go to anybody, and their secrets can be read; whether they arrive, `vigie alert test` shows."""
    names = [recipient.name for recipient in settings.recipients]
    if not names:
        return [Result("ok", "recipients", "none: alerts are on the boards alone")]
    closed = []
    async with aiohttp.ClientSession() as session:
        for recipient in settings.recipients:
            try:
                channel(recipient, settings.alerts.mail, session)
            except OSError as error:
                closed.append(Result("wrong", "recipients", f"{recipient.name}: {error.filename}: {error.strerror}"))
    routed = {name for route in settings.routed() for level in (route.to, *route.then) for name in level}
    idle = [name for name in names if name not in routed]
    if idle:
        return [*closed, Result("soon", "recipients", f"in no route, so told nothing: {', '.join(idle)}")]
    return closed or [Result("ok", "recipients", f"{len(names)}, each in a route")]


async def _identities(settings: Settings) -> list[Result]:
    """Whether the provider of identities says where it is to be asked; whether it knows us, only signing in shows."""
    try:
        found = provider(settings)
        if found is None:
            return []
        metadata = await found.metadata()
    except OSError as error:
        return [Result("wrong", "identities", f"{error.filename}: {error.strerror}")]
    except (AwayError, IdentityError) as error:
        return [Result("wrong", "identities", str(error))]
    return [Result("ok", "identities", f"{found.name} answers as {metadata.issuer}")]


async def _database(settings: Settings) -> list[Result]:
    dsn = settings.database.connection
    if dsn == backing.EMBEDDED:
        found = await postgres.running(settings.data_dir)
        if found is None:
            return [Result("ok", "database", f"embedded, started by `vigie run` in {settings.data_dir}")]
        dsn = found
    try:
        connection = await asyncpg.connect(dsn, timeout=PATIENCE_S)
        try:
            version = str(await connection.fetchval("show server_version"))
            left = await missing(connection)
        finally:
            await connection.close()
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return [Result("wrong", "database", f"{type(error).__name__}: {error}")]
    key = [] if left else [await _key(settings, dsn)]
    schema = f"to migrate: {', '.join(left)} (done by `vigie run` and `vigie migrate`)" if left else "up to date"
    return [Result("ok", "database", f"PostgreSQL {version}"), Result("ok", "schema", schema), *key]


async def _key(settings: Settings, dsn: str) -> Result:
    async with Journal(dsn) as journal:
        fault = await key_fault(settings, journal)
    return Result("wrong", "pseudonyms", fault) if fault else Result("ok", "pseudonyms", "the journal's key")


async def _broker(settings: Settings, now: datetime) -> list[Result]:
    try:
        address = await backing.broker(settings)
    except EmbeddedServiceError:
        return [Result("ok", "broker", f"embedded, started by `vigie run` on {settings.broker.listen}")]
    return await _reached(address, now)


async def _reached(address: BrokerSettings, now: datetime) -> list[Result]:
    answered = asyncio.Event()
    host, port, _ = address.address
    ends: list[datetime] = []

    def connected() -> None:
        ends.extend(_certificate_end(link))
        answered.set()

    try:
        link = Link(address, "vigie-check", clean=True, on_connect=connected, on_refusal=answered.set)
    except OSError as error:
        return [Result("wrong", "broker", f"{error.filename}: {error.strerror}" if error.filename else str(error))]
    running = asyncio.create_task(link.run())
    try:
        await asyncio.wait_for(answered.wait(), PATIENCE_S)
    except TimeoutError:
        return [Result("wrong", "broker", f"{host}:{port}: does not answer")]
    finally:
        running.cancel()
        await asyncio.wait([running])
    if link.refusal is not None:
        return [Result("wrong", "broker", f"{host}:{port}: {link.refusal}")]
    return [Result("ok", "broker", f"{host}:{port}: lets us in"), *(_until(end, now) for end in ends)]


def _certificate_end(link: Link) -> list[datetime]:
    """When the certificate that the broker has just shown ends; nothing without TLS."""
    sock = link.client.socket()
    shown = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
    return [datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)] if shown else []


def _until(end: datetime, now: datetime) -> Result:
    if end - now > NOTICE:
        return Result("ok", "certificate", f"the broker's is valid until {end:%Y-%m-%d}")
    days = (end - now).days
    return Result("soon", "certificate", f"the broker's ends on {end:%Y-%m-%d}, in {days} days: renew it")
