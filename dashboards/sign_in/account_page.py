"""One's own account: its password and its second factor."""

from collections.abc import Callable
from datetime import datetime

import pyotp
import segno
from aiohttp import web
from jinja2 import Environment
from msgspec.structs import replace

from dashboards import demands
from dashboards.access import needs, person
from dashboards.demands import Told
from dashboards.errors import AwayError
from dashboards.sign_in.attempts import Attempts
from dashboards.sign_in.door import OF_AN_ACCOUNT, WINDOW, step_of
from dashboards.sign_in.guard import ENROL
from dashboards.sign_in.passwords import SHORTEST, Passwords, weakness
from dashboards.sign_in.people import People
from dashboards.sign_in.roles import role_words
from dashboards.sign_in.sessions import Sessions
from dashboards.sign_in.store import Account
from dashboards.templating import page
from ticketing.saying import _


class AccountPage:
    def __init__(
        self,
        templates: Environment,
        people: People,
        sessions: Sessions,
        passwords: Passwords,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._templates, self._people, self._sessions, self._clock = templates, people, sessions, clock
        self._passwords = passwords
        self._tried = Attempts(OF_AN_ACCOUNT, WINDOW)

    def routes(self) -> list[web.RouteDef]:
        return [web.get(ENROL, self.show), web.post(ENROL, self.change)]

    @needs("read")
    async def show(self, request: web.Request) -> web.StreamResponse:
        return self._page(self._own(request))

    def _own(self, request: web.Request) -> Account:
        known = self._people.known
        found = next((one for one in known.accounts if one.id == person(request).account), None) if known else None
        if found is None:
            raise web.HTTPNotFound(text="found a program, expected somebody with an account of their own")
        return found

    def _page(
        self, account: Account, *, said: str = "", wrong: str = "", secret: str = "", status: int = 200
    ) -> web.Response:
        """`secret` is the second factor that is being set up."""
        qr = ""
        if secret:
            address = pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name="vigie")
            qr = segno.make(address, micro=False).svg_inline(scale=5, border=4, light="#ffffff", omitsize=True)
        return page(
            self._templates,
            "account.html",
            status=status,
            account=account,
            to_enrol=self._people.person(account).to_enrol,
            said=said,
            wrong=wrong,
            secret=secret,
            sealed=self._sessions.offer(account, secret) if secret else "",
            qr=qr,
            shortest=SHORTEST,
            role_words=role_words,
        )

    @needs("read")
    async def change(self, request: web.Request) -> web.StreamResponse:
        told, account = await demands.told(request), self._own(request)
        try:
            match told.get("what"):
                case "password":
                    return await self._new_password(request, account, told)
                case "begin":
                    return await self._begin(account, told)
                case "confirm":
                    return await self._confirm(account, told)
                case "remove":
                    return await self._remove(account, told)
                case _:
                    raise web.HTTPBadRequest(text="found nothing to change, expected one of: password, begin, confirm")
        except AwayError:
            away = _("La base de données ne répond pas : rien n’a été changé. Réessayez.")
            return self._page(account, wrong=away, status=503)

    async def _new_password(self, request: web.Request, account: Account, told: Told) -> web.Response:
        new = told.get("new", "")
        if wrong := await self._refused(account, told) or weakness(new, account.login, *account.name.split()):
            return self._page(account, wrong=wrong, status=400)
        if new != told.get("again"):
            return self._page(account, wrong=_("Les deux nouveaux mots de passe diffèrent."), status=400)
        now = self._clock()
        # all sessions begun before are over; this browser begins another
        changed = replace(account, password=await self._passwords.hash(new), sessions_since=now)
        if not await self._kept(account, changed):
            return self._changed_elsewhere(account)
        await self._sessions.begin(request, changed)
        return self._page(changed, said=_("Le mot de passe est changé ; vos autres sessions sont fermées."))

    async def _begin(self, account: Account, told: Told) -> web.Response:
        """Whoever finds a browser open must not make a telephone of theirs the second factor."""
        if wrong := await self._refused(account, told):
            return self._page(account, wrong=wrong, status=400)
        return self._page(account, secret="" if account.totp else pyotp.random_base32())

    async def _confirm(self, account: Account, told: Told) -> web.Response:
        secret = self._sessions.offered(account, told.get("sealed", ""))
        if secret is None or account.totp:
            return self._page(account, wrong=_("Trop de temps a passé : recommencez."), status=400)
        step = step_of(secret, told.get("code", ""), self._clock())
        if step is None:
            wrong = _("Ce code n’est pas le bon : vérifiez l’heure du téléphone, ou attendez le suivant.")
            return self._page(account, wrong=wrong, secret=secret, status=400)
        changed = replace(account, totp=self._sessions.seal(secret))
        await self._people.store.use_step(changed, step)
        if not await self._kept(account, changed):
            return self._changed_elsewhere(account)
        return self._page(changed, said=_("La double authentification est en place."))

    async def _remove(self, account: Account, told: Told) -> web.Response:
        if wrong := await self._refused(account, told):
            return self._page(account, wrong=wrong, status=400)
        changed = replace(account, totp=None)
        if not await self._kept(account, changed):
            return self._changed_elsewhere(account)
        return self._page(changed, said=_("La double authentification est retirée."))

    async def _refused(self, account: Account, told: Told) -> str:
        """Why it is not believed that it is them; nothing if it is."""
        now = self._clock()
        if self._tried.wait(account.id, now):
            return _("Trop d’essais. Réessayez dans un quart d’heure.")
        self._tried.note(account.id, now)
        if not await self._passwords.matches(account.password, told.get("password", "")):
            return _("Le mot de passe actuel n’est pas le bon.")
        self._tried.forget(account.id)
        return ""

    async def _kept(self, before: Account, after: Account) -> bool:
        """Nothing that an administrator has decided meanwhile is undone."""
        kept = await self._people.store.change(before, after)
        await self._people.refresh()
        return kept

    def _changed_elsewhere(self, account: Account) -> web.Response:
        return self._page(account, wrong=_("Votre compte vient d’être changé ailleurs : recommencez."), status=409)
