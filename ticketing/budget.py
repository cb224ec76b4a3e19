"""The month's budget: how many may be late, how many were, and in which while."""

from datetime import datetime

from msgspec import Struct


class Verdict(Struct, frozen=True):
    """One ticket or call judged against its promise: when it was known first, and whether it was late."""

    at: datetime
    late: bool
