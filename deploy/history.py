"""Live figures as they stood at any instant, from the journal alone."""

from datetime import datetime, timedelta

from collector.devices import silences
from collector.journal import Journal
from ticketing.area import Area, live_since
from ticketing.figures import AreaFigures
from ticketing.live import figures
from ticketing.plan import Plan


async def figures_at(journal: Journal, plan: Plan, instant: datetime, silent_after: timedelta) -> AreaFigures:
    """In the time order of events: what came late counts as if it had come in time."""
    since = live_since(plan, instant)
    events = await journal.read(plan.site, plan.area, since, instant)
    presences, late = await journal.devices(instant)
    here = [presence for presence in presences if presence.site == plan.site]
    silent = silences(here, instant, silent_after, late)
    return figures(Area.of(plan, events, since), instant, silent.get(plan.area, ()))
