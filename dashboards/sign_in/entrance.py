"""Sign-in, put together: its pages, its guard, and what it reads and writes while it runs."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from aiohttp import web
from aiohttp.typedefs import Middleware
from aiohttp_session import session_middleware

from dashboards.house import UNNAMED, House
from dashboards.sign_in.account_page import AccountPage
from dashboards.sign_in.door import Door
from dashboards.sign_in.elsewhere import Elsewhere
from dashboards.sign_in.errands import Errands
from dashboards.sign_in.guard import Guard, Place
from dashboards.sign_in.passwords import Passwords
from dashboards.sign_in.people import People
from dashboards.sign_in.provider import Provider
from dashboards.sign_in.sessions import Sessions
from dashboards.sign_in.settings import SignInSettings
from dashboards.sign_in.store import Store
from dashboards.sign_in.trail import Trail
from dashboards.sign_in.trail_page import TrailPage
from dashboards.sign_in.way import Way
from dashboards.templating import environment


class SignIn:
    def __init__(
        self,
        settings: SignInSettings,
        store: Store,
        secret: bytes,
        *,
        place: Place,
        zone: tzinfo,
        clock: Callable[[], datetime],
        provider: Provider | None = None,
        house: House = UNNAMED,
    ) -> None:
        """`clock` is the machine's own, however fast the boards' may run; `zone` is that of the site's days."""
        self.people = People(store, settings, clock)
        secure = place.url.startswith("https://")
        self.sessions = Sessions(secret, settings, clock, secure=secure)
        self.trail = Trail(store)
        templates = environment(house)
        way = Way(provider, Errands(secret, clock, secure=secure)) if provider else None
        # one for both: it bounds how many are compared at once
        passwords = Passwords()
        door = Door(
            templates, self.people, self.sessions, passwords, trail=self.trail, place=place, clock=clock, way=way
        )
        self.guard = Guard(place, clock, people=self.people, sessions=self.sessions, trail=self.trail, door=door)
        self._pages = (
            door,
            AccountPage(templates, self.people, self.sessions, passwords, clock=clock),
            TrailPage(templates, self.people, clock, zone),
            *([Elsewhere(templates, self.people, way, door=door, trail=self.trail, clock=clock)] if way else ()),
        )

    def routes(self) -> Sequence[web.RouteDef]:
        return [route for one in self._pages for route in one.routes()]

    def outermost(self) -> Middleware:
        """What reads a session's cookie and sends it."""
        return session_middleware(self.sessions.storage)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.people.run())
            tasks.create_task(self.trail.run())
