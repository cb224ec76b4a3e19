"""The door: signing in with a password and a code, and out; and a form that comes after the end of a session."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import ceil
from urllib.parse import urlsplit

import pyotp
import structlog
from aiohttp import web
from jinja2 import Environment

from dashboards import demands
from dashboards.access import RIGHTS, Right, needs, person
from dashboards.errors import AwayError
from dashboards.sign_in.attempts import Attempts
from dashboards.sign_in.guard import SIGN_IN, Place
from dashboards.sign_in.passwords import Passwords
from dashboards.sign_in.people import People
from dashboards.sign_in.roles import role_words
from dashboards.sign_in.sessions import Sessions
from dashboards.sign_in.store import Account, Deed
from dashboards.sign_in.trail import Trail
from dashboards.sign_in.way import Way
from dashboards.templating import page
from ticketing.saying import _

log = structlog.get_logger()

WINDOW = timedelta(minutes=15)
OF_AN_ACCOUNT, OF_AN_ADDRESS = 5, 30
"""Failures in that while, after which nobody is let in: as one of them, or from one place."""
KEPT = "garde."
"""Before the names of fields of a form that came too late, while its sender signs in again."""
STEP_S, DRIFT = 30, 1
"""A code is good for so long (RFC 6238), and those beside it, since clocks differ."""
WRONG = "wrong"


def own(path: str | None) -> str:
    """Where to go after signing in: a path of ours; whatever else is asked for, the boards."""
    if not path or not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return "/"
    parts = urlsplit(path)
    return "/" if parts.scheme or parts.netloc or parts.path.startswith(SIGN_IN) else path


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step that a code is of; None if it is of none that is good now."""
    digits = code.replace(" ", "")
    here = int(now.timestamp()) // STEP_S
    one = pyotp.TOTP(secret)
    near = range(here - DRIFT, here + DRIFT + 1)
    return next((step for step in near if pyotp.utils.strings_equal(one.generate_otp(step), digits)), None)


