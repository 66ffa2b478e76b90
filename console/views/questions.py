"""Questions nobody could answer: the list, one group, and what an official decides about it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from aiohttp import web

from console.forms import Form, number_in
from console.page import flash, here, page, see_other, url
from console.parts import official, parts
from console.security import needs
from handlers import open_answers, open_question_texts, open_questions
from handlers.errors import Invalid
from handlers.officials import Permission
from handlers.open_questions import Filter, GroupPage
from storage.db import Tx
from storage.errors import Conflict
from storage.question_groups import ANSWERED, DROPPED, OPEN, Counts, Group

PER_PAGE = 30
SIMILAR = 5
STATUS_NAMES = {OPEN: "Đang chờ trả lời", ANSWERED: "Đã trả lời", DROPPED: "Đã bỏ"}
TOPIC_ROUTE = "topic-new"
_CHANGED = "Nhóm này vừa được người khác thay đổi; chữ anh/chị gõ vẫn còn dưới đây. Xem lại rồi gửi lần nữa."

Similar = Sequence[tuple[Group, Counts]]


@needs(Permission.READ_QUESTIONS)
async def list_groups(request: web.Request) -> web.Response:
    """List groups, the last asked first; filters and the place in the list stand in the address."""
    form, own, who = Form(request.query), parts(request), official(request)
    status = form.text("status") if form.text("status") in STATUS_NAMES else OPEN
    form.values["status"] = status
    wanted = Filter(status, form.text("q"), form.text("area") or None)
    listed = await own.database.read(
        open_questions.list_groups, who, wanted, _place(form.text("before")), PER_PAGE
    )
    return page(
        request,
        "questions/list.html",
        form=form,
        listed=listed,
        most=open_questions.MOST_COUNTED,
        statuses=list(STATUS_NAMES.items()),
        communes=[("", "Tất cả xã, phường"), *((a.code, a.name) for a in own.guide.areas.communes)],
        older=here(request, before=_written(*listed.after)) if listed.after else None,
        newest=here(request, before=None) if form.text("before") else None,
    )


def _written(at: datetime, group_id: int) -> str:
    return f"{at.astimezone(UTC).isoformat()}_{group_id}"


def _place(text: str) -> tuple[datetime, int] | None:
    """Read what `_written` wrote; anything else is the beginning of the list."""
    at, _, number = text.partition("_")
    try:
        moment, group_id = datetime.fromisoformat(at.replace(" ", "+")), int(number)
        place = moment.astimezone(UTC), group_id
    except (ValueError, OverflowError):
        return None
    return place if moment.tzinfo and 0 <= group_id < 10**17 else None


@needs(Permission.READ_QUESTIONS)
async def show(request: web.Request) -> web.Response:
    """Show one group; one that was merged leads to where its questions are."""
    number = number_in(request, "id")
    return await _show(request, number, Form())


async def _show(
    request: web.Request, number: int, form: Form, status: int = 200, *, preview: str | None = None
) -> web.Response:
    own = parts(request)
    found, similar = await own.database.read(_look, request, number)
    if found.group.id != number and request.method == "GET":
        see_other(request, "question", id=found.group.id)
    return page(
        request,
        "questions/show.html",
        status,
        form=form,
        group=found.group,
        counts=found.counts,
        members=found.members,
        similar=similar,
        status_name=STATUS_NAMES[found.group.status],
        office=_office(request, found.group.area_code),
        preview=preview,
        topic_url=_topic_url(request, found.group),
        most=open_questions.MAX_ANSWER_CHARS,
    )


def _look(tx: Tx, request: web.Request, number: int) -> tuple[GroupPage, Similar]:
    who, like = official(request), parts(request).guide.library.likeness
    found = open_questions.get_group(tx, who, number)
    if found.group.status != OPEN:
        return found, ()
    return found, open_questions.list_similar(tx, who, found, like, SIMILAR)


def _topic_url(request: web.Request, group: Group) -> str | None:
    if TOPIC_ROUTE not in request.app.router or group.topic_id is not None or group.status == DROPPED:
        return None
    return url(request, TOPIC_ROUTE, {"group": group.id})


def _office(request: web.Request, area_code: str | None) -> str:
    guide = parts(request).guide
    return open_answers.office(area_code, guide.areas, guide.province)


@needs(Permission.ANSWER_QUESTIONS)
async def answer(request: web.Request) -> web.Response:
    """Show the answer as people will read it, or send it."""
    number, form, own, who = (
        number_in(request, "id"),
        await Form.read(request),
        parts(request),
        official(request),
    )
    if form.text("do") == "preview":
        try:
            text = open_questions.check_answer(form.text("text"))
        except Invalid as exc:
            form.refuse(exc)
            return await _show(request, number, form, 422)
        found = await own.database.read(open_questions.get_group, who, number)
        office, today = _office(request, who.area_code), own.now().astimezone(own.zone).date()
        shown = open_question_texts.answered(found.counts.text, text, office, today)
        return await _show(request, number, form, preview=shown)

    def work(tx: Tx, version: int) -> str:
        people = open_questions.answer(tx, who, number, form.text("text"), version, own.now())
        return f"Đã trả lời. Câu trả lời đang được gửi tới {people} người đã hỏi."

    return await _decide(request, form, work)


@needs(Permission.ANSWER_QUESTIONS)
async def drop(request: web.Request) -> web.Response:
    """Close a group without an answer."""
    number, form, own = number_in(request, "id"), await Form.read(request), parts(request)

    def work(tx: Tx, version: int) -> str:
        open_questions.drop(tx, official(request), number, form.text("reason"), version, own.now())
        return "Đã bỏ nhóm câu hỏi này."

    return await _decide(request, form, work)


@needs(Permission.ANSWER_QUESTIONS)
async def merge(request: web.Request) -> web.Response:
    """Put another group's questions into this one."""
    number, form, own = number_in(request, "id"), await Form.read(request), parts(request)

    def work(tx: Tx, version: int) -> str:
        other = form.number("other") or 0
        open_questions.merge(tx, official(request), number, other, version, own.now())
        return "Đã gộp hai nhóm. Câu trả lời sẽ tới người hỏi của cả hai."

    return await _decide(request, form, work)


@needs(Permission.ANSWER_QUESTIONS)
async def split(request: web.Request) -> web.Response:
    """Take one question out."""
    number, form, own = number_in(request, "id"), await Form.read(request), parts(request)

    def work(tx: Tx, version: int) -> str:
        question = form.number("question") or 0
        open_questions.split(tx, official(request), number, question, version, own.now())
        return "Đã tách câu hỏi ra thành nhóm riêng."

    return await _decide(request, form, work)


async def _decide(request: web.Request, form: Form, work: Callable[[Tx, int], str]) -> web.Response:
    """Do it and say so, or show the page again with what was typed."""
    number = number_in(request, "id")
    try:
        said = await parts(request).database.write(work, form.number("version") or 0)
    except Invalid as exc:
        form.refuse(exc)
        return await _show(request, number, form, 422)
    except Conflict:
        form.errors[""] = _CHANGED
        return await _show(request, number, form, 409)
    flash(request, said)
    see_other(request, "question", id=number)


ROUTES: Sequence[web.RouteDef] = [
    web.get("/questions", list_groups, name="questions"),
    web.get("/questions/{id}", show, name="question"),
    web.post("/questions/{id}/answer", answer, name="question-answer"),
    web.post("/questions/{id}/drop", drop, name="question-drop"),
    web.post("/questions/{id}/merge", merge, name="question-merge"),
    web.post("/questions/{id}/split", split, name="question-split"),
]
