"""One case: what was told, its history, and everything an official does with it.

Each form carries the version and the last step that its page showed. When somebody was faster, the page comes back with
what they did, the new version, and what was typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiohttp import web

from console import case_document
from console.forms import Form, number_in
from console.page import flash, page, see_other, url
from console.parts import Parts, official, parts
from console.security import needs
from handlers import case_desk, case_filing, case_texts, cases, replies
from handlers.accounts import as_official
from handlers.case_changes import UNDELIVERABLE, Done, words_of
from handlers.case_codes import spoken
from handlers.case_desk import Desk
from handlers.case_life import Action, Category, Kind
from handlers.case_texts import ACTION_NAMES, CATEGORY_NAMES, KIND_NAMES, STATUS_NAMES
from handlers.delivery_texts import CHANNEL_NAMES, delivery
from handlers.errors import Invalid, TooLate
from handlers.officials import Official, Permission, in_scope
from handlers.time_left import age, time_left
from handlers.urgent_texts import name_of
from storage import offices, officials
from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.replies import Reply

_NO_CATEGORY = "Chọn loại và lĩnh vực trong danh sách."
_NO_AREA = "Chọn xã, phường trong danh sách."
_NO_TARGET = "Chọn hồ sơ để gộp vào."
TYPED = ("answer", "note", "forward", "refuse", "reopen")
"""The fields in which somebody writes: none of it may get lost. Each is named as its action."""


@needs(Permission.READ_CASES)
async def show(request: web.Request) -> web.Response:
    """Show a case."""
    return await _show(request, Form())


@dataclass(frozen=True, slots=True)
class _Shown:
    desk: Desk
    canned: Sequence[Reply]


def _look(tx: Tx, who: Official, number: int, now: datetime) -> _Shown:
    desk = case_desk.look(tx, who, number, now)
    canned = replies.list_for_case(tx, who, desk.case) if Action.ANSWER in desk.allowed else ()
    return _Shown(desk, canned)


async def _show(
    request: web.Request, form: Form, status: int = 200, tried: str = "", preview: str | None = None
) -> web.Response:
    """Return the case's page. `tried`: the form that was sent; its text stands in it again."""
    own, who, number = parts(request), official(request), number_in(request, "id")
    try:
        shown = await own.database.read(_look, who, number, own.now())
    except NotFound:
        return _gone(request, form)
    desk, case, now = shown.desk, shown.desk.case, own.now()
    seen, version = form.number("seen"), form.number("version")
    changed = bool(tried) and version != case.version
    for name, value in (
        ("kind", case.kind),
        ("category", case.category),
        ("assignee", str(case.assignee_id or "")),
        ("area_code", ""),
    ):
        form.values.setdefault(name, value)
    calendar = own.guide.deadlines.calendar
    return page(
        request,
        "cases/show.html",
        status,
        form=form,
        desk=desk,
        case=case,
        code=spoken(case.code),
        spoken=spoken,
        kind=KIND_NAMES[Kind(case.kind)],
        category=CATEGORY_NAMES[Category(case.category)],
        statuses=STATUS_NAMES,
        actions=ACTION_NAMES,
        channel=CHANNEL_NAMES.get(case.channel, case.channel),
        urgent=name_of(case.urgent) if case.urgent else "",
        left=time_left(case.due_at, case.due_soon_at, now, calendar)
        if case.due_at and case.is_open
        else None,
        age=age(case.opened_at, now, calendar),
        delivery=lambda line: delivery(case, line),
        changed=changed,
        meanwhile=case_desk.meanwhile(desk, seen) if changed and seen is not None else [],
        tried=tried,
        unsent=_unsent(desk, form, tried),
        preview=preview,
        canned=[("", "Chọn mẫu"), *((str(reply.id), reply.title) for reply in shown.canned)],
        **_choices(own, desk),
    )


def _choices(own: Parts, desk: Desk) -> dict[str, object]:
    return {
        "kinds": [(str(kind), name) for kind, name in KIND_NAMES.items()],
        "categories": [(str(one), name) for one, name in CATEGORY_NAMES.items()],
        "colleagues": [("", "Chưa giao ai"), *((str(number), name) for number, name in desk.colleagues)],
        "communes": [
            ("", "Chọn xã, phường"),
            *((a.code, a.name) for a in own.guide.areas.communes if a.code != desk.case.area_code),
        ],
    }


