"""The order of business: like questions come under one item by themselves, and officials put it right.

    look (read) → plan (pure, may take a while) → settle (write, short)

Comparing takes milliseconds a question and is therefore done outside any writing transaction, as in `grouping`. Nothing
here commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from faq.likeness import Likeness
from handlers import events as sessions
from handlers.errors import Invalid, TooLate
from handlers.messages import clean
from handlers.officials import Official, Permission, require
from storage import agenda, audit, events
from storage.agenda import TITLE_CHARS, Counts, Item, Question
from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.events import Announced, Event

AT_ONCE: Final = 20  # questions a round
COMPARED: Final = 500  # texts that a question is compared with
MAX_QUESTIONS: Final = 2000
MAX_ITEMS: Final = 200
UP, DOWN = "up", "down"


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood in the database when it was looked at. `placed`: questions that stand under an item."""

    event_id: int
    waiting: Sequence[Question]
    items: Sequence[Item]
    placed: Sequence[Question]


@dataclass(frozen=True, slots=True)
class Placed:
    """Questions that belong together: under an item, or under a new one (None) named by the first of them."""

    item_id: int | None
    questions: tuple[Question, ...]


def look(tx: Tx) -> Seen | None:
    """Return what is to be sorted, of one session; None when nothing is."""
    event_id = agenda.find_to_sort(tx)
    if event_id is None:
        return None
    placed = [each for each in agenda.list_questions(tx, event_id, COMPARED) if each.item_id is not None]
    return Seen(
        event_id, agenda.list_unsorted(tx, event_id, AT_ONCE), agenda.list_items(tx, event_id), placed
    )


def plan(seen: Seen, likeness: Likeness) -> list[Placed]:
    """Decide under which item each question belongs. Pure.

    An item is known by its title and by the questions that stand under it; one that has its outcome takes no more.
    """
    open_ = [item for item in seen.items if item.outcome is None]
    ids = {item.id for item in open_}
    known: list[tuple[int, str]] = [(item.id, likeness.read(item.title).plain) for item in open_]
    known += [(q.item_id, likeness.read(q.text).plain) for q in seen.placed if q.item_id in ids]
    texts = [plain for _, plain in known]
    places: list[int] = [item_id for item_id, _ in known]
    found: dict[int, list[Question]] = {}
    new = 0
    for question in seen.waiting:
        asked = likeness.read(question.text)
        hits = likeness.nearest(asked, texts) if asked.plain else []
        if hits:
            place = places[hits[0][0]]
        else:
            new -= 1  # below 0: an item that is still to be made
            place = new
        texts.append(asked.plain)
        places.append(place)
        found.setdefault(place, []).append(question)
    return [Placed(place if place > 0 else None, tuple(those)) for place, those in found.items()]


def settle(tx: Tx, seen: Seen, placed: Sequence[Placed]) -> bool:
    """Write a plan down. False: items were made or taken away since, nothing was done; look again.

    A question that was taken back or put somewhere meanwhile stays as it is.
    """
    event = events.lock(tx, seen.event_id)
    items = agenda.list_items(tx, event.id)
    if [(i.id, i.version) for i in items] != [(i.id, i.version) for i in seen.items]:
        return False
    if event.minutes_at is not None:
        return True
    waiting = {each.id for each in agenda.list_unsorted(tx, event.id, MAX_QUESTIONS, lock=True)}
    for place in placed:
        those = [each for each in place.questions if each.id in waiting]
        if not those:
            continue
        item_id = place.item_id or agenda.add_item(tx, event.id, those[0].text[:TITLE_CHARS])
        agenda.put(tx, [each.id for each in those], item_id)
    return True


# -- what officials see


@dataclass(frozen=True, slots=True)
class Business:
    """One item with what stands under it; nobody's name."""

    item: Item
    counts: Counts
    questions: Sequence[Question]

    @property
    def in_their_words(self) -> bool:
        """Say whether the title is still what a resident wrote."""
        return any(each.text[:TITLE_CHARS] == self.item.title for each in self.questions)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The order of business of a session. `unsorted`: questions that stand under no item yet."""

    announced: Announced
    business: Sequence[Business]
    unsorted: Sequence[Question]


def show(tx: Tx, official: Official, event_id: int) -> Sheet:
    """Return the order of business, for the screen and for the chairman's sheet. Raises NotFound, NotAllowed."""
    announced = events.get_announced(tx, event_id)
    sessions.require_reading(official, announced.event)
    return read(tx, announced)


def read(tx: Tx, announced: Announced) -> Sheet:
    """Return the order of business."""
    event_id = announced.event.id
    under: dict[int | None, list[Question]] = {}
    for each in agenda.list_questions(tx, event_id, MAX_QUESTIONS):
        under.setdefault(each.item_id, []).append(each)
    counts = agenda.count(tx, event_id)
    items = agenda.list_items(tx, event_id)
    business = [Business(item, counts.get(item.id, Counts()), under.get(item.id, ())) for item in items]
    return Sheet(announced, business, under.get(None, ()))


# -- what officials change


def add_item(tx: Tx, official: Official, event_id: int, title: str, now: datetime) -> int:
    """Put a new item at the end; returns its id. Raises NotFound, NotAllowed, TooLate, Invalid."""
    event = lock(tx, official, event_id)
    items = agenda.list_items(tx, event_id)
    wanted = _checked_title(title)
    if len(items) >= MAX_ITEMS:
        raise Invalid("title", f"Chương trình có nhiều nhất {MAX_ITEMS} mục.")
    if any(item.title == wanted for item in items):
        raise Invalid("title", "Đã có mục này rồi.")
    new_id = agenda.add_item(tx, event.id, wanted)
    note(tx, official, event_id, {"item": new_id, "added": True}, now)
    return new_id


