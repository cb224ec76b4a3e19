"""What the public is told from afar, asked over a real socket; and how seldom it is rendered."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import time, timedelta

import aiohttp
import pytest
from aiohttp import web
from msgspec.structs import replace

from dashboards.board import Board, Foreseen
from dashboards.frame import framed
from dashboards.public import Public, PublicSettings
from dashboards.server import Server
from dashboards.templating import environment
from dashboards.web_settings import WebSettings
from tests.build import MONDAY, STANDARD, SUD, at, issued
from tests.dashboards.sign_in.kept import account, entrance
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.history import lessons
from ticketing.figures import Silence
from ticketing.forecast import Forecast, QueueForecast
from ticketing.load import Load
from ticketing.notice import Closure, Message, Notices
from ticketing.plan import Plan, Queue

BUSY = [{"start": "08:30", "end": "10:00"}]
ON = PublicSettings(enabled=True)
EVER_FEWER = dict(zip((*range(17, 24), *range(26, 33)), range(14, 0, -1), strict=True))
"""Entries by half-hour: 14 at 8:30, 13 at 9:00, … 8 at 11:30, 7 at 13:00, … 1 at 16:00."""


@asynccontextmanager
async def public(
    *plans: Plan, settings: PublicSettings | None = ON, clock: str = "9:30"
) -> AsyncIterator[tuple[aiohttp.ClientSession, Board, Hands]]:
    hands = Hands(at(clock))
    board = Board(plans or [SUD, STANDARD], hands)
    board.begin({"sud": [issued("A1", "9:00"), issued("A2", "9:20")]})
    board.foresee("sud", foretold())
    server = Server(board, Well(), public=settings)
    running = asyncio.create_task(server.run())
    try:
        async with (
            server.serving(WebSettings(listen="127.0.0.1:0")) as address,
            aiohttp.ClientSession(address) as client,
        ):
            yield client, board, hands
    finally:
        running.cancel()
        await asyncio.wait([running])


def foretold(sejour_s: tuple[float, float, float] = (540, 700, 1260)) -> Foreseen:
    waits = {"sejour": sejour_s, "asile": (0.0, 60.0, 200.0)}
    found = {queue: QueueForecast(queue=queue, shown=shown) for queue, shown in waits.items()}
    load = Load.of(lessons(10, arrivals={"sejour": EVER_FEWER}))
    return Foreseen(forecast=Forecast(at=at("9:30"), queues=found), load=load)


async def text(client: aiohttp.ClientSession, path: str = "/attente", **headers: str) -> str:
    async with client.get(path, headers=headers) as answer:
        assert answer.status == 200
        return await answer.text()


async def told(client: aiohttp.ClientSession) -> dict[str, object]:
    async with client.get("/attente.json") as answer:
        found: dict[str, object] = (await answer.json())["places"][0]
        return found


async def test_the_wait_in_each_service_is_told_in_words_and_no_count_of_people() -> None:
    async with public() as (client, _, _):
        place = await told(client)
        page = await text(client)
    assert place["services"] == [
        {"service": "sejour", "name": "Séjour", "wait": "environ 10 à 25\u00a0min"},
        {"service": "asile", "name": "Asile", "wait": "moins de 5\u00a0min"},
    ]
    assert "environ 10 à 25\u00a0min" in page
    assert "personne" not in page


async def test_the_names_that_programs_rely_on() -> None:
    async with public() as (client, _, _), client.get("/attente.json") as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        found = await answer.json()
    assert found["at"] == "2026-11-23T09:30:00+01:00"
    place = found["places"][0]
    assert {key: place[key] for key in ("area", "kind", "state", "open", "hours", "opens", "closed")} == {
        "area": "sud", "kind": "hall", "state": "current", "open": True, "hours": "08:30–12:00 · 13:15–16:30",
        "opens": "", "closed": [],
    }  # fmt: skip
    assert place["week"][0]["busy"] == BUSY
    assert place["week"][0]["crowd"][15:28] == [None, None, 10, 9, 9, 8, 7, 6, 6, None, None, 5, 4]
    assert [day["hours"] == "" for day in place["week"]] == [False] * 5 + [True] * 2


@pytest.mark.parametrize("path", ["/attente", "/attente/fragment", "/attente.json"])
@pytest.mark.parametrize("settings", [None, PublicSettings()])
async def test_nothing_is_told_unless_it_is_configured(path: str, settings: PublicSettings | None) -> None:
    async with public(settings=settings) as (client, _, _), client.get(path) as answer:
        assert answer.status == 404


async def test_no_old_wait_is_told_as_a_present_one() -> None:
    async with public() as (client, board, _):
        board.stand(at("9:25"))
        page = await text(client)
        place = await told(client)
    assert "Informations momentanément indisponibles" in page
    assert "Chiffres de 9\u202fh\u202f25." in page
    assert place["state"] == "unavailable"
    assert "environ" not in page


async def test_no_wait_is_told_while_events_of_a_device_are_missing() -> None:
    async with public() as (client, board, _):
        board.hear({"sud": (Silence(device="borne-1", since=at("9:20")),)})
        page = await text(client)
        place = await told(client)
    assert (place["state"], place["services"][0]["wait"]) == ("incomplete", "")  # type: ignore[index]
    assert "Données incomplètes" in page
    assert "environ" not in page
    assert "borne-1" not in page


async def test_a_hall_that_is_closed_says_when_it_opens() -> None:
    async with public(clock="19:00") as (client, _, _):
        assert "Fermé – ouverture demain à 08:30" in await text(client)
        assert (await told(client))["opens"] == "demain à 08:30"


async def test_what_supervisors_tell_the_public_and_the_closures_to_come_are_told() -> None:
    soon = MONDAY + timedelta(days=3)
    hours = replace(SUD.hours, exceptions={soon: (), MONDAY: ((time(8, 30), time(12)),)})
    async with public() as (client, board, _):
        message = Message(area="sud", text="Ascenseur <en> panne", until=None, who="ida", at=at("8:00"))
        closures = (
            Closure(area="sud", date=MONDAY, text="Fermé l’après-midi", who="ida", at=at("8:00")),
            Closure(area="sud", date=soon, text="Pont", who="ida", at=at("8:00")),
        )
        board.notify([replace(SUD, hours=hours), STANDARD], Notices(messages={"sud": message}, closures=closures))
        page = await text(client)
        place = await told(client)
    assert "Ascenseur &lt;en&gt; panne" in page
    assert "Fermé l’après-midi" in page
    assert "ida" not in page.split("<main", 1)[1]
    assert place["closed"] == [{"date": "2026-11-26", "name": "jeudi 26 novembre 2026", "hours": "", "text": "Pont"}]


async def test_quiet_and_busy_hours_are_told_of_the_days_to_come() -> None:
    async with public() as (client, _, _):
        page = await text(client)
    assert "plutôt calme : 14:00–&#8288;16:30" in page
    assert "très fréquenté : 08:30–&#8288;10:00" in page


async def test_of_a_day_with_other_hours_only_those_are_called_quiet_or_busy() -> None:
    tomorrow, after = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    hours = replace(SUD.hours, exceptions={tomorrow: ((time(8, 30), time(12)),), after: ()})
    async with public(replace(SUD, hours=hours)) as (client, _, _):
        week = (await told(client))["week"]
    days = [(day["busy"], day["quiet"], day["crowd"][32]) for day in week[:3]]  # type: ignore[index]
    assert days == [(BUSY, [{"start": "14:00", "end": "16:30"}], 1), (BUSY, [], None), ([], [], None)]


async def test_before_two_weeks_are_learnt_no_hour_is_called_quiet_or_busy() -> None:
    async with public() as (client, board, _):
        board.foresee("sud", replace(foretold(), load=Load.of(lessons(9, arrivals={"sejour": EVER_FEWER}))))
        assert (await told(client))["week"][0]["crowd"] == []  # type: ignore[index]
        assert "calme" not in await text(client)


async def test_a_name_that_holds_a_script_is_shown_as_it_stands() -> None:
    plan = replace(SUD, name="<script>1</script>", queues=(Queue(id="sejour", name='"><script>alert(1)</script>'),))
    async with public(plan) as (client, _, _):
        for path in ("/attente", "/attente/fragment"):
            page = await text(client, path)
            assert "<script>alert" not in page
            assert "<script>1" not in page


async def test_it_is_told_in_the_reader_s_language() -> None:
    async with public() as (client, _, _):
        page = await text(client, **{"Accept-Language": "en"})
        french = await text(client)
    assert '<html lang="en">' in page
    assert '<html lang="fr">' in french


@pytest.mark.parametrize(
    ("sites", "policy"), [((), "'none'"), (("https://www.a.fr", "https://b.fr"), "https://www.a.fr https://b.fr")]
)
async def test_only_the_sites_that_are_configured_may_frame_the_fragment_and_nothing_else(
    sites: Sequence[str], policy: str
) -> None:
    async with public(settings=PublicSettings(enabled=True, embed_in=tuple(sites))) as (client, _, _):
        async with client.get("/attente/fragment") as answer:
            page, told_so = await answer.text(), answer.headers["Content-Security-Policy"]
        async with client.get("/attente") as answer:
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert told_so.endswith(f"; frame-ancestors {policy}")
    assert "default-src 'none'" in told_so
    assert "<script" not in page


async def test_whoever_has_it_already_is_told_that_nothing_has_changed() -> None:
    async with public() as (client, _, _):
        async with client.get("/attente") as first:
            headers = first.headers
            assert headers["Cache-Control"] == "public, max-age=10"
            assert headers["Vary"] == "Accept-Language"
            assert "Set-Cookie" not in headers
        async with client.get("/attente", headers={"If-None-Match": headers["ETag"]}) as again:
            assert (again.status, await again.read()) == (304, b"")
        async with client.get("/attente", headers={"If-None-Match": '"another"'}) as again:
            assert again.status == 200


async def test_what_any_cache_may_keep_is_of_nobody_who_is_signed_in() -> None:
    async with entrance(account("ida", "viewer")) as there:
        await there.enter("ida")
        async with there.client.get("/attente") as answer:
            page = await answer.text()
            assert (answer.status, "Set-Cookie" in answer.headers) == (200, False)
    assert "ida" not in page.split("<main", 1)[1]
    assert "/deconnexion" not in page


class Counted(Board):
    """Says how often its figures were asked for."""

    asked = 0

    def figures(self, area: str):  # type: ignore[no-untyped-def] # noqa: ANN201 - as the board's
        self.asked += 1
        return super().figures(area)


async def test_it_is_rendered_once_in_ten_seconds_whatever_the_rush() -> None:
    board, now = Counted([SUD], lambda: at("9:30")), [0.0]
    board.begin({})
    app = web.Application(middlewares=[framed])
    app.add_routes(Public(board, ON, environment(), lambda: now[0]).routes())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
            await asyncio.gather(*(text(client) for _ in range(50)))
            assert board.asked == 1
            now[0] = 9.9
            await text(client)
            assert board.asked == 1
            await text(client, **{"Accept-Language": "en"})
            assert board.asked == 2
            now[0] = 10.0
            await text(client)
            assert board.asked == 3
    finally:
        await runner.cleanup()
