"""What is wrong with the devices of a configuration, and with the tables of their dialects."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collector.dialects.flat import STATES, FlatSettings
from collector.dialects.qmatic import QmaticSettings
from collector.dialects.settings import DeviceSettings
from deploy.settings import Settings
from ticketing.events import FACTS

TABLES = ("flat", "qmatic")
RESERVED = {kind.partition(".")[0] for kind in FACTS}
EXAMPLE = datetime(2026, 11, 23, 9, 12)  # noqa: DTZ001 - written and read again as it is


def device_faults(settings: Settings) -> Iterable[str]:
    """A sentence each: the key's path, what was found and what was expected."""
    areas = [area.id for area in settings.areas]
    for number, device in enumerate(settings.devices):
        path = f"devices[{number}]"
        if device.area not in areas:
            yield f"{path}.area: {_not_one_of(device.area, areas)}"
        for table in TABLES:
            if getattr(device, table) is not None and device.dialect != table:
                yield f'{path}.{table}: found it beside dialect = "{device.dialect}", expected dialect = "{table}"'
        yield from _dialect_faults(path, device, settings)


def _dialect_faults(path: str, device: DeviceSettings, settings: Settings) -> Iterable[str]:
    queues = [queue.id for queue in settings.queues if queue.area == device.area]
    counters = [counter.id for counter in settings.counters if counter.area == device.area]
    match device.dialect:
        case "flat" if device.flat is None:
            yield f"{path}.flat: found nothing, expected this table, with type and types, for the dialect flat"
        case "flat" if device.flat:
            yield from _flat_faults(f"{path}.flat", device.flat)
            yield from _words(f"{path}.flat.words.queue", device.flat.words.queue, queues)
            yield from _words(f"{path}.flat.words.counter", device.flat.words.counter, counters)
        case "qmatic" if device.qmatic:
            yield from _qmatic_faults(f"{path}.qmatic", device.qmatic, queues, counters)
        case _:
            pass


def _flat_faults(path: str, flat: FlatSettings) -> Iterable[str]:
    yield from _words(f"{path}.types", flat.types, [*FACTS, *STATES])
    if flat.maker in RESERVED:
        yield f'{path}.maker: found "{flat.maker}", expected a word that begins no type of the contract'
    if flat.time_zone is not None:
        try:
            ZoneInfo(flat.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield f'{path}.time_zone: found "{flat.time_zone}", expected a name such as "Europe/Paris"'
    if flat.time_format is not None and not _tells_a_minute(flat.time_format):
        yield f'{path}.time_format: found "{flat.time_format}", expected such as "%d/%m/%Y %H:%M:%S"'


def _tells_a_minute(pattern: str) -> bool:
    try:
        return datetime.strptime(EXAMPLE.strftime(pattern), pattern).replace(tzinfo=None) == EXAMPLE  # noqa: DTZ007
    except ValueError:
        return False


def _qmatic_faults(path: str, qmatic: QmaticSettings, queues: Sequence[str], counters: Sequence[str]) -> Iterable[str]:
    yield from _words(f"{path}.queues", qmatic.queues, queues)
    yield from _words(f"{path}.counters", qmatic.counters, counters)
    for profile, served in qmatic.profiles.items():
        yield from _words(f'{path}.profiles."{profile}"', dict(enumerate(served)), queues)


def _words(path: str, table: Mapping[str, str] | Mapping[int, str], known: Sequence[str]) -> Iterable[str]:
    for word, ours in table.items():
        if ours not in known:
            where = f"[{word}]" if isinstance(word, int) else f'."{word}"'
            yield f"{path}{where}: {_not_one_of(ours, known)}"


def _not_one_of(found: str, known: Sequence[str]) -> str:
    return f'found "{found}", expected one of: {", ".join(known) or "(none)"}'
