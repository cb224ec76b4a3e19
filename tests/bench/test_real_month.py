"""The month of recorded calls beside the recount: on rows invented for it, and on real ones where they are."""

import os
from pathlib import Path

import pytest

from tests.bench.real_month import HOURS, compared
from tests.bench.test_converters import ALL_CALLS, calls_file

pytestmark = pytest.mark.servers

REAL = os.environ.get("VIGIE_TEST_BANK_CALLS", "")
"""The file of calls, which is not ours to ship."""


@pytest.mark.parametrize("hours", HOURS)
async def test_the_month_of_a_few_calls_is_what_sql_counts(dsn: str, tmp_path: Path, hours: str) -> None:
    found = await compared(dsn, calls_file(tmp_path, *ALL_CALLS), HOURS[hours])
    assert found.told == []
    # of the ten that asked for an agent, three did so about midnight
    assert (found.offered, found.answered) == {"always open": ("10", "8"), "with hours": ("7", "6")}[hours]


@pytest.mark.skipif(not REAL, reason="VIGIE_TEST_BANK_CALLS names no file of calls")
@pytest.mark.parametrize("hours", HOURS)
async def test_the_month_of_a_fortnight_of_real_calls_is_what_sql_counts(dsn: str, hours: str) -> None:
    found = await compared(dsn, Path(REAL), HOURS[hours])
    assert found.told == []
    assert found.cells > 3000
