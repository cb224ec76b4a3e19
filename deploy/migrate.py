"""Brings the database's schema up to date: the files of `migrations/`, in order, each once."""

from importlib.resources import files
from typing import Any

import asyncpg
import structlog

log = structlog.get_logger()

LOCK = 0x6D696772  # "migr"
SCRIPTS = files("deploy") / "migrations"


async def migrate(dsn: str) -> list[str]:
    """The names of the migrations applied now. Two at once wait for each other; one that fails leaves no trace."""
    connection = await asyncpg.connect(dsn, server_settings={"application_name": "vigie migrate"})
    try:
        # one at a time; the lock ends with the connection
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        # what was applied, and when
        await connection.execute(
            "create table if not exists migration (name text primary key, applied timestamptz not null default now())"
        )
        new = await missing(connection)
        for name in new:
            async with connection.transaction():
                await connection.execute((SCRIPTS / name).read_text(encoding="utf-8"))
                # so that it is applied once
                await connection.execute("insert into migration (name) values ($1)", name)
            log.info("schema migrated", name=name)
        return new
    finally:
        await connection.close()


async def missing(connection: Any) -> list[str]:
    """The names of the migrations that a database lacks, in order."""
    # whether anything was ever applied
    begun = await connection.fetchval("select to_regclass('migration') is not null")
    # what was applied
    done = {row["name"] for row in await connection.fetch("select name from migration")} if begun else set()
    return sorted(file.name for file in SCRIPTS.iterdir() if file.name.endswith(".sql") and file.name not in done)
