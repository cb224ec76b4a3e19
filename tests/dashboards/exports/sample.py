"""Documents such as a month gives, and worse: long tables, long names, hostile words, no data, no drawings."""

from datetime import date

from msgspec.structs import replace

from dashboards.exports import charts
from dashboards.exports.document import (
    Block,
    Chart,
    Column,
    Document,
    Figure,
    Figures,
    Heading,
    Layout,
    Paragraph,
    Table,
    Terms,
)

ON = date(2026, 12, 1)
LONG = "Service des étrangers : renouvellement de titre de séjour et autorisations provisoires, sur rendez-vous"
QUEUES = ("Accueil général", "Séjour : première demande", LONG, "Asile", "Points d’accueil numérique (PAN)")
HOSTILE = (
    "#panic()", "*x*", "_y_", "<script>alert(1)</script>", "$a^2$", "@foo", "\\u{41} \\ \\\\", "`code`", "= titre",
    "#let x = 1", "// rien", "/* rien */", "]] [[", "{{ 7 * 7 }}", "{% raw %}", "&amp; &", "\"'", "- a\n+ b", "https://example.org",
    "العربية", "~", "---", "A\u202fB",
)  # fmt: skip


def document(*blocks: Block, layout: Layout = "report", title: str = "Rapport du mois", footer: str = "") -> Document:
    return Document(
        layout=layout,
        title=title,
        subtitle="Novembre 2026",
        author="Préfecture de l’Aube",
        date=ON,
        blocks=blocks,
        footer=footer,
    )


def table(rows: int = 3, columns: int = 4, caption: str = "Attentes par file") -> Table:
    """The first column is of names, the others of numbers."""
    return Table(
        caption=caption,
        columns=(
            Column(title="File d’attente"),
            *(Column(title=f"Attente médiane {n}", number=True) for n in range(1, columns)),
        ),
        rows=tuple(
            (QUEUES[row % len(QUEUES)], *(f"{row * 37 % 90 + n}\u202fmin" for n in range(1, columns)))
            for row in range(rows)
        ),
    )


EMPTY = Table(caption="Fermetures exceptionnelles", columns=(Column(title="Jour"), Column(title="Motif")), rows=())
FIGURES = Figures(
    title="Hall d’accueil principal (aile sud)",
    items=(
        Figure(label="Appelés en 15\u202fmin au plus", value="87\u202f%", note="Cible 95\u202f%, à confirmer"),
        Figure(label="Attente médiane", value="6\u202fmin"),
        Figure(label="9 usagers sur 10 attendent moins de", value="1\u202fh\u202f05", note="P90"),
    ),
)
TERMS = Terms(
    items=(
        ("Attente", "De la prise du ticket, ou de l’ouverture si elle est plus tardive, au premier appel."),
        ("P90", "Durée que neuf attentes sur dix ne dépassent pas."),
    )
)
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 120"><rect width="360" height="60" fill="#1f6fb5"/></svg>'
)
CHART = Chart(
    svg=DRAWING, alt="Un trait jusqu’à la moitié.", caption="Affluence", table=table(2, 3, "Affluence en nombres")
)


def report(rows: int = 60) -> Document:
    """Of a committee: `rows` of its long table, a wide table, every chart, a section without data."""
    return document(
        FIGURES,
        Paragraph(text=HALF_RECORDED, strong=True),
        Heading(text="Attentes dans les halls", id="attentes"),
        Paragraph(text=PROSE),
        Heading(text="Par file d’attente et par demi-heure", id="demi-heures", level=3),
        table(rows, 7),
        Heading(text="Attente de chaque jour", id="jours", level=3),
        Chart(svg=WAITS, alt=PROSE, caption="Attente de chaque jour, en minutes", table=table(5, 3, "Jours")),
        Heading(text="Ensemble des indicateurs par file", id="ensemble"),
        Paragraph(text=PROSE),
        table(len(QUEUES), 15, "Ensemble des indicateurs par file d’attente"),
        Heading(text="Affluence", id="affluence"),
        Chart(svg=LOAD, alt=PROSE, caption="Affluence par demi-heure", table=table(5, 6, "Affluence en nombres")),
        Chart(svg=SPREAD, alt=PROSE, caption="Répartition des attentes", table=table(4, 3, "Répartition en nombres")),
        Heading(text="Fermetures exceptionnelles", id="fermetures"),
        EMPTY,
        Heading(text="Définitions", id="definitions"),
        TERMS,
        footer=FOOTER,
        title="Qualité de l’accueil : rapport au comité de pilotage",
    )


