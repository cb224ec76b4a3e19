"""The definitions of the indicators, as the commitments' sheet prints them: a page each."""

from typing import Literal

from msgspec import Struct

from ticketing.kept import Indicator

Code = Literal[
    "appel-dans-le-delai", "decroche-c", "decroche-b", "decroche-agent", "decroche-global", "perdus",
    "attentes-hall", "attentes-telephone", "absents-abandons", "couverture",
]  # fmt: skip


class Text(Struct, frozen=True, kw_only=True):
    """`kind`: of which areas it is, None of all; `indicator`: which promises it is held against, where there are any.

    `columns`: of the month's numbers, after the area.
    """

    code: Code
    kind: Literal["hall", "switchboard"] | None
    indicator: Indicator | None = None
    name: str
    purpose: str
    commitment: str
    numerator: str
    denominator: str
    exclusions: str
    formula: str
    unit: str
    events: str
    columns: tuple[str, ...]


SEVEN = "7 – Attente limitée en adaptant notre organisation"
EIGHT = "8 – Serveur vocal interactif local : informations simples et mise en relation avec le standard"
TEN = "10 – Réponse attentive et efficace à tous vos appels en limitant au maximum votre attente"
ALL = "7, 8 et 10 : ce que valent les chiffres dont ils sont faits"
SHARE = "part, de 0 à 100 %"
TICKET_EVENTS = (
    "prise de ticket (ticket.issued), appel (ticket.called), abandon (ticket.abandoned), annulation (ticket.cancelled)"
)
CALL_EVENTS = (
    "appel reçu (call.received), mis en file (call.queued), décroché (call.answered), abandonné (call.abandoned), "
    "débordé (call.overflowed), transféré (call.transferred)"
)
HALL_OUT = (
    "Tickets annulés ; tickets partis avant la fin du délai sans avoir été appelés ; arrivée ou appel inconnus ; "
    "jours sans horaires d’ouverture ; files sans engagement."
)
CALL_OUT = (
    "Appels hors horaires ; appels qui n’ont pas demandé d’agent ; jours sans horaires d’ouverture ; files sans "
    "engagement."
)
RATE_OUT = "Appels hors horaires ; appels qui n’ont pas demandé d’agent ; appels dont la fin n’est pas connue."

