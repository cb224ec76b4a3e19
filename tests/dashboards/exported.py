"""Months in memory, which pass the same tests as those in PostgreSQL; and what makes them, in the tests' hands."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from dashboards.errors import AwayError
from dashboards.exports.document import Document, Figure, Figures, Heading, Paragraph, Terms
from dashboards.exports.html import html
from dashboards.months import PUBLISHING, Act, Done, File, Listed, Made, Months, Version
from dashboards.tallies import Known
from tests.build import PARIS, STANDARD, SUD
from ticketing.cuts import Cut, QueueName
from ticketing.interval import Interval
from ticketing.kept import Kept
from ticketing.month import AreaMonth, Month, next_month
from ticketing.open_days import Gap, OpenDay
from ticketing.plan import Plan
from ticketing.totals import Sum, call_totals, hall_totals

OCTOBER, SEPTEMBER, AUGUST = date(2026, 10, 1), date(2026, 9, 1), date(2026, 8, 1)
CHARTER = "Charte Marianne, Hautes-Pyrénées 2005 - à confirmer par le référent qualité"
FIRST = date(2026, 1, 1)
LAST_OF_OCTOBER = date(2026, 10, 30)
SHEET = Document(
    layout="sheet",
    title="Votre attente en octobre 2026",
    subtitle="Préfecture de l’Aube",
    author="Préfecture de l’Aube",
    date=date(2026, 11, 2),
    footer="Mise à jour : 2 novembre 2026.",
    blocks=(
        Heading(text="Hall d’accueil principal (aile sud)", id="sud"),
        Figures(
            title="",
            items=(
                Figure(label="Appelés en 15 min au plus", value="97\u202f%", note="Objectif 95\u202f%, à confirmer"),
                Figure(label="Attente médiane", value="4\u202fmin", note="La moitié des usagers attendent moins"),
                Figure(
                    label="Neuf usagers sur dix attendent au plus", value="11\u202fmin", note="Septembre : 12\u202fmin"
                ),
            ),
        ),
        Paragraph(text="Heures les plus calmes : 8 h 30, 14 h, 16 h. Heures chargées : 10 h, 10 h 30, 11 h."),
        Heading(text="Standard téléphonique", id="standard"),
        Figures(
            title="",
            items=(Figure(label="Appels décrochés par un agent", value="84\u202f%", note="Objectif 85\u202f%"),),
        ),
        Paragraph(text="Données incomplètes : 2 des 22 jours ouverts manquent.", strong=True),
        Terms(items=(("Attente", "De la prise du ticket au premier appel."), ("<script>", "& d’autres"))),
    ),
)


def kept(indicator: str, count: int, of: int, **more: object) -> Kept:
    one = Kept(
        queue=None,
        indicator="hall",
        within_s=900.0,
        target=0.95,
        provenance=CHARTER,
        valid_from=FIRST,
        first=OCTOBER,
        last=LAST_OF_OCTOBER,
        days=22,
        count=count,
        of=of,
        value=round(count / of, 4) if of else None,
        reached=count >= 0.95 * of if of else None,
    )
    return replace(one, indicator=indicator, **more)


def area(plan: Plan, month: date, *promises: Kept, silent: Sequence[date] = (), gaps: Sequence[Gap] = ()) -> AreaMonth:
    """Open from Monday to Friday; of the days of `silent` nothing was heard."""
    days = [month + timedelta(days=n) for n in range((next_month(month) - month).days)]
    opened = [
        OpenDay(
            day=day,
            spans=("08:30-12:00", "13:15-16:30"),
            exceptional=False,
            heard=day not in silent,
            visits=0 if day in silent else 40,
            open_s=24300.0,
            silent_s=0.0,
            coverage=0.0 if day in silent else 1.0,
        )
        for day in days
        if day.weekday() < 5
    ]
    total = hall_totals if plan.kind == "hall" else call_totals
    return AreaMonth(
        area=plan.area,
        name=plan.name,
        kind=plan.kind,
        queues=tuple(QueueName(queue=one.id, name=one.name, configured=True) for one in plan.queues),
        cuts=(Cut(totals=total(Sum.of([]), area=True)),),
        kept=promises,
        days=tuple(opened),
        gaps=tuple(gaps),
        breaches=(),
        precision=(),
        crowd=(None,) * 7,
        coverage=round(1 - len(silent) / len(opened), 4),
        days_open=len(opened),
        days_heard=len(opened) - len(silent),
    )


def facts(month: date = OCTOBER, in_time: int = 970, silent: Sequence[date] = ()) -> Month:
    """Of 1,000 visits `in_time` were; the lines promise three things."""
    census = None if not silent else Interval(low=0.955, high=0.981)
    return Month(
        site="aube",
        month=month,
        last=next_month(month) - timedelta(days=1),
        due=next_month(month),
        zone="Europe/Paris",
        configuration="0123456789ab",
        areas=(
            area(SUD, month, kept("hall", in_time, 1000, interval=census), silent=silent),
            area(
                STANDARD,
                month,
                kept("C", 810, 1000, within_s=20.0, target=None, reached=None),
                kept(
                    "answer_rate",
                    840,
                    1000,
                    within_s=None,
                    target=0.85,
                    reached=False,
                    provenance="Plan Téléphone 2023",
                ),
                kept("lost_rate", 160, 1000, within_s=None, target=0.1, reached=False),
            ),
        ),
    )


def files_of(month: date, text: str = "") -> list[File]:
    """One of each kind and format; `text` stands in them."""
    prefix = f"{next_month(month) - timedelta(days=1):%Y%m%d}_110000000"
    contents = {
        ("attentes-mois.csv", "open"): f"zone,tickets\nsud,{text or 1000}\n",
        ("datapackage.json", "open"): "{}",
        ("mois.ods", "open"): "PK",
        ("attentes-mois_tableur.csv", "office"): "zone;tickets\n",
        ("rapport.html", "report"): f"<!DOCTYPE html><html lang='fr'><title>Rapport</title><h1>Rapport {text}</h1>",
        ("rapport.pdf", "report"): "%PDF-1.7 rapport",
        ("fiche.html", "sheet"): html(replace(SHEET, title=text or SHEET.title)),
        ("fiche.pdf", "sheet"): "%PDF-1.7 fiche",
        ("engagements.html", "indicators"): "<!DOCTYPE html><html lang='fr'><title>Engagements</title>",
        ("engagements.pdf", "indicators"): "%PDF-1.7 engagements",
    }
    return [File(name=f"{prefix}_{name}", kind=kind, content=told.encode()) for (name, kind), told in contents.items()]  # type: ignore[arg-type]


class FakeMonths(Months):
    """While `away`, everything fails; `asked` counts what was asked."""

    def __init__(self) -> None:
        self._facts: dict[tuple[date, int], tuple[Month, Version]] = {}
        self._files: dict[tuple[date, int], list[File]] = {}
        self._acts: list[Done] = []
        self.away = False
        self.asked = 0

    async def _answer(self) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise AwayError("the database does not answer: connection refused")

    async def keep(self, month: Month, files: Iterable[File], act: Act, who: str, at: datetime) -> int:
        await self._answer()
        version = max((one for of, one in self._facts if of == month.month), default=0)
        files = sorted(files, key=lambda one: one.name)
        before = self._files.get((month.month, version)), version and self._facts[month.month, version][0].digest
        if before != (files, month.digest):
            version += 1
            known = Version(month=month.month, version=version, digest=month.digest, made_at=at)
            self._facts[month.month, version] = month, known
        self._files[month.month, version] = files
        self._acts.append(Done(month=month.month, version=version, at=at, who=who, act=act))
        return version

    async def note(self, done: Done) -> None:
        await self._answer()
        self._acts.append(done)

    async def versions(self, month: date | None = None) -> list[Version]:
        await self._answer()
        return [
            known for (of, _), (_, known) in sorted(self._facts.items(), reverse=True) if month is None or of == month
        ]

    async def facts(self, month: date, version: int | None = None) -> Month | None:
        await self._answer()
        found = [
            one for (of, number), (one, _) in sorted(self._facts.items()) if of == month and version in (None, number)
        ]
        return found[-1] if found else None

    async def files(self, month: date, version: int) -> list[Listed]:
        await self._answer()
        found = sorted(self._files.get((month, version), ()), key=lambda one: one.name)
        return [Listed(name=one.name, kind=one.kind, size=len(one.content)) for one in found]

    async def file(self, month: date, version: int, name: str) -> File | None:
        await self._answer()
        return next((one for one in self._files.get((month, version), ()) if one.name == name), None)

    async def published(self, month: date | None = None) -> list[Version]:
        await self._answer()
        last = {done.month: done.version for done in self._acts if done.act in PUBLISHING}
        return [
            self._facts[of, number][1]
            for of, number in sorted(last.items(), reverse=True)
            if month is None or of == month
        ]

    async def acts(self, month: date | None = None, most: int | None = 200) -> list[Done]:
        await self._answer()
        return [done for done in reversed(self._acts) if month is None or done.month == month][:most]


class FakeTallies:
    """Days that were heard of, by month; of those in `purged` the row data are gone."""

    def __init__(self, *heard: date) -> None:
        self.heard = list(heard)
        self.purged: set[date] = set()
        self.away = False

    async def days(self, first: date = date.min, last: date = date.max) -> list[Known]:
        await asyncio.sleep(0)
        if self.away:
            raise AwayError("the database does not answer: connection refused")
        return [
            Known(area="sud", day=month + timedelta(days=1), touched=1, upto=1, plan="p", purged=month in self.purged)
            for month in self.heard
            if first <= month + timedelta(days=1) <= last
        ]


class FakeExports:
    """What makes months: `found` is what there is of each; an export waits for `go`, and may fail with `error`."""

    def __init__(self, clock: Callable[[], datetime], *heard: date) -> None:
        self._clock = clock
        self.months, self.tallies = FakeMonths(), FakeTallies(*heard)
        self.found = {month: facts(month) for month in heard}
        self.go = asyncio.Event()
        self.go.set()
        self.error: Exception | None = None
        self.exported: list[date] = []
        self.text = ""

    async def facts(self, month: date) -> Month:
        if self.months.away:
            raise AwayError("the database does not answer: connection refused")
        return self.found[month]

    async def export(self, month: date, who: str, tell: Callable[[int, int], None]) -> Made:
        self.exported.append(month)
        tell(1, 4)
        await self.go.wait()
        if self.error:
            raise self.error
        tell(4, 4)
        found, files = await self.facts(month), files_of(month, self.text)
        known = await self.months.versions(month)
        act: Act = "again" if await self.months.published(month) else "made"
        version = await self.months.keep(found, files, act, who, self._clock())
        return Made(facts=found, version=version, new=version > len(known), files=tuple(files))

    async def change(self, month: date, in_time: int) -> None:
        """Something of it has come late: its figures are others."""
        self.found[month] = facts(month, in_time)
        await self.months.keep(self.found[month], files_of(month, "tard"), "changed", "vigie", self._clock())


def evening(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 18, 30, tzinfo=PARIS)
