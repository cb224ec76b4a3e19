"""A month's sheets written by hand, for the tests of the files."""

from datetime import date

from dashboards.exports.tables import Column, Package, Sheet

WAITS = Sheet(
    name="attentes",
    title="Attentes par file et demi-heure",
    description="Une ligne par jour, file et demi-heure de prise de ticket.",
    columns=(
        Column(name="jour", type="date", title="Jour", description="Jour à Paris.", required=True),
        Column(
            name="file", type="string", title="File d'attente", description="Nom affiché de la file.", required=True
        ),
        Column(name="heure", type="time", title="Demi-heure", description="Début de la demi-heure.", required=True),
        Column(
            name="tickets",
            type="integer",
            title="Tickets pris",
            description="Tous les tickets, y compris les absents.",
            required=True,
            minimum=0,
        ),
        Column(
            name="part_15_min",
            type="number",
            title="Part appelée en 15 min",
            description="Tickets appelés en 15 min au plus / tous les tickets.",
            minimum=0,
            maximum=1,
        ),
        Column(
            name="mediane_s", type="number", title="Attente médiane", description="En secondes.", unit="s", minimum=0
        ),
        Column(name="ecart_s", type="number", title="Écart au mois précédent", description="En secondes.", unit="s"),
        Column(name="complet", type="boolean", title="Mesure complète", description="Faux si un appareil s'est tu."),
        Column(
            name="cible",
            type="string",
            title="Cible",
            description="La cible est-elle atteinte ?",
            enum=("atteinte", "manquée", "à confirmer"),
        ),
    ),
    key=("jour", "file", "heure"),
    rows=(
        (date(2026, 11, 2), "Séjour, asile", "08:30", 41, 0.8537, 312.0, -4.5, True, "manquée"),
        (date(2026, 11, 2), 'Accueil "général"', "09:00", 0, None, None, None, False, None),
        (date(2026, 11, 30), "=2+3", "16:30", 12345, 1.0, 0.00001, -0.0, True, "atteinte"),
        (
            date(2026, 11, 30),
            "Retrait; dépôt\nsur rendez-vous",
            "17:00",
            7,
            0.0,
            1800.25,
            1234567.5,
            None,
            "à confirmer",
        ),
    ),
)
CALLS = Sheet(
    name="appels",
    title="Appels du standard",
    description="Une ligne par jour.",
    columns=(
        Column(name="jour", type="date", title="Jour", description="Jour à Paris.", required=True),
        Column(name="recus", type="integer", title="Appels reçus", description="Tous les appels.", minimum=0),
    ),
    key=("jour",),
    rows=((date(2026, 11, 2), 210), (date(2026, 11, 3), None)),
)
MONTH = Package(
    prefix="20261130_110000023",
    title="Attentes de novembre 2026",
    description="Attentes mesurées dans les halls et au standard.",
    first=date(2026, 11, 1),
    last=date(2026, 11, 30),
    made=date(2026, 12, 1),
    publisher="Préfecture de l'Aube",
    sheets=(WAITS, CALLS),
)
