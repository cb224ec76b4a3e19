"""The templates: escaped, in the reader's language, within their frame."""

from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboards.frame import FRAME
from dashboards.house import UNNAMED, House
from ticketing.french.notation import clock, duration, hour, percent
from ticketing.saying import _, n_

TEMPLATES = Path(__file__).parent / "templates"


def environment(house: House = UNNAMED) -> Environment:
    """`house`: what the pages say of whom vigie works for."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found.install_gettext_callables(_, n_, newstyle=True)  # type: ignore[attr-defined]
    found.filters |= {"duration": duration, "percent": percent, "clock": clock, "hour": hour}
    found.globals |= {"frame": FRAME.get, "house": house}
    return found


def page(templates: Environment, name: str, /, *, status: int = 200, **values: object) -> web.Response:
    """A template as a page; every one extends `base.html`."""
    return web.Response(text=templates.get_template(name).render(**values), status=status, content_type="text/html")
