"""A simulated working day of the prefecture, both halls and the switchboard: the same for the same seed and date."""

import sys
from datetime import date
from zoneinfo import ZoneInfo

from deploy.demo.hall import HallDay
from deploy.demo.place import HALLS, PBX, SWITCHBOARD, device_of
from deploy.demo.roster import cut_off
from deploy.demo.sending import Midnight, Outage, Record, Sent
from deploy.demo.switchboard import SwitchboardDay

__all__ = ["Outage", "Sent", "devices", "offline", "simulated_day"]


def simulated_day(day: date, seed: int, zone: ZoneInfo) -> list[Sent]:
    """In the order of publication; the caller sees to it that `day` is a working day."""
    record = Record(Midnight(day=day, zone=zone))
    for hall in HALLS:
        HallDay(hall, day, seed, record, cut_off(day, seed)).run()
    SwitchboardDay(day, seed, record).run()
    return record.sent(offline(day, seed, zone))


def offline(day: date, seed: int, zone: ZoneInfo) -> list[Outage]:
    """The devices without network that day: neither events nor heartbeats come from them meanwhile."""
    midnight, cut = Midnight(day=day, zone=zone), cut_off(day, seed)
    since, until = midnight.plus(cut.since), midnight.plus(cut.until)
    return [Outage(area=cut.area, device=cut.device, since=since, until=until)]


def devices() -> list[tuple[str, str]]:
    """Area and device of all that send something."""
    halls = [
        (hall.area, device)
        for hall in HALLS
        for device in (*hall.kiosks, *(device_of(counter) for counter in hall.counters))
    ]
    return [*halls, (SWITCHBOARD, PBX)]


def main(arguments: list[str]) -> None:
    """A summary of days and seeds, for whoever tunes the figures: `python -m deploy.demo.day 2026-11-23 [SEED]`."""
    from deploy.demo.summary import summary  # noqa: PLC0415 - only for people, not for the demonstration

    day, seed = date.fromisoformat(arguments[0]), int(arguments[1]) if arguments[1:] else 1
    sys.stdout.write(summary(simulated_day(day, seed, ZoneInfo("Europe/Paris"))) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
