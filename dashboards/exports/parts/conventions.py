"""The report's last section: what every figure of it rests on."""

from collections.abc import Iterable

from dashboards.exports.document import Block, Heading, Terms

CONVENTIONS = (
    (
        "Horloge de l’attente",
        (
            "Elle part de la plus tardive des heures de prise du ticket, d’ouverture et de rendez-vous, et s’arrête "
            "au premier appel. Qui est appelé plus tôt n’a pas attendu. Au téléphone : de l’entrée dans la file au "
            "décroché par un agent."
        ),
    ),
    ("Rappels", "Un rappel ne relance pas l’horloge."),
    (
        "Réorientations",
        (
            "Une réorientation, ou une remise en file, ouvre une nouvelle attente. L’engagement porte sur la première "
            "; l’attente totale de la visite est donnée à part. Les attentes, absents et abandons d’une file comptent "
            "toutes les attentes."
        ),
    ),
    (
        "Taux d’appel dans le délai",
        (
            "Usagers appelés dans le délai, absents compris, divisés par les tickets dont l’attente est connue au "
            "regard du délai : appelés, ou encore en attente ou partis au-delà. Qui part plus tôt sans avoir été "
            "appelé n’est dans aucun des deux nombres."
        ),
    ),
    (
        "Formules du téléphone",
        (
            "C : décrochés dans le délai / (présentés − partis dans le délai). B : décrochés dans le délai / "
            "présentés. Jamais sur les seuls appels décrochés."
        ),
    ),
    (
        "Taux de décroché",
        (
            "Agent : appels décrochés par un agent / appels qui en ont demandé un. Global : décrochés par un agent ou "
            "renseignés par le serveur vocal / tous les appels reçus. Les appels hors horaires sont comptés à part et "
            "dans aucun taux."
        ),
    ),
    (
        "Absents et abandons",
        (
            "Un absent a été appelé et ne s’est pas présenté ; un abandon est parti avant l’appel. Ils ne sont jamais "
            "additionnés. Un abandon est présumé quand personne ne l’a déclaré et que des tickets plus récents de sa "
            "file sont passés devant."
        ),
    ),
    (
        "Fin de journée",
        "Qui est encore là à la fermeture, sans suite connue, est compté à part et n’est jamais retiré.",
    ),
    (
        "Médiane et P90",
        (
            "La moitié, et neuf sur dix, des attentes n’y dépassent pas. Halls : exactes, en secondes entières, par "
            "interpolation linéaire. Téléphone : Kaplan-Meier. Des centiles ne sont jamais moyennés."
        ),
    ),
    (
        "Intervalles de confiance",
        (
            "À 95 %, par grappes de jours, et seulement pour un échantillon : jours ouverts manquants, attentes "
            "annoncées. Un chiffre qui porte sur tous les passages du mois est un recensement et n’en a pas."
        ),
    ),
    (
        "Jours et heures",
        (
            "À l’horloge de Paris ; les événements sont gardés en temps universel. Une demi-heure est celle de "
            "l’entrée dans la file."
        ),
    ),
    ("Fermeture exceptionnelle", "Elle n’a pas de dénominateur."),
    ("Sans personne", "Sans dénominateur, il n’y a pas de valeur : ni 0 % ni 100 %."),
    (
        "Arrondis",
        (
            "Les pourcentages sont arrondis au dixième inférieur (supérieur pour les appels perdus), pour qu’une "
            "cible ne paraisse jamais atteinte quand elle ne l’est pas ; les durées, à la seconde la plus proche. "
            "Écarts : en points (pt) ou en durée."
        ),
    ),
    (
        "Numéro national 3400",
        "L’engagement 9 fait l’objet d’un suivi national ; la préfecture n’en reçoit aucun événement.",
    ),
)


def conventions() -> Iterable[Block]:
    yield Heading(text="Conventions", id="conventions")
    yield Terms(items=CONVENTIONS)
