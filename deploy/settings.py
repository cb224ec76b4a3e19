"""The configuration file: strict, cross-checked, and clear about what is wrong where."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from collector.intake import IntakeSettings
from collector.journal import DatabaseSettings
from collector.mqtt import BrokerSettings
from dashboards.server import WebSettings
from ticketing.events import Name
from ticketing.hours import Hours, Span
from ticketing.plan import Commitment, Desk, Kind, Measure, Plan, Queue, Target

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DURATION = re.compile(r"(\d{1,6})([smhd])")
UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")
MISSING = re.compile(r"Object missing required field `(.+)`")
PATTERNS = {"Expected `str` matching regex '^[a-z0-9-]{1,64}$'": "lower case letters, digits and hyphens, at most 64"}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

Share = Annotated[float, Meta(gt=0, le=1)]


class SettingsError(Exception):
    """One sentence a line: the key's path, what was found and what was expected."""


class AreaSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Name
    kind: Kind
    name: str
    hours: dict[str, list[str]] | None = None
    closed: list[date] | dict[date, list[str]] = []


class QueueSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Name
    area: Name
    name: str


class CounterSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Name
    area: Name
    name: str
    queues: list[Name] = []


class CommitmentSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"valid_from": "from"}):
    """Of every queue of an area, or of one queue: a time (`within`, and a `share` where one is fixed) or a rate."""

    area: Name | None = None
    queue: Name | None = None
    within: timedelta | None = None
    share: Share | None = None
    answer_rate: Share | None = None
    lost_rate: Share | None = None
    provenance: str
    valid_from: date


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`vigie.toml`, checked."""

    site: Name
    time_zone: str = "Europe/Paris"
    data_dir: Path = Path("var")
    broker: BrokerSettings = BrokerSettings()
    database: DatabaseSettings = DatabaseSettings()
    web: WebSettings = WebSettings()
    intake: IntakeSettings = IntakeSettings()
    areas: list[AreaSettings]
    queues: list[QueueSettings] = []
    counters: list[CounterSettings] = []
    commitments: list[CommitmentSettings] = []

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def plans(self) -> list[Plan]:
        return [_plan(self, area) for area in self.areas]

    def plan(self, area: str) -> Plan:
        """The plan of one area; SettingsError if it is not configured."""
        plans = {plan.area: plan for plan in self.plans()}
        if area not in plans:
            raise SettingsError(f'found area "{area}", expected one of: {", ".join(plans)}')
        return plans[area]


def load(path: Path) -> Settings:
    """The settings of a file, relative paths taken from its folder; SettingsError with every fault found."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is no TOML: {error}") from None
    try:
        settings = parse(raw)
    except SettingsError as error:
        raise SettingsError("\n".join(f"{path}: {line}" for line in str(error).splitlines())) from None
    return _beside(settings, path.parent)


