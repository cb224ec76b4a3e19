"""Months as they are shown: their state, their figures at a glance, their files and who did what, in words."""

from collections.abc import Iterable, Sequence
from datetime import MAXYEAR, date, datetime, tzinfo
from math import ceil
from pathlib import PurePosixPath

from babel.dates import format_date
from babel.numbers import format_decimal
from msgspec import Struct

from dashboards.export_records import Record
from dashboards.exporting import Failure, Job
from dashboards.languages import locale
from dashboards.months import Act, Done, Kind, Listed
from ticketing.french.notation import NOTHING, hour
from ticketing.month import first_of
from ticketing.saying import N_, _

KINDS: dict[Kind, str] = {
    "sheet": N_("Fiche publique"),
    "report": N_("Rapport pour le comité"),
    "indicators": N_("Définitions des engagements"),
    "open": N_("Fichiers ouverts, pour tous"),
    "office": N_("Fichiers pour tableur"),
}
DOCUMENTS: tuple[Kind, ...] = ("sheet", "report", "indicators")
ACTS: dict[Act, str] = {
    "made": N_("exporté"),
    "again": N_("exporté de nouveau"),
    "changed": N_("chiffres modifiés"),
    "kept": N_("conservé avant d’effacer les données détaillées"),
    "mailed": N_("envoyé par courriel"),
    "not_mailed": N_("courriel non parti"),
}
FAILURES: dict[Failure, str] = {
    "away": N_("la base de données ne répond pas, ou n’a plus de place"),
    "not_over": N_("ce mois n’est pas terminé"),
    "empty": N_("rien n’a été reçu ce mois-là, il n’y a rien à exporter"),
    "broken": N_("une erreur inattendue, que le journal du serveur détaille"),
}
PAGES = ("html", "pdf")
"""Formats that a browser shows."""
FORMATS = (*PAGES, "csv", "ods", "json")
"""In this order; others after them."""
KB, MB = 1000, 1_000_000


class ShownFile(Struct, frozen=True, kw_only=True):
    """`path` shows it, in the browser where that can."""

    name: str
    path: str
    format: str
    size: str
    shows: bool


class Files(Struct, frozen=True, kw_only=True):
    """Those of one kind."""

    title: str
    document: bool
    files: Sequence[ShownFile]


class Deed(Struct, frozen=True, kw_only=True):
    at: datetime
    when: str
    who: str
    what: str
    version: int
    detail: str


# ------------------------------------------------------------ dates


def key(month: date) -> str:
    return f"{month:%Y-%m}"


def parsed(told: str) -> date | None:
    """A month from "2026-10"; None for anything else, and where there is none before or after it."""
    year, _dash, number = told.partition("-")
    plain = told.isascii() and year.isdecimal() and number.isdecimal() and len(told) == len("2026-10")
    return date(int(year), int(number), 1) if plain and 1 < int(year) < MAXYEAR and 1 <= int(number) <= 12 else None  # noqa: PLR2004


def named(month: date) -> str:
    """As it stands in a sentence: "octobre 2026"."""
    return format_date(month, "LLLL yyyy", locale=locale())


def day(on: date) -> str:
    """In words; the first of a month as the French say it."""
    found = format_date(on, "d MMMM yyyy", locale=locale())
    return found.replace("1 ", "1er ", 1) if found.startswith("1 ") and locale().startswith("fr") else found


def moment(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return _("{day} à {hour}").format(day=day(local.date()), hour=hour(local))


def number(value: float) -> str:
    return format_decimal(value, "#,##0.#", locale=locale())


# ------------------------------------------------------------ files


def files(month: date, version: int, found: Iterable[Listed], root: str = "") -> list[Files]:
    """By kind, documents first, of each its page first. `root`: the folder of their addresses."""
    root = root or f"/exports/{key(month)}/{version}"
    by_kind: dict[Kind, list[Listed]] = {kind: [] for kind in KINDS}
    for one in found:
        by_kind[one.kind].append(one)
    return [
        Files(
            title=_(KINDS[kind]),
            document=kind in DOCUMENTS,
            files=[_file(root, one) for one in sorted(of_kind, key=_place)],
        )
        for kind, of_kind in by_kind.items()
        if of_kind
    ]


def _file(root: str, one: Listed) -> ShownFile:
    told = _format(one.name)
    return ShownFile(
        name=one.name, path=f"{root}/{one.name}", format=told.upper(), size=size(one.size), shows=told in PAGES
    )


def _place(one: Listed) -> tuple[int, str]:
    told = _format(one.name)
    return FORMATS.index(told) if told in FORMATS else len(FORMATS), one.name


def _format(name: str) -> str:
    return PurePosixPath(name).suffix.removeprefix(".")


def size(octets: int) -> str:
    """Rounded up: nothing is of no size."""
    if octets < MB:
        return _("{n}\u202fko").format(n=ceil(octets / KB))
    return _("{n}\u202fMo").format(n=number(ceil(octets * 10 / MB) / 10))


# ------------------------------------------------------------ what was done


def exported(record: Record, zone: tzinfo) -> str:
    done = record.exported
    if done is None:
        return ""
    return _("exporté le {moment} par {who}").format(moment=moment(done.at, zone), who=done.who)


def deeds(acts: Iterable[Done], zone: tzinfo) -> list[Deed]:
    return [
        Deed(
            at=done.at,
            when=moment(done.at, zone),
            who=done.who,
            what=_(ACTS[done.act]),
            version=done.version,
            detail=done.detail,
        )
        for done in acts
    ]


def progress(job: Job, zone: tzinfo) -> str:
    text = _("{month} : export en cours, demandé par {who} à {hour}.")
    if job.of:
        text = _("{month} : export en cours, demandé par {who} à {hour}, étape {done} sur {of}.")
    begun = hour(job.begun.astimezone(zone))
    return text.format(month=named(job.month).capitalize(), who=job.who, hour=begun, done=job.done, of=job.of)


def outcome(job: Job, zone: tzinfo) -> str:
    at = hour(job.ended.astimezone(zone)) if job.ended else NOTHING
    if job.failure:
        return _("L’export de {hour} n’a pas abouti : {why}. Rien n’a été changé.").format(
            hour=at, why=_(FAILURES[job.failure])
        )
    if job.new:
        return _("Exporté à {hour} : version {version}.").format(hour=at, version=job.version)
    return _("Exporté à {hour} : les chiffres sont ceux de la version {version}, ses fichiers sont refaits.").format(
        hour=at, version=job.version
    )


def coming(today: date, due: date) -> str:
    """Of the month in course, when it goes out."""
    return _("{month} est en cours : ses chiffres seront exportés d’eux-mêmes le {due}, premier jour ouvré.").format(
        month=named(first_of(today)).capitalize(), due=day(due)
    )
