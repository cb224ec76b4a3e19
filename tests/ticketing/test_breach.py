"""A breach as an auditor reads it: when it fired, who took it, what was done, when it was right again."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from tests.build import PARIS, at
from tests.dashboards.kept import breach as signal
from tests.dashboards.kept import deaf, head, over, waits
from ticketing.alert import Record
from ticketing.breach import Said, breach


def test_a_breach_tells_its_loop_from_firing_to_the_end() -> None:
    found = breach(over("p1"), PARIS)
    assert (found.id, found.topic, found.severity) == ("p1", "wait", "page")
    assert (found.conditions, found.subjects) == (("predicted_breach",), ("Séjour",))
    assert (found.fired_at, found.acknowledged_at) == (at("8:50"), at("8:53"))
    assert found.acknowledged_by == "chef de hall"
    assert (found.opened_at, found.back_at, found.resolved_at) == (at("8:57"), at("9:05"), at("9:15"))


def test_the_timeline_is_told_line_by_line_in_order() -> None:
    found = breach(over(), PARIS)
    assert [(said.kind, said.at) for said in found.timeline] == [
        ("predicted", at("8:48")),
        ("fired", at("8:50")),
        ("told", at("8:50")),
        ("acknowledged", at("8:53")),
        ("opened", at("8:57")),
        ("eased", at("9:05")),
        ("resolved", at("9:15")),
        ("told", at("9:15")),
    ]
    assert found.timeline[3] == Said(
        at=at("8:53"), kind="acknowledged", who="chef de hall", text="Renfort demandé à l’accueil"
    )


def test_a_breach_that_nobody_took_and_that_goes_on_has_no_instants_of_either() -> None:
    found = breach(Record(alert=waits(), moments=()), PARIS)
    assert found.fired_at == at("9:14")
    assert found.acknowledged_at is found.opened_at is found.back_at is found.resolved_at is None
    assert (found.acknowledged_by, found.timeline) == ("", ())


def test_several_queues_are_all_named_and_each_condition_once() -> None:
    alert = waits(signal(), signal("Asile", "asile"), head())
    found = breach(Record(alert=alert, moments=()), PARIS)
    assert sorted(set(found.conditions)) == sorted(found.conditions) == ["head_of_line", "predicted_breach"]
    assert sorted(set(found.subjects)) == sorted(found.subjects) == ["Asile", "Séjour"]


def test_a_silent_device_is_named() -> None:
    found = breach(Record(alert=deaf(), moments=()), PARIS)
    assert (found.topic, found.conditions, found.subjects) == ("device", ("device_silent",), ("borne-1",))


def test_instants_are_by_the_clock_on_the_wall_whatever_zone_they_come_in() -> None:
    def moved(record: Record, zone: tzinfo) -> Record:
        def there(at: datetime | None) -> datetime | None:
            return at.astimezone(zone) if at else None

        alert = record.alert
        return Record(
            alert=replace(
                alert,
                fired_at=there(alert.fired_at),
                acknowledged_at=there(alert.acknowledged_at),
                opened_at=there(alert.opened_at),
                back_at=there(alert.back_at),
                resolved_at=there(alert.resolved_at),
            ),
            moments=tuple(replace(one, at=one.at.astimezone(zone)) for one in record.moments),
        )

    here = breach(over(), PARIS)
    for zone in (UTC, ZoneInfo("Asia/Tokyo")):
        there = breach(moved(over(), zone), PARIS)
        assert there == here
        assert there.fired_at.isoformat() == "2026-11-23T08:50:00+01:00"
        assert there.timeline[0].at.isoformat() == "2026-11-23T08:48:00+01:00"