def parse(raw: dict[str, Any]) -> Settings:
    """The settings of a parsed file; SettingsError with a line for every fault found."""
    converted = _with_durations(raw)
    try:
        settings = msgspec.convert(converted, Settings, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SettingsError(_sentence(str(error), raw)) from None
    faults = list(_faults(settings))
    if faults:
        raise SettingsError("\n".join(faults))
    return settings


def _path(kind: type, value: object) -> Path:
    """The one type of ours that msgspec does not know."""
    if kind is not Path or not isinstance(value, str):
        raise msgspec.ValidationError("Expected a file name")
    return Path(value)


def _beside(settings: Settings, folder: Path) -> Settings:
    """File names in a configuration are relative to it."""
    broker = settings.broker
    return replace(
        settings,
        data_dir=folder / settings.data_dir,
        broker=replace(
            broker,
            password_file=folder / broker.password_file if broker.password_file else None,
            ca_file=folder / broker.ca_file if broker.ca_file else None,
        ),
    )


def _with_durations(raw: dict[str, Any]) -> dict[str, Any]:
    """The same with "15m" as msgspec reads it, and `oldest = "any"` as no limit."""
    found = dict(raw)
    if isinstance(intake := found.get("intake"), dict):
        found["intake"] = {
            key: _duration(value, f"intake.{key}", any_age=key == "oldest") for key, value in intake.items()
        }
    if isinstance(commitments := found.get("commitments"), list):
        found["commitments"] = [
            {**entry, "within": _duration(entry["within"], f"commitments[{number}].within")}
            if isinstance(entry, dict) and "within" in entry
            else entry
            for number, entry in enumerate(commitments)
        ]
    return found


def _duration(value: object, path: str, *, any_age: bool = False) -> timedelta | None:
    if any_age and value == "any":
        return None
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        wanted = 'a duration such as "90s", "15m" or "48h"' + (', or "any"' if any_age else "")
        raise SettingsError(f"{path}: found {_shown(value)}, expected {wanted}")
    return timedelta(seconds=int(match[1]) * UNITS[match[2]])


def _sentence(error: str, raw: dict[str, Any]) -> str:
    """A message of msgspec as path, found, expected."""
    text, _, path = error.partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    if unknown := UNKNOWN.match(text):
        key = ".".join(filter(None, (path, unknown[1])))
        return f"{key}: found an unknown key, expected one of: {', '.join(_known_keys(path))}"
    if missing := MISSING.match(text):
        key = ".".join(filter(None, (path, missing[1])))
        return f"{key}: found nothing, expected this key"
    expected = PATTERNS.get(text) or text.removeprefix("Expected ").partition(", got ")[0].replace("`", "")
    return f"{path}: found {_shown(_at(raw, path))}, expected {expected}"


def _shown(value: object) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()[:100]


def _steps(path: str) -> list[str]:
    return re.findall(r"[^.\[\]]+", path)


def _at(raw: Any, path: str) -> Any:
    for step in _steps(path):
        if isinstance(raw, list) and step.isdigit():
            raw = raw[int(step)]
        elif isinstance(raw, dict) and step in raw:
            raw = raw[step]
    return raw


def _known_keys(path: str) -> list[str]:
    """The keys that a table of the configuration may hold."""
    struct: Any = Settings
    for step in _steps(path):
        if step.isdigit() or step == "...":
            continue
        field = {field.encode_name: field for field in msgspec.structs.fields(struct)}[step]
        struct = next((kind for kind in (field.type, *get_args(field.type)) if isinstance(kind, type(Struct))), struct)
    return [field.encode_name for field in msgspec.structs.fields(struct)]


def _faults(settings: Settings) -> Iterable[str]:
    """What each key alone cannot tell: ids that name nothing, or something twice."""
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f'time_zone: found "{settings.time_zone}", expected a name such as "Europe/Paris"'
    if settings.broker.url != "embedded":
        try:
            settings.broker.address  # noqa: B018 - asked for its error
        except ValueError as error:
            yield f"broker.url: {error}"
    try:
        settings.web.address  # noqa: B018
    except ValueError as error:
        yield f"web.listen: {error}"
    areas = [area.id for area in settings.areas]
    yield from _doubled("areas", areas)
    for number, area in enumerate(settings.areas):
        yield from _hours_faults(f"areas[{number}]", area)
    queues = [(queue.area, queue.id) for queue in settings.queues]
    yield from _doubled("queues", [f"{area}/{queue}" for area, queue in queues])
    yield from _doubled("counters", [f"{counter.area}/{counter.id}" for counter in settings.counters])
    for number, row in enumerate(settings.queues):
        yield from _unknown(f"queues[{number}].area", row.area, areas)
    for number, counter in enumerate(settings.counters):
        yield from _unknown(f"counters[{number}].area", counter.area, areas)
        here = [queue for area, queue in queues if area == counter.area]
        for index, queue in enumerate(counter.queues):
            yield from _unknown(f"counters[{number}].queues[{index}]", queue, here, f" in area {counter.area}")
    for number, commitment in enumerate(settings.commitments):
        path = f"commitments[{number}]"
        if [commitment.within, commitment.answer_rate, commitment.lost_rate].count(None) != 2:  # noqa: PLR2004
            yield f"{path}: expected one of within, answer_rate and lost_rate, and only one"
        elif commitment.share is not None and commitment.within is None:
            yield f"{path}.share: found {commitment.share}, expected it beside within only"
        if commitment.area is None and commitment.queue is None:
            yield f"{path}: found neither area nor queue, expected one of them"
        if commitment.area is not None:
            yield from _unknown(f"{path}.area", commitment.area, areas)
        if commitment.queue is not None:
            here = [queue for area, queue in queues if commitment.area in (None, area)]
            yield from _unknown(f"{path}.queue", commitment.queue, here)
            if here.count(commitment.queue) > 1:
                yield f'{path}.queue: found "{commitment.queue}" in several areas, expected its area beside it'


def _doubled(table: str, ids: list[str]) -> Iterable[str]:
    for name, times in Counter(ids).items():
        if times > 1:
            yield f'{table}: found the id "{name}" {times} times, expected once'


def _unknown(path: str, found: str, known: Sequence[str], where: str = "") -> Iterable[str]:
    if found not in known:
        yield f'{path}: found "{found}", expected one of{where}: {", ".join(dict.fromkeys(known)) or "(none)"}'


def _hours_faults(path: str, area: AreaSettings) -> Iterable[str]:
    try:
        _weekly(f"{path}.hours", area.hours or {})
        if isinstance(area.closed, dict):
            for day, spans in area.closed.items():
                _spans(f"{path}.closed.{day}", spans)
    except SettingsError as error:
        yield str(error)


def _weekly(path: str, hours: dict[str, list[str]]) -> dict[int, tuple[Span, ...]]:
    weekly: dict[int, tuple[Span, ...]] = {}
    for days, spans in hours.items():
        first, _, last = days.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise SettingsError(f'{path}: found "{days}", expected a day or days such as "mon" or "mon-fri"')
        for weekday in range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1):
            if weekday in weekly:
                raise SettingsError(f'{path}: found {WEEKDAYS[weekday]} twice, the second time in "{days}"')
            weekly[weekday] = _spans(f"{path}.{days}", spans)
    return weekly


