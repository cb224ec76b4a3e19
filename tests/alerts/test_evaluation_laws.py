"""What holds of alerts over any stretch of ticks, wherever vigie is killed in it; and what is left of areas gone."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace
from structlog.testing import capture_logs

from alerts.turn import Sight
from alerts.watched import Watched, WatchedSite
from tests.alerts.hand import LONG, MINUTE, watched
from tests.alerts.test_evaluation import CALM, HALLS, LATE, Trial
from tests.build import SUD, at
from ticketing.alert import Alert
from ticketing.figures import Silence

SILENT = [Silence(device="poste-g1", since=at("9:18"))]


class Minutes(Struct, frozen=True, kw_only=True):
    """Some minutes later, or earlier by a clock that was set back."""

    later: int
    hall: Literal["calm", "late", "foreseen", "unknown", "silent"]
    does: Literal["", "acknowledges", "silences"] = ""
    away: bool = False


COURSE = st.lists(
    st.builds(
        Minutes,
        later=st.sampled_from([1, 1, 1, 2, 5, 10, -3]),
        hall=st.sampled_from(["calm", "late", "late", "foreseen", "foreseen", "unknown", "silent"]),
        does=st.sampled_from(["", "", "", "", "acknowledges", "silences"]),
        away=st.sampled_from([False] * 9 + [True]),
    ),
    min_size=1,
    max_size=25,
)


def hall(clock: str, one: Minutes) -> Watched:
    match one.hall:
        case "late":
            return watched(clock, *LATE, risks={"sejour": 0.9})
        case "foreseen":
            return watched(clock, *CALM, risks={"sejour": 0.9})
        case "unknown":
            return watched(clock, *CALM)
        case "silent":
            return watched(clock, *CALM, risks={"sejour": 0.1}, silent=SILENT)
        case "calm":
            return watched(clock, *CALM, risks={"sejour": 0.1})


async def lived(course: Sequence[Minutes], *, restarts: bool = False) -> Trial:
    """`restarts`: before each tick vigie is killed, and another goes on from what is in the log."""
    trial, minute = Trial(rules=HALLS), 20
    for second, one in enumerate(course):
        minute += one.later
        clock = f"{9 + minute // 60}:{minute % 60:02}:{second:02}"
        if restarts:
            trial = Trial(log=trial.log, rules=HALLS)
        for known in trial.open:
            if one.does == "acknowledges":
                await trial.log.acknowledge(known.id, "chef", "", at(clock))
            if one.does == "silences":
                until = at(clock) + 30 * MINUTE
                await trial.log.mute(known.id, subject=None, until=until, who="chef", reason="x", at=at(clock))
        trial.log.away = one.away
        with capture_logs():
            await trial.tick(hall(clock, one))
        trial.log.away = False
        open_now = Counter((one.area, one.topic) for one in trial.log.alerts.values() if one.resolved_at is None)
        assert max(open_now.values(), default=1) == 1
    return trial


def without_figures(alert: Alert) -> Alert:
    """Figures alone are not written at each tick, but when they are depends on when vigie began."""
    return replace(alert, signals=tuple(replace(signal, facts=LONG, remedy=None) for signal in alert.signals))


@settings(max_examples=60, deadline=None)
@given(COURSE)
def test_wherever_it_is_killed_another_goes_on_as_if_nothing_had_happened(course: list[Minutes]) -> None:
    """Hold and keep, whoever was told, acknowledgement, silence and escalation are all in the log."""
    straight, killed = (asyncio.run(lived(course, restarts=restarts)) for restarts in (False, True))
    assert list(killed.log.rows) == list(straight.log.rows)
    assert killed.log.moments == straight.log.moments
    assert [without_figures(one) for one in killed.log.alerts.values()] == [
        without_figures(one) for one in straight.log.alerts.values()
    ]


@settings(max_examples=60, deadline=None)
@given(COURSE)
def test_whoever_is_told_of_an_alert_is_told_of_its_end_and_of_each_once(course: list[Minutes]) -> None:
    trial = asyncio.run(lived(course))
    told = Counter((row.message.alert.id, row.message.recipient, row.message.news) for row in trial.log.rows.values())
    assert all(many == 1 for (_, _, news), many in told.items() if news in {"fired", "escalated", "resolved"})
    for alert in trial.log.alerts.values():
        people = {recipient for known, recipient, news in told if known == alert.id and news != "resolved"}
        ends = {recipient for known, recipient, news in told if known == alert.id and news == "resolved"}
        assert set(alert.told_to) == people
        assert ends == (people if alert.resolved_at else set())


async def test_the_alert_of_an_area_that_is_configured_no_more_ends_and_that_is_told() -> None:
    trial = Trial()
    await trial.tick(watched("9:16", *LATE))
    assert trial.open
    north = replace(SUD, area="nord")
    await trial.tick(watched("9:17", plan=north))
    assert trial.open == []
    assert trial.told == [("fired", "chef"), ("resolved", "chef")]


async def test_while_no_area_is_known_yet_no_alert_ends() -> None:
    trial = Trial()
    await trial.tick(watched("9:16", *LATE))
    trial._seen = Sight(site=WatchedSite(at=at("9:17"), standing_since=at("9:17")), areas=())
    await trial.evaluation.tick()
    assert trial.open


async def test_areas_whose_long_names_begin_alike_have_alerts_of_their_own() -> None:
    trial, name = Trial(), "prefecture-du-val-de-marne-creteil-accueil-des-etrangers"
    both = [watched("9:16", *LATE, plan=replace(SUD, area=f"{name}-{part}")) for part in ("nord", "sud")]
    trial._seen = Sight(site=WatchedSite(at=at("9:16")), areas=tuple(both))
    await trial.evaluation.tick()
    assert sorted(one.area for one in trial.open) == [f"{name}-nord", f"{name}-sud"]
    assert all(len(one.id) <= 64 for one in trial.open)


async def test_what_gets_worse_twice_in_a_second_is_two_messages() -> None:
    trial = Trial()
    await trial.tick(watched("9:16", *LATE))
    (known,) = trial.open
    keys = []
    for part in (0, 250):
        trial.log.rows.clear()
        trial.log.alerts[known.id] = replace(known, told_severity="week")
        seen = watched("9:17", *LATE)
        trial._seen = Sight(
            site=WatchedSite(at=seen.at + timedelta(milliseconds=part)),
            areas=(replace(seen, at=seen.at + timedelta(milliseconds=part)),),
        )
        await trial.evaluation.tick()
        keys += list(trial.log.rows)
    assert len(set(keys)) == 2


async def test_a_silent_device_is_not_helped_by_a_counter() -> None:
    trial = Trial()
    silent = [Silence(device="poste-g1", since=at("9:10"))]
    for clock in ("9:20", "9:22"):
        await trial.tick(watched(clock, silent=silent))
    await trial.tick(watched("9:23", *CALM, silent=silent))
    (device,) = trial.open
    assert (device.topic, device.opened_at) == ("device", None)
