"""What is done with an announcement: handed in, approved, sent back, stopped, sent once more. Each leads back."""

from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec

from aiohttp import web

from console import announcement_page
from console.forms import Form, number_in
from console.page import flash, see_other
from console.parts import official, parts
from console.security import needs
from handlers import announcement_again, announcement_life, announcements
from handlers import announcement_words as words
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.officials import Official, Permission
from storage.announcements import Announcement
from storage.db import Tx
from storage.errors import Conflict

P = ParamSpec("P")
_DONE_ALREADY = "Tin này {status}; không có gì thay đổi thêm."
_CHANGED = "Trong lúc anh/chị xem, tin đã được sửa. Hãy xem lại bản dưới đây rồi bấm lần nữa."


def _within(
    tx: Tx,
    who: Official,
    number: int,
    act: Callable[Concatenate[Tx, Official, int, P], Announcement],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Announcement:
    """Do something with an announcement that the official sees; one of other areas is not there."""
    announcements.check_seen(tx, who, number)
    return act(tx, who, number, *args, **kwargs)


async def _do(
    request: web.Request,
    form: Form,
    at: str,
    said: str,
    act: Callable[Concatenate[Tx, Official, int, P], Announcement],
    *args: P.args,
    **kwargs: P.kwargs,
) -> web.Response:
    """Do it, say so and lead back. Args: at: the status in which it is done, where a version is asked for."""
    own, number = parts(request), number_in(request, "id")
    try:
        await own.database.write(_within, official(request), number, act, *args, **kwargs)
    except Invalid as exc:
        form.refuse(exc)
        return await announcement_page.show(request, form, 422)
    except TooLate as exc:
        form.errors[""] = str(exc)
        return await announcement_page.show(request, form, 409)
    except Conflict:
        now = (await own.database.read(announcements.get, official(request), number)).announcement
        if now.status == at:
            form.errors[""] = _CHANGED
            return await announcement_page.show(request, form, 409)
        # Pressed twice, or somebody was faster.
        said = _DONE_ALREADY.format(status=words.STATUS_NAMES[now.status])
    flash(request, said)
    see_other(request, "announcement", id=number)


@needs(Permission.WRITE_ANNOUNCEMENTS)
async def submit(request: web.Request) -> web.Response:
    """Hand a draft in, with how many will get it counted now."""
    form, own, number = await Form.read(request), parts(request), number_in(request, "id")
    seen = await own.database.read(announcements.get, official(request), number)
    one, rules = seen.announcement, own.guide.rules
    tally = await announcement_page.count(own, one)
    said = (
        "Đã gửi duyệt. Tin đi khi một lãnh đạo duyệt."
        if tally.recipients > rules.approval_above
        else "Tin đã được duyệt và sẽ tự đi."
    )
    version = form.number("version") or 0
    return await _do(
        request, form, "draft", said, announcement_life.submit, version, tally.recipients, rules, own.now()
    )


@needs(Permission.APPROVE)
async def approve(request: web.Request) -> web.Response:
    """Let it go out, as the second person."""
    form, now = await Form.read(request), parts(request).now()
    # Its text stands: of one that is out, only what the clock notes changes the version.
    version = None if form.text("late") else form.number("version") or 0
    try:
        return await _do(
            request,
            form,
            "submitted",
            "Đã duyệt.",
            announcement_life.approve,
            version,
            now,
        )
    except NotAllowed as exc:
        form.errors[""] = str(exc)
        return await announcement_page.show(request, form, 403)


@needs(Permission.READ_ANNOUNCEMENTS)
async def send_back(request: web.Request) -> web.Response:
    """Give it back to its writer, with a reason."""
    form, now = await Form.read(request), parts(request).now()
    version, reason = form.number("version") or 0, form.text("reason")
    said = "Đã trả lại. Người viết thấy lý do ở bản nháp."
    return await _do(request, form, "submitted", said, announcement_life.send_back, version, reason, now)


@needs(Permission.READ_ANNOUNCEMENTS)
async def pause(request: web.Request) -> web.Response:
    """Let nothing more leave until it is resumed."""
    form = await Form.read(request)
    return await _do(
        request,
        form,
        "",
        "Đã tạm dừng: không tin nào đi thêm.",
        announcement_life.pause,
        parts(request).now(),
    )


@needs(Permission.READ_ANNOUNCEMENTS)
async def resume(request: web.Request) -> web.Response:
    """Go on with it."""
    form = await Form.read(request)
    return await _do(request, form, "", "Tin đi tiếp.", announcement_life.resume, parts(request).now())


@needs(Permission.READ_ANNOUNCEMENTS)
async def cancel(request: web.Request) -> web.Response:
    """End it before everybody had it."""
    form = await Form.read(request)
    said = "Đã hủy. Những tin chưa đi được rút lại."
    return await _do(
        request, form, "", said, announcement_life.cancel, form.text("why"), parts(request).now()
    )


@needs(Permission.READ_ANNOUNCEMENTS)
async def send_again(request: web.Request) -> web.Response:
    """Send it once more to those of whom nobody knows whether they have it."""
    form, own, number = await Form.read(request), parts(request), number_in(request, "id")
    try:
        queued = await own.database.write(
            announcement_again.send_again, official(request), number, own.guide.rules, own.now()
        )
    except TooLate as exc:
        form.errors[""] = str(exc)
        return await announcement_page.show(request, form, 409)
    flash(request, f"Gửi lại cho {queued} người." if queued else "Không còn ai để gửi lại.")
    see_other(request, "announcement", id=number)


ROUTES: Sequence[web.RouteDef] = [
    web.post("/announcements/{id}/submit", submit, name="announcement-submit"),
    web.post("/announcements/{id}/approve", approve, name="announcement-approve"),
    web.post("/announcements/{id}/send-back", send_back, name="announcement-send-back"),
    web.post("/announcements/{id}/pause", pause, name="announcement-pause"),
    web.post("/announcements/{id}/resume", resume, name="announcement-resume"),
    web.post("/announcements/{id}/cancel", cancel, name="announcement-cancel"),
    web.post("/announcements/{id}/again", send_again, name="announcement-again"),
]
