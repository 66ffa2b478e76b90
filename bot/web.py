"""The one web server: web chat, webhooks, health and metrics on one port."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.channels.base import Health, NotNow
from bot.channels.webchat import sentences
from bot.channels.webchat.assets import read_static
from bot.channels.webchat.security import secure
from bot.metrics import Metrics
from console.app import PREFIX as CONSOLE
from storage import facts
from storage.db import Database
from storage.errors import StorageError

READY_WITHIN_S = 2.0
MAX_BODY_BYTES = 10 * 2**20  # a picture with some room; each channel has its own, lower, limits

_NOWHERE = web.AppKey("nowhere", str)

log = logging.getLogger(__name__)


def build(
    routes: Iterable[web.AbstractRouteDef],
    database: Database,
    health: Callable[[], Mapping[str, Health]],
    alarms: Callable[[], Sequence[str]],
    metrics: Metrics,
    console: web.Application,
) -> web.Application:
    """Put the routes of the channels, our own and the console into one application.

    Args:
        health: gives the state of each channel by name, at the moment of the call.
        alarms: gives the names of what somebody must look at now.
    """
    app = web.Application(middlewares=[_errors], client_max_size=MAX_BODY_BYTES)
    app[_NOWHERE] = read_static("nowhere.html").decode()
    own = _Own(database, health, alarms, metrics)
    app.add_routes(
        [
            web.get("/healthz", own.alive),
            web.get("/readyz", own.ready),
            web.get("/metrics", own.metrics),
            *routes,
        ]
    )
    app.add_subapp(CONSOLE, console)
    return app


class _Own:
    def __init__(
        self,
        database: Database,
        health: Callable[[], Mapping[str, Health]],
        alarms: Callable[[], Sequence[str]],
        metrics: Metrics,
    ) -> None:
        self._database = database
        self._health = health
        self._alarms = alarms
        self._metrics = metrics

    async def alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ready(self, _request: web.Request) -> web.Response:
        """200 while database and web chat work; another channel that is down is a state, not a failure."""
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                there = await self._database.read(facts.is_there)
            database = "ok" if there else "unavailable"
        except (StorageError, TimeoutError):
            database = "unavailable"
        channels = {name: str(health.state) for name, health in self._health().items()}
        body = {"database": database, "channels": channels, "alarms": list(self._alarms())}
        return web.json_response(body, status=200 if database == "ok" else 503)

    async def metrics(self, _request: web.Request) -> web.Response:
        self._metrics.show_channels({name: str(h.state) for name, h in self._health().items()})
        self._metrics.show_alarms(self._alarms())
        return web.Response(
            body=generate_latest(self._metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )


@web.middleware
async def _errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Translate what reached the edge, once; nobody outside ever sees a traceback."""
    try:
        return await handler(request)
    except web.HTTPException as exc:
        # A mistyped address in a browser; programs, which ask for no page, get the bare status.
        if exc.status == 404 and "text/html" in request.headers.get("Accept", ""):
            return secure(
                web.Response(text=request.config_dict[_NOWHERE], content_type="text/html", status=404)
            )
        secure(exc)
        raise
    except NotNow:
        response = web.json_response({"error": sentences.BUSY}, status=503, headers={"Retry-After": "2"})
    except Exception:
        log.exception("request failed", extra={"route": request.match_info.route.resource})
        response = web.json_response({"error": sentences.BROKEN}, status=500)
    return secure(response)
