"""Reads messages kept aside again, after a dialect or the configuration was mended."""

from collections.abc import Callable, Iterable, Sequence

import asyncpg
from msgspec import Struct

from collector.clocks import believed
from collector.decoding import Decoder
from collector.devices import RETIRED
from collector.intake import REFUSALS
from collector.journal import Journal
from collector.messages import Heartbeat, Record
from deploy.settings import Settings

PAGE = 500

Understood = tuple[int, list[Record]]
"""The number of a message in quarantine, and the event that it is, if it is one."""


class Outcome(Struct):
    """`new` are in the journal now, `known` were there already, `still` are kept aside as before."""

    new: int = 0
    known: int = 0
    still: int = 0


async def reread(
    journal: Journal,
    decoder: Decoder,
    settings: Settings,
    numbers: Iterable[int] | None,
    progress: Callable[[Outcome], None] = lambda _: None,
) -> Outcome:
    """Messages by their numbers, or all that were never understood. Doing it again changes nothing.

    An event keeps the time of receipt of the message, and its identity: sent again by its device, it counts once.
    """
    outcome, above = Outcome(), 0
    clocks = None
    while True:
        if numbers is not None:
            rows = [row for row in await journal.quarantined_by(numbers) if row.replayed is None]
        else:
            rows = await journal.misunderstood(above, PAGE)
        if not rows:
            return outcome
        if clocks is None:
            clocks = await journal.clocks(min(row.received for row in rows) - RETIRED)
        understood: list[Understood] = []
        for row in rows:
            match decoder.decode(row.message):
                case Record() as record:
                    clock = clocks.get(record.identity)
                    understood.append((row.number, [believed(record, clock, settings.intake.oldest)]))
                case Heartbeat():
                    understood.append((row.number, []))  # it says nothing of now
        outcome.still += len(rows) - len(understood)
        await _keep(journal, understood, outcome)
        progress(outcome)
        if numbers is not None:
            return outcome
        above = rows[-1].number


async def _keep(journal: Journal, understood: Sequence[Understood], outcome: Outcome) -> None:
    records = [record for _, found in understood for record in found]
    try:
        appended = await journal.append(records, replayed=[number for number, _ in understood])
    except asyncpg.ClientConfigurationError:
        raise
    except REFUSALS:
        # what the database cannot hold stays where it is, and must not stop the rest
        if len(understood) == 1:
            outcome.still += 1
            return
        half = len(understood) // 2
        await _keep(journal, understood[:half], outcome)
        await _keep(journal, understood[half:], outcome)
    else:
        outcome.new += appended.new
        outcome.known += appended.doubled
