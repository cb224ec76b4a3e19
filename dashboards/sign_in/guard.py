"""The guard: says of each request who asks, and lets pass what they may; nothing that another site has sent."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from math import ceil
from typing import Protocol
from urllib.parse import quote, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Struct

from dashboards.access import HOLDS, PERSON, STRANGER, Holds, Person, Right, person, recorded, right_of
from dashboards.sign_in.attempts import Attempts
from dashboards.sign_in.people import People
from dashboards.sign_in.sessions import Sessions
from dashboards.sign_in.store import Deed
from dashboards.sign_in.trail import Trail

Network = IPv4Network | IPv6Network
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SIGN_IN = "/connexion"
ENROL = "/compte"
BEARER = "Bearer "
LINK = "lien"
"""In the query of a hall's screen: its token, the first time."""
A_YEAR_S = 365 * 86400
SUBJECT = 200
"""Characters that the trail keeps of an address."""
POSTS = 60
"""Things that one person, or one address that is not signed in, may do in a minute."""


class Place(Struct, frozen=True, kw_only=True):
    """How we are reached: our own address, the proxies before us, and the networks of the halls' screens."""

    url: str = ""
    proxies: Sequence[Network] = ()
    screens: Sequence[Network] = ()

    def address(self, request: web.Request) -> str:
        """Where a request comes from: a proxy of ours is believed in what it says of that."""
        found = request.remote or ""
        # a proxy may write a header of its own below that of the browser
        said = ",".join(request.headers.getall("X-Forwarded-For", ()))
        told = [one.strip() for one in said.split(",") if one.strip()]
        while told and _within(found, self.proxies):
            found = told.pop()
        return found

    def origin(self, request: web.Request) -> str:
        """What tries are counted by: of IPv6, where one machine has as many addresses as it likes, its network."""
        address = self.address(request)
        try:
            found = ip_address(address)
        except ValueError:
            return address
        many = isinstance(found, IPv6Address) and found.ipv4_mapped is None
        return str(ip_network((found, 64), strict=False)) if many else address

    def of_a_screen(self, request: web.Request) -> bool:
        return _within(self.address(request), self.screens)

    def from_here(self, request: web.Request, *, strict: bool) -> bool:
        """Whether no page of another site had the browser send this.

        Browsers say so; over plain http only the origin. `strict`: whoever says nothing is not believed, since the
        cookie that comes with it would be sent for anybody.
        """
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        if site is not None:
            return site in ("same-origin", "none")
        if origin is None:
            return not strict
        ours = {request.host, urlsplit(self.url).netloc} - {""}
        return urlsplit(origin).netloc in ours


def _within(address: str, networks: Sequence[Network]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in network for network in networks)


def screen_cookie(area: str) -> str:
    return f"vigie-ecran-{area}"


class Door(Protocol):
    """The pages that somebody is shown in the place of what they asked for."""

    async def again(self, request: web.Request, /) -> web.StreamResponse:
        """A form that comes after the end of a session."""

    def refused(self, right: Right | None, /) -> web.StreamResponse:
        """What somebody's role has no right to."""


