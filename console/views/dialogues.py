"""A session's order of business with its outcomes, the chairman's sheet, and the minutes."""

from collections.abc import Callable, Iterable, Sequence

from aiohttp import web

from console.forms import Form, number_in
from console.page import flash, leading_to, page, url
from console.parts import official, parts
from console.security import needs
from console.session_screens import context
from handlers import agenda, announcement_texts, dialogues
from handlers.dialogues import OUTCOME_NAMES, Minutes
from handlers.errors import Invalid, TooLate
from handlers.officials import Permission
from storage.agenda import Item
from storage.db import Tx
from storage.errors import Conflict

_CHANGED = "Người khác vừa sửa chỗ này. Chữ anh/chị gõ vẫn còn dưới đây; xem lại rồi lưu lần nữa."
_TOO_LATE = "Chưa lưu: buổi họp chưa bắt đầu, đã hủy, hoặc biên bản đã khép."


# The order of business ------------------------------------------------------------------------------------------


@needs(Permission.READ_EVENTS)
async def show_agenda(request: web.Request) -> web.Response:
    """Show the items, the questions under them, and what may be done about each."""
    return await _show_agenda(request, Form())


async def _show_agenda(request: web.Request, typed: Form, status: int = 200) -> web.Response:
    own, number = parts(request), number_in(request, "id")
    sheet = await own.database.read(agenda.show, official(request), number)
    form = Form(_stored(each.item for each in sheet.business) | typed.values)
    form.errors = typed.errors
    return page(
        request,
        "dialogues/agenda.html",
        status,
        form=form,
        sheet=sheet,
        outcomes=[("", "Chưa có"), *OUTCOME_NAMES.items()],
        names=OUTCOME_NAMES,
        places=[(str(each.item.id), f"{each.item.position}. {each.item.title}") for each in sheet.business],
        **context(request, sheet.announced),
    )


def _stored(items: Iterable[Item]) -> dict[str, str]:
    values: dict[str, str] = {}
    for item in items:
        values |= {
            f"title_{item.id}": item.title,
            f"outcome_{item.id}": item.outcome or "",
            f"text_{item.id}": item.outcome_text or "",
        }
    return values


@needs(Permission.READ_EVENTS)
async def show_sheet(request: web.Request) -> web.Response:
    """Show the chairman's sheet: to be printed; nobody's name is on it."""
    sheet = await parts(request).database.read(agenda.show, official(request), number_in(request, "id"))
    return page(request, "dialogues/sheet.html", 200, sheet=sheet, **context(request, sheet.announced))


@needs(Permission.RUN_EVENTS)
async def add_item(request: web.Request) -> web.Response:
    """Put a new item at the end."""
    form, own, number = await Form.read(request), parts(request), number_in(request, "id")

    def work(tx: Tx) -> str:
        agenda.add_item(tx, official(request), number, form.text("title"), own.now())
        return "Đã thêm một mục."

    return await _do(request, form, work, "items")


@needs(Permission.RUN_EVENTS)
async def change_item(request: web.Request) -> web.Response:
    """Change one item: its title, its place, its outcome; or put it into another one, or take it away."""
    form, item_id = await Form.read(request), number_in(request, "item")

    def work(tx: Tx) -> str:
        return _change_item(tx, request, form, item_id)

    return await _do(request, form, work, f"i{item_id}", f"_{item_id}")


def _change_item(tx: Tx, request: web.Request, form: Form, item_id: int) -> str:
    who, now, version = official(request), parts(request).now(), form.number("version") or 0
    match form.text("do"):
        case "title":
            agenda.retitle(tx, who, item_id, form.text(f"title_{item_id}"), version, now)
            return "Đã đổi tên mục."
        case "outcome":
            outcome, text = form.text(f"outcome_{item_id}"), form.text(f"text_{item_id}")
            dialogues.set_outcome(tx, who, item_id, outcome, text, version, now)
            return "Đã lưu kết quả. Bà con được báo khi khép biên bản."
        case "up" | "down" as way:
            agenda.shift(tx, who, item_id, way, form.number("position") or 0, now)
            return "Đã đổi thứ tự."
        case "merge":
            agenda.merge(tx, who, item_id, form.number("to") or 0, version, now)
            return "Đã gộp hai mục."
        case "remove":
            agenda.remove_item(tx, who, item_id, version, now)
            return "Đã xóa mục."
    # Of what is not theirs nothing is told, whatever was asked for.
    agenda.lock_item(tx, who, item_id)
    raise web.HTTPBadRequest