def _spans(path: str, texts: list[str]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for text in texts:
        try:
            start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
        except ValueError:
            raise SettingsError(f'{path}: found "{text}", expected hours such as "08:30-12:00"') from None
        if end <= start or (spans and start < spans[-1][1]):
            raise SettingsError(f'{path}: found "{text}", expected an end after its start, and no overlap')
        spans.append((start, end))
    return tuple(spans)


def _plan(settings: Settings, area: AreaSettings) -> Plan:
    closed = area.closed if isinstance(area.closed, dict) else {day: [] for day in area.closed}
    hours = Hours(
        zone=settings.zone,
        weekly=None if area.hours is None else _weekly("hours", area.hours),
        exceptions={day: _spans("closed", spans) for day, spans in closed.items()},
        holidays=holidays.country_holidays("FR"),
    )
    queues = tuple(Queue(id=queue.id, name=queue.name) for queue in settings.queues if queue.area == area.id)
    ids = {queue.id for queue in queues}
    promises = [
        entry for entry in settings.commitments if entry.area == area.id or (entry.area is None and entry.queue in ids)
    ]
    return Plan(
        site=settings.site,
        area=area.id,
        kind=area.kind,
        name=area.name,
        hours=hours,
        queues=queues,
        desks=tuple(
            Desk(id=counter.id, name=counter.name, queues=tuple(counter.queues))
            for counter in settings.counters
            if counter.area == area.id
        ),
        commitments=tuple(
            Commitment(
                within=entry.within,
                share=entry.share,
                provenance=entry.provenance,
                valid_from=entry.valid_from,
                queue=entry.queue,
            )
            for entry in promises
            if entry.within is not None
        ),
        targets=tuple(
            Target(
                measure=measure,
                value=value,
                provenance=entry.provenance,
                valid_from=entry.valid_from,
                queue=entry.queue,
            )
            for entry in promises
            for measure, value in _rates(entry)
        ),
    )


def _rates(entry: CommitmentSettings) -> Iterable[tuple[Measure, float]]:
    if entry.answer_rate is not None:
        yield "answer_rate", entry.answer_rate
    if entry.lost_rate is not None:
        yield "lost_rate", entry.lost_rate
