"""Requests that no browser of ours would send: none gets in, and none stops vigie."""

import asyncio
from datetime import timedelta

import aiohttp
import pytest

from dashboards.sign_in.sessions import sealing
from dashboards.sign_in.store import Deed
from tests.dashboards.sign_in.kept import PASSWORD, SECRET, Entered, account, entrance, program

HERS = {"who": "chef de hall", "note": "ouvert"}


async def said(there: Entered, request: bytes) -> bytes:
    """The answer to bytes that a client library would refuse to send."""
    host, _, port = there.address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize(
    "target",
    [
        "/./", "/../", "//", "//alertes", "/alertes/", "/Alertes", "/%61lertes", "/alertes%2f", "/alertes;a=b",
        "/alertes%00",
        "/static/../", "/static/..%2fserver.py", "/static/%2e%2e/server.py", "/static/../../dashboards/server.py",
        "/static//etc/passwd", "/healthz/../trace", "/connexion/../trace", "/connexion%2f..%2ftrace",
        "/api/v1/session/../areas", "/api//v1/areas", "/API/v1/areas", "/hall/sud", "/hall/../", "/hall/%2e%2e/trace",
        "/hall/sud%2fstream", "/hall/sud/", "http://elsewhere.example/trace", "/?next=/connexion",
        "/trace#/static/x.css",
    ],
)  # fmt: skip
async def test_no_spelling_of_an_address_is_a_way_in(target: str) -> None:
    async with entrance() as there:
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", "get", "PROPFIND"):
            request = f"{method} {target} HTTP/1.1\r\nHost: {there.address[7:]}\r\nConnection: close\r\n"
            request += "X-HTTP-Method-Override: GET\r\nX-Original-URL: /connexion\r\nX-Rewrite-URL: /healthz\r\n\r\n"
            head, _, body = (await said(there, request.encode())).partition(b"\r\n\r\n")
            status = int(head.split()[1])
            assert status in (303, 400, 401, 403, 404, 405), head
            assert b"sejour" not in body
            assert b"import" not in body
            assert b"Location: /connexion?next" in head or status != 303


@pytest.mark.parametrize(
    "header",
    [
        b"Authorization: Bearer \xff\xfe",
        b"Authorization: Bearer \xed\xa0\x80",
        b"Authorization: \xff",
        b"Cookie: vigie=\xff; vigie-ecran-sud=\xff",
        b'Cookie: vigie="\\377"',
        b"Cookie: vigie=; vigie",
        b"Cookie: " + b"vigie=x; " * 200,
        b"X-Forwarded-For: \xff,,, ,",
        b"Accept-Language: \xff;q=\xff",
        b"Sec-Fetch-Site: \xff",
    ],
)
async def test_bytes_that_are_no_text_are_nobodys(header: bytes) -> None:
    async with entrance(account("ida")) as there:
        for line, statuses in ((b"GET /hall/sud", (303, 401)), (b"POST /api/v1/alerts/w1/acknowledge", (401, 403))):
            host = there.address[7:].encode()
            answer = await said(
                there, line + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n" + header + b"\r\n\r\n"
            )
            assert int(answer.split()[1]) in statuses, answer


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded; charset=unicode_escape", rb"login=ida&password=\ud800"),
        ("application/x-www-form-urlencoded; charset=utf-16", b"\xff\xfe\x00"),
        ("application/x-www-form-urlencoded; charset=rot13", b"login=ida"),
        ("application/x-www-form-urlencoded", b"login=\xff&password=\xfe"),
        ("application/json", rb'{"login": "\ud800", "password": "x"}'),
        ("application/json", b'{"login": ["ida"], "password": {"$ne": 1}}'),
        ("application/json", b"[" * 5000),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n--x--"),
        ("text/plain", b"login=ida"),
    ],
)
async def test_a_form_that_is_none_is_refused(kind: str, body: bytes) -> None:
    async with entrance(account("ida")) as there:
        headers = {**there.ours, "Content-Type": kind}
        for path in ("/connexion", "/connexion/code", "/alertes/w1/acknowledge"):
            async with there.client.post(path, data=body, headers=headers) as answer:
                assert answer.status in (400, 401), (path, answer.status)


async def test_a_form_larger_than_any_of_ours_is_refused() -> None:
    async with entrance(account("ida")) as there:
        data = {"login": "ida", "password": "x" * 20_000}
        async with there.client.post("/connexion", data=data, headers=there.ours) as answer:
            assert answer.status == 413
        # as long as it may be, and longer than any password is
        assert (await there.enter("ida", "x" * 15_000)).status == 401


