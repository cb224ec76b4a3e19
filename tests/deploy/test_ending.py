"""How commands end when what they need is away."""

import pytest

from dashboards.errors import AwayError
from deploy.ending import Refused, until_told


def test_a_database_that_goes_away_in_the_middle_is_one_sentence() -> None:
    async def work() -> None:
        raise AwayError("the database does not answer")

    with pytest.raises(Refused, match=r"^the database does not answer$"):
        until_told(work())
