"""Files as they are sent: what they are, under which name they are saved, and whether somebody has them already."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import quote

from aiohttp import web

TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
SHOWN = (".html", ".pdf")
"""What a browser shows; all else is saved."""
ALONE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'; sandbox"
"""Of a page that stands alone: it runs nothing, and asks for nothing."""


def sent(request: web.Request, name: str, content: bytes, headers: Mapping[str, str]) -> web.Response:
    """A file; `?download` has it saved. Only its answer's head where it is what the browser has."""
    suffix = PurePosixPath(name).suffix
    save = suffix not in SHOWN or "download" in request.query
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    told = {
        "Content-Type": TYPES.get(suffix, "application/octet-stream"),
        "Content-Disposition": f"{'attachment' if save else 'inline'}; filename*=UTF-8''{quote(name)}",
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
        **({"Content-Security-Policy": ALONE} if suffix == ".html" else {}),
        **headers,
    }
    if etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=told)
    return web.Response(body=content, headers=told)
