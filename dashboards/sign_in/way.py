"""The way to the provider of identities and back, of one browser."""

from collections.abc import Mapping

from aiohttp import web

from dashboards.sign_in.errands import Errand, Errands
from dashboards.sign_in.identity import Identity
from dashboards.sign_in.provider import Provider


class Way:
    def __init__(self, provider: Provider, errands: Errands) -> None:
        self._provider, self._errands = provider, errands

    @property
    def name(self) -> str:
        return self._provider.name

    async def out(self, where: str, kept: Mapping[str, str], *, afresh: bool) -> web.Response:
        """To say who they are. AwayError, IdentityError; TooLongError where `kept` cannot be taken along."""
        errand = self._errands.new(where, kept)
        return self._sent(await self._provider.question(errand, afresh=afresh), errand)

    def back(self, request: web.Request) -> Errand | None:
        """What this browser went for, once."""
        return self._errands.back(request)

    async def identity(self, request: web.Request, errand: Errand) -> Identity:
        """Who has come back; errors as the provider's."""
        return await self._provider.identity(request.query, errand)

    async def farewell(self, token: str) -> web.Response | None:
        """To sign out there, too; None where that cannot be."""
        errand = self._errands.new("/", {})
        address = await self._provider.farewell(token, errand.state)
        return None if address is None else self._sent(address, errand)

    def forget(self, answer: web.StreamResponse) -> None:
        self._errands.forget(answer)

    def _sent(self, address: str, errand: Errand) -> web.Response:
        answer = web.Response(status=303, headers={"Location": address})
        self._errands.give(answer, errand)
        return answer
