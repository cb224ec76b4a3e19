"""The demonstration's prefecture as constants: hours, queues, counters and devices, and how much comes to each."""

from msgspec import Struct

MINUTE = 60.0


def hm(hour: int, minute: int = 0) -> float:
    """Seconds from local midnight, the simulation's unit of time."""
    return (hour * 60 + minute) * MINUTE


class Service(Struct, frozen=True, kw_only=True):
    """A queue of a hall: `visits` on a mean day, `minutes` and `spread` (coefficient of variation) of a service."""

    queue: str
    letter: str
    visits: float
    minutes: float
    spread: float
    peak: float
    """How far the morning peak stands above the day's floor; the afternoon's is half as high."""
    booked: float
    """Share of visits by appointment."""
    urgent: float
    """Share of walk-ins with priority."""
    reasons: tuple[str, ...]
    sent_on: tuple[str, float] | None = None
    """Queue to which a share of those served is sent on."""
    fetching: float = 0.0
    """Share of those served sent to fetch a document."""


class Hall(Struct, frozen=True, kw_only=True):
    area: str
    opens: float
    noon: float
    reopens: float
    closes: float
    services: tuple[Service, ...]
    counters: dict[str, tuple[str, ...]]
    kiosks: dict[str, float]
    """Share of the tickets that each prints."""


SUD = Hall(
    area="sud",
    opens=hm(8, 30),
    noon=hm(12),
    reopens=hm(13, 15),
    closes=hm(16, 30),
    services=(
        Service(
            queue="sejour",
            letter="E",
            visits=114,
            minutes=8.5,
            spread=0.55,
            peak=1.3,
            booked=0.35,
            urgent=0.05,
            reasons=("Renouvellement de titre", "Première demande", "Changement de situation", "Récépissé"),
            sent_on=("remise", 0.03),
            fetching=0.02,
        ),
        Service(
            queue="asile",
            letter="A",
            visits=25,
            minutes=11.5,
            spread=0.5,
            peak=0.3,
            booked=0.6,
            urgent=0.1,
            reasons=("Attestation de demande", "Renouvellement d'attestation", "Remise de convocation"),
        ),
        Service(
            queue="remise",
            letter="R",
            visits=138,
            minutes=2.4,
            spread=0.5,
            peak=0.4,
            booked=0.5,
            urgent=0.04,
            reasons=("Remise de titre de séjour", "Remise de document de voyage", "Remise d'autorisation"),
        ),
        Service(
            queue="pan",
            letter="P",
            visits=98,
            minutes=5.7,
            spread=0.6,
            peak=0.3,
            booked=0.1,
            urgent=0.06,
            reasons=("Aide à la démarche en ligne", "Certificat d'immatriculation", "Permis de conduire en ligne"),
            sent_on=("sejour", 0.03),
        ),
    ),
    counters={
        "g1": ("sejour", "asile"),
        "g2": ("sejour", "asile"),
        "g3": ("sejour", "remise"),
        "g4": ("asile", "sejour"),
        "g5": ("remise",),
        "pan1": ("pan",),
        "pan2": ("pan",),
    },
    kiosks={"borne-1": 0.6, "borne-2": 0.4},
)

NORD = Hall(
    area="nord",
    opens=hm(8, 45),
    noon=hm(12),
    reopens=hm(13, 30),
    closes=hm(16),
    services=(
        Service(
            queue="accueil",
            letter="A",
            visits=100,
            minutes=2.1,
            spread=0.6,
            peak=0.3,
            booked=0.0,
            urgent=0.06,
            reasons=("Renseignement", "Dépôt de dossier", "Retrait de document", "Légalisation"),
            sent_on=("permis", 0.04),
        ),
        Service(
            queue="permis",
            letter="C",
            visits=44,
            minutes=7.0,
            spread=0.5,
            peak=0.3,
            booked=0.4,
            urgent=0.05,
            reasons=("Suspension de permis", "Échange de permis étranger", "Commission médicale"),
            fetching=0.03,
        ),
        Service(
            queue="reunions",
            letter="M",
            visits=38,
            minutes=1.9,
            spread=0.5,
            peak=0.5,
            booked=0.7,
            urgent=0.0,
            reasons=("Convocation", "Réunion", "Rendez-vous avec un service"),
        ),
    ),
    counters={
        "n1": ("accueil", "reunions"),
        "n2": ("accueil", "permis"),
        "n3": ("permis",),
    },
    kiosks={"borne-1": 1.0},
)

HALLS = (SUD, NORD)

WITHOUT_START = frozenset({"g5", "n1"})
"""Counters whose software cannot tell the start of a service from the call, and so never sends `service.started`."""

CUT_OFF = ("sud", "borne-2")
"""The kiosk that loses its network for a while every morning."""

SWITCHBOARD = "standard"
SWITCHBOARD_OPENS = hm(8, 30)
SWITCHBOARD_CLOSES = hm(17)
SWITCHBOARD_CLOSES_ON_FRIDAY = hm(16, 30)
OPERATORS_QUEUE = "operateurs"
OPERATORS = ("op1", "op2", "op3")
PBX = "pbx"
CALLS = 590.0
"""Calls of a mean day, those outside opening hours included."""

FIRST_EVENT = hm(8, 10)
LAST_EVENT = hm(17, 45)
"""Nothing happens outside these two; between them lies the clock's day."""

WEEKDAYS = (1.07, 1.04, 0.98, 0.96, 0.95)
"""How busy Monday to Friday are, the mean day being 1."""


def device_of(counter: str) -> str:
    """The device that reports a hall counter's events."""
    return f"poste-{counter}"
