"""A site whose March 2026 is exported by the command line, with a handful of events in its journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from collector.journal import Journal
from deploy.migrate import migrate
from tests.build import abandoned, called, ended, issued
from tests.collector.words import records
from tests.end_to_end.running import HALL, Answer, asked, configuration, said, waited
from tests.months import on
from tests.servers import Postgres
from ticketing.events import Event

MARCH = "2026-03"
THE_10TH, THE_11TH = date(2026, 3, 10), date(2026, 3, 11)
PROMISE = """
[[commitments]]
area = "sud"
within = "15m"
share = 0.95
provenance = "charte - à confirmer"
from = "2026-01-01"
[exports]
fewest = 0
"""
EVENTS = [
    *on(THE_10TH, issued("A1", "9:00"), called("A1", "9:10"), ended("A1", "9:20"), issued("A2", "9:05")),
    *on(THE_11TH, issued("B1", "9:00"), called("B1", "9:20"), ended("B1", "9:30")),
]
LATE = on(THE_10TH, abandoned("A2", "9:30"))


@dataclass(frozen=True)
class Site:
    dsn: str
    config: Path
    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "mois"

    def hear(self, events: Sequence[Event]) -> None:
        async def append() -> None:
            async with Journal(self.dsn, "Europe/Paris") as journal:
                await journal.append(records(events))

        waited(append())

    def arguments(self, month: str, *options: str, folder: Path | None = None) -> tuple[str, ...]:
        place = ("--out", str(folder or self.folder), "--config", str(self.config))
        return ("export", "month", month, *place, *options)

    def export(self, month: str = MARCH, *options: str, folder: Path | None = None) -> Answer:
        return said(*self.arguments(month, *options, folder=folder))

    def exported(self, *options: str, folder: Path | None = None) -> str:
        """The last line of what was said of an export that went well."""
        answer = self.export(MARCH, *options, folder=folder)
        assert answer.status == 0, answer.err
        return answer.out.splitlines()[-1]

    def rebuild(self, *options: str) -> Answer:
        return said("rebuild", "--config", str(self.config), *options)

    def versions(self) -> list[int]:
        return [int(row["version"]) for row in asked(self.dsn, "select version from month order by version")]

    def kept(self, version: int) -> dict[str, bytes]:
        """The files of a version, in the database."""
        rows = asked(self.dsn, f"select name, content from month_file where version = {int(version)}")  # noqa: S608
        return {row["name"]: bytes(row["content"]) for row in rows}


def contents(folder: Path) -> dict[str, bytes]:
    """All that lies in a folder, hidden files too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def site(home: Path, postgres: Postgres, events: Sequence[Event] = EVENTS) -> Site:
    dsn = waited(postgres.database())
    waited(migrate(dsn))
    found = Site(dsn, configuration(home / "site", dsn=dsn, areas=HALL + PROMISE), home)
    if events:
        found.hear(events)
    return found
