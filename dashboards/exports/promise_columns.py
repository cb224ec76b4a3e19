"""The columns of the file of promises in the machine files, and what each indicator is called and made of."""

from collections.abc import Mapping
from typing import NamedTuple

from dashboards.exports.columns import (
    AREA,
    AREA_NAME,
    MONTH,
    QUEUE_NAME,
    SECRET,
    key,
    rate,
)
from dashboards.exports.tables import Column
from ticketing.kept import Indicator


class Named(NamedTuple):
    """An indicator as files name it: in a column, to people, and with its numerator and denominator."""

    code: str
    name: str
    formula: str


INDICATORS: Mapping[Indicator, Named] = {
    "hall": Named(
        "appel_dans_le_delai",
        "Usagers appelés dans le délai",
        "appelés dans le délai / tickets dont l’attente est connue au regard du délai",
    ),
    "C": Named(
        "decroche_dans_le_delai_c",
        "Appels décrochés dans le délai, formule C",
        "décrochés dans le délai / (appels présentés − partis dans le délai)",
    ),
    "B": Named(
        "decroche_dans_le_delai_b",
        "Appels décrochés dans le délai, formule B",
        "décrochés dans le délai / appels présentés",
    ),
    "answer_rate": Named("decroche_agent", "Taux de décroché agent", "décrochés par un agent / (décrochés + perdus)"),
    "lost_rate": Named("perdus", "Taux d’appels perdus", "perdus / (décrochés + perdus)"),
}

PROMISES: tuple[Column, ...] = (
    MONTH,
    Column(
        name="rang",
        type="integer",
        title="Rang",
        description="Numéro d’ordre de la ligne dans le fichier, à partir de 1.",
        required=True,
        minimum=1,
    ),
    AREA,
    AREA_NAME,
    Column(
        name="file",
        type="string",
        title="File",
        description="Identifiant de la file d’attente ; vide : toutes celles de la zone qui ont cet engagement.",
    ),
    QUEUE_NAME,
    Column(
        name="indicateur",
        type="string",
        title="Indicateur",
        description=(
            "appel_dans_le_delai : usagers appelés dans le délai, dans un hall ; decroche_dans_le_delai_c et _b : "
            "appels décrochés dans le délai, selon ces formules ; decroche_agent : taux de décroché agent ; perdus : "
            "taux d’appels perdus."
        ),
        required=True,
        enum=tuple(one.code for one in INDICATORS.values()),
    ),
    key("indicateur_nom", "Nom de l’indicateur", "Nom de l’indicateur en français."),
    key("formule", "Formule", "Numérateur / dénominateur, en toutes lettres."),
    key("du", "Du", "Premier jour ouvert du mois où l’engagement était en vigueur.", "date"),
    key("au", "Au", "Dernier jour ouvert de cette partie du mois.", "date"),
    Column(
        name="jours",
        type="integer",
        title="Jours",
        description="Jours de cette partie du mois dont le dénominateur n’est pas nul.",
        minimum=0,
    ),
    SECRET,
    Column(
        name="delai_s",
        type="number",
        title="Délai",
        description="Délai de l’engagement, en secondes ; vide pour un taux sans délai.",
        unit="s",
        minimum=0,
    ),
    Column(
        name="numerateur",
        type="integer",
        title="Numérateur",
        description=(
            "appel_dans_le_delai : tickets appelés dans le délai ; decroche_dans_le_delai_c et _b : appels décrochés "
            "dans le délai ; decroche_agent : appels décrochés ; perdus : appels perdus. De la première attente de "
            "chacun."
        ),
        minimum=0,
    ),
    Column(
        name="denominateur",
        type="integer",
        title="Dénominateur",
        description=(
            "appel_dans_le_delai et decroche_dans_le_delai_b : juges ; decroche_dans_le_delai_c : juges − "
            "partis_dans_le_delai ; decroche_agent et perdus : decroches + perdus ; comme dans les fichiers attentes "
            "et appels, des jours ouverts et des files de l’engagement."
        ),
        minimum=0,
    ),
    rate("valeur", "Valeur", "numerateur / denominateur."),
    Column(
        name="cible",
        type="number",
        title="Cible",
        description="Part visée, de 0 à 1 ; vide si aucune n’est fixée.",
        minimum=0,
        maximum=1,
    ),
    Column(
        name="sens",
        type="string",
        title="Sens de la cible",
        description="au moins : atteinte dès cette valeur ; au plus : atteinte jusqu’à cette valeur.",
        required=True,
        enum=("au moins", "au plus"),
    ),
    Column(
        name="atteinte",
        type="boolean",
        title="Cible atteinte",
        description="Le numérateur comparé à cible × denominateur ; vide sans cible ou sans dénominateur.",
    ),
    key("provenance", "Provenance", "D’où viennent le délai et la cible.", required=False),
    key("a_confirmer", "À confirmer", "Vrai : la provenance reste à confirmer par le référent qualité.", "boolean"),
    key("en_vigueur_depuis", "En vigueur depuis", "Date à partir de laquelle l’engagement compte.", "date"),
    rate(
        "intervalle_bas",
        "Intervalle de confiance, borne basse",
        "À 95 %, par grappes de jours, seulement si des jours ouverts manquent, car le mois est alors un échantillon "
        "; un recensement n’en a pas.",
    ),
    rate("intervalle_haut", "Intervalle de confiance, borne haute", "Comme intervalle_bas."),
)