class Door:
    def __init__(
        self,
        templates: Environment,
        people: People,
        sessions: Sessions,
        passwords: Passwords,
        *,
        trail: Trail,
        place: Place,
        clock: Callable[[], datetime],
        way: Way | None = None,
    ) -> None:
        """`way` leads to the provider of identities that people may sign in with, if there is one."""
        self._templates, self._people, self._sessions = templates, people, sessions
        self._trail, self._place, self._clock, self._way = trail, place, clock, way
        self._passwords = passwords
        self._of_an_account = Attempts(OF_AN_ACCOUNT, WINDOW)
        self._of_an_address = Attempts(OF_AN_ADDRESS, WINDOW)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(SIGN_IN, self.ask),
            web.post(SIGN_IN, self.enter),
            web.post(f"{SIGN_IN}/code", self.prove),
            web.post("/deconnexion", self.leave),
            web.get("/api/v1/session", self.session),
        ]

    # ------------------------------------------------------------ in

    @needs("open")
    async def ask(self, request: web.Request) -> web.StreamResponse:
        where = own(request.query.get("next"))
        if person(request).account:
            raise web.HTTPSeeOther(where)
        return self.page(where, ended="fin" in request.query)

    def page(
        self,
        where: str,
        *,
        wrong: str = "",
        kept: Mapping[str, str] | None = None,
        login: str = "",
        ended: bool = False,
        code: bool = False,
        status: int = 200,
    ) -> web.Response:
        return page(
            self._templates,
            "sign_in.html",
            status=status,
            where=where,
            wrong=wrong,
            kept=dict(kept or {}),
            login=login,
            ended=ended,
            code=code,
            elsewhere=self._way.name if self._way else "",
        )

    async def again(self, request: web.Request) -> web.StreamResponse:
        """Somebody's session was over when they sent a form: what they wrote is kept while they sign in."""
        told = await demands.told(request)
        late = _("Votre session est terminée. Votre texte est gardé : reconnectez-vous pour l’envoyer.")
        return self.page(request.path_qs, wrong=late, kept={f"{KEPT}{key}": told[key] for key in told}, status=401)

    def refused(self, right: Right | None) -> web.StreamResponse:
        """Somebody's role does not let them do what they asked for."""
        able = [role_words(role) for role, rights in RIGHTS.items() if role and right in rights]
        return page(self._templates, "refused.html", status=403, able=able)

    @needs("open")
    async def enter(self, request: web.Request) -> web.StreamResponse:
        told = await demands.told(request)
        where, kept = own(told.get("next")), kept_of(told)
        login = told.get("login", "").strip().lower()[:100]
        keys, now = (login, self._place.origin(request)), self._clock()
        wait = max(self._of_an_account.wait(keys[0], now), self._of_an_address.wait(keys[1], now))
        if wait:
            return self._locked(where, kept, login, wait)
        # counted before anything is waited for: many at once are still many
        self._note(keys, now)
        try:
            known = await self._people.refresh()
        except AwayError:
            self._of_an_account.take_back(keys[0])
            self._of_an_address.take_back(keys[1])
            away = _("La base de données ne répond pas : personne ne peut se connecter pour le moment. Réessayez.")
            return self.page(where, wrong=away, kept=kept, login=login, status=503)
        account = next((one for one in known.accounts if one.login == login), None)
        right = await self._passwords.matches(account.password if account else None, told.get("password", ""))
        if account is None or not right or account.disabled_at is not None:
            self._tell(account, login, "échec de connexion", 401)
            return self.page(
                where, wrong=_("Identifiant ou mot de passe incorrect."), kept=kept, login=login, status=401
            )
        self._of_an_address.take_back(keys[1])
        if account.totp is not None:
            await self._sessions.await_code(request, account)
            return self.page(where, kept=kept, code=True)
        return await self.admit(request, account, where, kept)

    @needs("open")
    async def prove(self, request: web.Request) -> web.StreamResponse:
        """The second factor, of whoever has just told the right password."""
        told = await demands.told(request)
        where, kept = own(told.get("next")), kept_of(told)
        awaited, now = await self._sessions.awaited(request), self._clock()
        known = self._people.known
        whose, since = awaited or ("", now)
        account = next((one for one in known.accounts if one.id == whose), None) if known else None
        if account is None or account.totp is None or account.disabled_at or account.sessions_since > since:
            return self.page(where, wrong=_("Trop de temps a passé : recommencez."), kept=kept, status=401)
        keys = account.login, self._place.origin(request)
        if wait := max(self._of_an_account.wait(keys[0], now), self._of_an_address.wait(keys[1], now)):
            return self._locked(where, kept, account.login, wait)
        self._note(keys, now)
        secret = self._sessions.unseal(account.totp)
        step = step_of(secret, told.get("code", ""), now) if secret else None
        try:
            used = await self._people.store.use_step(account, step) if step is not None else None
        except AwayError:
            away = _("La base de données ne répond pas : personne ne peut se connecter pour le moment. Réessayez.")
            return self.page(where, wrong=away, kept=kept, code=True, status=503)
        if used is None:
            self._tell(account, account.login, "code refusé", 401)
            wrong = _("Ce code n’est pas le bon, ou a déjà servi : attendez le suivant.")
            return self.page(where, wrong=wrong, kept=kept, code=True, status=401)
        self._of_an_address.take_back(keys[1])
        return await self.admit(request, used, where, kept)

    async def admit(
        self, request: web.Request, account: Account, where: str, kept: Mapping[str, str], *, identity: str = ""
    ) -> web.StreamResponse:
        """Lets in somebody who has proved who they are; `identity` is the provider's proof, if it was one."""
        self._of_an_account.forget(account.login)
        await self._sessions.begin(request, account, identity)
        self._tell(account, account.login, "connexion", 200)
        if kept:
            fields = {key.removeprefix(KEPT): words for key, words in kept.items()}
            return page(self._templates, "resume.html", where=where, fields=fields)
        # not raised: the session's cookie goes with an answer that is returned
        return web.Response(status=303, headers={"Location": where})

    # ------------------------------------------------------------ out

    @needs("open")
    async def leave(self, request: web.Request) -> web.StreamResponse:
        who, session = person(request), await self._sessions.current(request)
        await self._sessions.forget(request)
        if session and who.account:
            self._trail.add(Deed(at=self._clock(), account=who.account, who=who.name, action="déconnexion"))
            await self._people.end(session.id, session.begun)
        if session and session.identity and self._way and (farewell := await self._way.farewell(session.identity)):
            return farewell
        return web.Response(status=303, headers={"Location": f"{SIGN_IN}?fin"})

    @needs("open")
    async def session(self, request: web.Request) -> web.Response:
        """Whether somebody is signed in, for pages that have been open for long."""
        who = person(request)
        return web.json_response({"signed_in": who.role is not None, "name": who.name, "role": who.role})

    # ------------------------------------------------------------ failures

    def _locked(self, where: str, kept: Mapping[str, str], login: str, wait: timedelta) -> web.Response:
        minutes = ceil(wait.total_seconds() / 60)
        wrong = _("Trop d’essais. Réessayez dans {n} min.").format(n=minutes)
        answer = self.page(where, wrong=wrong, kept=kept, login=login, status=429)
        answer.headers["Retry-After"] = str(ceil(wait.total_seconds()))
        return answer

    def _note(self, keys: tuple[str, str], now: datetime) -> None:
        self._of_an_account.note(keys[0], now)
        self._of_an_address.note(keys[1], now)

    def _tell(self, account: Account | None, login: str, action: str, status: int) -> None:
        """What was typed as a login may be a password: of those that are unknown, nothing is kept."""
        who = account.name if account else ""
        log.info("sign-in", action=action, login=login if account else None)
        self._trail.add(
            Deed(at=self._clock(), account=account.id if account else "", who=who, action=action, status=status)
        )


def kept_of(told: Mapping[str, str]) -> dict[str, str]:
    return {key: words for key, words in told.items() if key.startswith(KEPT)}
