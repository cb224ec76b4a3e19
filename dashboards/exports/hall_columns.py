"""The figures of halls in the machine files: name, French title and definition, in the order of the files."""

from dashboards.exports.columns import OF_FIRST, OF_LEGS, Figures, count, rate, seconds

CLOCK = (
    "L’attente court de la plus tardive des heures suivantes : prise du ticket, ouverture, rendez-vous ; elle "
    "s’arrête au "
    "premier appel. Un rappel ne la relance pas ; une réorientation ou une remise en file ouvre une nouvelle attente."
)

HALL: Figures = (
    (
        "tickets",
        count(
            "tickets",
            "Tickets",
            "Tickets, annulés non compris. Ceux dont seule la suite a été reçue (appel, fin) ne comptent que dans la "
            "zone entière, "
            f"leur file n’étant pas connue. {OF_FIRST}",
        ),
    ),
    ("priority", count("prioritaires", "Publics prioritaires", "Tickets d’un public prioritaire, parmi les tickets.")),
    ("appointments", count("rendez_vous", "Sur rendez-vous", "Tickets d’usagers sur rendez-vous, parmi les tickets.")),
    (
        "judged",
        count(
            "juges",
            "Jugés au regard du délai",
            "Dénominateur du taux dans le délai : tickets dont la première attente est connue au regard du délai en "
            "vigueur ce jour-là, c’est-à-dire appelés dans le délai, ou encore en attente ou partis au-delà. Exclus : "
            "partis avant le délai sans avoir été appelés, arrivée ou appel inconnus, jours sans horaires "
            "d’ouverture, files sans engagement.",
        ),
    ),
    (
        "within",
        count(
            "dans_le_delai",
            "Appelés dans le délai",
            "Numérateur du taux dans le délai : tickets appelés pour la première fois dans le délai. Un usager appelé "
            f"qui ne se présente pas (absent) compte. {CLOCK}",
        ),
    ),
    (
        "service_level",
        rate("taux_dans_le_delai", "Taux d’appel dans le délai", "dans_le_delai / juges."),
    ),
    (
        "late_uncalled",
        count(
            "hors_delai_jamais_appeles",
            "Hors délai, jamais appelés",
            "Tickets jugés dont l’attente a dépassé le délai et n’a pas fini par un appel : abandon, déclaré ou "
            "présumé, ou "
            "fin de journée.",
        ),
    ),
    (
        "service_level_called",
        rate(
            "taux_dans_le_delai_appeles",
            "Taux d’appel dans le délai, attentes achevées",
            "dans_le_delai / (juges − hors_delai_jamais_appeles) : le même taux sans les attentes qui n’ont pas fini "
            "par un appel.",
        ),
    ),
    (
        "total_wait_mean_s",
        seconds(
            "attente_totale_moyenne_s",
            "Attente totale moyenne",
            "Moyenne, par ticket appelé au moins une fois, de la somme de ses attentes finies par un appel. "
            f"{OF_FIRST}",
        ),
    ),
    (
        "legs",
        count(
            "attentes",
            "Attentes",
            f"Attentes dans la file : une par ticket, une de plus par réorientation ou remise en file. {OF_LEGS}",
        ),
    ),
    ("called", count("appeles", "Appelés", f"Attentes qui ont fini par un appel. {OF_LEGS}")),
    (
        "wait_n",
        count(
            "attentes_connues",
            "Attentes connues",
            "Attentes finies par un appel dont le début est connu : celles dont sont faits la moyenne, la médiane, le "
            "neuvième décile et le maximum. Absents compris.",
        ),
    ),
    ("wait_mean_s", seconds("attente_moyenne_s", "Attente moyenne", f"Moyenne des attentes connues. {CLOCK}")),
    (
        "wait_median_s",
        seconds(
            "attente_mediane_s",
            "Attente médiane",
            "La moitié des attentes connues sont plus courtes. Attentes en secondes entières, arrondies vers le bas ; "
            "interpolation linéaire (percentile_cont).",
        ),
    ),
    (
        "wait_p90_s",
        seconds(
            "attente_p90_s",
            "Attente, neuvième décile",
            "Neuf attentes connues sur dix sont plus courtes. Attentes en secondes entières, arrondies vers le bas ; "
            "interpolation linéaire (percentile_cont).",
        ),
    ),
    ("wait_max_s", seconds("attente_max_s", "Attente la plus longue", "La plus longue des attentes connues.")),
    ("served", count("servis", "Servis", f"Attentes suivies d’une prise en charge menée à son terme. {OF_LEGS}")),
    (
        "no_show",
        count("absents", "Absents", f"Appelés qui ne se sont pas présentés ; jamais ajoutés aux abandons. {OF_LEGS}"),
    ),
    (
        "abandoned",
        count("abandons", "Abandons déclarés", f"Partis avant d’être appelés, selon la borne ou le guichet. {OF_LEGS}"),
    ),
    (
        "presumed",
        count(
            "abandons_presumes",
            "Abandons présumés",
            "Tickets que personne n’a clos et que plusieurs tickets plus récents de la même file et de la même "
            "priorité ont "
            "précédés à l’appel (5 tickets, puis 10 minutes, par défaut). Non compris dans les abandons déclarés. "
            f"{OF_LEGS}",
        ),
    ),
    (
        "left_at_closing",
        count(
            "fins_de_journee",
            "Fins de journée",
            f"Encore en attente, appelés ou pris en charge à la fermeture, sans événement depuis. {OF_LEGS}",
        ),
    ),
    (
        "transferred",
        count("reorientes", "Réorientés", f"Attentes suivies d’une réorientation vers une autre file. {OF_LEGS}"),
    ),
    ("requeued", count("remis_en_file", "Remis en file", f"Attentes suivies d’un retour dans la file. {OF_LEGS}")),
    (
        "service_n",
        count(
            "prises_en_charge",
            "Prises en charge",
            "Prises en charge menées à leur terme, dont le début et la fin sont connus ; celles qui finissent par une "
            "réorientation ou un retour en file n’en sont pas.",
        ),
    ),
    (
        "service_mean_s",
        seconds(
            "duree_moyenne_s",
            "Durée moyenne de prise en charge",
            "Moyenne, du début à la fin de la prise en charge (non de l’appel).",
        ),
    ),
    (
        "service_max_s",
        seconds("duree_max_s", "Prise en charge la plus longue", "La plus longue des prises en charge."),
    ),
    (
        "cancelled",
        count(
            "annules", "Tickets annulés", "De la zone entière seulement : tickets annulés, dans aucun autre chiffre."
        ),
    ),
    (
        "arrival_unknown",
        count(
            "arrivees_inconnues",
            "Arrivées inconnues",
            "De la zone entière seulement : tickets appelés dont la prise n’a pas été reçue ; sans attente connue.",
        ),
    ),
)
