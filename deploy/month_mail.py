"""The month by mail: what was kept of each promise in a few lines, the sheet and the report, and where the rest is."""

from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from alerts.channels.submission import WHOLE, MailSettings
from dashboards.exports.naming import month_name
from dashboards.exports.promise_columns import INDICATORS
from dashboards.months import Made
from ticketing.french.notation import percent
from ticketing.kept import Kept
from ticketing.month import AreaMonth, Month

ATTACHED = ("sheet", "report")
"""As PDF, of these kinds."""


def month_mail(
    made: Made, server: MailSettings, to: tuple[str, ...], *, house: str, address: str, at: datetime
) -> EmailMessage:
    """The same Message-ID for the same version: a mail client takes one that comes twice for one."""
    month = made.facts
    mail = EmailMessage(policy=WHOLE)
    mail["From"] = f"vigie <{server.sender}>"
    mail["To"] = ", ".join(to)
    mail["Subject"] = f"Attentes, {month_name(month.month)} – {house}"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{month.site}-{month.month:%Y-%m}-{made.version}@{server.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join(_lines(month, address)), cte="quoted-printable")
    for file in made.files:
        if file.kind in ATTACHED and file.name.endswith(".pdf"):
            mail.add_attachment(file.content, maintype="application", subtype="pdf", filename=file.name)
    return mail


def _lines(month: Month, address: str) -> Iterator[str]:
    yield f"Les chiffres d’attente de {month_name(month.month)} sont prêts."
    for area in month.areas:
        yield ""
        yield area.name
        promised = [one for one in area.kept if one.queue is None]
        yield from (f"- {_line(one)}" for one in promised)
        if not promised:
            yield "- aucun engagement en vigueur"
        if missing := _missing(area):
            yield f"- {missing}"
    yield ""
    yield f"Tous les fichiers : {address}/exports/{month.month:%Y-%m}"


def _line(one: Kept) -> str:
    value = f"{INDICATORS[one.indicator].name} : {percent(one.value)} ({one.count} sur {one.of})"
    if one.target is None:
        return f"{value}, sans objectif fixé – {one.provenance}"
    reached = {None: "non jugé", True: "atteint", False: "non atteint"}[one.reached]
    return f"{value}, objectif {percent(one.target)} {reached} – {one.provenance}"


def _missing(area: AreaMonth) -> str:
    without = sum(1 for day in area.days if day.spans and not day.heard)
    if without:
        of = f"{without} jour{'s' * (without > 1)} d’ouverture sur {area.days_open}"
        return f"données manquantes : {of} sans aucun événement"
    if area.coverage is not None and area.coverage < 1:
        return f"tous les appareils entendus pendant {percent(area.coverage)} des heures d’ouverture"
    return ""
