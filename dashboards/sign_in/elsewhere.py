"""Signing in elsewhere: people who go to the provider of identities, come back, and have an account here or none."""

from collections.abc import Callable
from datetime import datetime

import structlog
from aiohttp import web
from jinja2 import Environment
from msgspec.structs import replace

from dashboards import demands
from dashboards.access import needs
from dashboards.errors import AwayError
from dashboards.sign_in.door import Door, kept_of, own
from dashboards.sign_in.errands import Errand, TooLongError
from dashboards.sign_in.guard import SIGN_IN
from dashboards.sign_in.identity import Identity, IdentityError
from dashboards.sign_in.people import People
from dashboards.sign_in.provider import DeclinedError
from dashboards.sign_in.store import Account, Deed
from dashboards.sign_in.trail import Trail
from dashboards.sign_in.way import Way
from dashboards.templating import page
from ticketing.saying import _

log = structlog.get_logger()


class Elsewhere:
    def __init__(
        self,
        templates: Environment,
        people: People,
        way: Way,
        *,
        door: Door,
        trail: Trail,
        clock: Callable[[], datetime],
    ) -> None:
        self._templates, self._people, self._way = templates, people, way
        self._door, self._trail, self._clock = door, trail, clock

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(f"{SIGN_IN}/fournisseur", self.go),
            web.get(f"{SIGN_IN}/retour", self.come_back, allow_head=False),
            web.get("/deconnexion/retour", self.signed_out, allow_head=False),
        ]

    @needs("open")
    async def go(self, request: web.Request) -> web.StreamResponse:
        told = await demands.told(request)
        errand = own(told.get("next")), kept_of(told)
        try:
            return await self._way.out(*errand, afresh="afresh" in told)
        except AwayError as error:
            return self._failed(*errand, error, self._away(), 503)
        except IdentityError as error:
            return self._failed(*errand, error, self._unbelieved(), 502)
        except TooLongError as error:
            wrong = _("Votre texte est trop long pour être gardé jusqu’au retour de {name} : copiez-le d’abord.")
            return self._failed(*errand, error, wrong.format(name=self._way.name), 413)

    @needs("open")
    async def come_back(self, request: web.Request) -> web.StreamResponse:
        errand = self._way.back(request)
        answer = await (self._answer(request, errand) if errand else self._lost())
        self._way.forget(answer)
        return answer

    @needs("open")
    async def signed_out(self, request: web.Request) -> web.StreamResponse:
        """Somebody comes back who has signed out there; whoever was only sent here has not."""
        answer = web.Response(
            status=303, headers={"Location": f"{SIGN_IN}?fin" if self._way.back(request) else SIGN_IN}
        )
        self._way.forget(answer)
        return answer

    # ------------------------------------------------------------ who has come back

    async def _lost(self) -> web.StreamResponse:
        wrong = _("Cette connexion n’est plus attendue : elle a déjà servi, ou trop de temps a passé. Recommencez.")
        return self._door.page("/", wrong=wrong, status=400)

    async def _answer(self, request: web.Request, errand: Errand) -> web.StreamResponse:
        told = errand.where, errand.kept
        try:
            identity = await self._way.identity(request, errand)
        except AwayError as error:
            return self._failed(*told, error, self._away(), 503)
        except DeclinedError as error:
            wrong = _("La connexion avec {name} a été refusée ou abandonnée.").format(name=self._way.name)
            return self._failed(*told, error, wrong, 401)
        except IdentityError as error:
            self._tell("échec de connexion", 502)
            return self._failed(*told, error, self._unbelieved(), 502)
        try:
            account = await self._account(identity)
        except AwayError as error:
            away = _("La base de données ne répond pas : personne ne peut se connecter pour le moment. Réessayez.")
            return self._failed(*told, error, away, 503)
        if account is None or account.disabled_at is not None:
            self._tell("échec de connexion", 403, account)
            return self._unknown(identity, errand.where, disabled=account is not None)
        return await self._door.admit(request, account, *told, identity=identity.token)

    async def _account(self, identity: Identity) -> Account | None:
        """Theirs: the one that is linked to them, or that was made for their address; AwayError."""
        known = await self._people.refresh()
        for one in known.accounts:
            if one.subject == identity.subject:
                return one
        for one in known.accounts:
            if identity.email is not None and one.email == identity.email and one.subject is None:
                # of two who come at once with one address, one is first
                linked = one.disabled_at is not None or await self._people.store.link(one, identity.subject)
                return replace(one, subject=identity.subject) if linked else None
        return None

    def _unknown(self, identity: Identity, where: str, *, disabled: bool) -> web.Response:
        return page(
            self._templates,
            "stranger.html",
            status=403,
            identity=identity,
            where=where,
            disabled=disabled,
            provider=self._way.name,
        )

    # ------------------------------------------------------------ failures

    def _away(self) -> str:
        return _("{name} ne répond pas. Réessayez, ou utilisez un compte local.").format(name=self._way.name)

    def _unbelieved(self) -> str:
        words = _("La réponse de {name} n’a pas pu être vérifiée : personne n’est connecté. Réessayez.")
        return words.format(name=self._way.name)

    def _failed(self, where: str, kept: dict[str, str], error: Exception, wrong: str, status: int) -> web.Response:
        log.warning("sign-in elsewhere", error=str(error) or type(error).__name__)
        return self._door.page(where, wrong=wrong, kept=kept, status=status)

    def _tell(self, action: str, status: int, account: Account | None = None) -> None:
        """Of somebody who is unknown here, nothing is kept."""
        who, name = (account.id, account.name) if account else ("", "")
        self._trail.add(Deed(at=self._clock(), account=who, who=name, action=action, status=status))
