"""Training and dialogue sessions: the calendar of a month, one session, who signed up, and what is changed of it.

What else belongs to a session (its questions, its minutes, who came) has screens of its own; their links stand in
`events/_parts.html`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from aiohttp import web

from console.announcement_form import EVENT_NAMES, local, moment
from console.forms import Form, number_in
from console.page import flash, page, see_other, url
from console.parts import official, parts
from console.security import needs
from handlers import announcement_words, event_lists, events
from handlers.announcement_codes import spoken
from handlers.announcement_texts import when
from handlers.errors import Invalid, TooLate
from handlers.event_lists import Seen, SignUp
from handlers.event_messages import Voice
from handlers.events import Details
from handlers.officials import Official, Permission, in_scope, may
from storage.errors import Conflict
from storage.events import Event

ANSWERS = {"going": "Sẽ đi", "waiting": "Chờ chỗ", "declined": "Không đi", "walk_in": "Đến không ghi tên"}
STATUSES = {"planned": "", "cancelled": "đã hủy", "held": "đã diễn ra"}
_CHANGED = (
    "Trong lúc anh/chị sửa, người khác đã đổi buổi này. Điều anh/chị gõ còn nguyên dưới đây: "
    "hãy xem bản đang lưu ở trên, rồi lưu lại nếu vẫn đúng."
)
_TOO_LATE = "Buổi này đã bắt đầu hoặc đã hủy, nên không đổi được nữa."


# The calendar ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar and its sessions, in order."""

    on: date
    sessions: Sequence[Seen]


@needs(Permission.READ_EVENTS)
async def show_month(request: web.Request) -> web.Response:
    """Show a month; which one stands in the address."""
    own = parts(request)
    today = own.now().astimezone(own.zone).date()
    month = _month(request.query.get("month", "")) or today.replace(day=1)
    found = await own.database.read(event_lists.list_month, official(request), month, own.zone)
    following, former = _next(month), (month - timedelta(days=1)).replace(day=1)
    days = []
    for number in range((following - month).days):
        on = month + timedelta(days=number)
        here = [s for s in found if s.announced.event.starts_at.astimezone(own.zone).date() == on]
        days.append(Day(on, here))
    return page(
        request,
        "events/month.html",
        month=month,
        days=days,
        today=today,
        total=len(found),
        former=url(request, "events", {"month": f"{former:%Y-%m}"}),
        following=url(request, "events", {"month": f"{following:%Y-%m}"}),
        types=EVENT_NAMES,
        statuses=STATUSES,
        drafts=("draft", "submitted"),
        clock=lambda at: f"{at.astimezone(own.zone):%H:%M}",
    )


def _month(text: str) -> date | None:
    """Return the first day of a month as the address has it; None for none, or for one at the end of all calendars."""
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month if 1900 < month.year < 3000 else None


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


# One session ----------------------------------------------------------------------------------------------------


@needs(Permission.READ_EVENTS)
async def show(request: web.Request) -> web.Response:
    """Show a session: when, where, how many come."""
    return await _show(request, Form())


async def _show(request: web.Request, form: Form, status: int = 200) -> web.Response:
    own, who = parts(request), official(request)
    seen = await own.database.read(event_lists.show, who, number_in(request, "id"))
    return page(request, "events/show.html", status=status, form=form, **_context(request, seen))


def _context(request: web.Request, seen: Seen) -> dict[str, object]:
    own, who, event = parts(request), official(request), seen.announced.event
    coming, one = event.is_coming(own.now()), seen.announced.announcement
    return {
        "event": event,
        "one": one,
        "totals": seen.totals,
        "when": when(event, own.zone),
        "types": EVENT_NAMES,
        "statuses": STATUSES,
        "told": one.started_at is not None,
        "announced": announcement_words.STATUS_NAMES,
        "spoken": spoken,
        "may_change": coming and _may_change(who, event) and events.is_changeable(one),
        "may_cancel": coming and (_may_change(who, event) or may(who, Permission.APPROVE)),
        "may_name": _may_name(who),
    }


def _may_change(who: Official, event: Event) -> bool:
    return may(who, Permission.WRITE_ANNOUNCEMENTS) and in_scope(who, event.area_code)


def _may_name(who: Official) -> bool:
    return may(who, Permission.WORK_CASES) or may(who, Permission.EXPORT_PERSONAL)


@needs(Permission.READ_EVENTS)
async def show_sign_ups(request: web.Request) -> web.Response:
    """Show who answered, without names: to be looked at or printed."""
    own, who, number = parts(request), official(request), number_in(request, "id")
    seen = await own.database.read(event_lists.show, who, number)
    found = await own.database.read(event_lists.list_sign_ups, who, number, own.now(), rules=own.guide.rules)
    return _sign_ups(request, seen, found, named=False)


