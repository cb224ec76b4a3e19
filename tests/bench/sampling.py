"""Where the time of a running intake goes: the stack looked at every two milliseconds, and told by what it does."""

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

EVERY_S = 0.002
PARSE, TAKE, DECODE, ENCODE, ACK = "paho: read, parse", "Subscriber._receive", "decode", "asyncpg, journal.py", "acks"
STORING, IDLE, REST = "waiting for PostgreSQL", "waiting for the broker", "event loop, rest"
KINDS = (PARSE, TAKE, DECODE, ENCODE, STORING, ACK, IDLE, REST)

# the first that matches, from the innermost frame outward: end of the file name, function ("" for any), what it is
RULES = (
    ("subscriber.py", "acknowledge", ACK),
    ("mqtt/client.py", "loop_write", ACK),
    ("mqtt.py", "_write", ACK),
    ("subscriber.py", "_receive", TAKE),
    ("decoding.py", "", DECODE),
    ("mqtt/client.py", "loop_read", PARSE),
    ("collector/mqtt.py", "_read_some", PARSE),
    ("collector/journal.py", "", ENCODE),
    ("asyncpg/", "", ENCODE),
    # paho's socket is read by its own callbacks: a transport is PostgreSQL's
    ("selector_events.py", "", ENCODE),
)


@contextmanager
def sampled(storing: Callable[[], bool]) -> Iterator[Counter[str]]:
    """Counts what the main thread does, by wall time; `storing` says whether an idle loop waits for the database."""
    counts: Counter[str] = Counter()

    def look(_: int, frame: FrameType | None) -> None:
        counts[_kind(frame, storing())] += 1

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, EVERY_S, EVERY_S)
    try:
        yield counts
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _kind(frame: FrameType | None, storing: bool) -> str:
    if frame is not None and frame.f_code.co_filename.endswith("selectors.py"):
        return STORING if storing else IDLE
    while frame is not None:
        file, name = frame.f_code.co_filename, frame.f_code.co_name
        for part, function, kind in RULES:
            if part in file and function in ("", name):
                return kind
        frame = frame.f_back
    return REST
