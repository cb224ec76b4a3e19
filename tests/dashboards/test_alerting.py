"""Alerts over HTTP: read, taken on, noted and silenced, by programs and from the page; asked over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from msgspec import Struct
from msgspec.structs import replace

from dashboards.board import Board
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.build import STANDARD, SUD, at
from tests.dashboards.kept import Kept, breach, deaf, head, over, standing, waits
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from ticketing.alert import Undelivered

TAKE, NOTE, SILENCE = (f"/api/v1/alerts/w1/{action}" for action in ("acknowledge", "note", "silence"))
CHIEF = {"who": "chef de hall"}


class Served(Struct, frozen=True):
    client: aiohttp.ClientSession
    board: Board
    kept: Kept
    hands: Hands


@asynccontextmanager
async def served() -> AsyncIterator[Served]:
    """One alert of each kind open at half past nine, and one that is over."""
    hands = Hands(at("9:30"))
    board = Board([SUD, STANDARD], hands)
    board.begin({})
    kept = Kept(hands, over())
    kept.take(waits(breach(), head()), deaf(), standing())
    kept.turn(board)
    server = Server(board, Well(), alerts=kept)
    running = asyncio.create_task(server.run())
    try:
        async with (
            server.serving(WebSettings(listen="127.0.0.1:0")) as address,
            aiohttp.ClientSession(address) as client,
        ):
            yield Served(client, board, kept, hands)
    finally:
        running.cancel()
        await asyncio.wait([running])


async def posted(there: Served, path: str, body: Any, **headers: str) -> tuple[int, Any]:
    async with there.client.post(path, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def got(there: Served, path: str) -> tuple[int, Any]:
    async with there.client.get(path) as answer:
        return answer.status, await answer.json()


async def page(there: Served, path: str = "/alertes") -> str:
    async with there.client.get(path) as answer:
        assert answer.status == 200
        return await answer.text()


# ------------------------------------------------------------ read by programs


async def test_an_alert_is_told_with_what_is_wrong_what_to_do_and_what_was_done() -> None:
    async with served() as there:
        _, found = await got(there, "/api/v1/alerts")
    alert = next(one for one in found["alerts"] if one["id"] == "w1")
    assert (alert["area"], alert["topic"], alert["state"], alert["severity"]) == ("sud", "wait", "firing", "page")
    assert (alert["since"], alert["fired_at"]) == ("2026-11-23T09:12:00+01:00", "2026-11-23T09:14:00+01:00")
    assert (alert["acknowledged_at"], alert["acknowledged_by"], alert["resolved_at"]) == (None, None, None)
    assert alert["title"].startswith("Hall sud · Asile : délai de 15\u202fmin dépassé")
    assert any("ouvrir Guichet 2" in line for line in alert["text"])
    signal = alert["signals"][0]
    assert (signal["condition"], signal["subject"], signal["name"]) == ("predicted_breach", "sejour", "Séjour")
    facts = {
        "type": "predicted_breach", "risk": 0.9, "late": 3, "breach_at": "2026-11-23T09:31:00+01:00", "limit_s": 900.0,
    }  # fmt: skip
    assert signal["facts"].items() >= facts.items()  # more may be added
    assert signal["remedy"] == {"action": "ouvrir Guichet 2", "wait_s": 2280.0, "then_wait_s": 660.0}
    assert [moment["kind"] for moment in alert["timeline"]] == ["fired", "told"]


async def test_alerts_are_listed_by_state_by_area_and_for_so_many_days() -> None:
    async with served() as there:

        async def listed(query: str) -> set[str]:
            return {one["id"] for one in (await got(there, f"/api/v1/alerts{query}"))[1]["alerts"]}

        assert await listed("") == {"w1", "d1", "o1", "p1"}
        assert await listed("?state=open") == {"w1", "d1", "o1"}
        assert await listed("?area=standard") == set()
        assert await listed("?area=sud&state=open") == {"w1", "d1"}
        there.hands.now += timedelta(days=3)
        assert await listed("?days=1") == {"w1", "d1", "o1"}
        assert await listed("?days=4") == {"w1", "d1", "o1", "p1"}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("days=0", 'days: found "0", expected 1 to 366'),
        ("days=000000007999", 'days: found "000000007999", expected 1 to 366'),
        ("days=٣", 'days: found "٣", expected 1 to 366'),
        ("area=ouest", 'area: found "ouest", expected one of: sud, standard'),
        ("state=closed", 'state: found "closed", expected open or all'),
    ],
)
async def test_a_query_that_cannot_be_is_refused_in_a_sentence(query: str, told: str) -> None:
    async with served() as there:
        assert await got(there, f"/api/v1/alerts?{query}") == (400, {"error": told})


async def test_one_alert_is_told_by_its_id_and_none_that_is_unknown() -> None:
    async with served() as there:
        status, found = await got(there, "/api/v1/alerts/p1")
        assert (status, found["state"], found["back_at"]) == (200, "resolved", "2026-11-23T09:05:00+01:00")
        assert await got(there, "/api/v1/alerts/x9") == (404, {"error": 'found no alert "x9"'})


async def test_the_stream_for_programs_tells_at_once_that_an_alert_was_taken_on() -> None:
    async with served() as there, there.client.get("/api/v1/stream") as answer:

        async def until(wanted: bytes) -> bytes:
            seen = b""
            while wanted not in seen:
                seen += await asyncio.wait_for(answer.content.readany(), 5)
            return seen

        first = await until(b"event: alert\nid: ")
        assert b'"state":"firing"' in first
        await posted(there, TAKE, CHIEF)
        await until(b'"acknowledged_by":"chef de hall"')


# ------------------------------------------------------------ done by programs


async def test_of_two_who_take_an_alert_on_the_second_sees_who_was_first() -> None:
    async with served() as there:
        status, first = await posted(there, TAKE, {"who": "chef de hall", "note": "Guichet 2 ouvre"})
        assert (status, first["ours"], first["acknowledged_by"]) == (200, True, "chef de hall")
        there.hands.now = at("9:31")
        status, second = await posted(there, TAKE, {"who": "adjointe", "note": "j’y vais aussi"})
        assert (status, second["ours"], second["acknowledged_by"]) == (200, False, "chef de hall")
        assert second["acknowledged_at"] == "2026-11-23T09:30:00+01:00"
        _, alert = await got(there, "/api/v1/alerts/w1")
    assert [(one["kind"], one["who"], one["text"]) for one in alert["timeline"][2:]] == [
        ("acknowledged", "chef de hall", "Guichet 2 ouvre"),
        ("noted", "adjointe", "j’y vais aussi"),
    ]


async def test_a_note_can_be_added_when_the_alert_is_over() -> None:
    async with served() as there:
        status, _ = await posted(there, "/api/v1/alerts/p1/note", {"who": "chef de hall", "note": "borne en panne"})
        assert status == 200
        assert there.kept.all["p1"].moments[-1].text == "borne en panne"


async def test_a_queue_is_silenced_for_half_an_hour_and_the_silence_is_lifted() -> None:
    async with served() as there:
        body = {"who": "chef de hall", "minutes": 30, "queue": "sejour", "reason": "formation du personnel"}
        status, mute = await posted(there, SILENCE, body)
        assert (status, mute["subject"], mute["until"]) == (200, "sejour", "2026-11-23T10:00:00+01:00")
        assert [one["reason"] for one in (await got(there, "/api/v1/alerts"))[1]["silences"]] == [
            "formation du personnel"
        ]
        status, _ = await posted(there, f"/api/v1/silences/{mute['id']}/end", {"who": "adjointe"})
        assert (status, there.kept.lifted) == (200, [(mute["id"], "adjointe")])
        assert list(there.board.mutes) == []
        status, told = await posted(there, f"/api/v1/silences/{mute['id']}/end", {})
        assert (status, told) == (404, {"error": "found no such silence: it is over, or there was none"})


async def test_a_silence_until_closing_ends_when_the_hall_closes() -> None:
    async with served() as there:
        _, mute = await posted(there, SILENCE, {**CHIEF, "minutes": "closing", "reason": "grève"})
        assert (mute["subject"], mute["until"]) == (None, "2026-11-23T16:30:00+01:00")
        status, told = await posted(
            there, "/api/v1/alerts/o1/silence", {**CHIEF, "minutes": "closing", "reason": "panne"}
        )
        assert (status, told["error"].split(",")[0]) == (400, 'minutes: found "closing"')


async def test_what_a_form_sends_is_understood_as_well() -> None:
    async with (
        served() as there,
        there.client.post(TAKE, data={"who": "chef de hall", "note": "deux\r\nlignes"}) as answer,
    ):
        assert answer.status == 200
        assert there.kept.all["w1"].moments[-1].text == "deux\nlignes"


MANY = "9" * 20
QUIET = {**CHIEF, "reason": "formation"}
BOUNDS = 'expected 5 to 10080, or "closing"'


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        (TAKE, {}, "who: found nothing, expected some words"),
        (TAKE, {"who": "x" * 61}, "who: found 61 characters, expected at most 60"),
        (TAKE, {"who": "chef\nde hall"}, "who: found control characters, expected words"),
        (TAKE, {**CHIEF, "note": "x" * 501}, "note: found 501 characters, expected at most 500"),
        (TAKE, {**CHIEF, "note": "a\x07b"}, "note: found control characters, expected words"),
        (TAKE, {**CHIEF, "note": "a\u202eb"}, "note: found control characters, expected words"),
        (NOTE, CHIEF, "note: found nothing, expected some words"),
        (SILENCE, CHIEF, "reason: found nothing, expected some words"),
        (SILENCE, {**QUIET, "minutes": 4}, f'minutes: found "4", {BOUNDS}'),
        (SILENCE, {**QUIET, "minutes": 10081}, f'minutes: found "10081", {BOUNDS}'),
        (SILENCE, {**QUIET, "minutes": MANY}, f'minutes: found "{MANY}", {BOUNDS}'),
        (SILENCE, {**QUIET, "minutes": "-30"}, f'minutes: found "-30", {BOUNDS}'),
        (SILENCE, {**QUIET, "queue": "retrait"}, 'queue: found "retrait", expected one of: sejour, asile'),
    ],
)  # fmt: skip
async def test_what_cannot_be_meant_is_refused_and_nothing_is_kept(path: str, body: Any, told: str) -> None:
    async with served() as there:
        before = dict(there.kept.all)
        assert await posted(there, path, body) == (400, {"error": told})
        assert (there.kept.all, there.kept.silences) == (before, {})


@pytest.mark.parametrize("body", [b"[1]", b'{"who": ["x"]}', b"\xff", b'{"who": "\\ud800"}', b"{"])
async def test_a_body_that_is_no_object_of_words_is_refused(body: bytes) -> None:
    async with served() as there, there.client.post(TAKE, data=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"].startswith("found no form, and no JSON object")


async def test_a_body_that_is_too_large_is_not_read() -> None:
    async with served() as there, there.client.post(TAKE, data=b"x" * 20_000) as answer:
        assert answer.status == 413


@pytest.mark.parametrize("path", [TAKE, "/alertes/w1/acknowledge", "/api/v1/silences/1/end", "/alertes/silences/1/end"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
async def test_nothing_is_done_for_a_page_of_another_site(path: str, headers: dict[str, str]) -> None:
    async with served() as there:
        before = dict(there.kept.all)
        async with there.client.post(path, data=CHIEF, headers=headers, allow_redirects=False) as answer:
            assert answer.status == 403
        assert there.kept.all == before


async def test_a_page_of_ours_is_believed_behind_a_server_that_gives_us_another_name() -> None:
    async with served() as there:
        status, _ = await posted(
            there, TAKE, CHIEF, **{"Sec-Fetch-Site": "same-origin", "Origin": "https://vigie.example"}
        )
        assert status == 200


async def test_while_the_database_is_away_programs_are_told_so() -> None:
    async with served() as there:
        there.kept.away = True
        away = (503, {"error": "the database does not answer: connection refused"})
        assert await got(there, "/api/v1/alerts") == away
        assert await got(there, "/api/v1/alerts/w1") == away
        assert await posted(there, TAKE, CHIEF) == away
        assert await posted(there, "/api/v1/silences/1/end", {}) == away


# ------------------------------------------------------------ the page, without scripts


async def test_the_page_says_what_is_open_who_was_told_and_what_is_over() -> None:
    async with served() as there:
        text = await page(there)
    now, past = text.split('aria-labelledby="past"')
    assert "Hall sud · Asile : délai de 15\u202fmin dépassé" in now
    assert "prévenu : permanence à 09:14" in now
    assert now.count("Prendre en charge</button>") == 3
    assert "jusqu’à la fermeture (16\u202fh\u202f30)" in now
    assert "Séjour revenu sous 15\u202fmin à 9\u202fh\u202f05" in past
    assert "Prise en charge <strong>après 3\u202fmin</strong>" in past
    assert "renfort <strong>après 7\u202fmin</strong>" in past
    assert "retour sous le seuil <strong>après 15\u202fmin</strong>" in past


async def test_where_nothing_is_wrong_the_page_says_so() -> None:
    async with served() as there:
        there.kept.all.clear()
        there.kept.turn(there.board)
        text = await page(there)
    assert "Aucune alerte en cours." in text
    assert "Aucune alerte terminée sur cette période." in text


async def test_what_was_asked_from_the_page_is_done_and_said_there() -> None:
    async with served() as there:
        form, path = {"who": "chef de hall", "note": "Guichet 2 ouvre"}, "/alertes/w1/acknowledge?days=31&area=sud"
        async with there.client.post(path, data=form, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/alertes?days=31&area=sud&fait=prise#w1")
        text = await page(there, "/alertes?fait=prise")
        assert "L’alerte est prise en charge." in text
        assert "Prise en charge par chef de hall à 9\u202fh\u202f30." in text
        assert "Guichet 2 ouvre" in text
        async with there.client.post("/alertes/w1/acknowledge", data={"who": "adjointe"}) as answer:
            assert "Quelqu’un l’avait déjà prise en charge" in await answer.text()
        # the board has it without waiting for the next turn
        assert {one.id: one.state for one in there.board.alerts}["w1"] == "acknowledged"


@pytest.mark.parametrize(("away", "status", "said"), [
    (True, 503, "La base de données ne répond pas : rien n’a été enregistré. Votre texte est gardé, réessayez."),
    (False, 400, "La note : 500 caractères au plus."),
])  # fmt: skip
async def test_what_was_typed_stays_where_it_cannot_be_kept(away: bool, status: int, said: str) -> None:
    async with served() as there:
        there.kept.away = away
        note = "Guichet 2 <ouvre>" + "" * away + " !" * (0 if away else 300)
        form = {"who": "chef de hall", "note": note}
        async with there.client.post("/alertes/w1/acknowledge", data=form) as answer:
            text = await answer.text()
            assert answer.status == status
    assert said in text
    assert note.replace("<", "&lt;").replace(">", "&gt;") + "</textarea>" in text
    assert 'value="chef de hall"' in text


async def test_what_was_typed_stays_though_its_alert_cannot_be_shown() -> None:
    async with served() as there:
        there.kept.away = True
        form = {"who": "chef de hall", "note": "borne en panne"}
        async with there.client.post("/alertes/p1/note", data=form) as answer:
            text = await answer.text()
    assert "Votre texte, qui n’a pas été enregistré" in text
    assert 'action="/alertes/p1/note?days=7"' in text
    assert "borne en panne</textarea>" in text


async def test_without_the_database_what_is_open_is_still_shown() -> None:
    async with served() as there:
        there.kept.away = True
        text = await page(there)
    assert "Hall sud · Asile" in text
    assert "les alertes terminées et les chronologies ne peuvent pas être lues" in text


async def test_a_silence_is_shown_with_its_reason_and_lifted_by_a_button() -> None:
    async with served() as there:
        form = {**CHIEF, "minutes": "30", "queue": "borne-1", "reason": "borne déplacée"}
        async with there.client.post("/alertes/d1/silence", data=form) as answer:
            text = await answer.text()
        assert "Hall sud, appareils, borne-1 jusqu’à 10:00 : borne déplacée (chef de hall)" in text
        assert "en silence jusqu’à 10:00" in text
        async with there.client.post("/alertes/silences/1/end", data={"who": ""}) as answer:
            text = await answer.text()
        assert "Le silence est levé." in text
        assert "borne déplacée (chef de hall)" not in text
        async with there.client.post("/alertes/silences/1/end") as answer:
            assert "Ce silence était déjà terminé." in await answer.text()


async def test_a_silence_is_over_on_time_even_when_nothing_is_read_any_more() -> None:
    async with served() as there:
        await posted(there, SILENCE, {**CHIEF, "minutes": 30, "reason": "essai"})
        assert "en silence jusqu’à 10:00" in await page(there)
        there.hands.now = at("10:00")
        text = await page(there)
    assert "en silence jusqu’à" not in text
    assert ": essai" not in text


async def test_names_and_notes_are_words_and_nothing_else() -> None:
    hostile = "<script>alert(1)</script>"
    async with served() as there:
        there.kept.take(waits(breach(hostile), id="w1"))
        there.kept.turn(there.board)
        await posted(there, NOTE, {"who": '"><img src=x>', "note": hostile})
        await posted(there, SILENCE, {**CHIEF, "reason": hostile})
        text = await page(there) + await page(there, "/")
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


# ------------------------------------------------------------ the board


async def test_the_board_has_a_line_for_each_open_alert_what_nobody_took_on_first() -> None:
    async with served() as there:
        await posted(there, TAKE, CHIEF)
        there.board.alert(
            there.board.alerts,
            there.board.mutes,
            [Undelivered(recipient="permanence", messages=1, given_up=0, since=at("9:15"), error="refused")],
        )
        text = await page(there, "/")
    lines = text.split('<li id="strip-')[1:]
    assert [line.split('"')[0] for line in lines] == ["o1", "d1", "w1"]
    assert ["Prendre en charge" in line for line in lines[:2]] == [True, True]
    assert "permanence n’est pas joint" in text


async def test_only_what_is_grave_and_not_silenced_is_to_be_heard() -> None:
    async with served() as there:

        async def heard() -> dict[str, str]:
            lines = (await page(there, "/")).split('data-alert="')[1:]
            return {line.split('"')[0]: line.split('data-heard="')[1].split('"')[0] for line in lines}

        assert await heard() == {"w1": "yes", "d1": "no", "o1": "yes"}
        await posted(there, SILENCE, {**CHIEF, "queue": "sejour", "reason": "formation"})
        assert (await heard())["w1"] == "yes"  # Asile is not silenced
        await posted(there, SILENCE, {**CHIEF, "queue": "asile", "reason": "formation"})
        assert (await heard())["w1"] == "no"


async def test_more_alerts_than_there_is_room_for_are_counted_and_heard_all_the_same() -> None:
    async with served() as there:
        there.kept.take(*(replace(waits(), id=f"m{n}", area=f"hall-{n}") for n in range(3)))
        there.kept.turn(there.board)
        text = await page(there, "/")
    assert text.count('<li id="strip-') == 4
    assert "et 2 autres" in text
    assert text.count("data-alert=") == 6
