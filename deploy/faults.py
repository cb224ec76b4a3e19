"""What is wrong with settings that no key alone can tell: ids that name nothing, or something twice."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from collector.broker import BrokerSettings
from collector.masking import masked
from dashboards.sign_in.provider import usable
from dashboards.sign_in.settings import OidcSettings
from deploy.alert_faults import alert_faults
from deploy.device_faults import device_faults
from deploy.hours_faults import hours_faults
from deploy.retention import RetentionSettings
from deploy.settings import QueueSettings, Settings

LAST_PORT = 65535
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
"""Of a site: it stands in a header as it is."""
SHORTEST_SECRET = 32
CHANNELS = ("events", "status")
"""Last in the topics of devices, where a queue's id is in those that vigie writes."""


def faults(settings: Settings) -> Iterable[str]:
    """A sentence each: the key's path, what was found and what was expected."""
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f'time_zone: found "{settings.time_zone}", expected a name such as "Europe/Paris"'
    if settings.broker.url != "embedded":
        try:
            settings.broker.address  # noqa: B018 - asked for its error
        except ValueError as error:
            yield f"broker.url: {error}"
        else:
            yield from _certificate_faults(settings.broker)
    else:
        host, _, port = settings.broker.listen.rpartition(":")
        if not host or not port.isdecimal() or int(port) > LAST_PORT:
            yield f'broker.listen: found "{settings.broker.listen}", expected a host and port such as "127.0.0.1:1883"'
        if settings.broker.share:
            yield f'broker.share: found "{settings.broker.share}", expected none with the embedded broker, which cannot'
    yield from _web_faults(settings)
    if settings.sign_in and settings.sign_in.oidc:
        yield from _provider_faults(settings.sign_in.oidc, settings.web.url)
    yield from _replaced("site", [settings.site])
    for table in ("areas", "queues", "counters"):
        yield from _replaced(table, [row.id for row in getattr(settings, table)])
    areas = [area.id for area in settings.areas]
    yield from _doubled("areas", areas)
    yield from hours_faults(settings)
    queues = [(queue.area, queue.id) for queue in settings.queues]
    yield from _doubled("queues", [f"{area}/{queue}" for area, queue in queues])
    yield from _doubled("counters", [f"{counter.area}/{counter.id}" for counter in settings.counters])
    yield from _queue_faults(settings.queues, areas)
    for number, counter in enumerate(settings.counters):
        yield from _unknown(f"counters[{number}].area", counter.area, areas)
        here = [queue for area, queue in queues if area == counter.area]
        for index, queue in enumerate(counter.queues):
            yield from _unknown(f"counters[{number}].queues[{index}]", queue, here, f" in area {counter.area}")
    yield from _doubled("devices", [f"{device.area}/{device.id}" for device in settings.devices])
    yield from device_faults(settings)
    yield from alert_faults(settings)
    yield from _commitment_faults(settings)
    yield from _retention_faults(settings.retention)
    if settings.exports.mail_to and settings.alerts.mail is None:
        yield "exports.mail_to: found addresses, and no [alerts.mail] that says which server takes our mail"


def _web_faults(settings: Settings) -> Iterable[str]:
    web = settings.web
    try:
        local = web.local
    except ValueError as error:
        yield f"web.listen: {error}"
    else:
        if not local and settings.sign_in is None and not web.open:
            yield (
                f'web.listen: found "{web.listen}", which other machines reach, and no sign-in: expected a table '
                "[sign_in] (then `vigie user add`), or web.open = true if all of them may do everything"
            )
    for key in ("proxies", "hall_networks"):
        for number, network in enumerate(getattr(web, key)):
            try:
                ip_network(network)
            except ValueError:
                yield f'web.{key}[{number}]: found "{network}", expected a network such as "10.1.2.0/24"'
    for number, origin in enumerate(settings.public.embed_in):
        if not ORIGIN.fullmatch(origin):
            yield f'public.embed_in[{number}]: found "{origin}", expected a site such as "https://www.example.fr"'


