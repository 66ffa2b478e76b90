"""The overview: the first page after the sign-in."""

from collections.abc import Sequence

from aiohttp import web

from console.overviews import OVERVIEWS
from console.page import page
from console.parts import official, parts
from console.security import needs
from handlers.officials import Permission

COMMUNES_SHOWN = 20


@needs(Permission.READ_FIGURES)
async def home(request: web.Request) -> web.Response:
    """Show what came in, what waits, what people ask."""
    own = parts(request)
    kept = await request.app[OVERVIEWS].get(own, official(request))
    topics = own.guide.library.topics
    return page(
        request,
        "home/home.html",
        found=kept.overview,
        at=kept.at,
        titles={topic_id: topic.title for topic_id, topic in topics.items()},
        communes_shown=COMMUNES_SHOWN,
    )


ROUTES: Sequence[web.RouteDef] = [web.get("", home, name="home"), web.get("/", home, name="home-slash")]
