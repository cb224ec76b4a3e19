"""Documents such as a month gives, and worse: long tables, long names, hostile words, no data, no drawings."""

from datetime import date

from dashboards.exports.document import (
    Block,
    Chart,
    Column,
    Document,
    Figure,
    Figures,
    Layout,
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
