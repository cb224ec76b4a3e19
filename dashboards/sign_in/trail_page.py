"""The trail as administrators read it: who did what, day by day."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, tzinfo

from aiohttp import web
from jinja2 import Environment

from dashboards import queries
from dashboards.access import needs
from dashboards.errors import AwayError
from dashboards.sign_in.people import People
from dashboards.templating import page
from ticketing.hours import midnight
from ticketing.saying import N_, _

MOST = 500
EARLIEST = date(2000, 1, 1)
DEEDS: Mapping[str, str] = {
    "connexion": N_("connexion"),
    "échec de connexion": N_("échec de connexion"),
    "code refusé": N_("code refusé"),
    "déconnexion": N_("déconnexion"),
    "/compte": N_("compte modifié"),
    "/alertes/{alert}/{action}": N_("alerte"),
    "/api/v1/alerts/{alert}/{action}": N_("alerte"),
    "/alertes/silences/{mute}/end": N_("silence levé"),
    "/api/v1/silences/{mute}/end": N_("silence levé"),
    **{
        f"{root}/{{area}}/{end}": words
        for root in ("/reglages", "/api/v1/areas")
        for end, words in (
            ("message", N_("message affiché")),
            ("message/end", N_("message retiré")),
            ("closure", N_("horaires d’un jour changés")),
            ("closure/{date}/end", N_("horaires habituels rétablis")),
            ("counters/{counter}/close", N_("guichet fermé d’ici")),
        )
    },
    "/exports/{month}": N_("mois exporté"),
    "/exports/{month}/{version}/{name}": N_("fichier du mois lu"),
    "user add": N_("compte créé"),
    "user disable": N_("compte désactivé"),
    "user enable": N_("compte réactivé"),
    "user role": N_("rôle changé"),
    "user password": N_("mot de passe changé"),
    "user totp-reset": N_("double authentification retirée"),
    "user unlink": N_("identité détachée"),
    "token add": N_("jeton donné"),
    "token revoke": N_("jeton retiré"),
}
"""What commands and the routes that change something are called; of others, their address is shown."""


class TrailPage:
    def __init__(self, templates: Environment, people: People, clock: Callable[[], datetime], zone: tzinfo) -> None:
        self._templates, self._people, self._clock, self._zone = templates, people, clock, zone

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/trace", self.show)]

    @needs("admin")
    async def show(self, request: web.Request) -> web.Response:
        """`day`, today unless told; `account`, everybody unless told."""
        today = self._clock().astimezone(self._zone).date()
        # nobody has done anything before 2000, nor tomorrow
        day = min(max(queries.day(request) or today, EARLIEST), today)
        known = self._people.known.accounts if self._people.known else ()
        account = next((one.id for one in known if one.id == request.query.get("account")), None)
        since, until = (midnight(day + timedelta(days=n), self._zone) for n in (0, 1))
        try:
            deeds = await self._people.store.trail(since, until, account, MOST)
        except AwayError:
            deeds = None
        return page(
            self._templates,
            "trail.html",
            deeds=deeds,
            day=day,
            before=day - timedelta(days=1),
            after=day + timedelta(days=1) if day < today else None,
            account=account,
            accounts=known,
            zone=self._zone,
            most=MOST,
            words=lambda action: _(DEEDS[action]) if action in DEEDS else action,
        )
