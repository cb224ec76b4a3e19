"""Reads messages kept aside again, after a dialect or the configuration was mended."""

from collections.abc import Callable, Iterable

from msgspec import Struct

from collector.clocks import believed
from collector.decoding import Decoder
from collector.devices import RETIRED
from collector.journal import Journal
from collector.messages import Heartbeat, Record
from collector.quarantine import QuarantineRow
from deploy.settings import Settings

PAGE = 500


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
        understood: list[QuarantineRow] = []
        records: list[Record] = []
        for row in rows:
            match decoder.decode(row.message):
                case Record() as record:
                    records.append(believed(record, clocks.get(record.identity), settings.intake.oldest))
                    understood.append(row)
                case Heartbeat():
                    understood.append(row)  # it says nothing of now
        appended = await journal.append(records, replayed=[row.number for row in understood])
        outcome.new += appended.new
        outcome.known += appended.doubled
        outcome.still += len(rows) - len(understood)
        progress(outcome)
        if numbers is not None:
            return outcome
        above = rows[-1].number