def _provider_faults(oidc: OidcSettings, home: str | None) -> Iterable[str]:
    """Of the provider of identities, and of the address to which it sends people back."""
    if not home or not usable(home):
        found = f'found "{home}"' if home else "found nothing"
        yield f"web.url: {found}, expected the boards' address with https: people come back there from {oidc.name}"
    for key in ("issuer", "post_logout_redirect_uri"):
        address = getattr(oidc, key)
        if address is not None and not usable(address):
            yield f'sign_in.oidc.{key}: found "{address}", expected an address with https'
    if "?" in oidc.issuer or "#" in oidc.issuer:
        yield f'sign_in.oidc.issuer: found "{oidc.issuer}", expected no query in it'
    if "openid" not in oidc.scopes:
        yield f'sign_in.oidc.scopes: found {", ".join(oidc.scopes) or "none"}, expected "openid" among them'
    for key in ("name", "client_id"):
        if not getattr(oidc, key).strip():
            yield f"sign_in.oidc.{key}: found nothing, expected some characters"


def _commitment_faults(settings: Settings) -> Iterable[str]:
    areas = [area.id for area in settings.areas]
    queues = [(queue.area, queue.id) for queue in settings.queues]
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


def _retention_faults(retention: RetentionSettings) -> Iterable[str]:
    if retention.rows_months > retention.aggregates_months:
        yield (
            f"retention.rows_months: found {retention.rows_months}, expected at most as many as aggregates_months, "
            f"which are {retention.aggregates_months}"
        )


def missing_files(settings: Settings) -> Iterable[str]:
    """The same for the files that must be there before anything starts, once it is known where they are."""
    named: list[tuple[str, Struct | None]] = [
        ("broker", settings.broker),
        ("web", settings.web),
        ("alerts.mail", settings.alerts.mail),
        ("sign_in", settings.sign_in),
        ("sign_in.oidc", oidc := settings.sign_in.oidc if settings.sign_in else None),
    ]
    named += [(f"recipients[{number}]", recipient) for number, recipient in enumerate(settings.recipients)]
    for path, table in named:
        for key in table.__struct_fields__ if table else ():
            file = getattr(table, key)
            # one that we may not look for is found out by whoever needs it: `vigie figures` does not
            with suppress(PermissionError):
                if isinstance(file, Path) and not file.is_file():
                    yield f"{path}.{key}: found no file {file}"
    secret = settings.sign_in.secret_file if settings.sign_in else None
    with suppress(OSError):
        if secret is not None and len(secret.read_bytes().strip()) < SHORTEST_SECRET:
            yield f"sign_in.secret_file: found fewer than {SHORTEST_SECRET} bytes in {secret}, expected as many"
        if oidc is not None and not oidc.client_secret_file.read_bytes().strip():
            yield f"sign_in.oidc.client_secret_file: found nothing in {oidc.client_secret_file}, expected our secret"


def _certificate_faults(broker: BrokerSettings) -> Iterable[str]:
    if (broker.cert_file is None) != (broker.key_file is None):
        there, other = ("cert_file", "key_file") if broker.cert_file else ("key_file", "cert_file")
        yield f"broker.{there}: found it alone, expected {other} beside it"
    if not broker.address[2]:
        for key in ("ca_file", "cert_file", "key_file"):
            if getattr(broker, key):
                yield f"broker.{key}: found it with {broker.url}, expected mqtts://"


def _replaced(table: str, ids: list[str]) -> Iterable[str]:
    for name in ids:
        if masked(name) != name:
            yield f'{table}: found the id "{name}", expected fewer than six digits: six and more get a pseudonym'


def _doubled(table: str, ids: list[str]) -> Iterable[str]:
    for name, times in Counter(ids).items():
        if times > 1:
            yield f'{table}: found the id "{name}" {times} times, expected once'


def _unknown(path: str, found: str, known: Sequence[str], where: str = "") -> Iterable[str]:
    if found not in known:
        yield f'{path}: found "{found}", expected one of{where}: {", ".join(dict.fromkeys(known)) or "(none)"}'


def _queue_faults(queues: Iterable[QueueSettings], areas: Sequence[str]) -> Iterable[str]:
    for number, queue in enumerate(queues):
        yield from _unknown(f"queues[{number}].area", queue.area, areas)
        if queue.id in CHANNELS:
            yield f'queues[{number}].id: found "{queue.id}", expected another: topics that devices write end with it'
