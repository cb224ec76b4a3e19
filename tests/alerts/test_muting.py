"""What hangs on something else is not judged, and what is silenced is not told."""

from datetime import timedelta

from msgspec.structs import replace

from alerts.conditions import readings
from alerts.muting import inhibited, quiet
from alerts.rules import Rules
from alerts.watched import Reading, Watched, WatchedSite
from tests.alerts.hand import MINUTE, alert, reading, watched
from tests.alerts.test_conditions import spent
from tests.build import at, issued
from ticketing.alert import TOPICS, Mute, Topic
from ticketing.figures import Silence

SILENT = Silence(device="borne-1", since=at("9:00"))


def left(seen: Watched, site: WatchedSite | None = None) -> tuple[Reading, ...]:
    return inhibited(seen, site or WatchedSite(at=seen.at), readings(seen, Rules(), [("head_of_line", "sejour")]))


def of(topic: Topic, found: tuple[Reading, ...]) -> list[Reading]:
    return [one for one in found if TOPICS[one.condition] == topic]


def test_while_data_stand_still_no_area_is_judged() -> None:
    seen = watched("9:30", issued("A1", "9:00"), silent=[SILENT])
    assert left(seen, WatchedSite(at=seen.at, standing_since=at("9:20"))) == ()


def test_a_silent_device_mutes_the_queues_of_its_hall_and_not_itself() -> None:
    found = left(watched("9:30", issued("A1", "9:00"), silent=[SILENT]))
    assert of("wait", found) == []
    assert [one.fires for one in of("device", found)] == [True]


def test_a_closed_hall_without_anybody_is_at_rest_at_once() -> None:
    found = of("wait", left(watched("12:30")))
    assert found
    assert all(one.clears and one.at_once and not one.fires for one in found)


def test_whoever_still_waits_when_the_hall_has_closed_still_counts() -> None:
    found = of("wait", left(watched("12:30", issued("A1", "11:50"))))
    assert any(one.fires for one in found)


def test_a_kiosk_may_be_switched_off_at_night_and_not_shortly_before_opening() -> None:
    # nor is it back because the hall has closed: what was said of it waits for the morning
    assert of("device", left(watched("20:00", silent=[SILENT]))) == []
    assert [one.fires for one in of("device", left(watched("8:05", silent=[SILENT])))] == [True]
    assert of("device", left(watched("7:55", silent=[SILENT]))) == []


def test_at_noon_what_is_said_of_devices_and_of_the_month_waits_for_the_afternoon() -> None:
    # to be over at noon, and said again at 13:15, would be two messages about nothing new
    noon = left(watched("12:20", silent=[SILENT]))
    assert of("device", noon) == []
    burning = readings(spent(4, 20), Rules())
    assert any(one.fires for one in of("budget", burning))
    seen = watched("12:20")
    assert of("budget", inhibited(seen, WatchedSite(at=seen.at), burning)) == []


def test_in_the_evening_the_month_is_at_rest_too() -> None:
    seen = watched("18:00")
    found = inhibited(seen, WatchedSite(at=seen.at), readings(spent(4, 20), Rules()))
    assert of("budget", found)
    assert all(one.clears and one.at_once for one in of("budget", found))


def test_a_device_heard_again_at_noon_is_over() -> None:
    seen = watched("12:20")
    found = inhibited(seen, WatchedSite(at=seen.at), readings(seen, Rules(), [("device_silent", "borne-1")]))
    assert [one.clears for one in of("device", found)] == [True]


def mute(subject: str | None = None, area: str = "sud") -> Mute:
    return Mute(
        id=1, area=area, topic="wait", subject=subject, since=at("10:00"), until=at("10:30"), reason="essai", who=""
    )


def test_an_alert_is_quiet_once_all_that_is_wrong_in_it_is_silenced() -> None:
    both = alert("9:50", "sejour", "asile")
    assert quiet(both, [mute()], at("10:10"))
    assert not quiet(both, [mute("sejour")], at("10:10"))
    assert quiet(both, [mute("sejour"), mute("asile")], at("10:10"))
    assert not quiet(both, [mute(area="nord")], at("10:10"))


def test_a_silence_ends() -> None:
    assert quiet(alert(), [mute()], at("10:30") - timedelta(seconds=1))
    assert not quiet(alert(), [mute()], at("10:30"))
    assert not quiet(alert(), [mute()], at("10:00") - MINUTE)


def test_what_is_said_of_a_week_is_not_over_with_the_day() -> None:
    seen = watched("20:00")
    found = [replace(reading("over"), condition=one) for one in ("budget_hour", "budget_week")]
    assert [one.condition for one in inhibited(seen, WatchedSite(at=seen.at), found)] == ["budget_hour"]
