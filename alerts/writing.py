"""Writing: a message of the outbox put into the words of a letter, the same on each channel, late ones as late."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from urllib.parse import quote

from msgspec import Struct

from alerts.letters import Letter, Message
from alerts.telling import News
from ticketing.alert import SITE, Alert
from ticketing.french.alerts import lines, title
from ticketing.french.notation import duration, hour

LATE = timedelta(minutes=5)
"""A letter says how late it is if it could not be sent for longer than this."""
LEAD: dict[News, str] = {
    "fired": "",
    "joined": "S’ajoute : ",
    "worsened": "S’aggrave : ",
    "again": "Toujours en cours : ",
    "escalated": "Sans réponse : ",
    "resolved": "",
    "test": "",
}


class Desk(Struct, frozen=True, kw_only=True):
    """From where letters are written: the names of the areas by id, the boards' address, the zone of the hours."""

    site: str
    names: Mapping[str, str]
    address: str
    zone: tzinfo


def letter(desk: Desk, message: Message, alert: Alert, age: timedelta) -> Letter:
    """`alert` is as it is now, `age` how long the message has been waiting to be sent."""
    zone, name = desk.zone, desk.names.get(alert.area, desk.site)
    # once it is over, whoever was never told of it must read what it was, too
    shown = message.alert if alert.resolved_at is not None and message.news != "resolved" else alert
    found = title(shown, name, zone)
    lead = LEAD[message.news]
    if shown is not alert and alert.resolved_at is not None:
        since = hour((alert.back_at or alert.resolved_at).astimezone(zone))
        found, lead = f"Résolu depuis {since} – {found}", ""
    text = lines(shown, zone)
    if shown is not alert:
        text += lines(alert, zone)[-1:]
    if message.news == "escalated" and alert.fired_at is not None and alert.resolved_at is None:
        text.insert(0, f"Personne n’a pris l’alerte en charge depuis {hour(alert.fired_at.astimezone(zone))}.")
    if age > LATE:
        text.insert(0, f"Message retardé de {duration(age.total_seconds())} : il n’a pas pu être envoyé plus tôt.")
    return Letter(
        key=message.key,
        news=message.news,
        title=lead + found,
        text="\n".join(text),
        link=f"{desk.address}/alertes#{quote(alert.id)}",
        alert=alert,
        area_name=name,
        made_at=message.made_at,
    )


def trial(desk: Desk, recipient: str, now: datetime) -> Letter:
    """A letter that tells of nothing, to see that it arrives."""
    key = f"test-{recipient}-{now:%Y%m%d%H%M%S}"
    return Letter(
        key=key,
        news="test",
        title=f"Essai de vigie pour {recipient}",
        text="Ce message ne signale rien : il montre que les alertes arrivent ici.",
        link=f"{desk.address}/alertes",
        alert=Alert(
            id=key,
            site=desk.site,
            area=SITE,
            topic="data",
            severity="task",
            since=now,
            fired_at=now,
            resolved_at=now,
            signals=(),
        ),
        area_name=desk.site,
        made_at=now,
    )
