"""Exports: asked for with a form, written in the background, fetched by whoever asked."""

from collections.abc import Sequence
from datetime import date

from aiohttp import web

from console.export_jobs import JOBS, Job, State
from console.forms import Form
from console.page import page, see_other
from console.parts import official, parts
from console.security import needs
from handlers import exports
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.exports import EXPORT_NAMES, FORMATS, Kind, Order
from handlers.officials import Permission, require, scope

FORMAT_NAMES = {"xlsx": "Excel (xlsx)", "csv": "CSV", "jsonl": "JSON, mỗi dòng một bản ghi"}
STATE_NAMES = {
    State.WAITING: "đang chờ lượt",
    State.WRITING: "đang ghi",
    State.READY: "đã xong",
    State.FAILED: "bị lỗi",
}


@needs(Permission.EXPORT)
async def show(request: web.Request) -> web.Response:
    """Show the form, and the exports this official has asked for."""
    return _page(request, Form({"kind": Kind.FEEDBACK, "format": "xlsx"}))


def _page(request: web.Request, form: Form, status: int = 200) -> web.Response:
    own, who = parts(request), official(request)
    jobs = request.app[JOBS].list(own.now(), who.id)
    communes = [(area.code, area.name) for area in own.guide.areas.communes]
    return page(
        request,
        "exports/show.html",
        status,
        form=form,
        jobs=jobs,
        busy=any(not job.over for job in jobs),
        kinds=[(str(kind), name) for kind, name in EXPORT_NAMES.items()],
        formats=list(FORMAT_NAMES.items()),
        communes=[("", "Tất cả xã, phường"), *communes],
        kind_names=EXPORT_NAMES,
        state_names=STATE_NAMES,
    )


@needs(Permission.EXPORT)
async def start(request: web.Request) -> web.Response:
    """Have the order allowed and written down, then begin."""
    form, own, who, jobs = await Form.read(request), parts(request), official(request), request.app[JOBS]
    try:
        order = _order(request, form)
        jobs.check_room(own.now(), who.id)
        allowed = await own.database.write(exports.allow, who, order, own.now())
        jobs.start(own, who.id, allowed, form.text("format"))
    except Invalid as exc:
        form.refuse(exc)
        return _page(request, form, 422)
    except TooLate:
        form.refuse(Invalid("kind", "Đang ghi hai bản rồi. Đợi một bản xong rồi lấy tiếp."))
        return _page(request, form, 409)
    see_other(request, "exports")


def _order(request: web.Request, form: Form) -> Order:
    try:
        kind = Kind(form.text("kind"))
    except ValueError:
        raise Invalid("kind", "Cần chọn một loại số liệu.") from None
    if form.text("format") not in FORMATS:
        raise Invalid("format", "Cần chọn một dạng tệp.")
    code = form.text("area_code")
    area = parts(request).guide.areas.find(code) if code else None
    if code and (area is None or area.level != "commune"):
        raise Invalid("area_code", "Cần chọn một xã, phường trong danh sách.")
    return Order(
        kind,
        _day(form, "start"),
        _day(form, "end"),
        (code,) if code else None,
        bool(form.text("personal")),
    )


def _day(form: Form, name: str) -> date | None:
    try:
        return date.fromisoformat(form.text(name)) if form.text(name) else None
    except ValueError:
        raise Invalid(name, "Ngày chưa đúng; ví dụ: 2026-11-26") from None


@needs(Permission.EXPORT)
async def fetch(request: web.Request) -> web.StreamResponse:
    """Give the file to whoever asked for it, if they may still have it."""
    own, who, jobs = parts(request), official(request), request.app[JOBS]
    job = jobs.find(own.now(), who.id, request.match_info["job"])
    if job is None or job.state is not State.READY:
        raise web.HTTPNotFound
    if job.order.personal:
        require(who, Permission.EXPORT_PERSONAL)
    bound = scope(who)
    if bound is not None and job.order.area_codes != (bound,):
        raise NotAllowed("asked for while the official was of another commune")
    return web.FileResponse(
        jobs.file(job),
        headers={
            "Content-Disposition": f'attachment; filename="{_name(request, job)}"',
            "Content-Type": "application/octet-stream",
        },
    )


def _name(request: web.Request, job: Job) -> str:
    day = job.asked_at.astimezone(parts(request).zone)
    areas = "-".join(job.order.area_codes) if job.order.area_codes else "tat-ca"
    return f"hai-chieu-{job.order.kind}-{areas}-{day:%Y%m%d-%H%M}.{job.format_name}"


ROUTES: Sequence[web.RouteDef] = [
    web.get("/exports", show, name="exports"),
    web.post("/exports", start),
    web.get("/exports/{job}", fetch, name="export"),
]
