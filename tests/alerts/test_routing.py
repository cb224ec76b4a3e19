"""Who is told of an alert at which hour."""

from datetime import time

from msgspec.structs import replace

from alerts.routing import Route, levels, upto
from tests.alerts.hand import alert
from tests.build import PARIS, at
from ticketing.hours import Hours

MORNING = Hours(zone=PARIS, weekly={0: ((time(8), time(12)),)})
TEN, TWO = at("10:00"), at("14:00")


def test_every_route_that_takes_an_alert_is_followed_and_nobody_is_told_twice() -> None:
    routes = [
        Route(to=("chef", "ecran")),
        Route(to=("chef", "astreinte"), areas=("sud",)),
        Route(to=("x",), areas=("nord",)),
    ]
    assert levels(routes, alert(), TEN) == (("chef", "ecran", "astreinte"),)


def test_routes_choose_by_severity_topic_and_hour() -> None:
    known = alert(severity="task")
    assert levels([Route(to=("a",), severities=("page",))], known, TEN) == ()
    assert levels([Route(to=("a",), topics=("device",))], known, TEN) == ()
    assert levels([Route(to=("a",), hours=MORNING)], known, TEN) == (("a",),)
    assert levels([Route(to=("a",), hours=MORNING)], known, TWO) == ()


def test_what_concerns_the_whole_site_goes_by_every_area() -> None:
    assert levels([Route(to=("a",), areas=("nord",))], replace(alert(), area=""), TEN) == (("a",),)


def test_levels_of_several_routes_are_put_together() -> None:
    found = levels([Route(to=("a",), then=(("b",), ("c",))), Route(to=("d",), then=(("b", "e"),))], alert(), TEN)
    assert found == (("a", "d"), ("b", "e"), ("c",))
    assert upto(found, 1) == ("a", "d", "b", "e")
    assert upto(found, 9) == ("a", "d", "b", "e", "c")
