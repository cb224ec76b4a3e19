"""What a set of events says of one visit."""

from datetime import timedelta

import pytest

from tests.build import (
    abandoned,
    answered,
    at,
    called,
    cancelled,
    ended,
    hung_up,
    informed,
    issued,
    lost,
    no_show,
    opened,
    overflowed,
    passed_on,
    queued,
    recalled,
    received,
    requeued,
    started,
    transferred,
)
from ticketing.visit import Visit


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def test_a_recall_does_not_restart_the_wait() -> None:
    visit = Visit.of([issued("A1", "9:00"), called("A1", "9:05"), recalled("A1", "9:09"), ended("A1", "9:20")])
    assert visit.wait == minutes(5)
    assert visit.legs[0].recalls == 1


def test_without_a_start_the_service_begins_at_the_last_call() -> None:
    visit = Visit.of([issued("A1", "9:00"), called("A1", "9:05"), recalled("A1", "9:09"), ended("A1", "9:20")])
    assert visit.legs[0].started == at("9:09")


def test_a_ticket_goes_from_waiting_to_called_to_serving_to_ended() -> None:
    life = [issued("A1", "9:00"), called("A1", "9:05"), started("A1", "9:06"), ended("A1", "9:20")]
    assert [Visit.of(life[:n]).state for n in (1, 2, 3, 4)] == ["waiting", "called", "serving", "ended"]


def test_a_no_show_is_not_an_abandonment() -> None:
    visit = Visit.of([issued("A1", "9:00"), called("A1", "9:05"), no_show("A1", "9:07")])
    assert visit.legs[0].end == "no_show"
    assert visit.wait == minutes(5)


def test_an_abandonment_after_the_call_is_a_no_show_and_is_noted() -> None:
    visit = Visit.of([issued("A1", "9:00"), called("A1", "9:05"), abandoned("A1", "9:07")])
    assert visit.legs[0].end == "no_show"
    assert visit.notes == ("abandoned_after_call",)


def test_an_abandonment_after_the_start_ends_a_service_and_is_noted() -> None:
    visit = Visit.of([issued("A1", "9:00"), called("A1", "9:05"), started("A1", "9:06"), abandoned("A1", "9:07")])
    assert (visit.legs[0].end, visit.legs[0].ended) == ("served", at("9:07"))
    assert visit.notes == ("abandoned_after_start",)


def test_a_call_that_an_agent_answered_is_not_abandoned() -> None:
    visit = Visit.of([queued("c1", "9:00"), answered("c1", "9:01"), lost("c1", "9:02")])
    assert (visit.legs[0].end, visit.wait) == ("served", minutes(1))


def test_an_abandonment_in_line_has_no_wait_to_a_call() -> None:
    visit = Visit.of([issued("A1", "9:00"), abandoned("A1", "9:07")])
    assert visit.legs[0].end == "abandoned"
    assert visit.wait is None


def test_a_transfer_opens_a_new_leg_and_keeps_the_wait_of_the_first() -> None:
    visit = Visit.of(
        [
            issued("A1", "9:00"),
            called("A1", "9:05"),
            transferred("A1", "9:10", "asile"),
            called("A1", "9:30", "g2"),
        ]
    )
    assert [(leg.queue, leg.wait) for leg in visit.legs] == [("sejour", minutes(5)), ("asile", minutes(20))]
    assert visit.wait == minutes(5)
    assert visit.state == "called"


def test_a_transfer_from_the_line_ends_a_leg_that_was_never_called() -> None:
    visit = Visit.of([issued("A1", "9:00"), transferred("A1", "9:10", "asile")])
    assert [(leg.end, leg.called) for leg in visit.legs] == [("transferred", None), (None, None)]


def test_back_in_line_after_a_no_show_begins_a_new_leg_in_the_same_queue() -> None:
    visit = Visit.of([issued("A1", "9:00"), called("A1", "9:05"), no_show("A1", "9:07"), requeued("A1", "9:15")])
    assert [(leg.queue, leg.end) for leg in visit.legs] == [("sejour", "no_show"), ("sejour", None)]
    assert visit.state == "waiting"


def test_called_again_after_a_no_show_without_requeue_is_the_same_wait() -> None:
    visit = Visit.of([issued("A1", "9:00"), called("A1", "9:05"), no_show("A1", "9:07"), called("A1", "9:15")])
    assert (visit.state, visit.wait, len(visit.legs)) == ("called", minutes(5), 1)
    assert visit.notes == ()


def test_called_after_the_end_is_resolved_by_time_and_noted() -> None:
    visit = Visit.of(
        [
            issued("A1", "9:00"),
            called("A1", "9:05"),
            ended("A1", "9:10"),
            called("A1", "9:15"),
            ended("A1", "9:20"),
        ]
    )
    assert (visit.state, visit.wait) == ("ended", minutes(5))
    assert visit.notes == ("called_after_end",)