@needs(Permission.READ_EVENTS)
async def name_sign_ups(request: web.Request) -> web.Response:
    """Show the same with names, for who may have them. A POST: it is written into the audit log."""
    own, who, number = parts(request), official(request), number_in(request, "id")
    seen = await own.database.read(event_lists.show, who, number)
    found = await own.database.write(
        event_lists.list_sign_ups, who, number, own.now(), personal=True, rules=own.guide.rules
    )
    return _sign_ups(request, seen, found, named=True)


def _sign_ups(request: web.Request, seen: Seen, found: Sequence[SignUp], *, named: bool) -> web.Response:
    return page(
        request,
        "events/sign_ups.html",
        status=200,
        found=found,
        named=named,
        phones=may(official(request), Permission.EXPORT_PERSONAL),
        answers=ANSWERS,
        **_context(request, seen),
    )


# What is changed of it ------------------------------------------------------------------------------------------


@needs(Permission.WRITE_ANNOUNCEMENTS)
async def show_edit(request: web.Request) -> web.Response:
    """Ask for another time or place."""
    return await _edit(request, None)


async def _edit(request: web.Request, form: Form | None, status: int = 200) -> web.Response:
    own, who, number = parts(request), official(request), number_in(request, "id")
    seen = await own.database.read(event_lists.show, who, number)
    event = seen.announced.event
    if form is None:
        form = Form(
            {
                "starts_at": local(event.starts_at, own.zone),
                "ends_at": local(event.ends_at, own.zone),
                "place": event.place,
                "map_link": event.map_link or "",
                "seats": str(event.seats or ""),
                "version": str(event.version),
            }
        )
    elif status == 409:
        form.values["version"] = str(event.version)
    return page(request, "events/edit.html", status=status, form=form, **_context(request, seen))


@needs(Permission.WRITE_ANNOUNCEMENTS)
async def change(request: web.Request) -> web.Response:
    """Change time, place or seats; whoever signed up is told and asked again."""
    form, own, who, number = (
        await Form.read(request),
        parts(request),
        official(request),
        number_in(request, "id"),
    )
    await own.database.read(event_lists.show, who, number)
    details = _details(request, form)
    if details is None:
        return await _edit(request, form, 422)
    version, voice = form.number("version") or 0, Voice(own.guide.rules, own.guide.public_url)
    try:
        await own.database.write(events.change, who, number, details, version, voice, own.now())
    except Invalid as exc:
        form.refuse(exc)
        return await _edit(request, form, 422)
    except Conflict:
        form.errors[""] = _CHANGED
        return await _edit(request, form, 409)
    except TooLate as exc:
        form.errors[""] = str(exc)
        return await _edit(request, form, 409)
    flash(request, "Đã lưu. Đổi giờ hay nơi thì người đã ghi tên được báo và hỏi lại.")
    see_other(request, "event", id=number)


def _details(request: web.Request, form: Form) -> Details | None:
    zone = parts(request).zone
    starts_at, ends_at = (moment(form.text(name), zone) for name in ("starts_at", "ends_at"))
    if starts_at is None:
        form.refuse(Invalid("starts_at", "Hãy chọn ngày, giờ bắt đầu."))
    if ends_at is None and form.text("ends_at"):
        form.refuse(Invalid("ends_at", "Hãy chọn ngày, giờ kết thúc, hoặc bỏ trống."))
    seats = form.number("seats")
    if seats is None and form.text("seats"):
        form.refuse(Invalid("seats", "Số chỗ là một số từ 1 trở lên; bỏ trống: không hạn chế."))
    if starts_at is None or form.errors:
        return None
    return Details(starts_at, ends_at, form.text("place"), form.text("map_link") or None, seats)


@needs(Permission.READ_EVENTS)
async def cancel(request: web.Request) -> web.Response:
    """Call it off; whoever signed up is told."""
    form, own, who, number = (
        await Form.read(request),
        parts(request),
        official(request),
        number_in(request, "id"),
    )
    seen = await own.database.read(event_lists.show, who, number)
    if seen.announced.event.status == "cancelled":
        see_other(request, "event", id=number)  # pressed twice
    try:
        await own.database.write(
            events.cancel, who, number, form.number("version") or 0, own.guide.rules, own.now()
        )
    except Conflict:
        form.errors[""] = "Trong lúc anh/chị xem, buổi này đã được đổi. Hãy xem lại rồi bấm lần nữa."
        return await _show(request, form, 409)
    except TooLate:
        form.errors[""] = _TOO_LATE
        return await _show(request, form, 409)
    flash(request, "Đã hủy buổi này. Người đã ghi tên được báo.")
    see_other(request, "event", id=number)


ROUTES: Sequence[web.RouteDef] = [
    web.get("/events", show_month, name="events"),
    web.get("/events/{id}", show, name="event"),
    web.get("/events/{id}/sign-ups", show_sign_ups, name="event-sign-ups"),
    web.post("/events/{id}/sign-ups", name_sign_ups),
    web.get("/events/{id}/edit", show_edit, name="event-edit"),
    web.post("/events/{id}/edit", change),
    web.post("/events/{id}/cancel", cancel, name="event-cancel"),
]
