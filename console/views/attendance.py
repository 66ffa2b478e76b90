"""Who came to a session, and what they thought of it."""

from collections.abc import Sequence

from aiohttp import web

from console.forms import Form, number_in
from console.page import flash, page, see_other
from console.parts import official, parts
from console.security import needs
from console.session_screens import context
from handlers import attendance, event_lists, surveys
from handlers.announcement_codes import spoken
from handlers.attendance import Present
from handlers.errors import Invalid, TooLate
from handlers.officials import Permission
from storage.db import Tx
from storage.errors import NotFound
from storage.surveys import FAIR, NOT_USEFUL, USEFUL

STATUSES = {"going": "Sẽ đi", "waiting": "Chờ chỗ", "declined": "Không đi", "walk_in": "Đến không ghi tên"}
SCORES = {USEFUL: "Có ích", FAIR: "Bình thường", NOT_USEFUL: "Không có ích"}
_TOO_LATE = "Chưa lưu: chưa tới ngày họp, hoặc buổi này đã hủy."


@needs(Permission.READ_EVENTS)
async def show(request: web.Request) -> web.Response:
    """Show who signed up and who came; names are audited, so they are shown when they are asked for."""
    return await _show(request, Form({"people": "1"}))


async def _show(request: web.Request, form: Form, status: int = 200) -> web.Response:
    own, who, number = parts(request), official(request), number_in(request, "id")
    names = _wants_names(request)
    present: Present = await own.database.write(attendance.show, who, number, own.now(), names=names)
    event = present.announced.event
    day = event.starts_at.astimezone(own.zone).date()
    return page(
        request,
        "attendance/show.html",
        status,
        form=form,
        present=present,
        code=spoken(event.check_in_code),
        statuses=STATUSES,
        may_name=attendance.may_see_names(who),
        names=names,
        its_day=own.now().astimezone(own.zone).date() >= day,
        most=attendance.MAX_PEOPLE,
        **context(request, present.announced),
    )


def _wants_names(request: web.Request) -> bool:
    return request.query.get("names") == "1" and attendance.may_see_names(official(request))


@needs(Permission.RUN_EVENTS)
async def note(request: web.Request) -> web.Response:
    """Note how many came of each sign-up; only where the official changed it, so that two can note side by side."""
    form, own, number = await Form.read(request), parts(request), number_in(request, "id")
    changed = _changed(form)

    def work(tx: Tx) -> int:
        noted = 0
        for rsvp_id, people in changed.items():
            try:
                attendance.note(tx, official(request), number, rsvp_id, people, own.zone, own.now())
                noted += 1
            except NotFound:
                continue  # somebody took the row away meanwhile
        return noted

    # Of another area there is nothing to be found, whatever was typed.
    await own.database.read(event_lists.show, official(request), number)
    try:
        noted = await own.database.write(work)
    except Invalid as exc:
        form.errors[""] = exc.sentence
        return await _show(request, form, 422)
    except TooLate:
        form.errors[""] = _TOO_LATE
        return await _show(request, form, 409)
    flash(request, f"Đã lưu điểm danh: {noted} dòng thay đổi." if noted else "Không có gì thay đổi.")
    see_other(request, "event-attendance", _query(request), id=number)


def _changed(form: Form) -> dict[int, int]:
    """Return the numbers that are not those that stood there when the page was made; MAX + 1 for what is no number."""
    found: dict[int, int] = {}
    for name in form.values:
        rsvp_id = name.removeprefix("came_")
        if name != rsvp_id and rsvp_id.isascii() and rsvp_id.isdigit() and len(rsvp_id) < 18:
            typed = form.text(name) or "0"
            if typed != (form.text(f"was_{rsvp_id}") or "0"):
                number = form.number(name) if form.text(name) else 0
                found[int(rsvp_id)] = attendance.MAX_PEOPLE + 1 if number is None else number
    return found


@needs(Permission.RUN_EVENTS)
async def add_walk_in(request: web.Request) -> web.Response:
    """Note somebody who came without having signed up."""
    form, own, number = await Form.read(request), parts(request), number_in(request, "id")

    def work(tx: Tx) -> None:
        who, name, people = official(request), form.text("name"), form.number("people") or 0
        attendance.add_walk_in(tx, who, number, name, people, own.zone, own.now())

    try:
        await own.database.write(work)
    except Invalid as exc:
        form.refuse(exc)
        return await _show(request, form, 422)
    except TooLate:
        form.errors[""] = _TOO_LATE
        return await _show(request, form, 409)
    flash(request, "Đã ghi thêm người đến.")
    see_other(request, "event-attendance", _query(request), id=number)


def _query(request: web.Request) -> dict[str, object] | None:
    return {"names": 1} if _wants_names(request) else None


@needs(Permission.READ_EVENTS)
async def show_survey(request: web.Request) -> web.Response:
    """Show what those who came thought; nobody's name."""
    own, who, number = parts(request), official(request), number_in(request, "id")
    seen = await own.database.read(event_lists.show, who, number)
    results = await own.database.read(surveys.results, who, number)
    return page(
        request,
        "attendance/survey.html",
        200,
        results=results,
        scores=SCORES,
        **context(request, seen.announced),
    )


ROUTES: Sequence[web.RouteDef] = [
    web.get("/events/{id}/attendance", show, name="event-attendance"),
    web.post("/events/{id}/attendance", note),
    web.post("/events/{id}/attendance/walk-in", add_walk_in, name="event-walkin"),
    web.get("/events/{id}/survey", show_survey, name="event-survey"),
]
