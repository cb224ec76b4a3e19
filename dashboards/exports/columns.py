"""What the columns of the machine files are made of, and those that all of them have: each with its definition."""

from dashboards.exports.tables import Column, Type

Figures = tuple[tuple[str, Column], ...]
"""By the field of the totals that the column holds."""

OF_FIRST = "Compté dans la file, le jour et la demi-heure de sa première attente."
OF_LEGS = "Toutes les attentes comptent, aussi celles qui suivent une réorientation ou une remise en file."


def key(name: str, title: str, description: str, kind: Type = "string", *, required: bool = True) -> Column:
    return Column(name=name, type=kind, title=title, description=description, required=required)


def count(name: str, title: str, description: str) -> Column:
    return Column(name=name, type="integer", title=title, description=description, minimum=0)


def rate(name: str, title: str, description: str) -> Column:
    told = f"{description} De 0 à 1, arrondi à quatre décimales ; vide sans dénominateur."
    return Column(name=name, type="number", title=title, description=told, minimum=0, maximum=1)


def seconds(name: str, title: str, description: str) -> Column:
    told = f"{description} En secondes, arrondie au dixième ; vide s’il n’y en a pas."
    return Column(name=name, type="number", title=title, description=told, unit="s", minimum=0)


MONTH = key("mois", "Mois", "Année et mois, AAAA-MM.")
AREA = key("zone", "Zone", "Identifiant de la zone : un hall d’accueil ou le standard téléphonique.")
AREA_NAME = key("zone_nom", "Nom de la zone", "Nom affiché de la zone.", required=False)
QUEUE = key("file", "File", "Identifiant de la file d’attente ; vide : toutes les files de la zone.", required=False)
QUEUE_NAME = key(
    "file_nom", "Nom de la file", "Nom affiché de la file ; vide : toutes les files de la zone.", required=False
)
DAY = key(
    "jour", "Jour", "Jour du calendrier à l’heure de Paris ; les jours sans événement reçu n’ont pas de ligne.", "date"
)
HALF_HOUR = key(
    "demi_heure",
    "Demi-heure",
    "Début de la demi-heure, à l’horloge de Paris, dans laquelle les usagers sont entrés dans la file, tous les jours "
    "du mois ensemble.",
    "time",
)
SECRET = key(
    "secret",
    "Secret statistique",
    "Vrai : les chiffres de la ligne ne sont pas publiés. Elle compte moins de personnes que le seuil de publication "
    "(5 par défaut), ou permettrait, avec un total publié, de retrouver par soustraction une ligne qui en compte "
    "moins.",
    "boolean",
)
