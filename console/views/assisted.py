"""Filing a case for somebody who came in person; leads to the slip they take home."""

import secrets
from collections.abc import Sequence

from aiohttp import web

from console.forms import Form
from console.page import flash, page, see_other
from console.parts import official, parts
from console.security import needs
from handlers import assisted, case_kinds
from handlers.assisted import Told
from handlers.case_texts import CATEGORY_NAMES, KIND_NAMES
from handlers.errors import Invalid
from handlers.officials import Permission, scope

_GUESS = ("", "Máy gợi ý theo nội dung")


@needs(Permission.ASSIST)
async def show_new(request: web.Request) -> web.Response:
    """Ask what was told."""
    return _page(request, Form({"form_key": secrets.token_urlsafe(12)}))


def _page(request: web.Request, form: Form, status: int = 200, *, guessed: bool = False) -> web.Response:
    communes = [(area.code, area.name) for area in parts(request).guide.areas.communes]
    bound = scope(official(request)) is not None
    return page(
        request,
        "cases/new.html",
        status,
        form=form,
        guessed=guessed,
        kinds=[_GUESS, *((str(kind), name) for kind, name in KIND_NAMES.items())],
        categories=[_GUESS, *((str(one), name) for one, name in CATEGORY_NAMES.items())],
        communes=[] if bound else [("", "Chọn xã, phường"), *communes],
    )


def _guess(form: Form, table: case_kinds.Table) -> bool:
    """Choose what was left to be guessed; says whether anything was. A person looks at it before it counts."""
    if not form.text("text") or (form.text("kind") and form.text("category")):
        return False
    found = case_kinds.guess(form.text("text"), table)
    form.values["kind"] = form.text("kind") or str(found.kind)
    form.values["category"] = form.text("category") or str(found.categories[0])
    return True


@needs(Permission.ASSIST)
async def add(request: web.Request) -> web.Response:
    """Open the case; or offer a guess of kind and category, to be confirmed."""
    form, own, who = await Form.read(request), parts(request), official(request)
    if _guess(form, own.guide.kinds):
        return _page(request, form, 422, guessed=True)
    told = Told(
        *(form.text(name) for name in ("text", "kind", "category", "area_code", "name", "phone", "form_key"))
    )
    urgent = own.guide.signals.urgency(told.text)
    try:
        opened = await own.database.write(
            assisted.file,
            who,
            told,
            str(urgent) if urgent else None,
            own.guide.areas,
            own.guide.new_code,
            own.guide.deadlines,
            own.now(),
        )
    except Invalid as exc:
        form.refuse(exc)
        return _page(request, form, 422)
    flash(request, "Đã ghi nhận. In phiếu hoặc chép mã đưa cho người dân.")
    see_other(request, "case-slip", id=opened.case_id)


ROUTES: Sequence[web.RouteDef] = [
    web.get("/cases/new", show_new, name="case-new"),
    web.post("/cases/new", add),
]
