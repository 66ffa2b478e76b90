"""Who needs help now: messages and cases, and who took them in hand."""

from collections.abc import Sequence
from dataclasses import asdict

from aiohttp import web

from console.forms import number_in
from console.page import flash, page, see_other
from console.parts import ALARMS, official, parts
from console.security import asked_by_itself, needs
from handlers import urgent
from handlers.case_codes import spoken
from handlers.case_texts import STATUS_NAMES
from handlers.officials import Permission
from handlers.time_left import age
from handlers.urgent_texts import name_of, numbers_given


@needs(Permission.READ_CASES)
async def show(request: web.Request) -> web.Response:
    """Show what waits, and what was taken in hand lately."""
    own = parts(request)
    board = await own.database.read(urgent.look, official(request), own.now())
    calendar = own.guide.deadlines.calendar
    return page(
        request,
        "urgent/show.html",
        board=board,
        kind=name_of,
        numbers=numbers_given,
        spoken=spoken,
        statuses=STATUS_NAMES,
        age=lambda at: age(at, own.now(), calendar),
    )


@needs(Permission.READ_CASES)
async def take(request: web.Request) -> web.Response:
    """Note by name that one deals with it."""
    own = parts(request)
    done = await own.database.write(urgent.take_note, official(request), number_in(request, "id"), own.now())
    flash(request, "Đã ghi tên anh/chị." if done else "Người khác đã nhận việc này trước đó.")
    see_other(request, "urgent")


@asked_by_itself
async def alarms(request: web.Request) -> web.Response:
    """Give the lines on top of the page, for pages that stay open."""
    return web.json_response({"alarms": [asdict(alarm) for alarm in request[ALARMS]]})


ROUTES: Sequence[web.RouteDef] = [
    web.get("/urgent", show, name="urgent"),
    web.post("/urgent/{id}/take", take, name="urgent-take"),
    web.get("/alarms", alarms, name="alarms"),
]
