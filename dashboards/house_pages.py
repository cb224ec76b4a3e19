"""What the house says to anybody, signed in or not: how accessible its pages are, and how they look."""

from datetime import date

from aiohttp import web
from jinja2 import Environment

from dashboards.access import needs
from dashboards.house import House
from dashboards.templating import page

CHECKED = date(2026, 11, 25)
"""When what `/accessibilite` declares was looked at last."""
STYLESHEET = "/static/operator.css"


class HousePages:
    def __init__(self, house: House, templates: Environment) -> None:
        self._house, self._templates = house, templates

    def routes(self) -> list[web.RouteDef]:
        """To be asked before the files that are ours."""
        return [
            web.get("/accessibilite", self.accessibility),
            *([web.get(STYLESHEET, self.stylesheet)] if self._house.stylesheet else ()),
        ]

    @needs("open")
    async def accessibility(self, _: web.Request) -> web.Response:
        return page(self._templates, "accessibility.html", checked=CHECKED)

    @needs("open")
    async def stylesheet(self, _: web.Request) -> web.StreamResponse:
        """As it is now: whoever works on it need not restart anything."""
        file = self._house.stylesheet
        if file is None or not file.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(file, headers={"Content-Type": "text/css; charset=utf-8"})
