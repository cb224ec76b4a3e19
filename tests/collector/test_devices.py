"""Devices: heard without a gap is one presence; silence is known, and not taken for emptiness."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.devices import Changes, Devices, Late, Presence, heard, silences
from collector.messages import EARLIEST, Device, Heartbeat
from tests.build import at
from tests.collector.words import SILENT_AFTER, beat, heard_between
from ticketing.figures import Silence

heartbeats = st.builds(
    lambda second, state, session, device: beat(f"9:00:{second}", state, session, device),
    second=st.integers(0, 600),
    state=st.sampled_from(["online", "online", "offline"]),
    session=st.sampled_from([None, "s1", "s2"]),
    device=st.sampled_from(["borne-1", "borne-2"]),
)


def after(
    known: Mapping[Device, Presence], beats: Iterable[Heartbeat], silent_after: timedelta
) -> dict[tuple[Device, datetime], Presence]:
    """The presences that heartbeats begin or change, by device and beginning."""
    devices = Devices(silent_after, known.values())
    for heartbeat in beats:
        devices.hear(heartbeat)
    return {(presence.identity, presence.heard_from): presence for presence in devices.changes().presences}


def told(known: Presence | None, *beats: Heartbeat) -> Presence | None:
    for heartbeat in beats:
        known = heard(known, heartbeat, SILENT_AFTER) or known
    return known


def test_the_first_heartbeat_begins_a_presence() -> None:
    assert heard(None, beat("9:00"), SILENT_AFTER) == heard_between("9:00", "9:00")


def test_a_heartbeat_in_time_prolongs_the_presence() -> None:
    assert told(None, beat("9:00"), beat("9:00:30"), beat("9:02")) == heard_between("9:00", "9:02")


def test_a_heartbeat_after_more_than_ninety_seconds_begins_another_presence() -> None:
    assert told(None, beat("9:00"), beat("9:01:30.5")) == heard_between("9:01:30.5", "9:01:30.5", before="9:00")


def test_a_device_that_starts_again_in_time_stays_present_under_its_new_session() -> None:
    assert told(None, beat("9:00"), beat("9:01", session="s2")) == heard_between("9:00", "9:01", session="s2")


def test_a_will_ends_the_presence_where_it_was_heard_last() -> None:
    assert told(None, beat("9:00"), beat("9:01"), beat("9:02", "offline")) == heard_between("9:00", "9:01", gone=True)


def test_a_device_that_comes_back_after_its_will_begins_another_presence() -> None:
    back = told(heard_between("9:00", "9:01", gone=True), beat("9:01:10"))
    assert back == heard_between("9:01:10", "9:01:10", before="9:01")


def test_a_late_will_of_an_older_session_is_ignored() -> None:
    known = heard_between("9:00", "9:05", session="s2")
    assert heard(known, beat("9:05:01", "offline", "s1"), SILENT_AFTER) is None


@pytest.mark.parametrize(("present", "will"), [("s1", None), (None, "s1"), ("s1", "s1")])
def test_a_will_that_names_no_other_session_is_believed(present: str | None, will: str | None) -> None:
    gone = heard(heard_between("9:00", "9:05", session=present), beat("9:06", "offline", will), SILENT_AFTER)
    assert gone == heard_between("9:00", "9:05", session=present, gone=True)


def test_a_will_told_twice_or_of_a_device_never_heard_changes_nothing() -> None:
    assert heard(None, beat("9:00", "offline"), SILENT_AFTER) is None
    assert heard(heard_between("9:00", "9:01", gone=True), beat("9:02", "offline"), SILENT_AFTER) is None


@pytest.mark.parametrize("state", ["online", "offline"])
def test_a_heartbeat_told_late_does_not_turn_the_clock_back(state: str) -> None:
    assert heard(heard_between("9:00", "9:05"), beat("9:04:59", state), SILENT_AFTER) is None


def test_a_heartbeat_from_long_before_says_that_our_own_clock_was_set_back() -> None:
    assert heard(heard_between("9:00", "10:30"), beat("9:31"), SILENT_AFTER) == heard_between("9:31", "9:31")
    repeated = replace(beat("9:31"), repeated=True)
    assert heard(heard_between("9:00", "10:30"), repeated, SILENT_AFTER) is None


def test_a_retained_status_without_a_time_says_nothing_about_a_device_already_heard() -> None:
    repeated = replace(beat("9:00", "offline", None), heard=EARLIEST, repeated=True)
    assert heard(heard_between("9:00", "9:05"), repeated, SILENT_AFTER) is None


def test_a_batch_gives_the_presences_that_it_begins_and_those_that_it_changes() -> None:
    borne: Device = ("aube", "sud", "borne-1")
    poste: Device = ("aube", "sud", "poste-g1")
    known = {borne: heard_between("8:00", "9:00")}
    beats = [beat("9:01"), beat("9:01", device="poste-g1"), beat("9:05"), beat("9:05:30")]
    assert after(known, beats, SILENT_AFTER) == {
        (borne, at("8:00")): heard_between("8:00", "9:01"),
        (poste, at("9:01")): heard_between("9:01", "9:01", device="poste-g1"),
        (borne, at("9:05")): heard_between("9:05", "9:05:30", before="9:01"),
    }
    assert known == {borne: heard_between("8:00", "9:00")}


def test_a_device_is_silent_after_ninety_seconds_and_not_before() -> None:
    known = heard_between("9:00", "9:05")
    assert not known.silent(at("9:06:30"), SILENT_AFTER)
    assert known.silent(at("9:06:30.1"), SILENT_AFTER)


def test_a_device_whose_will_came_is_silent_from_when_it_was_heard_last() -> None:
    gone = heard_between("9:00", "9:05", gone=True)
    assert gone.silent(at("9:05"), SILENT_AFTER)
    assert not gone.silent(at("9:04:59"), SILENT_AFTER)


def test_at_a_past_instant_a_device_heard_until_later_was_not_silent() -> None:
    assert silences([heard_between("9:00", "12:00")], at("10:00"), SILENT_AFTER) == {}


def test_silences_are_told_by_area_the_longest_first() -> None:
    standard = Presence(
        site="aube", area="standard", device="pbx", heard_from=at("8:00"), heard_until=at("8:30"), session=None
    )
    presences = [
        heard_between("8:00", "9:20", device="b"),
        standard,
        heard_between("8:00", "9:20", device="a"),
        heard_between("8:00", "9:10", device="c"),
        heard_between("8:00", "9:59", device="d"),
    ]
    assert silences(presences, at("10:00"), SILENT_AFTER) == {
        "sud": (Silence("c", at("9:10")), Silence("a", at("9:20")), Silence("b", at("9:20"))),
        "standard": (Silence("pbx", at("8:30")),),
    }


@given(st.lists(heartbeats))
def test_whatever_comes_in_time_a_presence_is_never_heard_until_earlier_than_before(beats: list[Heartbeat]) -> None:
    beats.sort(key=lambda one: one.heard)
    known: Presence | None = None
    for heartbeat in beats:
        following = told(known, heartbeat)
        if known and following:
            assert following.heard_until >= known.heard_until
        if following:
            assert following.heard_from <= following.heard_until
        known = following


@given(st.lists(heartbeats), st.integers(0, 20))
def test_however_heartbeats_are_cut_into_batches_the_presences_are_the_same(beats: list[Heartbeat], cut: int) -> None:
    beats.sort(key=lambda one: one.heard)
    first = after({}, beats[:cut], SILENT_AFTER)
    known = {device: presence for (device, _), presence in first.items()}
    assert first | after(known, beats[cut:], SILENT_AFTER) == after({}, beats, SILENT_AFTER)


@given(st.lists(heartbeats))
def test_a_heartbeat_delivered_twice_in_a_row_counts_once(beats: list[Heartbeat]) -> None:
    twice = [heartbeat for heartbeat in beats for _ in range(2)]
    assert after({}, twice, SILENT_AFTER) == after({}, beats, SILENT_AFTER)


@given(st.lists(heartbeats))
def test_devices_do_not_disturb_each_other(beats: list[Heartbeat]) -> None:
    apart = [[one for one in beats if one.device == device] for device in ("borne-1", "borne-2")]
    together = after({}, beats, SILENT_AFTER)
    assert together == after({}, apart[0], SILENT_AFTER) | after({}, apart[1], SILENT_AFTER)


@given(st.lists(st.integers(0, 3600), min_size=1))
def test_heartbeats_in_order_make_one_presence_more_than_there_are_gaps(seconds: list[int]) -> None:
    seconds.sort()
    gaps = [later for earlier, later in pairwise(seconds) if later - earlier > 90]
    presences = after({}, [beat(f"9:00:{second}") for second in seconds], SILENT_AFTER)
    begun = [at("9:00") + timedelta(seconds=second) for second in [seconds[0], *gaps]]
    assert [presence.heard_from for presence in presences.values()] == begun


BACK = heard_between("10:00", "10:05", before="9:00")
"""A device that was not heard from 9:00 to 10:00."""


def kept(came: str, happened: str = "9:30") -> Late:
    return Late(came=at(came), happened=at(happened))


def test_a_device_that_is_back_is_missing_until_it_has_had_time_to_send_what_it_kept() -> None:
    assert BACK.missing_since(at("10:00:14"), SILENT_AFTER, None) == at("9:00")
    assert BACK.missing_since(at("10:00:15"), SILENT_AFTER, None) is None


def test_each_late_event_of_a_device_that_is_back_gives_it_more_time() -> None:
    assert BACK.missing_since(at("10:02:10"), SILENT_AFTER, kept("10:02")) == at("9:00")
    assert BACK.missing_since(at("10:02:15"), SILENT_AFTER, kept("10:02")) is None


def test_an_event_that_came_late_before_it_was_back_says_nothing() -> None:
    assert BACK.missing_since(at("10:00:20"), SILENT_AFTER, kept("9:59:50")) is None


@pytest.mark.parametrize("happened", ["8:50", "10:00:10"])
def test_a_late_event_of_another_time_than_that_of_the_silence_brings_no_settled_silence_back(happened: str) -> None:
    assert BACK.missing_since(at("10:02:10"), SILENT_AFTER, kept("10:02", happened)) is None


def test_a_device_that_was_never_away_has_nothing_to_catch_up_with() -> None:
    always = heard_between("10:00", "10:05")
    assert always.missing_since(at("10:00:01"), SILENT_AFTER, None) is None
    assert always.missing_since(at("10:02:01"), SILENT_AFTER, kept("10:02")) is None


def test_a_silence_says_whether_the_device_is_heard_again() -> None:
    devices = [heard_between("9:00", "9:30", device="poste-g1"), BACK]
    assert silences(devices, at("10:05:01"), SILENT_AFTER, {BACK.identity: kept("10:05")}) == {
        "sud": (Silence("borne-1", at("9:00"), heard=True), Silence("poste-g1", at("9:30"))),
    }


def test_a_device_that_was_taken_out_of_service_is_missed_by_nobody_and_is_back_with_a_heartbeat() -> None:
    retired = heard(heard_between("9:00", "9:30"), replace(beat("9:30:10", "offline"), retired=True), SILENT_AFTER)
    assert retired is not None
    assert retired.missing_since(at("9:40"), SILENT_AFTER, None) is None
    back = heard(retired, beat("9:50"), SILENT_AFTER)
    assert back == heard_between("9:50", "9:50")


def test_the_clock_is_measured_by_heartbeats_that_tell_a_time_and_changes_are_told_once() -> None:
    devices = Devices(SILENT_AFTER)
    for clock in ("9:00", "9:00:30"):
        devices.hear(replace(beat(clock), told=at(clock) - timedelta(minutes=10)))
    devices.hear(beat("9:01"))
    (changed,) = devices.changes().clocks.values()
    assert changed.offset(at("8:50")) == timedelta(minutes=10)
    assert devices.changes() == Changes()


def test_what_a_device_counts_is_kept_as_it_told_it_last() -> None:
    first = replace(beat("9:00"), waiting={"sejour": 3})
    second = replace(beat("9:00:30"), waiting={"sejour": 4})
    last = told(None, first, second)
    assert last is not None
    assert last.waiting == {"sejour": 4}