@pytest.mark.parametrize(
    "query", ["account=%00", "account=x' or '1'='1", "day=0001-01-01", "day=9999-12-31", "day=%00"]
)
async def test_the_trail_is_read_whatever_is_asked_of_it(query: str) -> None:
    async with entrance(account("ida", "admin")) as there:
        await there.enter("ida")
        async with there.client.get(f"/trace?{query}") as answer:
            assert answer.status in (200, 400)


async def test_the_trail_shows_words_and_nothing_else() -> None:
    async with entrance(
        account("ida", "admin", name="<img src=x>"), tokens=[program("<b>", "t", "supervisor")]
    ) as there:
        await there.enter("ida")
        nasty = "<script>alert(1)</script>"
        there.sign_in.trail.add(
            Deed(at=there.clock(), account="", who=nasty, action=nasty, subject='"><img src=x onerror=alert(1)>')
        )
        await there.sign_in.trail.write()
        async with there.client.get("/trace") as answer:
            text = await answer.text()
    assert "&lt;script&gt;" in text
    assert "<script>alert" not in text
    assert "<img src=x" not in text


# ------------------------------------------------------------ cookies and sessions


async def test_a_cookie_sealed_with_another_secret_or_for_another_purpose_is_no_session() -> None:
    told = b'{"created": 1, "session": {"id": "x", "account": "id-ida", "begun": 1.0, "identity": ""}}'
    for key in (sealing(b"f" * 32, "session"), sealing(SECRET, "totp"), sealing(SECRET, "enrol")):
        async with entrance(account("ida")) as there:
            forged = {"vigie": key.encrypt(told).decode()}
            async with (
                aiohttp.ClientSession(there.address, cookies=forged) as browser,
                browser.get("/", allow_redirects=False) as answer,
            ):
                assert answer.status == 303


async def test_the_cookie_of_whoever_has_told_a_password_alone_is_no_session_though_it_comes_from_us() -> None:
    async with entrance(account("ida", totp="sealed")) as there:
        await there.enter("ida")
        assert there.cookie()
        for path in ("/", "/compte", "/api/v1/areas"):
            async with there.client.get(path, allow_redirects=False) as answer:
                assert answer.status in (303, 401), path
        async with there.client.get("/api/v1/session") as answer:
            assert (await answer.json())["signed_in"] is False


async def test_a_session_that_was_left_while_the_database_was_away_stays_so_when_it_is_back() -> None:
    async with entrance(account("ida")) as there:
        await there.enter("ida")
        stolen = {"vigie": there.cookie()}
        there.store.away = True
        async with there.client.post("/deconnexion", headers=there.ours, allow_redirects=False) as answer:
            assert answer.status == 303
        for away in (True, False):
            there.store.away = away
            if not away:
                await there.sign_in.people.refresh()
            async with (
                aiohttp.ClientSession(there.address, cookies=stolen) as thief,
                thief.get("/", allow_redirects=False) as answer,
            ):
                assert answer.status == 303, away
        # other vigies, and this one after a restart, read it there
        assert len((await there.store.known(there.clock())).ended) == 1


async def test_a_session_that_was_left_is_remembered_as_long_as_its_cookie_lasts() -> None:
    async with entrance(account("ida")) as there:
        begun = there.clock()
        await there.enter("ida")
        there.clock.forward(timedelta(hours=3))
        await there.client.post("/deconnexion", headers=there.ours)
        lasts = timedelta(hours=12)
        assert list(there.store.over.values()) == [begun + lasts]


# ------------------------------------------------------------ who is no longer trusted


async def test_whoever_is_disabled_cannot_undo_it_by_changing_their_password_at_that_moment() -> None:
    async with entrance(account("eve", "admin")) as there:
        await there.enter("eve")
        decided = account("eve", "viewer", disabled_at=there.clock())
        await there.store.change(account("eve", "admin"), decided)
        # this vigie has not read it yet
        new = "encore plus de guichets"
        data = {"what": "password", "password": PASSWORD, "new": new, "again": new}
        async with there.client.post("/compte", data=data, headers=there.ours, allow_redirects=False) as answer:
            assert answer.status == 409
        assert there.store.accounts["id-eve"] == decided
        async with there.client.get("/", allow_redirects=False) as answer:
            assert answer.status == 303


async def test_what_somebody_tried_without_the_right_to_it_is_in_the_trail() -> None:
    async with entrance(account("vic", "viewer")) as there:
        await there.enter("vic")
        async with there.client.post("/alertes/w1/acknowledge", data=HERS, headers=there.ours) as answer:
            assert answer.status == 403
        await there.sign_in.trail.write()
        deed = there.store.deeds[-1]
        assert (deed.who, deed.action, deed.subject, deed.status) == (
            "Vic",
            "/alertes/{alert}/{action}",
            "w1 acknowledge",
            403,
        )