def test_served_twice_keeps_the_first_end_and_is_noted() -> None:
    visit = Visit.of([issued("A1", "9:00"), called("A1", "9:05"), ended("A1", "9:10"), ended("A1", "9:12")])
    assert visit.legs[0].ended == at("9:10")
    assert visit.notes == ("ended_twice",)


def test_a_call_to_a_ticket_never_seen_opens_a_visit_of_unknown_arrival() -> None:
    visit = Visit.of([called("A1", "9:05")])
    assert (visit.arrived, visit.wait, visit.state) == (None, None, "called")
    assert visit.legs[0].queue is None


def test_an_issue_that_comes_late_gives_the_wait_back() -> None:
    assert Visit.of([called("A1", "9:05"), issued("A1", "9:00")]).wait == minutes(5)


def test_an_issue_a_little_after_its_call_is_a_wait_of_nothing() -> None:
    visit = Visit.of([called("A1", "9:05:00"), issued("A1", "9:05:03")])
    assert (visit.wait, visit.legs[0].queue) == (timedelta(), "sejour")


def test_an_issue_long_after_its_call_leaves_the_wait_unknown() -> None:
    visit = Visit.of([called("A1", "9:05"), issued("A1", "9:40")])
    assert (visit.wait, visit.notes) == (None, ("arrival_unknown", "issued_after_call"))


def test_served_without_a_call_has_no_known_wait() -> None:
    visit = Visit.of([issued("A1", "9:00"), ended("A1", "9:20")])
    assert (visit.wait, visit.legs[0].end, visit.notes) == (None, "served", ("ended_without_call",))


def test_a_service_told_without_a_call_began_with_one() -> None:
    visit = Visit.of([issued("A1", "9:00"), started("A1", "9:06", "g1")])
    assert (visit.wait, visit.state) == (minutes(6), "serving")


def test_a_cancelled_ticket_is_over() -> None:
    visit = Visit.of([issued("A1", "9:00"), cancelled("A1", "9:01")])
    assert (visit.cancelled, visit.state) == (True, "ended")


def test_the_same_ticket_issued_twice_keeps_the_first() -> None:
    visit = Visit.of([issued("A1", "9:00"), issued("A1", "9:10", "asile")])
    assert (visit.arrived, len(visit.legs), visit.notes) == (at("9:00"), 1, ("issued_twice",))


def test_a_call_goes_from_the_voice_server_to_an_agent() -> None:
    life = [received("c1", "9:00:00"), queued("c1", "9:00:20"), answered("c1", "9:00:50"), hung_up("c1", "9:03:00")]
    assert [Visit.of(life[:n]).state for n in (1, 2, 3, 4)] == ["voice_server", "waiting", "serving", "ended"]
    assert Visit.of(life).wait == timedelta(seconds=30)


def test_a_call_that_the_voice_server_answered_never_waited() -> None:
    visit = Visit.of([received("c1", "9:00:00"), informed("c1", "9:00:20"), hung_up("c1", "9:00:25")])
    assert (visit.informed, visit.legs, visit.state) == (True, (), "ended")


def test_a_hang_up_in_line_is_an_abandonment_whichever_way_it_is_told() -> None:
    told_as_lost = Visit.of([received("c1", "9:00"), queued("c1", "9:01"), lost("c1", "9:02"), hung_up("c1", "9:02")])
    told_as_end = Visit.of([received("c1", "9:00"), queued("c1", "9:01"), hung_up("c1", "9:02")])
    assert told_as_lost.legs == told_as_end.legs
    assert told_as_lost.legs[0].end == "abandoned"
    assert told_as_lost.notes == ()


def test_a_hang_up_in_the_voice_server_is_in_no_queue() -> None:
    assert Visit.of([received("c1", "9:00"), lost("c1", "9:01")]).state == "ended"


def test_an_overflow_without_a_queue_was_still_offered() -> None:
    visit = Visit.of([received("c1", "9:00"), overflowed("c1", "9:01", "full")])
    assert [(leg.queue, leg.end) for leg in visit.legs] == [(None, "overflowed")]


def test_a_call_passed_to_another_queue_waits_again() -> None:
    life = [queued("c1", "9:00"), answered("c1", "9:01"), passed_on("c1", "9:02", "autre")]
    assert [leg.queue for leg in Visit.of(life).legs] == ["operateurs", "autre"]
    assert Visit.of(life).state == "waiting"


def test_a_call_passed_outside_has_left() -> None:
    assert Visit.of([queued("c1", "9:00"), answered("c1", "9:01"), passed_on("c1", "9:02")]).state == "ended"


def test_events_of_two_visits_are_refused() -> None:
    with pytest.raises(ValueError, match="the events of one visit"):
        Visit.of([issued("A1", "9:00"), issued("A2", "9:00")])
    with pytest.raises(ValueError, match="the events of one visit"):
        Visit.of([opened("g1", "9:00", "sejour")])
