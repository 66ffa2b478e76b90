"""Announcements written and changed: a form that loses nothing that was typed or uploaded."""

import secrets
from collections.abc import Sequence

from aiohttp import web

from console import announcement_form, announcement_pictures
from console.announcement_pictures import UP_TO, Pictures
from console.forms import Form, number_in
from console.page import flash, page, see_other
from console.parts import official, parts
from console.security import needs
from handlers import announcement_texts, announcements
from handlers import announcement_words as words
from handlers.announcements import Shown
from handlers.errors import Invalid, TooLate
from handlers.officials import Permission
from storage.errors import Conflict

_CHANGED = (
    "Trong lúc anh/chị sửa, người khác đã lưu tin này. Bản của anh/chị còn nguyên dưới đây: "
    "hãy mở trang của tin ở thẻ khác để xem bản của họ, rồi lưu lại nếu vẫn đúng."
)


@needs(Permission.WRITE_ANNOUNCEMENTS)
async def show_new(request: web.Request) -> web.Response:
    """Ask for a new one."""
    return _form_page(request, announcement_form.blank(), Pictures((), ()), None)


@needs(Permission.WRITE_ANNOUNCEMENTS)
async def show_edit(request: web.Request) -> web.Response:
    """Show a draft to be changed; what is no draft any more leads to its page."""
    own, number = parts(request), number_in(request, "id")
    shown = await own.database.read(announcements.get, official(request), number)
    one = shown.announcement
    if one.status != "draft":
        flash(request, words.NOT_NOW.format(status=words.STATUS_NAMES[one.status]))
        see_other(request, "announcement", id=number)
    form = announcement_form.fill(one, shown.event, own.guide.areas, own.zone)
    return _form_page(request, form, Pictures(one.pictures, ()), shown)


def _form_page(
    request: web.Request, form: Form, pictures: Pictures, shown: Shown | None, status: int = 200
) -> web.Response:
    own, who = parts(request), official(request)
    return page(
        request,
        "announcements/edit.html",
        status,
        form=form,
        one=shown.announcement if shown else None,
        pictures=pictures,
        kept=[announcement_pictures.sealed(request, one) for one in pictures.fresh],
        kinds=announcement_form.KINDS,
        event_types=list(announcement_form.EVENT_NAMES.items()),
        communes=[(area.code, area.name) for area in own.guide.areas.communes],
        bound=who.area_code,
        households=announcement_form.HOUSEHOLD_CHOICES,
        channels=announcement_form.CHANNEL_CHOICES,
        most_chars=announcement_texts.MAX_CHARS,
        most_pictures=announcement_pictures.MOST,
        elsewhere=[said for name, said in form.errors.items() if name not in announcement_form.FIELDS],
    )


@needs(Permission.WRITE_ANNOUNCEMENTS, up_to=UP_TO)
async def add(request: web.Request) -> web.Response:
    """Keep a new one as a draft."""
    form, own, who = await Form.read(request), parts(request), official(request)
    pictures = await announcement_pictures.take(request, form, ())
    now = own.now()
    draft = announcement_form.read(form, pictures.names, None, own.guide.areas, own.zone, now)
    if draft is not None:
        try:
            filed = await own.database.write(
                announcements.file, who, draft, pictures.fresh, secrets.choice, own.zone, now
            )
        except Invalid as exc:
            form.refuse(exc)
        else:
            flash(request, "Đã lưu bản nháp. Xem lại dưới đây rồi gửi duyệt.")
            see_other(request, "announcement", id=filed.id)
    return _form_page(request, form, pictures, None, 422)


@needs(Permission.WRITE_ANNOUNCEMENTS, up_to=UP_TO)
async def change(request: web.Request) -> web.Response:
    """Change a draft."""
    form, own, who, number = (
        await Form.read(request),
        parts(request),
        official(request),
        number_in(request, "id"),
    )
    shown = await own.database.read(announcements.get, who, number)
    one, now = shown.announcement, own.now()
    pictures = await announcement_pictures.take(request, form, one.pictures)
    reminders = shown.event.remind_before if shown.event else None
    draft = announcement_form.read(form, pictures.names, reminders, own.guide.areas, own.zone, now)
    if draft is None:
        return _form_page(request, form, pictures, shown, 422)
    try:
        await own.database.write(
            announcements.edit,
            who,
            number,
            form.number("version") or 0,
            draft,
            pictures.fresh,
            secrets.choice,
            own.zone,
            now,
        )
    except Invalid as exc:
        form.refuse(exc)
        return _form_page(request, form, pictures, shown, 422)
    except Conflict:
        # The next save is over what stands there now: they were told.
        form.values["version"] = str(one.version)
        form.errors[""] = _CHANGED
        return _form_page(request, form, pictures, shown, 409)
    except TooLate as exc:
        form.errors[""] = str(exc)
        return _form_page(request, form, pictures, shown, 409)
    flash(request, "Đã lưu.")
    see_other(request, "announcement", id=number)


ROUTES: Sequence[web.RouteDef] = [
    web.get("/announcements/new", show_new, name="announcement-new"),
    web.post("/announcements/new", add),
    web.get("/announcements/{id}/edit", show_edit, name="announcement-edit"),
    web.post("/announcements/{id}/edit", change),
]
