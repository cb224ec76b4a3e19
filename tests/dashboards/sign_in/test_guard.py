"""The guard: every route, every role; and whoever tries to get round it."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from dashboards.access import Right, Role
from dashboards.sign_in.guard import POSTS, Place
from dashboards.sign_in.people import EVERY_S
from tests.dashboards.sign_in.kept import Entered, account, entrance, program

WHO: tuple[Role | None, ...] = (None, "viewer", "supervisor", "quality", "admin")
FORM = {"who": "chef de hall", "note": "ouvert"}


OPEN = {
    "/healthz", "/readyz", "/asyncapi.json", "/api/v1/asyncapi.json", "/api/v1/session",
    "/connexion", "/connexion/code", "/connexion/fournisseur", "/connexion/retour",
    "/deconnexion", "/deconnexion/retour", "/attente", "/attente/fragment", "/attente.json", "/accessibilite",
    "/public", "/public/2026-10", "/public/{month}", "/public/2026-10/x.pdf", "/public/{month}/{name}",
}  # fmt: skip
ADMIN = {"/trace"}
MAY: Mapping[Role | None, set[Right]] = {
    None: {"open"},
    "viewer": {"open", "screen", "read"},
    "supervisor": {"open", "screen", "read", "act"},
    "quality": {"open", "screen", "read", "quality"},
    "admin": {"open", "screen", "read", "act", "quality", "admin"},
}
"""As deploy/docs/sign_in.md has it."""


def wanted(method: str, path: str) -> Right:
    """What an address must ask for: whatever changes something is not for those who only read."""
    if path in OPEN:
        return "open"
    if path.startswith("/hall/"):
        return "screen"
    if path in ADMIN:
        return "admin"
    if path.startswith("/exports"):
        return "quality"
    return "read" if method in ("GET", "HEAD") or path == "/compte" else "act"


def addresses(there: Entered) -> list[tuple[str, str]]:
    """Every route there is, with an address of it that leads to something."""
    found = []
    for route in there.server.app.router.routes():
        resource = route.resource
        if resource is None or isinstance(resource, web.StaticResource):
            continue
        parts = {
            "area": "sud", "alert": "w1", "action": "acknowledge", "mute": "1", "queue": "sejour", "counter": "g1",
            "date": "2026-12-24", "month": "2026-10", "version": "1", "name": "x.pdf",
        }  # fmt: skip
        found.append((route.method, resource.canonical.format_map(parts)))
    return found


async def asked(there: Entered, method: str, path: str, **headers: str) -> str:
    """Whether somebody is let in, is to sign in, or may not; what comes of it once they are in does not matter here."""
    async with aiohttp.ClientSession(there.address, cookie_jar=there.client.cookie_jar) as browser:
        # what streams for ever answers with its headers first
        answer = await browser.request(
            method, path, headers=headers, data=FORM if method == "POST" else None, allow_redirects=False
        )
        answer.close()
        if answer.status == 401 or answer.headers.get("Location", "").startswith("/connexion?next="):
            return "to sign in"
        return "no" if answer.status == 403 else "in"


async def test_every_route_says_which_right_it_asks_for() -> None:
    async with entrance() as there:
        for route in there.server.app.router.routes():
            if not isinstance(route.resource, web.StaticResource) and route.resource:
                path, right = route.resource.canonical, getattr(route.handler, "right", None)
                assert right == wanted(route.method, path), (route.method, path)


@pytest.mark.parametrize("role", WHO)
async def test_every_route_lets_in_those_who_have_its_right_and_nobody_else(role: Role | None) -> None:
    async with entrance(*([account("ida", role)] if role else [])) as there:
        if role:
            assert (await there.enter("ida")).status == 303
        for method, path in addresses(there):
            # the pages of signing in have tests of their own: they too say 401, to a wrong password
            if not path.startswith(("/connexion", "/deconnexion")):
                let_in = wanted(method, path) in MAY[role]
                expected = "in" if let_in else "no" if role else "to sign in"
                assert await asked(there, method, path, **there.ours) == expected, (method, path)
            there.clock.forward(timedelta(seconds=2))  # as many forms as somebody sends, not more


@pytest.mark.parametrize("role", [role for role in WHO if role])
async def test_a_program_is_let_in_wherever_somebody_with_its_role_is(role: Role) -> None:
    async with entrance(tokens=[program("robot", "t-o-k-e-n", role)]) as there:
        for method, path in addresses(there):
            if not path.startswith(("/connexion", "/deconnexion", "/compte")):
                expected = "in" if wanted(method, path) in MAY[role] else "no"
                assert await asked(there, method, path, Authorization="Bearer t-o-k-e-n") == expected, (method, path)
            there.clock.forward(timedelta(seconds=2))


async def test_whoever_is_signed_out_is_asked_to_sign_in_and_programs_are_told_so() -> None:
    async with entrance() as there:
        async with there.client.get("/alertes?days=31&area=sud", allow_redirects=False) as answer:
            assert answer.status == 303
            assert URL(answer.headers["Location"]).query == {"next": "/alertes?days=31&area=sud"}
        for path in ("/api/v1/areas/sud/live", "/stream/board", "/metrics"):
            async with there.client.get(path, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), path


async def test_health_the_contract_and_what_pages_are_made_of_are_open() -> None:
    async with entrance() as there:
        for path in ("/healthz", "/readyz", "/asyncapi.json", "/static/vigie.css", "/connexion"):
            async with there.client.get(path, allow_redirects=False) as answer:
                assert answer.status == 200, path


async def test_a_program_reads_with_its_token_until_it_is_revoked() -> None:
    async with entrance(tokens=[program("grafana", "t-o-k-e-n", "viewer")]) as there:
        bearer = {"Authorization": "Bearer t-o-k-e-n"}
        async with there.client.get("/api/v1/areas/sud/live", headers=bearer) as answer:
            assert answer.status == 200
        async with there.client.post("/api/v1/alerts/w1/acknowledge", headers=bearer, json=FORM) as answer:
            assert answer.status == 403
        for wrong in ("Bearer other", "Bearer ", "Basic t-o-k-e-n", "bearer t-o-k-e-n"):
            async with there.client.get("/api/v1/areas/sud/live", headers={"Authorization": wrong}) as answer:
                assert answer.status == 401, wrong
        await there.store.revoke("grafana", there.clock())
        await there.sign_in.people.refresh()
        async with there.client.get("/api/v1/areas/sud/live", headers=bearer) as answer:
            assert answer.status == 401


async def test_what_a_program_does_is_in_the_trail_under_its_name() -> None:
    async with entrance(tokens=[program("tchap", "t-o-k-e-n", "supervisor")]) as there:
        bearer = {"Authorization": "Bearer t-o-k-e-n"}
        async with there.client.post("/api/v1/alerts/w1/acknowledge", headers=bearer, json=FORM) as answer:
            assert (await answer.json())["acknowledged_by"] == "tchap"
        await there.sign_in.trail.write()
        deed = there.store.deeds[-1]
        assert (deed.who, deed.action, deed.subject) == ("tchap", "/api/v1/alerts/{alert}/{action}", "w1 acknowledge")


# ------------------------------------------------------------ other sites


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Authorization": "Basic x"},
    ],
)
async def test_a_cookie_alone_changes_nothing_for_a_page_of_another_site(headers: dict[str, str]) -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida")
        for path in ("/alertes/w1/acknowledge", "/api/v1/alerts/w1/acknowledge", "/compte", "/deconnexion"):
            async with there.client.post(path, data=FORM, headers=headers, allow_redirects=False) as answer:
                assert answer.status == 403, path
        assert there.alerts.all["w1"].alert.state == "firing"


async def test_behind_a_proxy_our_own_address_is_ours() -> None:
    place = Place(url="https://vigie.example")
    async with entrance(account("ida"), place=place) as there:
        headers = {"Origin": "https://vigie.example", "Host": "10.0.0.7:8080"}
        data = {"login": "ida", "password": "wrong"}
        async with there.client.post("/connexion", data=data, headers=headers) as answer:
            assert answer.status == 401
        elsewhere = {**headers, "Origin": "http://10.9.9.9"}
        async with there.client.post("/connexion", data=data, headers=elsewhere) as answer:
            assert answer.status == 403


# ------------------------------------------------------------ sessions that end


async def test_a_disabled_account_is_out_at_once_and_so_is_what_it_has_open() -> None:
    async with entrance(account("ida", "viewer")) as there:
        await there.enter("ida")
        async with there.client.get("/stream/board") as stream:
            await stream.content.readline()
            await there.store.change(account("ida", "viewer"), account("ida", "viewer", disabled_at=there.clock()))
            async with asyncio.timeout(3 * EVERY_S):
                while not stream.content.at_eof():
                    await stream.content.readany()
        async with there.client.get("/", allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/connexion?next=/"


async def test_another_role_counts_from_the_next_request() -> None:
    async with entrance(account("ida", "supervisor")) as there:
        await there.enter("ida")
        await there.store.change(account("ida", "supervisor"), account("ida", "viewer"))
        await there.sign_in.people.refresh()
        async with there.client.post("/alertes/w1/acknowledge", data=FORM, headers=there.ours) as answer:
            assert answer.status == 403
            assert "supervision, administration" in await answer.text()


async def test_a_session_is_over_after_a_working_day_however_much_is_done() -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida")
        for hours, status in ((11, 200), (0.9, 200), (0.2, 303)):
            there.clock.forward(timedelta(hours=hours))
            async with there.client.get("/", allow_redirects=False) as answer:
                assert answer.status == status, hours


async def test_while_the_database_is_away_those_signed_in_go_on() -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida")
        there.store.away = True
        async with there.client.get("/", allow_redirects=False) as answer:
            assert answer.status == 200
        answer = await there.enter("ida")
        assert answer.status == 503
        assert "La base de données ne répond pas" in await answer.text()


async def test_a_cookie_that_was_changed_or_made_elsewhere_is_no_session() -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida")
        real = there.cookie()
        for forged in (real[:-2], real[:20] + "A" + real[21:], "", "e30=", '{"account":"id-ida"}', real * 3):
            async with (
                aiohttp.ClientSession(there.address, cookies={"vigie": forged}) as browser,
                browser.get("/", allow_redirects=False) as answer,
            ):
                assert answer.status == 303, forged


async def test_more_than_so_many_requests_in_a_minute_wait() -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida")
        statuses = []
        for _ in range(POSTS + 1):
            async with there.client.post(
                "/alertes/w1/note", data=FORM, headers=there.ours, allow_redirects=False
            ) as answer:
                statuses.append(answer.status)
        assert set(statuses[:POSTS]) == {303}
        assert (statuses[POSTS], answer.headers["Retry-After"]) == (429, "60")
        there.clock.forward(timedelta(minutes=1))
        async with there.client.post(
            "/alertes/w1/note", data=FORM, headers=there.ours, allow_redirects=False
        ) as answer:
            assert answer.status == 303
