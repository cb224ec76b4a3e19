"""The settings: what stands in `vigie.toml`, and the plans of the areas made of it."""

from collections.abc import Iterable
from datetime import date, timedelta, tzinfo
from hashlib import sha256
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import holidays
import msgspec
from msgspec import Meta, Struct

from alerts.routing import Route
from alerts.settings import AlertSettings, Recipient, RouteSettings
from collector.broker import BrokerSettings
from collector.dialects.names import Clean
from collector.dialects.settings import DeviceSettings, Dialects
from collector.intake import IntakeSettings
from collector.journal import DatabaseSettings
from dashboards.public import PublicSettings
from dashboards.sign_in.settings import SignInSettings
from dashboards.web_settings import WebSettings
from deploy.export_settings import ExportSettings
from deploy.retention import RetentionSettings
from deploy.schedule import spans, weekly
from ticketing.events import Name
from ticketing.hours import Hours
from ticketing.plan import Commitment, Desk, Endings, Kind, Measure, Plan, Queue, Target

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
    planned: dict[str, list[str]] | None = None
    changed: dict[date, list[str]] = {}


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


class LiveSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether what kiosks print and hall screens show is published: by one of the vigies on a broker."""

    publish: bool = True


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`vigie.toml`, checked."""

    site: Name
    time_zone: str = "Europe/Paris"
    data_dir: Path = Path("var")
    broker: BrokerSettings = BrokerSettings()
    database: DatabaseSettings = DatabaseSettings()
    web: WebSettings = WebSettings()
    sign_in: SignInSettings | None = None
    public: PublicSettings = PublicSettings()
    intake: IntakeSettings = IntakeSettings()
    tickets: Endings = Endings()
    live: LiveSettings = LiveSettings()
    alerts: AlertSettings = AlertSettings()
    exports: ExportSettings = ExportSettings()
    retention: RetentionSettings = RetentionSettings()
    areas: list[AreaSettings]
    queues: list[QueueSettings] = []
    counters: list[CounterSettings] = []
    commitments: list[CommitmentSettings] = []
    devices: list[DeviceSettings] = []
    recipients: list[Recipient] = []
    routes: list[RouteSettings] = []

    @property
    def digest(self) -> str:
        """Which configuration this is, in twelve hexadecimal digits: what is judged by it says so."""
        return sha256(msgspec.json.encode(self, enc_hook=str, order="deterministic")).hexdigest()[:12]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def routed(self) -> tuple[Route, ...]:
        return tuple(
            Route(
                to=tuple(route.to),
                then=tuple(map(tuple, route.then)),
                areas=None if route.areas is None else tuple(route.areas),
                topics=None if route.topics is None else tuple(route.topics),
                severities=None if route.severities is None else tuple(route.severities),
                hours=None if route.hours is None else Hours(zone=self.zone, weekly=weekly("hours", route.hours)),
            )
            for route in self.routes
        )

    def dialects(self, clean: Clean = str) -> Dialects:
        """What the devices speak that cannot send CloudEvents; `clean` is what their messages undergo before."""
        return Dialects(self.site, self.zone, self.devices, clean)

    def plans(self) -> list[Plan]:
        return [_plan(self, area) for area in self.areas]

    def plan(self, area: str) -> Plan:
        """The plan of one area; SettingsError if it is not configured."""
        plans = {plan.area: plan for plan in self.plans()}
        if area not in plans:
            raise SettingsError(f'found area "{area}", expected one of: {", ".join(plans)}')
        return plans[area]


def opening(area: AreaSettings, zone: tzinfo, path: str = "") -> Hours:
    """When an area is open; ValueError with the key, the path of its table before it, what was found and expected."""
    closed = area.closed if isinstance(area.closed, dict) else {day: [] for day in area.closed}
    return Hours(
        zone=zone,
        weekly=None if area.hours is None else weekly(f"{path}hours", area.hours),
        exceptions={day: spans(f"{path}closed.{day}", texts) for day, texts in closed.items()},
        holidays=holidays.country_holidays("FR"),
    )


def staffing(counter: CounterSettings, zone: tzinfo, path: str = "") -> Hours | None:
    """When a counter is planned to be staffed, None if nothing is; ValueError as above. Holidays are its area's."""
    if counter.planned is None and not counter.changed:
        return None
    return Hours(
        zone=zone,
        weekly=None if counter.planned is None else weekly(f"{path}planned", counter.planned),
        exceptions={day: spans(f"{path}changed.{day}", texts) for day, texts in counter.changed.items()},
    )


def _plan(settings: Settings, area: AreaSettings) -> Plan:
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
        hours=opening(area, settings.zone),
        queues=queues,
        desks=tuple(
            Desk(
                id=counter.id,
                name=counter.name,
                queues=tuple(counter.queues),
                planned=staffing(counter, settings.zone),
            )
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
        endings=settings.tickets,
    )


def _rates(entry: CommitmentSettings) -> Iterable[tuple[Measure, float]]:
    if entry.answer_rate is not None:
        yield "answer_rate", entry.answer_rate
    if entry.lost_rate is not None:
        yield "lost_rate", entry.lost_rate
