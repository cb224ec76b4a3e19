"""Memory of an hour of 1,000 open boards; other minutes by BOARDS_MINUTES."""

from tests.bench import boards


def run() -> None:
    boards.hour()