def _unsent(desk: Desk, form: Form, tried: str) -> str:
    """Return what was typed for something that cannot be done any more, so that it is not lost."""
    if tried not in TYPED or Action(tried) in desk.allowed:
        return ""
    return form.values.get(tried, "")


def _gone(request: web.Request, form: Form) -> web.Response:
    """Say that there is no such case (any more, for this official), and give back what was typed."""
    typed = next((form.values[name] for name in TYPED if form.text(name)), "")
    if not typed:
        raise NotFound("case")
    return page(request, "cases/gone.html", 404, typed=typed)


# What is done with it ---------------------------------------------------------------------------------------------


class Change(Protocol):
    """One change to a case, in a transaction."""

    def __call__(self, tx: Tx, who: Official, number: int, form: Form, own: Parts) -> Done:
        """Change it; `form` holds what was sent."""


def _version(form: Form) -> int:
    return form.number("version") or 0


def _route(
    action: Action, change: Change, said: str, permission: Permission = Permission.WORK_CASES
) -> web.RouteDef:
    """Return the route of an action: changes the case and leads on, or shows what stands in the way."""

    @needs(permission)
    async def act(request: web.Request) -> web.Response:
        return await _change(request, await Form.read(request), action, change, said)

    return web.post(f"/cases/{{id}}/{action}", act, name=f"case-{action}")


async def _change(
    request: web.Request, form: Form, action: Action, change: Change, said: str
) -> web.Response:
    own, who, number = parts(request), official(request), number_in(request, "id")
    try:
        done = await own.database.write(change, who, number, form, own)
    except Invalid as exc:
        form.errors[str(action) if exc.field == "text" else exc.field] = exc.sentence
        return await _show(request, form, 422, str(action))
    except TooLate as exc:
        form.errors[str(action)] = str(exc)
        return await _show(request, form, 409, str(action))
    except Conflict:
        return await _show(request, form, 409, str(action))
    except NotFound:
        return _gone(request, form)
    unheard = UNDELIVERABLE.get(done.told)
    flash(request, f"Đã lưu. {unheard}" if unheard else said)
    if not in_scope(who, done.case.area_code):
        see_other(request, "cases")
    see_other(request, "case", id=number)


def _receive(tx: Tx, who: Official, number: int, form: Form, own: Parts) -> Done:
    return case_desk.take_on(tx, who, number, _version(form), own.guide.deadlines, own.now())


@needs(Permission.WORK_CASES, up_to=case_document.UP_TO)
async def answer(request: web.Request) -> web.Response:
    """Answer it, with a document where there is one."""
    form = await Form.read(request)
    documents = await case_document.take(request, form)
    if form.errors:
        return await _show(request, form, 422, str(Action.ANSWER))

    def change(tx: Tx, who: Official, number: int, form: Form, own: Parts) -> Done:
        words, version, deadlines = form.text("answer"), _version(form), own.guide.deadlines
        return cases.answer(tx, who, number, words, version, deadlines, own.now(), documents)

    return await _change(request, form, Action.ANSWER, change, "Đã gửi trả lời.")


def _note(tx: Tx, who: Official, number: int, form: Form, own: Parts) -> Done:
    return cases.note(tx, who, number, form.text("note"), _version(form), own.now())


def _forward(tx: Tx, who: Official, number: int, form: Form, own: Parts) -> Done:
    return cases.forward(tx, who, number, form.text("forward"), _version(form), own.now())


def _refuse(tx: Tx, who: Official, number: int, form: Form, own: Parts) -> Done:
    return cases.refuse(tx, who, number, form.text("refuse"), _version(form), own.now())


def _close(tx: Tx, who: Official, number: int, form: Form, own: Parts) -> Done:
    return cases.close(tx, who, number, _version(form), own.now())


def _reopen(tx: Tx, who: Official, number: int, form: Form, own: Parts) -> Done:
    return cases.reopen(tx, who, number, form.text("reopen"), _version(form), own.guide.deadlines, own.now())


def _merge(tx: Tx, who: Official, number: int, form: Form, own: Parts) -> Done:
    target = form.number("target")
    if target is None:
        raise Invalid("merge", _NO_TARGET)
    return case_filing.merge(tx, who, number, target, _version(form), own.now())


