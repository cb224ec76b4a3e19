"""A month's figures at a glance: what was kept of each commitment, and what is missing, in words."""

from collections.abc import Iterable, Sequence
from datetime import date
from math import ceil, floor

from babel.dates import format_date
from babel.numbers import format_decimal
from msgspec import Struct

from dashboards.commitments import LABELS, verdict
from dashboards.export_records import Brief
from dashboards.export_views import day, number
from dashboards.languages import locale
from ticketing.french.notation import NOTHING, duration, percent
from ticketing.kept import Kept
from ticketing.month import next_month
from ticketing.saying import _, n_

SHOWN_DAYS = 5


class Promise(Struct, frozen=True, kw_only=True):
    """What was kept of a commitment, in words. `state`: met, missed, or none where there is nothing to judge."""

    label: str
    when: str
    value: str
    counts: str
    verdict: str
    state: str
    provenance: str
    to_confirm: bool


class Place(Struct, frozen=True, kw_only=True):
    name: str
    promises: Sequence[Promise]
    warnings: Sequence[str]


def places(found: Brief) -> list[Place]:
    return [
        Place(
            name=area.name,
            promises=[_promise(one) for one in area.kept],
            warnings=[*_silent(area.silent), *_covered(area.coverage)],
        )
        for area in found
    ]


def _promise(one: Kept) -> Promise:
    lost = one.indicator == "lost_rate"
    if one.indicator == "answer_rate":
        label = _("décrochés par un agent")
    elif lost:
        label = _("appels perdus")
    else:
        label = _(LABELS[one.indicator]).format(limit=duration(one.within_s))
        if one.indicator != "hall":
            label = _("décrochés {within}").format(within=label)
    return Promise(
        label=label,
        when="" if _whole(one) else _("du {first} au {last}").format(first=day(one.first), last=day(one.last)),
        value=_share(one.count, one.of, up=lost),
        counts=_("{count} sur {of}").format(count=number(one.count), of=number(one.of)),
        verdict=_threshold(one) if lost else verdict(one.reached, one.target),
        state="none" if one.reached is None else "met" if one.reached else "missed",
        provenance=one.provenance,
        to_confirm=one.to_confirm,
    )


def _whole(one: Kept) -> bool:
    """Whether it held from the first working days of the month to the last."""
    week = 7
    return one.first.day <= week and (next_month(one.last) - one.last).days <= week


def _threshold(one: Kept) -> str:
    share = percent(one.target)
    if one.target is None:
        return _("part visée non fixée")
    if one.reached is None:
        return _("seuil {share}").format(share=share)
    return (_("✓ seuil {share} tenu") if one.reached else _("✗ seuil {share} dépassé")).format(share=share)


def _share(count: int, of: int, *, up: bool) -> str:
    """With a tenth, rounded so that a target is never shown as reached when it is not."""
    if not of:
        return NOTHING
    tenths = count * 1000 / of
    whole = ceil(tenths - 1e-9) if up else floor(tenths + 1e-9)
    return _("{n}\u202f%").format(n=format_decimal(whole / 10, "0.0", locale=locale()))


def _silent(days: Sequence[date]) -> Iterable[str]:
    if days:
        told = ", ".join(format_date(one, "d MMM", locale=locale()) for one in days[:SHOWN_DAYS])
        text = n_("Rien n’a été reçu pendant {n} jour d’ouverture : {days}", "Rien n’a été reçu pendant {n} jours d’ouverture : {days}", len(days))  # fmt: skip # noqa: E501
        yield text.format(n=len(days), days=told + ("…" if len(days) > SHOWN_DAYS else ""))


def _covered(coverage: float | None) -> Iterable[str]:
    if coverage is not None and coverage < 1:
        share = _share(floor(coverage * 1000), 1000, up=False)
        yield _("Appareils entendus pendant {share} des heures d’ouverture").format(share=share)
