"""Where each commune receives people: its officer writes it, residents read it."""

from collections.abc import Sequence
from datetime import datetime

from aiohttp import web

from console.forms import Form
from console.page import flash, page, see_other
from console.parts import official, parts
from console.security import needs
from handlers import offices
from handlers.errors import Invalid
from handlers.offices import Draft
from handlers.officials import Permission, scope
from storage import offices as rows
from storage.offices import Office


@needs(Permission.EDIT_OFFICES)
async def list_offices(request: web.Request) -> web.Response:
    """List the communes with their offices; whoever is bound to one gets that."""
    if (bound := scope(official(request))) is not None:
        return await _show(request, bound)
    own = parts(request)
    found = {office.area_code: office for office in await own.database.read(rows.list_offices)}
    return page(request, "offices/list.html", communes=own.guide.areas.communes, offices=found)


@needs(Permission.EDIT_OFFICES)
async def show(request: web.Request) -> web.Response:
    """Show one office, to be changed."""
    return await _show(request, request.match_info["code"])


async def _show(request: web.Request, code: str) -> web.Response:
    own = parts(request)
    office = await own.database.read(offices.get, official(request), code, own.guide.areas)
    return _page(request, code, _form_of(office))


def _page(request: web.Request, code: str, form: Form, status: int = 200) -> web.Response:
    return page(request, "offices/show.html", status, form=form, code=code)


def _form_of(office: Office | None) -> Form:
    if office is None:
        return Form()
    return Form(
        {
            "address": office.address,
            "phone": office.phone,
            "hours": office.hours,
            "seen": office.changed_at.isoformat(),
        }
    )


@needs(Permission.EDIT_OFFICES)
async def save(request: web.Request) -> web.Response:
    """Write it down."""
    form, own, code = await Form.read(request), parts(request), request.match_info["code"]
    draft = Draft(form.text("address"), form.text("phone"), form.text("hours"), _moment(form.text("seen")))
    try:
        await own.database.write(offices.save, official(request), code, draft, own.guide.areas, own.now())
    except Invalid as exc:
        form.refuse(exc)
        return _page(request, code, form, 422)
    flash(request, "Đã lưu. Bà con đọc được từ câu trả lời tiếp theo.")
    see_other(request, "office", code=code)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


ROUTES: Sequence[web.RouteDef] = [
    web.get("/offices", list_offices, name="offices"),
    web.get("/offices/{code}", show, name="office"),
    web.post("/offices/{code}", save),
]
