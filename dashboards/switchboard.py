"""The switchboard's page: its calls now, the rates side by side, the last hour by five minutes, and the day."""

from collections.abc import Sequence
from functools import partial
from typing import Literal

from aiohttp import web
from jinja2 import Environment
from msgspec import Struct

from dashboards.access import needs
from dashboards.board import ALERTS, Board
from dashboards.chart import chart
from dashboards.commitments import rate_verdict
from dashboards.frame import FRAME
from dashboards.languages import LANGUAGES, Language, speaking
from dashboards.stream import Stream
from dashboards.streaming import streamed
from dashboards.templating import page
from dashboards.views import Views
from ticketing.figures import AreaFigures, CallFigures, QueueFigures, RateTarget
from ticketing.french.notation import percent
from ticketing.lately import calls_lately
from ticketing.saying import _

Measure = Literal["agent", "global", "lost"]


class Rate(Struct, frozen=True, kw_only=True):
    """A rate of the day as shown: what it is of, its target and whether that is reached; `missed` if it is not."""

    measure: Measure
    name: str
    value: str
    formula: str
    counts: str
    verdict: str
    provenance: str
    missed: bool


class Switchboards:
    def __init__(self, board: Board, views: Views, templates: Environment) -> None:
        self._board, self._views, self._templates = board, views, templates
        self._areas = [plan.area for plan in board.plans.values() if plan.kind == "switchboard"]
        self.streams = {
            language: Stream([ALERTS, *self._areas], partial(self._fragment, language), "part", every=0.2, tick=1.0)
            for language in LANGUAGES
        }

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/standard", self.standard),
            web.get("/stream/standard", self.stream, allow_head=False),
        ]

    @needs("read")
    async def standard(self, _: web.Request) -> web.Response:
        return page(
            self._templates,
            "standard.html",
            parts=[self._part(name) for name in self._areas],
            alerts_part=self._views.alerts.strip(),
        )

    @needs("read")
    async def stream(self, request: web.Request) -> web.StreamResponse:
        return await streamed(request, self.streams[FRAME.get().language])

    def _fragment(self, language: Language, part: str) -> bytes:
        with speaking(language):
            return (self._views.alerts.strip() if part == ALERTS else self._part(part)).encode()

    def _part(self, name: str) -> str:
        found = self._board.figures(name)
        return self._templates.get_template("switchboard.html").render(
            rates=rates(found),
            chart=chart(calls_lately(self._board.areas[name], found.at)),
            **self._views.common(found),
        )


def rates(area: AreaFigures) -> list[Rate]:
    """Of all queues together: the two answer rates that are always shown side by side, and what was lost."""
    calls = area.calls_today
    if not isinstance(calls, CallFigures):
        return []
    agent, lost = _agreed(area.queues, "answer_rate_agent_target"), _agreed(area.queues, "lost_rate_target")
    return [
        _rate(
            area,
            "agent",
            (calls.answered, calls.decided),
            agent,
            _("Taux de décroché agent"),
            _("appels décrochés par un agent ÷ appels qui en ont demandé un, décrochés ou perdus"),
        ),
        _rate(
            area,
            "global",
            (calls.reached, calls.known),
            None,
            _("Taux de décroché global"),
            _("appels décrochés par un agent ou renseignés par le serveur vocal ÷ tous ceux dont l’issue est connue"),
        ),
        _rate(
            area,
            "lost",
            (calls.lost, calls.decided),
            lost,
            _("Appels perdus"),
            _("abandonnés, débordés ou laissés à la fermeture ÷ appels qui ont demandé un agent, décrochés ou perdus"),
        ),
    ]


def _rate(  # noqa: PLR0917 - a rate a line of three
    area: AreaFigures, measure: Measure, counts: tuple[int, int], target: RateTarget | None, name: str, formula: str
) -> Rate:
    part, of = counts
    value, at_most = part / of if of else None, measure == "lost"
    verdict = rate_verdict(value, target, at_most=at_most) if area.complete else _("provisoire")
    beyond = value is not None and target is not None and (value > target.value if at_most else value < target.value)
    return Rate(
        measure=measure,
        name=name,
        value=percent(value),
        formula=formula,
        counts=_("{n} sur {of} appels").format(n=part, of=of),
        verdict=verdict,
        provenance=target.provenance if target else "",
        missed=beyond and area.complete,
    )


def _agreed(queues: Sequence[QueueFigures], target: str) -> RateTarget | None:
    """The target that all queues have; None where they differ: each is told beside its queue."""
    found = {getattr(queue, target) or None for queue in queues}
    return found.pop() if len(found) == 1 else None
