"""The figures of the switchboard in the machine files: name, French title and definition, in the order of the files."""

from dashboards.exports.columns import OF_FIRST, OF_LEGS, Figures, count, rate, seconds

CALL_CLOCK = "L’attente court de l’entrée dans la file à la réponse d’un agent."
KAPLAN_MEIER = (
    "Estimée par la méthode de Kaplan-Meier, en secondes entières : un appel décroché est un événement, tout autre "
    "départ est une censure. Une moyenne des seuls appels décrochés serait trop basse."
)

CALLS: Figures = (
    (
        "received",
        count("recus", "Appels reçus", "De la zone entière seulement : appels reçus pendant les heures d’ouverture."),
    ),
    (
        "informed",
        count(
            "informes_svi",
            "Informés par le serveur vocal",
            "Parmi les appels reçus : ceux que le serveur vocal a renseignés seul.",
        ),
    ),
    (
        "in_voice_server",
        count(
            "restes_svi", "Restés dans le serveur vocal", "Parmi les appels reçus : ceux dont la fin n’a pas été reçue."
        ),
    ),
    (
        "off_hours",
        count(
            "hors_horaires",
            "Appels hors horaires",
            "De la zone entière seulement : appels hors des heures d’ouverture, dans aucun autre chiffre.",
        ),
    ),
    ("offered", count("presentes", "Appels présentés", f"Appels qui ont demandé un agent. {OF_FIRST}")),
    ("answered", count("decroches", "Appels décrochés", "Parmi les appels présentés : ceux qu’un agent a décrochés.")),
    (
        "lost",
        count(
            "perdus",
            "Appels perdus",
            "Parmi les appels présentés et finis : ceux que personne n’a décrochés (abandonnés, débordés, renvoyés au "
            "dehors ou en attente à la fermeture).",
        ),
    ),
    ("answer_rate_agent", rate("taux_decroche_agent", "Taux de décroché agent", "decroches / (decroches + perdus).")),
    (
        "answer_rate_global",
        rate(
            "taux_decroche_global",
            "Taux de décroché global",
            "De la zone entière seulement : (decroches + informes_svi) / appels reçus et finis, c’est-à-dire recus − "
            "restes_svi − appels présentés dont la fin n’est pas connue.",
        ),
    ),
    ("lost_rate", rate("taux_perdus", "Taux d’appels perdus", "perdus / (decroches + perdus).")),
    (
        "judged",
        count(
            "juges",
            "Jugés au regard du délai",
            "Appels présentés dont l’attente est connue, un jour ouvert et dans une file qui a un engagement de délai.",
        ),
    ),
    (
        "within",
        count(
            "dans_le_delai",
            "Décrochés dans le délai",
            f"Appels jugés, décrochés dans le délai en vigueur ce jour-là. {CALL_CLOCK}",
        ),
    ),
    (
        "short",
        count(
            "partis_dans_le_delai",
            "Partis dans le délai",
            "Appels jugés dont l’attente a fini dans le délai sans décroché.",
        ),
    ),
    (
        "service_level_c",
        rate(
            "taux_dans_le_delai_c", "Taux dans le délai, formule C", "dans_le_delai / (juges − partis_dans_le_delai)."
        ),
    ),
    (
        "service_level_b",
        rate("taux_dans_le_delai_b", "Taux dans le délai, formule B", "dans_le_delai / juges."),
    ),
    ("abandoned", count("abandons", "Abandons", f"Attentes que l’appelant a quittées, selon le standard. {OF_LEGS}")),
    (
        "presumed",
        count(
            "abandons_presumes",
            "Abandons présumés",
            "Appels que rien n’a clos et que plusieurs appels plus récents de la même file ont précédés (5 appels, "
            f"puis 10 minutes, par défaut). Non compris dans les abandons. {OF_LEGS}",
        ),
    ),
    (
        "overflowed",
        count("debordes", "Débordés", f"Attentes finies par un débordement vers un autre service. {OF_LEGS}"),
    ),
    ("transferred", count("transferes", "Transférés", f"Attentes suivies d’un transfert. {OF_LEGS}")),
    (
        "left_at_closing",
        count(
            "fins_de_journee",
            "Fins de journée",
            f"Encore en attente ou en conversation à la fermeture, sans événement depuis. {OF_LEGS}",
        ),
    ),
    ("wait_n", count("attentes", "Attentes", f"Attentes dont le début est connu, décrochées ou non. {OF_LEGS}")),
    (
        "wait_mean_s",
        seconds(
            "attente_moyenne_s",
            "Attente moyenne corrigée",
            f"{KAPLAN_MEIER} Aire sous la courbe jusqu’à l’attente la plus longue observée. {CALL_CLOCK}",
        ),
    ),
    (
        "wait_median_s",
        seconds(
            "attente_mediane_s",
            "Attente médiane",
            f"{KAPLAN_MEIER} La plus courte attente dans laquelle la moitié des appels seraient décrochés ; vide si "
            "trop d’appelants sont partis avant.",
        ),
    ),
    (
        "wait_p90_s",
        seconds(
            "attente_p90_s",
            "Attente, neuvième décile",
            f"{KAPLAN_MEIER} La plus courte attente dans laquelle neuf appels sur dix seraient décrochés ; vide si "
            "trop d’appelants sont partis avant.",
        ),
    ),
    (
        "wait_max_s",
        seconds("attente_max_s", "Attente la plus longue", "La plus longue des attentes qu’un agent a décrochées."),
    ),
    (
        "speed_of_answer_s",
        seconds(
            "decroche_moyen_s", "Délai moyen de décroché", "Moyenne simple de la première attente des appels décrochés."
        ),
    ),
    (
        "talk_n",
        count(
            "conversations",
            "Conversations",
            "Conversations menées à leur terme, début et fin connus ; sans les appels transférés.",
        ),
    ),
    ("talk_mean_s", seconds("duree_moyenne_s", "Durée moyenne de conversation", "Moyenne, du décroché à la fin.")),
    ("talk_max_s", seconds("duree_max_s", "Conversation la plus longue", "La plus longue des conversations.")),
)