@needs(Permission.RUN_EVENTS)
async def move_question(request: web.Request) -> web.Response:
    """Put a question under another item, or under a new one."""
    form, own, question_id = await Form.read(request), parts(request), number_in(request, "question")

    def work(tx: Tx) -> str:
        target = None if form.text("to") == "new" else form.number("to") or 0
        who, seen = official(request), form.number("from")
        agenda.move_question(tx, who, question_id, seen, target, own.now())
        return "Đã chuyển câu hỏi."

    return await _do(request, form, work, f"i{form.number('from') or 0}")


async def _do(
    request: web.Request, form: Form, work: Callable[[Tx], str], anchor: str, suffix: str = ""
) -> web.Response:
    """Do it and say so, or show the page again with what was typed. `suffix`: of the item's fields."""
    try:
        said = await parts(request).database.write(work)
    except Invalid as exc:
        form.refuse(Invalid(exc.field and f"{exc.field}{suffix}", exc.sentence))
        return await _show_agenda(request, form, 422)
    except (Conflict, TooLate) as exc:
        form.errors[""] = _CHANGED if isinstance(exc, Conflict) else _TOO_LATE
        return await _show_agenda(request, form, 409)
    flash(request, said)
    raise leading_to(request, f"{url(request, 'event-agenda', id=number_in(request, 'id'))}#{anchor}")


# The minutes ----------------------------------------------------------------------------------------------------


@needs(Permission.READ_EVENTS)
async def show_minutes(request: web.Request) -> web.Response:
    """Show the minutes: as they are being written, or closed."""
    return await _show_minutes(request, None)


async def _show_minutes(request: web.Request, typed: Form | None, status: int = 200) -> web.Response:
    own, number = parts(request), number_in(request, "id")
    found: Minutes = await own.database.read(dialogues.show, official(request), number)
    announced = found.sheet.announced
    form = typed or Form({"text": announced.event.minutes or ""})
    return page(
        request,
        "dialogues/minutes.html",
        status,
        form=form,
        found=found,
        names=OUTCOME_NAMES,
        most=dialogues.MAX_MINUTES_CHARS,
        page_url=announcement_texts.page_url(announced.announcement, own.public_url),
        others=status == 409,
        **context(request, announced),
    )


@needs(Permission.RUN_EVENTS)
async def write_minutes(request: web.Request) -> web.Response:
    """Keep what is written, or close the minutes."""
    form, own, number = await Form.read(request), parts(request), number_in(request, "id")
    closes = form.text("do") == "close"

    def work(tx: Tx) -> None:
        who, text, version = official(request), form.text("text"), form.number("version") or 0
        if not closes:
            dialogues.save(tx, who, number, text, version, own.now())
            return
        impersonal = bool(form.text("impersonal"))
        rules = own.guide.rules
        dialogues.close(tx, who, number, text, version, rules, own.now(), impersonal=impersonal)

    try:
        await own.database.write(work)
    except Invalid as exc:
        form.refuse(exc)
        return await _show_minutes(request, form, 422)
    except (Conflict, TooLate) as exc:
        form.errors[""] = _CHANGED if isinstance(exc, Conflict) else _TOO_LATE
        return await _show_minutes(request, form, 409)
    flash(request, "Đã khép biên bản. Bà con đang được báo." if closes else "Đã lưu nháp biên bản.")
    raise leading_to(request, url(request, "event-minutes", id=number))


ROUTES: Sequence[web.RouteDef] = [
    web.get("/events/{id}/agenda", show_agenda, name="event-agenda"),
    web.get("/events/{id}/agenda/sheet", show_sheet, name="event-sheet"),
    web.post("/events/{id}/agenda/items", add_item, name="event-items"),
    web.post("/events/{id}/agenda/items/{item}", change_item, name="event-item"),
    web.post("/events/{id}/agenda/questions/{question}", move_question, name="event-question"),
    web.get("/events/{id}/minutes", show_minutes, name="event-minutes"),
    web.post("/events/{id}/minutes", write_minutes),
]
