"""What the service runs with, without its secrets; and the telephone numbers an admin vouches for."""

from collections.abc import Sequence
from datetime import timedelta

from aiohttp import web

from console.forms import Form
from console.page import flash, page, see_other
from console.parts import official, parts
from console.security import needs
from handlers import offices
from handlers.errors import Invalid
from handlers.exports.columns import CHANNEL_NAMES
from handlers.officials import Permission
from storage import offices as rows
from storage import officials, schema

STATE_NAMES = {
    "ok": "đang chạy",
    "off": "tắt",
    "starting": "đang khởi động",
    "unreachable": "không liên lạc được máy chủ của kênh",
    "refused": "bị từ chối: cần xem lại mã truy cập",
    "conflict": "có nơi khác đang dùng cùng mã truy cập",
}
STATE_KINDS = {"ok": "good", "off": "quiet", "starting": "warn"}


@needs(Permission.MANAGE_SETTINGS)
async def show(request: web.Request) -> web.Response:
    """Show what is so."""
    return await _page(request, Form())


async def _page(request: web.Request, form: Form, status: int = 200) -> web.Response:
    own = parts(request)
    hotlines = await own.database.read(rows.list_hotlines)
    today = own.now().astimezone(own.zone).date()
    return page(
        request,
        "settings/show.html",
        status,
        form=form,
        hotlines=hotlines,
        names=await own.database.read(officials.get_names, [line.checked_by for line in hotlines]),
        channels=sorted(own.channels().items()),
        channel_names=CHANNEL_NAMES,
        state_names=STATE_NAMES,
        state_kinds=STATE_KINDS,
        database="PostgreSQL" if own.database.file is None else "SQLite",
        revision=await own.database.read(schema.revision),
        public_url=own.public_url,
        guide=own.guide,
        zone=own.zone.key,
        warnings=own.guide.deadlines.calendar.warnings(today, today + timedelta(days=92)),
    )


@needs(Permission.MANAGE_SETTINGS)
async def add_hotline(request: web.Request) -> web.Response:
    """List a number."""
    form, own = await Form.read(request), parts(request)
    typed = (form.text("number"), form.text("name"), bool(form.text("tried")))
    try:
        await own.database.write(offices.add_hotline, official(request), *typed, own.now())
    except Invalid as exc:
        form.refuse(exc)
        return await _page(request, form, 422)
    flash(request, "Đã thêm số.")
    see_other(request, "settings")


@needs(Permission.MANAGE_SETTINGS)
async def remove_hotline(request: web.Request) -> web.Response:
    """Take a number off the list."""
    form, own = await Form.read(request), parts(request)
    await own.database.write(offices.remove_hotline, official(request), form.text("number"), own.now())
    flash(request, "Đã bỏ số.")
    see_other(request, "settings")


ROUTES: Sequence[web.RouteDef] = [
    web.get("/settings", show, name="settings"),
    web.post("/settings/hotlines", add_hotline, name="hotlines"),
    web.post("/settings/hotlines/remove", remove_hotline, name="hotline-remove"),
]
