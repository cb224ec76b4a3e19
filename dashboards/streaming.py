"""A stream as the answer to a request."""

from collections.abc import Collection

from aiohttp import web

from dashboards.access import holds
from dashboards.headers import HEADERS
from dashboards.stream import Stream


async def streamed(request: web.Request, stream: Stream, only: Collection[str] | None = None) -> web.StreamResponse:
    """Until either side ends it, or whoever reads may no longer."""
    response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await response.prepare(request)
    async for frames in stream.read(only):
        if not holds(request):
            break  # signed out, disabled or over: the page asks again, and is told
        try:
            await response.write(frames)
        except ConnectionError:
            break
    return response
