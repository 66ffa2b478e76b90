"""Residents: how many, where, and reached how. One of them only by the exact phone number, for who may."""

from collections.abc import Sequence

from aiohttp import web

from console.forms import Form
from console.page import page
from console.parts import official, parts
from console.security import needs
from handlers import people
from handlers.case_codes import spoken
from handlers.consent_texts import PURPOSES
from handlers.errors import Invalid
from handlers.exports.columns import CHANNEL_NAMES
from handlers.officials import Permission
from handlers.people import SEEN_DAYS, Found

COMMUNES_SHOWN = 30


@needs(Permission.READ_PEOPLE)
async def show(request: web.Request) -> web.Response:
    """Show counts; nobody's name."""
    return await _page(request, Form())


async def _page(
    request: web.Request, form: Form, status: int = 200, found: Found | None = None, *, looked: bool = False
) -> web.Response:
    own = parts(request)
    counts = await own.database.read(people.count, official(request), own.now())
    return page(
        request,
        "people/show.html",
        status,
        form=form,
        counts=counts,
        communes_shown=COMMUNES_SHOWN,
        channel_names=CHANNEL_NAMES,
        purposes=PURPOSES,
        agreed=dict(counts.agreed),
        seen=list(zip(SEEN_DAYS, counts.seen, strict=True)),
        found=found,
        looked=looked,
        spoken=spoken,
    )


@needs(Permission.EXPORT_PERSONAL)
async def look_up(request: web.Request) -> web.Response:
    """Show what is held of one person. A POST: the number must stand in no address and no history."""
    form, own = await Form.read(request), parts(request)
    try:
        found = await own.database.write(people.look_up, official(request), form.text("phone"), own.now())
    except Invalid as exc:
        form.refuse(exc)
        return await _page(request, form, 422)
    return await _page(request, form, found=found, looked=True)


ROUTES: Sequence[web.RouteDef] = [
    web.get("/people", show, name="people"),
    web.post("/people", look_up),
]