def sheet(halls: int = 2) -> Document:
    """For the wall."""
    return document(
        *(
            block
            for n in range(halls)
            for block in (Heading(text=HALLS[n % 2], id=f"hall-{n}"), replace(FIGURES, title=""))
        ),
        Heading(text="Quand venir", id="quand"),
        Chart(
            svg=LOAD, alt=PROSE, caption="Usagers arrivés par demi-heure, en moyenne", table=table(5, 6, "Affluence")
        ),
        TERMS,
        layout="sheet",
        footer=FOOTER,
        title="L’attente dans nos halls",
    )


def indicators() -> Document:
    """A page for each."""
    one = (
        Figures(title="", items=FIGURES.items[:1]),
        Paragraph(text="Cible à confirmer par le référent qualité.", strong=True),
        TERMS,
        Chart(svg=SHARES, alt=PROSE, caption="Part des usagers appelés à temps", table=table(5, 3, "Parts")),
    )
    names = (
        "Engagement 7 : attente limitée en adaptant notre organisation",
        "Engagement 10 : réponse à tous vos appels",
    )
    return document(
        *(block for n, name in enumerate(names) for block in (Heading(text=name, id=f"e{n}"), *one)),
        layout="indicators",
        footer=FOOTER,
        title="Fiches des engagements",
    )


HALLS = ("Hall d’accueil principal (aile sud)", "Hall d’accueil secondaire (aile nord)")
FOOTER = "Source : événements des bornes, des guichets et du standard, enregistrés en continu. Licence Ouverte 2.0."
HALF_RECORDED = "Mois incomplet : la borne du hall nord est restée muette du 12 au 14 novembre (couverture 91\u202f%)."
PROSE = (
    "La moitié des usagers a attendu moins de 6\u202fminutes ; un sur dix, plus de 29\u202fminutes. L’attente commence "
    "à la prise du ticket, ou à l’ouverture si elle est plus tardive, et finit au premier appel."
)
DAYS = tuple(f"{n:02}/11" for n in range(1, 31))
OPEN = tuple(n for n in range(30) if n % 7 not in (0, 6))
WAITS = charts.lines(
    DAYS,
    [
        charts.Series("Attente médiane", tuple(5 + n * 7 % 6 if n in OPEN else None for n in range(30))),
        charts.Series("P90", tuple(14 + n * 11 % 17 if n in OPEN else None for n in range(30))),
    ],
    unit="min",
    target=charts.Target(15, "Limite 15 min, à confirmer"),
)
LOAD = charts.heat_map(
    [f"{8 + n // 2:02}:{n % 2 * 30:02}" for n in range(20)],
    [
        (name, [None if n in (8, 9) else (day * 5 + n * n * 3) % 29 for n in range(20)])
        for day, name in enumerate(("lundi", "mardi", "mercredi", "jeudi", "vendredi"))
    ],
    unit="Usagers par demi-heure, en moyenne des jours ouverts",
)
SPREAD = charts.distribution(
    [
        charts.Curve("Hall principal : 87\u202f% en 15 min au plus", tuple((at, min(at / 17, 1)) for at in range(41))),
        charts.Curve("Hall secondaire", tuple((at, 1 - 0.9**at) for at in range(41))),
    ],
    limit=charts.Target(15, "Limite 15 min"),
)
SHARES = charts.bars(
    [
        charts.Bar("Accueil général", 96.4, "96\u202f% (482 sur 500)"),
        charts.Bar(LONG, 87.0, "87\u202f% (261 sur 300)", short=True),
        charts.Bar("Asile", None, "aucune donnée"),
    ],
    top=100,
    target=charts.Target(95, "Cible 95 %, à confirmer"),
)
