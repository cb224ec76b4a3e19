"""The switchboard's page: rates with what they are of, the last hour, and what there is where nothing is."""

import asyncio

import pytest
from msgspec.structs import replace

from dashboards.board import Board
from dashboards.chart import chart
from dashboards.switchboard import Rate, rates
from tests.build import MONDAY, STANDARD, SUD, answered, at, hung_up, informed, lost, queued, received
from tests.dashboards.test_server import served
from ticketing.area import Area
from ticketing.events import Event
from ticketing.figures import Silence
from ticketing.lately import Slot
from ticketing.live import figures
from ticketing.plan import Plan, Queue, Target

AGENT = Target(measure="answer_rate", value=0.85, provenance="Plan Téléphone 2023", valid_from=MONDAY)
LOST = Target(measure="lost_rate", value=0.1, provenance="seuil – à confirmer", valid_from=MONDAY)
WITH_TARGETS = replace(STANDARD, targets=(AGENT, LOST))
CALLS = [
    received("c1", "9:00"), queued("c1", "9:00:10"), answered("c1", "9:00:20"), hung_up("c1", "9:03"),
    received("c2", "9:01"), queued("c2", "9:01:10"), answered("c2", "9:01:20", "op1"), hung_up("c2", "9:04"),
    received("c3", "9:02"), queued("c3", "9:02:10"), lost("c3", "9:02:50"),
    received("c4", "9:03"), informed("c4", "9:03:30"), hung_up("c4", "9:03:40"),
    received("c5", "9:29"), queued("c5", "9:29:30"),
    received("c6", "9:29:50"),
]  # fmt: skip
"""Two answered, one lost, one told by the voice server; one in line and one in the voice server still."""


def told(events: list[Event], plan: Plan = WITH_TARGETS, silent: tuple[Silence, ...] = ()) -> dict[str, Rate]:
    return {one.measure: one for one in rates(figures(Area.of(plan, events), at("9:30"), silent))}


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


def test_the_two_answer_rates_stand_side_by_side_each_with_what_it_is_of() -> None:
    found = told(CALLS)
    assert list(found) == ["agent", "global", "lost"]
    assert [(plain(one.value), one.counts) for one in found.values()] == [
        ("66 %", "2 sur 3 appels"),
        ("75 %", "3 sur 4 appels"),
        ("33 %", "1 sur 3 appels"),
    ]


def test_a_target_is_told_with_its_source_and_whether_it_is_reached() -> None:
    found = told(CALLS)
    assert [(plain(one.verdict), one.provenance, one.missed) for one in found.values()] == [
        ("✗ sous l’objectif 85 %", "Plan Téléphone 2023", True),
        ("", "", False),
        ("✗ seuil 10 % dépassé", "seuil – à confirmer", True),
    ]


def test_before_any_call_there_is_no_rate_and_no_verdict() -> None:
    found = told([])
    assert [one.value for one in found.values()] == ["–", "–", "–"]
    assert not any(one.missed for one in found.values())


def test_rates_of_incomplete_data_are_provisional() -> None:
    found = told(CALLS, silent=(Silence("pbx", at("9:20")),))
    assert {one.verdict for one in found.values()} == {"provisoire"}
    assert not any(one.missed for one in found.values())


def test_targets_that_differ_between_queues_are_told_beside_the_queues_alone() -> None:
    two = replace(
        WITH_TARGETS,
        queues=(*STANDARD.queues, Queue(id="visas", name="Visas")),
        targets=(AGENT, replace(AGENT, queue="visas", value=0.7), LOST),
    )
    found = told(CALLS, two)
    assert (found["agent"].verdict, found["lost"].provenance) == ("", "seuil – à confirmer")


# ------------------------------------------------------------ the last hour


def test_bars_are_as_high_as_calls_are_many_and_stand_side_by_side() -> None:
    slots = [Slot(start=at("9:00"), received=6, offered=3), Slot(start=at("9:05"), lost=1)]
    found = chart(slots)
    received_bars, offered_bars, _answered, lost_bars = (one.bars for one in found.series)
    assert found.top == 6
    assert [(bar.y, bar.height) for bar in received_bars] == [(0, 120), (120, 0)]
    assert (offered_bars[0].height, lost_bars[1].height) == (60, 20)
    assert received_bars[0].x < offered_bars[0].x < lost_bars[0].x < received_bars[1].x == received_bars[0].x + 240
    assert [(one.name, one.counts, one.total) for one in found.series] == [
        ("Reçus", (6, 0), 6), ("Présentés", (3, 0), 3), ("Décrochés", (0, 0), 0), ("Perdus", (0, 1), 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("most", "top"), [(0, 4), (3, 4), (5, 6), (6, 6), (11, 12)])
def test_the_scale_is_even_and_never_of_a_call_or_two(most: int, top: int) -> None:
    assert chart([Slot(start=at("9:00"), received=most)]).top == top


# ------------------------------------------------------------ the page


async def test_the_page_is_complete_without_any_script_and_says_that_the_national_number_is_not_ours() -> None:
    async with served(SUD, WITH_TARGETS) as (client, board):
        board.take({"standard": CALLS})
        async with client.get("/standard") as answer:
            text = plain(await answer.text())
    for words in (
        "Taux de décroché agent", "appels décrochés par un agent ÷", "Plan Téléphone 2023", "seuil – à confirmer",
        "3400 : suivi national", "Dernière heure : 6 reçus, 4 présentés, 2 décrochés, 1 perdus", "Opérateur 1",
    ):  # fmt: skip
        assert words in text
    assert "Hall sud" not in text


async def test_several_switchboards_are_all_shown() -> None:
    other = replace(STANDARD, area="visas", name="Standard des visas")
    async with served(STANDARD, other) as (client, _), client.get("/standard") as answer:
        text = await answer.text()
    assert 'id="area-standard"' in text
    assert 'id="area-visas"' in text


async def test_where_there_is_no_switchboard_the_page_says_so_and_where_to_go() -> None:
    async with served(SUD) as (client, _), client.get("/standard") as answer:
        text = await answer.text()
        assert answer.status == 200
    assert "Aucun standard téléphonique n’est configuré." in text
    assert '<a href="/">' in text
    assert "<script" not in text


async def test_the_page_is_sent_what_changes_of_switchboards_alone() -> None:
    async with served() as (client, board), client.get("/stream/standard") as answer:
        seen = b""
        while b'id="area-standard"' not in seen or b'id="alerts"' not in seen:
            seen += await asyncio.wait_for(answer.content.readany(), 5)
        board.take({"sud": [], "standard": [received("c1", "9:29")]})
        while b"<dd>1</dd>" not in seen:
            seen += await asyncio.wait_for(answer.content.readany(), 5)
    assert b'id="area-sud"' not in seen


def test_a_board_without_any_event_has_its_page_too() -> None:
    board = Board([STANDARD], lambda: at("8:00"))
    assert rates(board.figures("standard"))[0].counts == "0 sur 0 appels"