def retitle(tx: Tx, official: Official, item_id: int, title: str, version: int, now: datetime) -> Item:
    """Give an item another title. Raises NotFound, NotAllowed, TooLate, Invalid, Conflict."""
    item, _ = lock_item(tx, official, item_id)
    wanted = _checked_title(title)
    if wanted == item.title:
        return item
    changed = agenda.change_item(tx, item_id, version, {"title": wanted})
    note(tx, official, item.event_id, {"item": item_id, "fields": ["item_title"]}, now)
    return changed


def shift(tx: Tx, official: Official, item_id: int, way: str, position: int, now: datetime) -> None:
    """Move an item one place up or down, from where it was seen; elsewhere already: nothing is done.

    Raises NotFound, NotAllowed, TooLate.
    """
    item, _ = lock_item(tx, official, item_id)
    if item.position != position:
        return
    order = [each.id for each in agenda.list_items(tx, item.event_id)]
    at = order.index(item_id)
    to = at - 1 if way == UP else at + 1
    if not 0 <= to < len(order):
        return
    order[at], order[to] = order[to], order[at]
    agenda.place(tx, order)
    note(tx, official, item.event_id, {"item": item_id, "fields": ["position"]}, now)


def move_question(
    tx: Tx, official: Official, question_id: int, from_item: int | None, to_item: int | None, now: datetime
) -> int:
    """Put a question under another item, or (None) under a new one of its own; returns the item's id.

    Raises NotFound, NotAllowed, TooLate, Invalid, Conflict (it stands no longer where it was seen).
    """
    found = agenda.find_question(tx, question_id)
    if found is None:
        raise NotFound(f"no question {question_id}")
    event = lock(tx, official, found.event_id)
    found = agenda.find_question(tx, question_id)
    if found is None or found.item_id != from_item:
        raise Conflict(f"question {question_id} was moved since")
    if to_item is None:
        to_item = agenda.add_item(tx, event.id, found.text[:TITLE_CHARS])
    elif (item := agenda.find_item(tx, to_item)) is None or item.event_id != event.id:
        raise Invalid("to", "Mục này không còn. Chọn mục khác.")
    agenda.put(tx, [question_id], to_item)
    note(tx, official, event.id, {"question": question_id, "item": to_item}, now)
    return to_item


def merge(tx: Tx, official: Official, item_id: int, into_id: int, version: int, now: datetime) -> None:
    """Put every question of an item under another one, and take the item away.

    Raises NotFound, NotAllowed, TooLate, Invalid, Conflict.
    """
    item, event = lock_item(tx, official, item_id)
    into = agenda.find_item(tx, into_id)
    if into is None or into.event_id != event.id or into.id == item.id:
        raise Invalid("to", "Chọn một mục khác của buổi này.")
    if item.version != version:
        raise Conflict(f"agenda item {item_id} was changed since")
    if item.outcome is not None:
        raise Invalid("to", "Mục này đã ghi kết quả nên không gộp được nữa.")
    agenda.put_all(tx, item_id, into_id)
    agenda.remove_item(tx, item_id)
    note(tx, official, event.id, {"item": item_id, "to_item": into_id}, now)


def remove_item(tx: Tx, official: Official, item_id: int, version: int, now: datetime) -> None:
    """Take an item away under which nothing stands. Raises NotFound, NotAllowed, TooLate, Invalid, Conflict."""
    item, event = lock_item(tx, official, item_id)
    if item.version != version:
        raise Conflict(f"agenda item {item_id} was changed since")
    if item_id in agenda.count(tx, event.id):
        raise Invalid("to", "Mục này có câu hỏi của bà con nên không xóa được. Gộp vào mục khác thì được.")
    agenda.remove_item(tx, item_id)
    note(tx, official, event.id, {"item": item_id, "removed": True}, now)


def lock(tx: Tx, official: Official, event_id: int) -> Event:
    """Return an event whose order of business this official may change, locked. Raises NotFound, NotAllowed, TooLate."""
    require(official, Permission.RUN_EVENTS)
    event = events.lock(tx, event_id)
    sessions.require_reading(official, event)
    if event.minutes_at is not None or event.status == events.CANCELLED:
        raise TooLate(f"the minutes of event {event_id} are closed, or it is called off")
    return event


def lock_item(tx: Tx, official: Official, item_id: int) -> tuple[Item, Event]:
    """Return an item that this official may change, as it stands now, its event locked. Raises as `lock`."""
    event = lock(tx, official, agenda.get_item(tx, item_id).event_id)
    return agenda.get_item(tx, item_id), event


def note(tx: Tx, official: Official, event_id: int, details: dict[str, audit.JSON], now: datetime) -> None:
    """Write a change of the order of business into the audit log."""
    audit.write(tx, official.id, "event.agenda", "event", str(event_id), details, now)


def _checked_title(title: str) -> str:
    wanted = " ".join(clean(title).split())
    if not any(letter.isalpha() for letter in wanted):
        raise Invalid("title", "Ghi tên mục. Ví dụ: Làm lại đường thôn Đông.")
    if len(wanted) > TITLE_CHARS:
        raise Invalid("title", f"Tên mục dài quá {TITLE_CHARS} ký tự.")
    return wanted