def _assign(tx: Tx, who: Official, number: int, form: Form, own: Parts) -> Done:
    chosen = form.number("assignee")
    account = officials.find(tx, chosen) if chosen is not None else None
    if form.text("assignee") and (account is None or account.disabled_at is not None):
        raise Invalid("assignee", case_texts.WRONG_ASSIGNEE)
    assignee = as_official(account) if account else None
    return cases.assign(tx, who, number, assignee, _version(form), own.now())


def _sort(tx: Tx, who: Official, number: int, form: Form, own: Parts) -> Done:
    kind, category = form.text("kind"), form.text("category")
    if kind not in set(Kind) or category not in set(Category):
        raise Invalid("sort", _NO_CATEGORY)
    return case_filing.sort(
        tx, who, number, Kind(kind), Category(category), _version(form), own.guide.deadlines, own.now()
    )


def _move(tx: Tx, who: Official, number: int, form: Form, own: Parts) -> Done:
    area = own.guide.areas.find(form.text("area_code"))
    if area is None or area.level != "commune":
        raise Invalid("area_code", _NO_AREA)
    return case_filing.move(tx, who, number, area.code, _version(form), own.now())


@needs(Permission.WORK_CASES, up_to=case_document.UP_TO)
async def preview(request: web.Request) -> web.Response:
    """Show an answer as the resident will see it, or put a canned reply into it. Changes nothing."""
    form, own, who = await Form.read(request), parts(request), official(request)
    number, documents = number_in(request, "id"), await case_document.take(request, form)
    try:
        case = await own.database.read(case_desk.glance, who, number)
        if form.text("do") == "fill" and (chosen := form.number("reply")) is not None:
            reply = await own.database.read(replies.get, who, chosen)
            filled = replies.fill(reply.text, case, own.guide.areas, own.zone)
            form.values["answer"] = "\n\n".join(filter(None, (form.text("answer"), filled)))
            return await _show(request, form, tried="answer")
        words = words_of(form.text("answer"), case_texts.TEXT_MISSING)
    except Invalid as exc:
        form.errors["answer"] = exc.sentence
        return await _show(request, form, 422, "answer")
    except NotFound:
        return _gone(request, form)
    shown = case_texts.with_files(case_texts.answered(Kind(case.kind), case.code, words), documents)
    return await _show(request, form, tried="answer", preview=shown)


@needs(Permission.READ_CASES)
async def slip(request: web.Request) -> web.Response:
    """Show a slip to be printed: the code and how to follow it; the words only when asked for."""
    own, who = parts(request), official(request)
    case = await own.database.read(case_desk.glance, who, number_in(request, "id"))
    office = await own.database.read(offices.find, case.area_code) if case.area_code else None
    return page(
        request,
        "cases/slip.html",
        case=case,
        code=spoken(case.code),
        kind=KIND_NAMES[Kind(case.kind)],
        with_words=request.query.get("words") == "1",
        office=office,
        follow=f"{own.public_url}/case/{case.code}",
        back=url(request, "case", id=case.id),
    )


_CHANGES: Sequence[tuple[Action, Change, str]] = (
    (Action.RECEIVE, _receive, "Đã nhận việc. Người dân được báo là cán bộ đã tiếp nhận."),
    (Action.NOTE, _note, "Đã lưu ghi chú. Người dân không thấy ghi chú này."),
    (Action.FORWARD, _forward, "Đã chuyển và báo người dân."),
    (Action.REFUSE, _refuse, "Đã từ chối và báo lý do cho người dân."),
    (Action.CLOSE, _close, "Đã đóng hồ sơ."),
    (Action.REOPEN, _reopen, "Đã mở lại hồ sơ."),
    (Action.MERGE, _merge, "Đã gộp. Người dân nhận chung trả lời."),
    (Action.ASSIGN, _assign, "Đã giao việc."),
    (Action.SORT, _sort, "Đã phân loại lại."),
)

ROUTES: Sequence[web.RouteDef] = [
    web.get("/cases/{id}", show, name="case"),
    web.get("/cases/{id}/slip", slip, name="case-slip"),
    web.post("/cases/{id}/answer", answer, name="case-answer"),
    web.post("/cases/{id}/preview", preview, name="case-preview"),
    *(_route(action, change, said) for action, change, said in _CHANGES),
    _route(Action.MOVE, _move, "Đã chuyển sang xã, phường khác.", Permission.READ_CASES),
]
