"""Names that alerts are shown with: of areas and queues, of topics and states, and of what happens to them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, tzinfo

from msgspec import Struct

from ticketing.alert import SITE, Kind, State, Topic
from ticketing.plan import Plan
from ticketing.saying import N_, _

SITE_NAME = N_("Tout le site")
STATES: Mapping[State, str] = {
    "pending": N_("en attente"),
    "firing": N_("à prendre en charge"),
    "acknowledged": N_("prise en charge"),
    "resolved": N_("terminée"),
}
MOMENTS: Mapping[Kind, str] = {
    "predicted": N_("Dépassement prévu"),
    "fired": N_("Alerte déclenchée"),
    "joined": N_("S’y ajoute"),
    "worsened": N_("S’aggrave"),
    "told": N_("Prévenu"),
    "undelivered": N_("Pas joint"),
    "acknowledged": N_("Prise en charge"),
    "noted": N_("Note"),
    "muted": N_("Mise en silence"),
    "unmuted": N_("Silence levé"),
    "escalated": N_("Sans réponse, prévenus aussi"),
    "opened": N_("Renfort"),
    "eased": N_("Retour sous le seuil"),
    "resolved": N_("Alerte terminée"),
}
NEWS: Mapping[str, str] = {
    "fired": "",
    "joined": N_("ce qui s’y ajoute"),
    "worsened": N_("aggravation"),
    "again": N_("rappel"),
    "escalated": N_("sans réponse"),
    "resolved": N_("fin"),
}


class TopicNames(Struct, frozen=True, kw_only=True):
    name: str
    everything: str
    """What a silence of the whole topic is for."""


TOPICS: Mapping[Topic, TopicNames] = {
    "wait": TopicNames(name=N_("attente"), everything=N_("toutes les files")),
    "budget": TopicNames(name=N_("budget du mois"), everything=N_("toutes les files")),
    "device": TopicNames(name=N_("appareils"), everything=N_("tous les appareils")),
    "data": TopicNames(name=N_("données"), everything=N_("toutes les données")),
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
        return _(SITE_NAME) if area == SITE else self.areas.get(area, area)

    def subject(self, area: str, subject: str) -> str:
        return self.queues.get((area, subject), subject)

    def queues_of(self, area: str) -> dict[str, str]:
        return {queue: name for (where, queue), name in self.queues.items() if where == area}
