"""What supervisors change themselves, over HTTP: by programs and from the page; asked over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, time, timedelta
from typing import Any

import aiohttp
import pytest
from msgspec import Struct
from msgspec.structs import replace

from dashboards.board import Board
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from deploy.corrections import Corrections
from deploy.notices import InForce
from tests.build import MONDAY, STANDARD, SUD, at, closed, opened
from tests.dashboards.decided import FakeNotices
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.fakes import FakeJournal
from ticketing.events import CounterClosed
from ticketing.hours import Hours
from ticketing.notice import Act

API, PAGE = "/api/v1/areas/sud", "/reglages/sud"
CHIEF = {"who": "chef de hall"}
PONT = {**CHIEF, "date": "2026-12-24", "hours": "closed", "text": "pont de Noël"}
HELLO = {**CHIEF, "text": "Prenez un ticket."}
FORGOTTEN = {**CHIEF, "reason": "oublié à midi"}


class Served(Struct, frozen=True):
    client: aiohttp.ClientSession
    board: Board
    notices: FakeNotices
    journal: FakeJournal
    hands: Hands
    decisions: InForce


@asynccontextmanager
async def served() -> AsyncIterator[Served]:
    """At half past nine on Monday; one counter has been open since the morning."""
    hands = Hands(at("9:30"))
    board = Board([SUD, STANDARD], hands)
    board.begin({"sud": [opened("g1", "8:30", "sejour")]})
    notices, journal = FakeNotices(), FakeJournal()
    decisions = InForce(notices, board, [SUD, STANDARD])
    server = Server(board, Well(), notices=decisions, corrections=Corrections(journal, "aube", hands))
    running = asyncio.create_task(server.run())
    try:
        async with (
            server.serving(WebSettings(listen="127.0.0.1:0")) as address,
            aiohttp.ClientSession(address) as client,
        ):
            yield Served(client, board, notices, journal, hands, decisions)
    finally:
        running.cancel()
        await asyncio.wait([running])


async def posted(there: Served, path: str, body: Any) -> tuple[int, Any]:
    async with there.client.post(path, json=body) as answer:
        return answer.status, await answer.json()


async def sent(there: Served, path: str, form: dict[str, str], **headers: str) -> tuple[int, str]:
    """The page that a form leads to."""
    async with there.client.post(path, data=form, headers=headers) as answer:
        return answer.status, await answer.text()


async def page(there: Served, path: str = "/reglages") -> str:
    async with there.client.get(path) as answer:
        assert answer.status == 200
        return await answer.text()


async def listed(there: Served) -> Any:
    async with there.client.get("/api/v1/notices") as answer:
        return await answer.json()


# ------------------------------------------------------------ messages


async def test_a_message_is_in_force_with_who_and_until_when() -> None:
    async with served() as there:
        until = "2026-11-23T16:30:00+01:00"
        assert await posted(there, f"{API}/message", {**HELLO, "until": until}) == (200, {"done": "message"})
        (found,) = (await listed(there))["messages"]
        assert (found["area"], found["text"], found["who"]) == ("sud", "Prenez un ticket.", "chef de hall")
        assert (found["until"], found["at"]) == (until, "2026-11-23T09:30:00+01:00")
        there.hands.now = at("16:30")
        assert (await listed(there))["messages"] == []


@pytest.mark.parametrize(
    ("until", "end"),
    [
        ({"until": "closing"}, at("16:30")),
        ({"until": "open"}, None),
        ({}, None),
        ({"until": "then", "day": "2026-11-25", "time": "12:00"}, at("12:00", date(2026, 11, 25))),
    ],
)
async def test_a_message_is_shown_until_closing_until_an_hour_or_until_it_is_taken_down(
    until: dict[str, str], end: object
) -> None:
    async with served() as there:
        assert (await sent(there, f"{PAGE}/message", {**HELLO, **until}))[0] == 200
        assert there.board.notices.messages["sud"].until == end


async def test_a_message_is_taken_down_and_can_be_no_more_when_it_is() -> None:
    async with served() as there:
        await posted(there, f"{API}/message", HELLO)
        assert await posted(there, f"{API}/message/end", CHIEF) == (200, {"done": "retire"})
        assert (await listed(there))["messages"] == []
        # a second click does no harm
        assert (await posted(there, f"{API}/message/end", {**CHIEF, "seen": 1}))[0] == 200


async def test_a_message_is_one_line_however_it_was_typed() -> None:
    async with served() as there:
        await sent(there, f"{PAGE}/message", {**HELLO, "text": " Prenez\r\nun   ticket. "})
        assert there.board.notices.messages["sud"].text == "Prenez un ticket."


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"text": "bonjour"}, "who: found nothing, expected some words"),
        ({**CHIEF}, "text: found nothing, expected some words"),
        ({**CHIEF, "text": "x" * 201}, "text: found 201 characters, expected at most 200"),
        ({**CHIEF, "text": "a\u202eb"}, "text: found control characters, expected words"),
        ({**HELLO, "until": "2026-11-23T09:30:00+01:00"}, "until: found 2026-11-23T09:30:00+01:00, expected after"),
        ({**HELLO, "until": "demain"}, 'until: found "demain", expected "closing", "open" or an instant'),
        ({**HELLO, "until": "2026-11-23T12:00:00"}, 'until: found "2026-11-23T12:00:00", expected "closing"'),
        ({**HELLO, "until": "then", "day": "2026-11-25"}, 'until: found "", expected a time such as 08:30'),
        ({**HELLO, "seen": "x"}, 'seen: found "x", expected a number'),
    ],
)
async def test_a_message_that_cannot_be_is_refused_in_a_sentence(body: dict[str, str], told: str) -> None:
    async with served() as there:
        status, answer = await posted(there, f"{API}/message", body)
        assert status == 400
        assert answer["error"].startswith(told)
        assert there.notices.kept == []


async def test_after_closing_no_message_can_be_shown_until_closing() -> None:
    async with served() as there:
        there.hands.now = at("17:00")
        status, text = await sent(there, f"{PAGE}/message", {**HELLO, "until": "closing"})
        assert status == 400
        assert "La fin : rien ne ferme plus aujourd’hui." in text
        assert "Prenez un ticket.</textarea>" in text


# ------------------------------------------------------------ hours


async def test_a_day_to_come_is_closed_and_its_usual_hours_are_put_back() -> None:
    on = date(2026, 12, 24)
    async with served() as there:
        assert await posted(there, f"{API}/closure", PONT) == (200, {"done": "horaires"})
        (found,) = (await listed(there))["closures"]
        assert (found["date"], found["spans"], found["text"]) == ("2026-12-24", [], "pont de Noël")
        assert there.board.plans["sud"].hours.day(on).spans == ()
        assert there.board.plans["standard"].hours.day(on) == STANDARD.hours.day(on)
        assert await posted(there, f"{API}/closure/2026-12-24/end", CHIEF) == (200, {"done": "leve"})
        assert there.board.plans["sud"].hours.day(on) == SUD.hours.day(on)


async def test_a_hall_that_closes_now_is_said_to_be_closed_exceptionally_at_once() -> None:
    async with served() as there:
        assert there.board.figures("sud").open
        body = {**PONT, "date": "2026-11-23", "hours": "now", "text": "panne de chauffage"}
        assert (await posted(there, f"{API}/closure", body))[0] == 200
        assert not there.board.figures("sud").open
        assert there.board.plans["sud"].hours.exceptions[MONDAY] == ((time(8, 30), time(9, 30)),)
        board = await page(there, "/")
        assert "Fermé exceptionnellement" in board
        assert "panne de chauffage" in board


@pytest.mark.parametrize(
    "hours",
    [
        {"hours": "10:00-12:00, 14:00-16:00"},
        {"hours": "then", "from": "10:00", "to": "12:00", "from2": "14:00", "to2": "16:00"},
    ],
)
async def test_a_day_has_other_hours(hours: dict[str, str]) -> None:
    async with served() as there:
        assert (await sent(there, f"{PAGE}/closure", {**PONT, **hours}))[0] == 200
        spans = ((time(10), time(12)), (time(14), time(16)))
        assert there.board.plans["sud"].hours.exceptions[date(2026, 12, 24)] == spans


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"date": "2026-11-22"}, "La date : ce jour est passé."),
        ({"date": "2036-11-22"}, "La date : c’est dans plus de deux ans."),
        ({"date": "hier"}, "La date : à donner comme 2026-12-24."),
        ({"hours": ""}, "Les horaires : à choisir ou à remplir."),
        ({"hours": "then"}, "Les horaires : à choisir ou à remplir."),
        ({"hours": "then", "from": "10:00"}, "Les horaires : une heure manque ou n’en est pas une."),
        ({"hours": "12:00-10:00"}, "Les horaires : chaque fin vient après son début, et rien ne se recouvre."),
        ({"hours": "10:00-12:00,11:00-13:00"}, "Les horaires : chaque fin vient après son début"),
        ({"hours": "10:00+01:00-12:00"}, "Les horaires : une heure manque ou n’en est pas une."),
        ({"hours": "now"}, "Les horaires : « dès maintenant » ne vaut que pour aujourd’hui."),
        ({"text": " "}, "Le texte : à remplir."),
        ({"who": ""}, "Votre fonction : à remplir."),
    ],
)
async def test_hours_that_cannot_be_are_refused_and_what_was_typed_stays(wrong: dict[str, str], told: str) -> None:
    async with served() as there:
        status, text = await sent(there, f"{PAGE}/closure", {**PONT, "text": "pont <b>", **wrong})
        assert status == 400
        assert told in text
        assert ("pont &lt;b&gt;" in text) is ("text" not in wrong)
        assert there.notices.kept == []


async def test_hours_of_a_day_that_is_over_stay() -> None:
    async with served() as there:
        await posted(there, f"{API}/closure", {**PONT, "date": "2026-11-23"})
        there.hands.now += timedelta(days=1)
        status, answer = await posted(there, f"{API}/closure/2026-11-23/end", CHIEF)
        assert (status, answer["error"]) == (
            400, "date: found 2026-11-23, which is over, expected 2026-11-24 or later"
        )  # fmt: skip


async def test_a_place_without_a_week_of_hours_closes_now_and_for_a_day() -> None:
    always = replace(SUD, hours=Hours(zone=SUD.hours.zone))
    async with served() as there:
        there.board.plans = {"sud": always}
        decisions = InForce(there.notices, there.board, [always])
        there.board.areas = {"sud": replace(there.board.areas["sud"], plan=always)}
        await posted(there, f"{API}/closure", {**PONT, "date": "2026-11-23", "hours": "now"})
        await decisions.refresh()
        assert there.notices.kept[0].spans == ((time(0), time(9, 30)),)


# ------------------------------------------------------------ two at once


async def test_of_two_who_decide_at_once_the_later_sees_what_the_other_did_before_replacing_it() -> None:
    async with served() as there:
        both = {**HELLO, "seen": "0"}
        await sent(there, f"{PAGE}/message", {**both, "text": "Guichet 3 en panne.", "who": "cheffe d’accueil"})
        status, text = await sent(there, f"{PAGE}/message", both)
        assert status == 409
        assert "Entre-temps, quelqu’un d’autre a décidé" in text
        assert "Guichet 3 en panne." in text
        assert "cheffe d’accueil" in text
        assert "Prenez un ticket.</textarea>" in text
        assert 'name="seen" value="1"' in text
        status, _ = await sent(there, f"{PAGE}/message", {**both, "seen": "1"})
        assert status == 200
        assert there.board.notices.messages["sud"].text == "Prenez un ticket."


async def test_hours_that_a_day_has_already_are_shown_before_they_are_replaced() -> None:
    async with served() as there:
        await sent(there, f"{PAGE}/closure", {**PONT, "seen": "0"})
        other = {**PONT, "hours": "10:00-12:00", "text": "matin seulement", "seen": "0"}
        status, text = await sent(there, f"{PAGE}/closure", other)
        assert status == 409
        assert "jeudi 24 décembre 2026" in text.lower()
        assert "pont de Noël" in text
        # the form now says that they were seen
        assert '<input type="hidden" name="seen" value="1">\n<label>Jour' in text
        assert (await sent(there, f"{PAGE}/closure", {**other, "seen": "1"}))[0] == 200


async def test_a_second_click_decides_nothing_more_and_is_no_error() -> None:
    async with served() as there:
        for _ in range(2):
            assert (await sent(there, f"{PAGE}/closure", {**PONT, "seen": "0"}))[0] == 200
        assert len(there.notices.kept) == 1


async def test_a_program_that_has_seen_something_else_is_told_what_is_in_force() -> None:
    async with served() as there:
        await posted(there, f"{API}/message", HELLO)
        status, answer = await posted(there, f"{API}/message", {**HELLO, "text": "non", "seen": 0})
        assert status == 409
        assert answer["error"].endswith("expected `seen` to be what is in force: 1")


# ------------------------------------------------------------ counters


async def test_a_counter_closed_by_hand_is_closed_at_once_by_an_event_of_vigies_own() -> None:
    async with served() as there:
        assert await posted(there, f"{API}/counters/g1/close", FORGOTTEN) == (200, {"done": "guichet"})
        assert there.board.areas["sud"].counters["g1"].state == "closed"
        (event,) = await there.journal.read("aube", "sud", at("0:00"))
        assert (event.device, event.at) == ("vigie", at("9:30"))
        assert event.fact == CounterClosed(counter="g1", reason="oublié à midi", by="chef de hall")


async def test_a_counter_that_is_closed_meanwhile_is_said_to_be_and_what_was_typed_stays() -> None:
    async with served() as there:
        there.board.take({"sud": [closed("g1", "9:29")]})
        status, text = await sent(there, f"{PAGE}/counters/g1/close", FORGOTTEN)
        assert status == 409
        assert "Ce guichet était déjà fermé : rien n’a été enregistré." in text
        assert "oublié à midi" in text
        assert await there.journal.last() == 0


async def test_a_double_click_closes_a_counter_once() -> None:
    async with served() as there:
        found = await asyncio.gather(*(posted(there, f"{API}/counters/g1/close", FORGOTTEN) for _ in range(2)))
        assert sorted(status for status, _ in found) == [200, 409]
        assert await there.journal.last() == 1


async def test_a_counter_opened_again_later_can_be_closed_again() -> None:
    async with served() as there:
        await posted(there, f"{API}/counters/g1/close", FORGOTTEN)
        there.board.take({"sud": [opened("g1", "9:40", "sejour")]})
        assert there.board.areas["sud"].counters["g1"].state == "free"
        there.hands.now = at("9:50")
        assert (await posted(there, f"{API}/counters/g1/close", FORGOTTEN))[0] == 200
        assert await there.journal.last() == 2


async def test_a_counter_whose_device_is_ahead_of_us_is_closed_all_the_same() -> None:
    async with served() as there:
        there.board.take({"sud": [opened("g2", "9:30:05", "asile")]})
        await posted(there, f"{API}/counters/g2/close", FORGOTTEN)
        assert there.board.areas["sud"].counters["g2"].state == "closed"


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("/counters/g9/close", FORGOTTEN, 404, 'found counter "g9", expected one of: g1, g2'),
        ("/counters/g1/close", CHIEF, 400, "reason: found nothing, expected some words"),
        ("/counters/g2/close", FORGOTTEN, 409, "found counter g2 closed, expected an open one"),
    ],
)
async def test_a_counter_that_cannot_be_closed_is_not(path: str, body: Any, status: int, told: str) -> None:
    async with served() as there:
        assert await posted(there, f"{API}{path}", body) == (status, {"error": told})


async def test_an_area_that_is_none_is_a_404() -> None:
    async with served() as there:
        assert (await posted(there, "/api/v1/areas/ouest/message", HELLO))[0] == 404
        assert (await sent(there, "/reglages/ouest/message", HELLO))[0] == 404


# ------------------------------------------------------------ the page


async def test_while_the_database_is_away_nothing_is_decided_what_was_typed_stays_and_the_last_known_is_in_force() -> (
    None
):
    async with served() as there:
        await posted(there, f"{API}/message", HELLO)
        there.notices.away = True
        there.journal.away = OSError("gone")
        for path, form, kept in (
            ("message", {**HELLO, "text": "Autre texte"}, "Autre texte</textarea>"),
            ("closure", PONT, 'value="pont de Noël"'),
            ("counters/g1/close", FORGOTTEN, 'value="oublié à midi"'),
        ):
            status, text = await sent(there, f"{PAGE}/{path}", form)
            assert status == 503
            assert "La base de données ne répond pas : rien n’a été enregistré." in text
            assert kept in text
        assert "Prenez un ticket." in await page(there)
        assert (await posted(there, f"{API}/counters/g1/close", FORGOTTEN))[0] == 503
        assert there.board.areas["sud"].counters["g1"].open


async def test_the_page_says_who_decided_what_and_when_the_latest_first() -> None:
    async with served() as there:
        await posted(there, f"{API}/message", {**HELLO, "text": "<script>alert(1)</script>"})
        there.hands.now = at("9:45")
        await posted(there, f"{API}/message/end", {"who": "<i>cheffe</i>"})
        text = await page(there)
        assert text.index("message retiré") < text.index("message : &lt;script&gt;")
        assert "09:45" in text
        assert "&lt;i&gt;cheffe&lt;/i&gt;" in text
        assert "<script>alert" not in text


async def test_nothing_is_decided_for_a_page_of_another_site() -> None:
    async with served() as there:
        status, _ = await sent(there, f"{PAGE}/message", HELLO, **{"Sec-Fetch-Site": "cross-site"})
        assert status == 403
        assert there.notices.kept == []


@pytest.mark.parametrize(
    ("clock", "doubt"), [("9:29", None), ("9:30", "rien depuis"), ("16:30", "l’accueil est fermé")]
)
async def test_a_counter_that_may_have_been_forgotten_is_marked(clock: str, doubt: str | None) -> None:
    """It has been free since half past eight; an hour without anything is long."""
    async with served() as there:
        there.hands.now = at(clock)
        text = await page(there)
        assert ("oublié ?" in text) is (doubt is not None)
        assert doubt is None or doubt in text


async def test_what_another_vigie_decides_is_taken_with_the_next_look() -> None:
    async with served() as there:
        act = Act(area="sud", date=None, text="Ailleurs", who="cheffe d’accueil", at=at("9:29"))
        await there.notices.decide(act, None)
        await there.decisions.refresh()
        assert "Ailleurs" in await page(there)
