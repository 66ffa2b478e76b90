"""The first page after the sign-in."""

from collections.abc import Sequence

from aiohttp import web

from console.page import page
from console.security import needs
from handlers.officials import Permission


@needs(Permission.READ_FIGURES)
async def home(request: web.Request) -> web.Response:
    """Greet, and lead on."""
    return page(request, "home/home.html")


ROUTES: Sequence[web.RouteDef] = [web.get("", home, name="home"), web.get("/", home, name="home-slash")]
