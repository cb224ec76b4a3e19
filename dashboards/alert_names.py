"""Names that alerts are shown with: of areas and queues, of topics and states, and of what happens to them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, tzinfo

from msgspec import Struct

from ticketing.alert import SITE, Kind, State, Topic
from ticketing.plan import Plan

SITE_NAME = "Tout le site"
STATES: Mapping[State, str] = {
    "pending": "en attente",
    "firing": "à prendre en charge",
    "acknowledged": "prise en charge",
    "resolved": "terminée",
}
MOMENTS: Mapping[Kind, str] = {
    "predicted": "Dépassement prévu",
    "fired": "Alerte déclenchée",
    "joined": "S’y ajoute",
    "worsened": "S’aggrave",
    "told": "Prévenu",
    "undelivered": "Pas joint",
    "acknowledged": "Prise en charge",
    "noted": "Note",
    "muted": "Mise en silence",
    "unmuted": "Silence levé",
    "escalated": "Sans réponse, prévenus aussi",
    "opened": "Renfort",
    "eased": "Retour sous le seuil",
    "resolved": "Alerte terminée",
}
NEWS: Mapping[str, str] = {
    "fired": "",
    "joined": "ce qui s’y ajoute",
    "worsened": "aggravation",
    "again": "rappel",
    "escalated": "sans réponse",
    "resolved": "fin",
}


class TopicNames(Struct, frozen=True, kw_only=True):
    name: str
    everything: str
    """What a silence of the whole topic is for."""


TOPICS: Mapping[Topic, TopicNames] = {
    "wait": TopicNames(name="attente", everything="toutes les files"),
    "budget": TopicNames(name="budget du mois", everything="toutes les files"),
    "device": TopicNames(name="appareils", everything="tous les appareils"),
    "data": TopicNames(name="données", everything="toutes les données"),
}


class Names(Struct, frozen=True, kw_only=True):
    areas: Mapping[str, str]
    queues: Mapping[tuple[str, str], str]
    zone: tzinfo

    @classmethod
    def of(cls, plans: Iterable[Plan]) -> "Names":
        plans = list(plans)
        return cls(
            areas={plan.area: plan.name for plan in plans},
            queues={(plan.area, queue.id): queue.name for plan in plans for queue in plan.queues},
            zone=next((plan.hours.zone for plan in plans), UTC),
        )

    def area(self, area: str) -> str:
        return SITE_NAME if area == SITE else self.areas.get(area, area)

    def subject(self, area: str, subject: str) -> str:
        return self.queues.get((area, subject), subject)

    def queues_of(self, area: str) -> dict[str, str]:
        return {queue: name for (where, queue), name in self.queues.items() if where == area}
