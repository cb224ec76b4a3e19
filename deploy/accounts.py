"""The ledger, whole: what came from each device on a day, whether it is heard, and whether it counts as we do."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from collector.devices import Presence
from collector.journal import Journal
from collector.messages import EARLIEST, LATEST, Device
from deploy.settings import Settings, SettingsError
from ticketing.area import Area, live_since
from ticketing.hours import midnight
from ticketing.ledger import Account, Count
from ticketing.plan import Plan


class Areas(Protocol):
    async def area(self, name: str, at: datetime) -> Area | None:
        """The events of an area that bear on an instant; None for one that is not configured."""


class Recorded:
    """Areas as the journal alone has them."""

    def __init__(self, journal: Journal, plans: Iterable[Plan]) -> None:
        self._journal, self._plans = journal, {plan.area: plan for plan in plans}

    async def area(self, name: str, at: datetime) -> Area | None:
        plan = self._plans.get(name)
        if plan is None:
            return None
        since = live_since(plan, at)
        return Area.of(plan, await self._journal.read(plan.site, plan.area, since, at), since)


async def accounts(
    journal: Journal, areas: Areas, settings: Settings, now: datetime, day: date | None = None
) -> list[Account]:
    """Of every device of the site that was heard, or sent something, on a day; today's as of now."""
    day = day or now.astimezone(settings.zone).date()
    if not EARLIEST.date() < day < LATEST.date():
        raise SettingsError(f"day: found {day}, expected one after {EARLIEST:%Y-%m-%d} and before {LATEST:%Y-%m-%d}")
    since, until = (midnight(when, settings.zone) for when in (day, day + timedelta(days=1)))
    at = min(now, until)
    found = {account.identity: account for account in await journal.accounts(settings.site, day, since, until)}
    presences, late = await journal.devices(at, now=at == now)
    for presence in presences:
        device = presence.identity
        missing_since = presence.missing_since(at, settings.intake.silent_after, late.get(device))
        if presence.site != settings.site or presence.retired or (presence.heard_until < since and not missing_since):
            continue
        account = found.get(device) or Account(site=device[0], area=device[1], device=device[2], day=day)
        found[device] = replace(
            account,
            heard_until=min(presence.heard_until, until),
            missing_since=missing_since,
            waiting=await _counts(areas, presence) if presence.heard_until <= until else (),
        )
    return [_local(found[device], settings) for device in sorted(found)]


def matching(found: Iterable[Account], device: str | None) -> list[Account]:
    """Those of a device, which is named alone or with its area: `borne-1`, `sud/borne-1`."""
    return [one for one in found if device in (None, one.device, f"{one.area}/{one.device}")]


def lasting(before: Mapping[Device, Account], now: Iterable[Account]) -> list[Account]:
    """Accounts of which something is missing; a difference in counting only where it was there before too.

    Events are always under way when a device says how many wait.
    """
    found = []
    for account in now:
        known = before.get(account.identity)
        kept = tuple(count for count in account.waiting if known and count.queue in known.differences)
        steady = replace(account, waiting=kept)
        if not steady.whole:
            found.append(steady)
    return found


async def _counts(areas: Areas, presence: Presence) -> tuple[Count, ...]:
    """What the device last counted beside what we compute of the same instant."""
    if not presence.waiting or presence.gone:
        return ()
    area = await areas.area(presence.area, presence.heard_until)
    if area is None:
        return ()
    computed = area.waiting_at(presence.heard_until)
    return tuple(
        Count(queue=queue, reported=number, computed=computed.get(queue, 0))
        for queue, number in sorted(presence.waiting.items())
    )


def _local(account: Account, settings: Settings) -> Account:
    """With its instants in the site's time zone."""

    def here(at: datetime | None) -> datetime | None:
        return at.astimezone(settings.zone) if at else None

    return replace(
        account,
        first_missing_after=here(account.first_missing_after),
        heard_until=here(account.heard_until),
        missing_since=here(account.missing_since),
    )