class Guard:
    """Two middlewares: who asks is known to all that answers, errors included; what they may not is never asked."""

    def __init__(
        self,
        place: Place,
        clock: Callable[[], datetime],
        *,
        people: People | None = None,
        sessions: Sessions | None = None,
        trail: Trail | None = None,
        door: Door | None = None,
    ) -> None:
        """Without `people` nobody has to sign in."""
        self._place, self._clock = place, clock
        self._people, self._sessions, self._trail, self._door = people, sessions, trail, door
        self._posts = Attempts(POSTS, timedelta(minutes=1))

    # ------------------------------------------------------------ who

    @web.middleware
    async def identified(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._people and self._sessions:
            request[PERSON], request[HOLDS] = await self._who(request, self._people, self._sessions)
        return await handler(request)

    async def _who(self, request: web.Request, people: People, sessions: Sessions) -> tuple[Person, Holds]:
        told = request.headers.get("Authorization", "")
        if told.startswith(BEARER):
            token = told.removeprefix(BEARER)
            return people.program(token) or STRANGER, lambda: people.program(token) is not None
        session = await sessions.current(request)
        if session is None:
            return STRANGER, lambda: True
        asked = session.account, session.begun, session.id
        account = people.signed_in(*asked)
        if account is None:
            return STRANGER, lambda: True
        role = account.role
        return people.person(account), lambda: (now := people.signed_in(*asked)) is not None and now.role == role

    # ------------------------------------------------------------ what

    @web.middleware
    async def authorised(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        who = person(request)
        if request.method not in SAFE:
            self._check(request, who)
        if self._people is None or request.match_info.http_exception is not None:
            return await handler(request)
        right = _right(request)
        if right == "screen" and (link := self._link(request, self._people)):
            raise link
        if right == "screen" and not who.may(right) and self._screen(request, people := self._people):
            request[HOLDS] = lambda: self._screen(request, people)
        elif right is None or not who.may(right):
            self._record(request, who, 403)
            return await self._refused(request, who, right)
        if who.to_enrol and right != "open" and request.path != ENROL:
            raise web.HTTPSeeOther(ENROL)
        if right == "open":
            return await handler(request)  # signing in and out write into the trail themselves
        try:
            answer = await handler(request)
        except web.HTTPException as error:
            self._record(request, who, error.status)
            raise
        self._record(request, who, answer.status)
        return answer

    def _record(self, request: web.Request, who: Person, status: int) -> None:
        """What somebody did, or tried to do without the right to it; of reading only what is marked so."""
        told = request.method not in SAFE or recorded(request.match_info.handler)
        if self._trail and who.account and told:
            self._trail.add(_deed(request, who, status, self._clock()))

    def _check(self, request: web.Request, who: Person) -> None:
        bearer = request.headers.get("Authorization", "").startswith(BEARER)
        if not bearer and not self._place.from_here(request, strict=who.account != ""):
            raise web.HTTPForbidden(text="found a request from another site, expected one from vigie's own pages")
        key, now = who.account or self._place.origin(request), self._clock()
        if wait := self._posts.wait(key, now):
            raise web.HTTPTooManyRequests(
                text=f"found more than {POSTS} requests in a minute, expected fewer",
                headers={"Retry-After": str(ceil(wait.total_seconds()))},
            )
        self._posts.note(key, now)

    def _link(self, request: web.Request, people: People) -> web.HTTPSeeOther | None:
        """A screen that is shown its link: from now on its browser is known, and the link is out of the address."""
        area, told = request.match_info["area"], request.query.get(LINK)
        if told is None:
            return None
        answer = web.HTTPSeeOther(request.path)
        if (token := people.token(told)) and token.area == area:
            secure = self._place.url.startswith("https://")
            path = f"/hall/{area}"
            answer.set_cookie(
                screen_cookie(area), told, max_age=A_YEAR_S, path=path, httponly=True, samesite="Lax", secure=secure
            )
        return answer

    def _screen(self, request: web.Request, people: People) -> bool:
        area = request.match_info["area"]
        token = people.token(request.cookies.get(screen_cookie(area), ""))
        return self._place.of_a_screen(request) or (token is not None and token.area == area)

    async def _refused(self, request: web.Request, who: Person, right: Right | None) -> web.StreamResponse:
        program = request.path.startswith(("/api/", "/stream/", "/metrics")) or request.path.endswith("/stream")
        if who.account and (program or self._door is None):
            raise web.HTTPForbidden(text=f"found the role {who.role}, expected one that has the right: {right}")
        if program or self._door is None:
            raise web.HTTPUnauthorized(
                text="found nobody signed in, expected a session or a token", headers={"WWW-Authenticate": "Bearer"}
            )
        if who.account:
            return self._door.refused(right)
        # of a form that holds passwords nothing is kept on a page
        if request.method in SAFE or request.path == ENROL:
            raise web.HTTPSeeOther(f"{SIGN_IN}?next={quote(request.path_qs, safe='/')}")
        return await self._door.again(request)


def _right(request: web.Request) -> Right | None:
    if isinstance(request.match_info.route.resource, web.StaticResource):
        return "open"
    return right_of(request.match_info.handler)


def _deed(request: web.Request, who: Person, status: int, now: datetime) -> Deed:
    resource = request.match_info.route.resource
    action = resource.canonical if resource else request.path
    return Deed(
        at=now,
        account=who.account,
        who=who.name,
        action=action,
        subject=plain(" ".join(request.match_info.values())),
        status=status,
    )


def plain(words: str) -> str:
    """What the database can hold of what anybody may have written into an address."""
    return "".join(one if one.isprintable() else "?" for one in words[:SUBJECT])
