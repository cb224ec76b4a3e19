"""The vocabulary of the tests of alerts: readings, alerts and areas as they are watched, made by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from alerts.letters import Letter
from alerts.rules import Rule
from alerts.telling import News
from alerts.watched import Reading, Watched
from tests.build import SUD, at
from ticketing.alert import Alert, Facts, HeadOfLine, Severity, Signal
from ticketing.area import Area
from ticketing.budget import Verdict
from ticketing.events import Event
from ticketing.figures import QueueFigures, Silence
from ticketing.forecast import Forecast, QueueForecast
from ticketing.live import figures
from ticketing.plan import Plan

MINUTE = timedelta(minutes=1)
LONG = HeadOfLine(longest_s=1200.0, waiting=7, limit_s=900.0)
SCRIPT = "Séjour <script>alert(1)</script> & fils"


def reading(
    state: str,
    *,
    queue: str = "sejour",
    hold: int = 0,
    keep: int = 0,
    severity: Severity = "page",
    facts: Facts | None = LONG,
    at_once: bool = False,
) -> Reading:
    """That the head of a queue's line fires, is over, or is "between"; hold and keep in minutes."""
    return Reading(
        condition="head_of_line",
        subject=queue,
        name=queue.capitalize(),
        fires=state == "fires",
        clears=state == "over",
        facts=facts,
        rule=Rule(fire=1.0, clear=1.0, severity=severity, hold=hold * MINUTE, keep=keep * MINUTE),
        at_once=at_once,
    )


def begun(now: datetime, area: str = "sud") -> Alert:
    return Alert(id="a1", site="aube", area=area, topic="wait", severity="week", since=now, signals=())


def alert(clock: str = "10:00", *queues: str, severity: Severity = "page", **fields: object) -> Alert:
    """One that fired at an hour, of these queues or of Séjour."""
    fired = at(clock)
    signals = tuple(
        Signal(
            condition="head_of_line", subject=queue, name=queue.capitalize(), severity=severity,
            since=fired, facts=LONG, fired_at=fired,
        )
        for queue in queues or ("sejour",)
    )  # fmt: skip
    made = Alert(
        id="a1", site="aube", area="sud", topic="wait", severity=severity, since=fired, signals=signals, fired_at=fired
    )
    return replace(made, **fields)


def watched(
    clock: str,
    *events: Event,
    plan: Plan = SUD,
    risks: Mapping[str, float] | None = None,
    silent: Sequence[Silence] = (),
    past: Mapping[date, Mapping[str, Sequence[Verdict]]] | None = None,
    **queue: object,
) -> Watched:
    """An area at an hour. `risks`: by queue; the other fields are of the figures of the first queue."""
    now = at(clock)
    area = Area.of(plan, events)
    found = figures(area, now, silent)
    first: QueueFigures = replace(found.queues[0], **queue)
    forecasts = {
        name: QueueForecast(queue=name, risk=risk, late=2 if risk > 0.5 else 0, breach_at=at("10:40"))
        for name, risk in (risks or {}).items()
    }
    return Watched(
        at=now,
        area=area,
        figures=replace(found, queues=(first, *found.queues[1:])),
        forecast=Forecast(at=now, queues=forecasts) if risks is not None else None,
        past=past or {},
    )


def letter(known: Alert | None = None, news: News = "fired", key: str = "a1.fired.chef") -> Letter:
    now = datetime.now(UTC)
    found = known or replace(alert(), fired_at=now)
    return Letter(
        key=key,
        news=news,
        title=f"Hall sud · {SCRIPT} : ouvrir Guichet 2",
        text="3 personnes dépasseront 15\u202fmin dès 10\u202fh\u202f40.\nAlerte immédiate.",
        link="https://vigie.example/alertes#a1",
        alert=found,
        area_name="Hall sud",
        made_at=now,
    )
