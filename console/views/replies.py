"""Canned replies: a commune's own, and those for every commune."""

from collections.abc import Sequence
from datetime import UTC, datetime

from aiohttp import web

from console.forms import Form, number_in
from console.page import flash, page, see_other
from console.parts import official, parts
from console.security import needs
from handlers import replies
from handlers.case_texts import CATEGORY_NAMES
from handlers.errors import Invalid
from handlers.officials import Permission
from handlers.replies import FIELDS, Draft, can_add, holes, may_edit
from storage.errors import Conflict

_CHANGED = "Có người vừa sửa mẫu này. Nội dung anh/chị gõ vẫn ở đây; xem bản đang lưu bên dưới rồi lưu lại."


@needs(Permission.READ_CASES)
async def list_replies(request: web.Request) -> web.Response:
    """List the replies one may use."""
    who = official(request)
    found = await parts(request).database.read(replies.list_seen, who)
    return page(
        request,
        "replies/list.html",
        replies=found,
        mine={reply.id for reply in found if may_edit(who, reply.area_code)},
        can_add=can_add(who),
        categories=CATEGORY_NAMES,
    )


@needs(Permission.READ_CASES)
async def show_new(request: web.Request) -> web.Response:
    """Ask for a new one."""
    return page(request, "replies/new.html", 200, form=Form(), **_choices())


def _choices() -> dict[str, object]:
    return {
        "categories": [("", "Mọi lĩnh vực"), *((str(one), name) for one, name in CATEGORY_NAMES.items())],
        "fields": FIELDS,
    }


def _draft(form: Form) -> Draft:
    return Draft(form.text("title"), form.text("text"), form.text("category"))


@needs(Permission.READ_CASES)
async def add(request: web.Request) -> web.Response:
    """Keep a new one."""
    form, own = await Form.read(request), parts(request)
    try:
        await own.database.write(replies.add, official(request), _draft(form), own.now())
    except Invalid as exc:
        form.refuse(exc)
        return page(request, "replies/new.html", 422, form=form, **_choices())
    flash(request, "Đã lưu mẫu trả lời.")
    see_other(request, "replies")


@needs(Permission.READ_CASES)
async def show(request: web.Request) -> web.Response:
    """Show one, to be changed by whoever keeps it."""
    return await _show(request, None)


async def _show(request: web.Request, form: Form | None, status: int = 200) -> web.Response:
    who = official(request)
    reply = await parts(request).database.read(replies.get, who, number_in(request, "id"))
    typed = {"title": reply.title, "text": reply.text, "category": reply.category or ""}
    return page(
        request,
        "replies/show.html",
        status,
        reply=reply,
        form=form or Form(typed),
        changed=status == 409,
        mine=may_edit(who, reply.area_code),
        holes=[hole for hole in holes(reply.text) if hole[1:-1].strip() not in FIELDS],
        seen=reply.changed_at.isoformat(),
        **_choices(),
    )


@needs(Permission.READ_CASES)
async def change(request: web.Request) -> web.Response:
    """Change one."""
    form, own, number = await Form.read(request), parts(request), number_in(request, "id")
    try:
        await own.database.write(
            replies.change, official(request), number, _draft(form), _moment(form.text("seen")), own.now()
        )
    except Invalid as exc:
        form.refuse(exc)
        return await _show(request, form, 422)
    except Conflict:
        form.errors[""] = _CHANGED
        return await _show(request, form, 409)
    flash(request, "Đã lưu mẫu trả lời.")
    see_other(request, "replies")


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@needs(Permission.READ_CASES)
async def remove(request: web.Request) -> web.Response:
    """Delete one."""
    own = parts(request)
    await own.database.write(replies.remove, official(request), number_in(request, "id"), own.now())
    flash(request, "Đã xoá mẫu trả lời.")
    see_other(request, "replies")


ROUTES: Sequence[web.RouteDef] = [
    web.get("/replies", list_replies, name="replies"),
    web.get("/replies/new", show_new, name="reply-new"),
    web.post("/replies/new", add),
    web.get("/replies/{id}", show, name="reply"),
    web.post("/replies/{id}", change),
    web.post("/replies/{id}/delete", remove, name="reply-delete"),
]
