"""The database of the faults."""

from collections.abc import Iterator

import pytest

from tests.servers import Postgres, embedded_binaries, folder


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    """A server that flushes what it commits, and that a test may end if it starts it again."""
    with folder(durable=False) as home:
        server = Postgres(home, embedded_binaries()).start()
        yield server
        server.end()
