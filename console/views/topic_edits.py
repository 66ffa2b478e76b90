"""Topics changed by editors: a form, a look at what would change, the save, and the ways back."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from aiohttp import web

from console import topic_form, topic_pages
from console.forms import Form
from console.page import flash, leading_to, page, see_other, url
from console.parts import official, parts
from console.security import needs
from console.topic_form import Reading
from faq import Topic
from faq.document import read
from handlers import open_questions, topic_editing
from handlers.errors import Invalid
from handlers.officials import Official, Permission, may
from handlers.topic_changes import MOST_ASKED, would_change
from handlers.topic_editing import Checked, Faulty
from handlers.topics import tell
from storage import questions, topics
from storage.db import Tx
from storage.errors import Conflict, NotFound

_TAKEN = (
    "Trong lúc anh/chị sửa, người khác đã lưu chủ đề này. Bản của anh/chị còn nguyên dưới đây: "
    "hãy mở trang chủ đề xem bản của họ, rồi lưu lại."
)


@needs(Permission.EDIT_TOPICS)
async def show_new(request: web.Request) -> web.Response:
    """Ask for a new topic; `?text=` is a question that it shall answer, `?group=` a group of open ones."""
    today, group = topic_pages.today(request), request.query.get("group", "")
    if not group:
        return await _form_page(request, topic_form.blank(request.query.get("text", ""), today), None)
    number = int(group) if group.isascii() and group.isdigit() and len(group) < 18 else 0
    asked = await parts(request).database.read(open_questions.get_group, official(request), number)
    draft = open_questions.draft_topic(asked)
    form = topic_form.blank("\n".join(draft["phrasings"]), today)
    form.values |= {"title": draft["title"], "v0.answer": draft["answer"], "group": str(number)}
    return await _form_page(request, form, None)


@needs(Permission.EDIT_TOPICS)
async def show_edit(request: web.Request) -> web.Response:
    """Show a topic to be changed."""
    topic, newest = await parts(request).database.read(
        topic_pages.get, request.match_info["id"], topic_pages.shipped(request)
    )
    form = topic_form.fill(topic)
    form.values["expected"] = str(newest.id) if newest else ""
    return await _form_page(request, form, topic.id)


async def _form_page(
    request: web.Request, form: Form, topic_id: str | None, status: int = 200
) -> web.Response:
    edits = await parts(request).database.read(topics.list_edits)
    every = topic_editing.overlay(topic_pages.shipped(request).values(), edits).topics
    others = [(t.id, t.title) for t in sorted(every, key=lambda t: t.title) if t.id != topic_id]
    shown = {"succeeded_by", "phrasings", "title", "theme", "id", "note"}
    return page(
        request,
        "topics/edit.html",
        status,
        form=form,
        topic_id=topic_id,
        numbers=topic_form.numbers(form),
        confidences=[("", "Chọn mức"), *topic_form.CONFIDENCES],
        others=[("", "Không có"), *others],
        themes=sorted({t.theme for t in every}),
        elsewhere=[s for name, s in form.errors.items() if name not in shown and "." not in name],
    )


@needs(Permission.EDIT_TOPICS)
async def change(request: web.Request) -> web.Response:
    """Take the form of a topic: one more version, a look at what would change, or the save."""
    topic_id = request.match_info.get("id")
    form = await Form.read(request)
    wanted = form.text("do")
    if wanted == "edit":
        return await _form_page(request, form, topic_id)
    if wanted == "add":
        try:
            topic_form.add_version(form, topic_pages.today(request))
        except Invalid as exc:
            form.refuse(exc)
        return await _form_page(request, form, topic_id, 422 if form.errors else 200)
    checked = await _checked(request, form, topic_id)
    if checked is None:
        return await _form_page(request, form, topic_id, 422)
    return await (_save if wanted == "save" else _preview)(request, form, topic_id, checked)


async def _checked(request: web.Request, form: Form, topic_id: str | None) -> Checked | None:
    """Return the topic of a form; None when something is wrong, which the form then says."""
    reading = Reading(form, topic_id)
    if reading.topic is None:
        return None
    edits = await parts(request).database.read(topics.list_edits)
    every = topic_editing.overlay(topic_pages.shipped(request).values(), edits).topics
    if topic_id is None and any(topic.id == reading.topic.id for topic in every):
        form.refuse(Invalid("id", "Mã này đã có chủ đề khác dùng. Hãy chọn mã khác."))
        return None
    form.values["id"] = reading.topic.id
    try:
        (checked,) = await asyncio.to_thread(
            topic_editing.check, every, [reading.topic], topic_pages.today(request)
        )
    except Faulty as exc:
        reading.refuse(exc)
        return None
    return checked


async def _preview(request: web.Request, form: Form, topic_id: str | None, checked: Checked) -> web.Response:
    own, topic, today = parts(request), checked.topic, topic_pages.today(request)
    library = own.guide.library.pinned()
    former = await own.database.read(topic_editing.standing, topic.id, library.shipped)
    asked = await own.database.read(questions.list_recent_texts, MOST_ASKED)
    changes = await asyncio.to_thread(would_change, library, topic, asked, today)
    told = [
        (version, tell(topic, version, max(version.valid_from, min(today, version.valid_to or today))))
        for version in topic.versions
    ]
    return page(
        request,
        "topics/preview.html",
        form=form,
        topic_id=topic_id,
        topic=topic,
        told=told,
        differences=topic_editing.differences(former, topic),
        label=topic_form.label,
        changes=changes,
        may_read=may(official(request), Permission.READ_QUESTIONS),
    )


async def _save(request: web.Request, form: Form, topic_id: str | None, checked: Checked) -> web.Response:
    own, topic = parts(request), checked.topic
    try:
        await own.database.write(
            _saved,
            official(request),
            checked,
            topic_pages.shipped(request),
            form,
            topic_id is None,
            topic_pages.today(request),
            own.now(),
        )
    except Invalid as exc:
        form.refuse(exc)
        return await _form_page(request, form, topic_id, 422)
    except Conflict:
        newest = await own.database.read(topics.find_newest, topic.id)
        form.values["expected"] = str(newest.id) if newest else ""
        form.errors[""] = _TAKEN
        return await _form_page(request, form, topic_id, 409)
    flash(request, "Đã lưu. Bà con hỏi từ vài giây nữa sẽ nghe câu trả lời mới.")
    see_other(request, "topic", id=topic.id)


def _saved(
    tx: Tx,
    who: Official,
    checked: Checked,
    shipped: Mapping[str, Topic],
    form: Form,
    is_new: bool,
    day: date,
    now: datetime,
) -> int:
    expected = form.number("expected")
    if (
        is_new
        and (newest := topics.find_newest(tx, checked.topic.id)) is not None
        and newest.document is None
    ):
        # The id was used once, by a topic that was taken away.
        expected = newest.id
    revision = topic_editing.save(tx, who, checked, shipped, form.text("note"), expected, now)
    if is_new and (group := form.number("group")) is not None:
        today = checked.topic.on(day)
        # Whoever still waits for an answer gets the topic's; from now on it answers by itself.
        answer = tell(checked.topic, today, day) if today else ""
        open_questions.became_topic(tx, who, group, checked.topic.id, answer, now)
    return revision


@needs(Permission.EDIT_TOPICS)
async def undo(request: web.Request) -> web.Response:
    """Save the text before the newest one again."""
    own, topic_id, shipped = parts(request), request.match_info["id"], topic_pages.shipped(request)
    newest = (await Form.read(request)).number("expected")
    if newest is None:
        raise NotFound("no revision to undo")
    former = await own.database.read(topic_editing.find_former, topic_id, newest)
    if former is None or former.document is None:
        await own.database.write(
            topic_editing.restore_shipped, official(request), topic_id, own.guide.library.topics, shipped,
            newest, own.now(),
        )  # fmt: skip
    else:
        edits = await own.database.read(topics.list_edits)
        every = topic_editing.overlay(shipped.values(), edits).topics
        topic = read(former.document, f"revision {former.id}")
        (checked,) = await asyncio.to_thread(topic_editing.check, every, [topic], topic_pages.today(request))
        await own.database.write(
            topic_editing.save, official(request), checked, shipped, topic_editing.UNDONE, newest, own.now()
        )
    flash(request, "Đã hoàn tác.")
    raise _after(request, topic_id)


@needs(Permission.EDIT_TOPICS)
async def restore(request: web.Request) -> web.Response:
    """Let what ships count again."""
    own, topic_id = parts(request), request.match_info["id"]
    expected = (await Form.read(request)).number("expected")
    await own.database.write(
        topic_editing.restore_shipped, official(request), topic_id, own.guide.library.topics,
        topic_pages.shipped(request), expected, own.now(),
    )  # fmt: skip
    flash(request, "Đã trở lại bản gốc." if topic_id in topic_pages.shipped(request) else "Đã bỏ chủ đề.")
    raise _after(request, topic_id)


@needs(Permission.EDIT_TOPICS)
async def keep(request: web.Request) -> web.Response:
    """Stay with the edited text although what ships has changed."""
    own, topic_id = parts(request), request.match_info["id"]
    expected = (await Form.read(request)).number("expected") or 0
    await own.database.write(
        topic_editing.keep_mine,
        official(request),
        topic_id,
        topic_pages.shipped(request),
        expected,
        own.now(),
    )
    flash(request, "Đã giữ bản của mình.")
    raise _after(request, topic_id)


def _after(request: web.Request, topic_id: str) -> web.HTTPSeeOther:
    """A topic of the editors' own may be gone; its history stays."""
    route = "topic" if topic_id in topic_pages.shipped(request) else "topic-history"
    return leading_to(request, url(request, route, id=topic_id))


# `/topics/new` stands before `/topics/{id}` of the screens that read: see the order of the modules.
ROUTES: Sequence[web.RouteDef] = [
    web.get("/topics/new", show_new, name="topic-new"),
    web.post("/topics/new", change),
    web.get("/topics/{id}/edit", show_edit, name="topic-edit"),
    web.post("/topics/{id}/edit", change),
    web.post("/topics/{id}/undo", undo, name="topic-undo"),
    web.post("/topics/{id}/restore", restore, name="topic-restore"),
    web.post("/topics/{id}/keep", keep, name="topic-keep"),
]