INDICATORS: tuple[Text, ...] = (
    Text(
        code="appel-dans-le-delai",
        kind="hall",
        indicator="hall",
        name="Usagers appelés dans le délai",
        purpose="Dire quelle part des usagers d’un hall est appelée à un guichet dans le délai fixé.",
        commitment=SEVEN,
        numerator="Tickets appelés pour la première fois dans le délai ; un usager appelé qui ne se présente pas "
        "compte.",
        denominator="Tickets dont l’attente est connue au regard du délai : appelés, ou encore en attente ou partis "
        "au-delà.",
        exclusions=HALL_OUT,
        formula="appelés dans le délai / (appelés + non appelés au-delà du délai)",
        unit=SHARE,
        events=TICKET_EVENTS,
        columns=("Appelés dans le délai", "Jugés", "Chiffre"),
    ),
    Text(
        code="decroche-c",
        kind="switchboard",
        indicator="C",
        name="Appels décrochés dans le délai, formule C",
        purpose="Dire quelle part des appelants qui ont laissé le temps de répondre est décrochée dans le délai fixé.",
        commitment=TEN,
        numerator="Appels présentés qu’un agent décroche dans le délai.",
        denominator="Appels présentés, sauf ceux dont l’attente a fini dans le délai sans décroché.",
        exclusions=CALL_OUT,
        formula="décrochés dans le délai / (présentés − partis dans le délai)",
        unit=SHARE,
        events=CALL_EVENTS,
        columns=("Décrochés dans le délai", "Présentés, sauf partis dans le délai", "Chiffre"),
    ),
    Text(
        code="decroche-b",
        kind="switchboard",
        indicator="B",
        name="Appels décrochés dans le délai, formule B",
        purpose="Dire quelle part de tous les appels présentés est décrochée dans le délai fixé, à côté de la formule "
        "C.",
        commitment=TEN,
        numerator="Appels présentés qu’un agent décroche dans le délai.",
        denominator="Appels présentés, tous.",
        exclusions=CALL_OUT,
        formula="décrochés dans le délai / présentés",
        unit=SHARE,
        events=CALL_EVENTS,
        columns=("Décrochés dans le délai", "Présentés", "Chiffre"),
    ),
    Text(
        code="decroche-agent",
        kind="switchboard",
        indicator="answer_rate",
        name="Taux de décroché agent",
        purpose="Dire quelle part des appels qui demandent un agent en trouve un.",
        commitment=TEN,
        numerator="Appels présentés qu’un agent décroche, quelle que soit l’attente.",
        denominator="Appels présentés et finis : décrochés ou perdus.",
        exclusions=RATE_OUT,
        formula="décrochés / (décrochés + perdus)",
        unit=SHARE,
        events=CALL_EVENTS,
        columns=("Décrochés", "Décrochés ou perdus", "Chiffre"),
    ),
    Text(
        code="decroche-global",
        kind="switchboard",
        name="Taux de décroché global",
        purpose="Dire quelle part de tous les appels reçus est traitée, par un agent ou par le serveur vocal.",
        commitment=EIGHT,
        numerator="Appels décrochés par un agent, et appels que le serveur vocal a renseignés seul.",
        denominator="Appels reçus pendant les heures d’ouverture et finis.",
        exclusions="Appels hors horaires ; appels restés dans le serveur vocal ou en attente, dont la fin n’est pas "
        "connue.",
        formula="(décrochés + informés par le serveur vocal) / reçus et finis",
        unit=SHARE,
        events=f"{CALL_EVENTS}, informé (call.informed)",
        columns=("Décrochés ou informés", "Reçus et finis", "Chiffre"),
    ),
    Text(
        code="perdus",
        kind="switchboard",
        indicator="lost_rate",
        name="Taux d’appels perdus",
        purpose="Dire quelle part des appels qui demandent un agent n’en trouve aucun.",
        commitment=TEN,
        numerator="Appels présentés et finis que personne n’a décrochés : abandonnés, débordés, renvoyés au dehors, "
        "encore en attente à la fermeture.",
        denominator="Appels présentés et finis : décrochés ou perdus.",
        exclusions=RATE_OUT,
        formula="perdus / (décrochés + perdus)",
        unit=f"{SHARE} ; moins est mieux",
        events=CALL_EVENTS,
        columns=("Perdus", "Décrochés ou perdus", "Chiffre"),
    ),
    Text(
        code="attentes-hall",
        kind="hall",
        name="Attente moyenne, médiane et neuvième décile dans un hall",
        purpose="Dire combien de temps on attend avant d’être appelé.",
        commitment=SEVEN,
        numerator="Durée des attentes finies par un appel, de la plus tardive des heures de prise du ticket, "
        "d’ouverture et de rendez-vous au premier appel.",
        denominator="Attentes finies par un appel dont le début est connu, absents compris ; aussi celles qui suivent "
        "une réorientation ou une remise en file.",
        exclusions="Tickets annulés ; attentes que personne n’a appelées, comptées à part ; arrivées inconnues.",
        formula="moyenne : somme / nombre ; médiane et neuvième décile (P90) : exacts, en secondes entières, par "
        "interpolation linéaire",
        unit="minutes et secondes",
        events=TICKET_EVENTS,
        columns=("Attentes", "Moyenne", "Médiane", "P90"),
    ),
    Text(
        code="attentes-telephone",
        kind="switchboard",
        name="Attente moyenne, médiane et neuvième décile au téléphone",
        purpose="Dire combien de temps les appelants auraient attendu un agent, ceux qui ont renoncé compris.",
        commitment=TEN,
        numerator="Durée des attentes, de l’entrée dans la file au décroché ou au départ.",
        denominator="Attentes dont le début est connu, décrochées ou non.",
        exclusions="Appels hors horaires ; appels qui n’ont pas demandé d’agent.",
        formula="Kaplan-Meier : un décroché est un événement, tout autre départ une censure ; moyenne : aire sous la "
        "courbe jusqu’à la plus longue attente ; pas de chiffre quand trop d’appelants sont partis avant",
        unit="minutes et secondes",
        events=CALL_EVENTS,
        columns=("Attentes", "Moyenne", "Médiane", "P90"),
    ),
    Text(
        code="absents-abandons",
        kind="hall",
        name="Absents et abandons",
        purpose="Dire combien d’usagers n’ont pas été servis, et à quel moment ils sont partis.",
        commitment=SEVEN,
        numerator="Absents : appelés qui ne se sont pas présentés. Abandons : partis avant l’appel, déclarés ou "
        "présumés (que personne n’a clos et que des tickets plus récents ont précédés). Jamais additionnés.",
        denominator="Absents : appelés. Abandons : attentes.",
        exclusions="Tickets annulés ; fins de journée, comptées à part.",
        formula="absents / appelés ; abandons déclarés et présumés / attentes",
        unit=SHARE,
        events=f"{TICKET_EVENTS}, absence (ticket.no_show)",
        columns=(
            "Absents",
            "Appelés",
            "Part",
            "Abandons déclarés",
            "Abandons présumés",
            "Attentes",
            "Part des abandons",
        ),
    ),
    Text(
        code="couverture",
        kind=None,
        name="Couverture des données",
        purpose="Dire sur quelle part des heures d’ouverture les autres chiffres reposent.",
        commitment=ALL,
        numerator="Heures d’ouverture pendant lesquelles tous les appareils de la zone ont été entendus.",
        denominator="Heures d’ouverture des jours ouverts du mois, fermetures exceptionnelles non comprises.",
        exclusions="Silences hors des heures d’ouverture. Sans appareil surveillé, la couverture n’est pas connue.",
        formula="heures entendues / heures d’ouverture ; un jour ouvert dont rien n’a été reçu compte pour zéro",
        unit=SHARE,
        events="signes de vie et messages des appareils",
        columns=("Jours reçus", "Jours ouverts", "Couverture"),
    ),
)
