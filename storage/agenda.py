"""The order of business of a session: its items, and the questions handed in that stand under them.

Whoever changes items, or which question stands where, has locked the event (`storage.events.lock`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.tables import agenda_items, event_questions, events

ANSWERED, FOLLOW_UP, NOT_REACHED = "answered", "follow_up", "not_reached"
OUTCOMES = (ANSWERED, FOLLOW_UP, NOT_REACHED)
TITLE_CHARS = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One item; the columns are explained in `storage.tables.events`."""

    id: int
    event_id: int
    position: int
    title: str
    outcome: str | None
    outcome_text: str | None
    outcome_by: int | None
    outcome_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Question:
    """One question handed in. `resident_id` None: they were erased; their `text` is empty then."""

    id: int
    event_id: int
    resident_id: int | None
    address_id: int | None
    area_code: str | None
    text: str
    at: datetime
    item_id: int | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many questions stand under an item, and of how many people."""

    questions: int = 0
    people: int = 0


# -- questions


def add_question(
    tx: Tx,
    event_id: int,
    resident_id: int,
    address_id: int,
    area_code: str | None,
    text: str,
    now: datetime,
) -> int:
    """Store a question; it stands under no item yet. Returns its id."""
    row = {
        "event_id": event_id,
        "resident_id": resident_id,
        "address_id": address_id,
        "area_code": area_code,
        "text": text,
        "at": now,
    }
    new_id: int = tx.execute(sa.insert(event_questions).returning(event_questions.c.id), row).scalar_one()
    return new_id


def find_question(tx: Tx, question_id: int) -> Question | None:
    """Return a question, or None."""
    return next(iter(_questions(tx, event_questions.c.id == question_id)), None)


def remove_question(tx: Tx, question_id: int) -> None:
    """Forget a question that was taken back."""
    tx.execute(sa.delete(event_questions).where(event_questions.c.id == question_id))


def list_own(tx: Tx, event_id: int, resident_id: int) -> list[Question]:
    """Return what a person handed in for a session, oldest first."""
    q = event_questions.c
    return _questions(tx, q.event_id == event_id, q.resident_id == resident_id)


def list_questions(tx: Tx, event_id: int, limit: int) -> list[Question]:
    """Return the questions of a session, oldest first; not those whose words were erased."""
    q = event_questions.c
    return _questions(tx, q.event_id == event_id, q.text != "", limit=limit)


def list_under(tx: Tx, item_id: int, limit: int) -> list[Question]:
    """Return the questions under an item that still have words, oldest first."""
    q = event_questions.c
    return _questions(tx, q.item_id == item_id, q.text != "", limit=limit)


def list_unsorted(tx: Tx, event_id: int, limit: int, *, lock: bool = False) -> list[Question]:
    """Return the questions that stand under no item, oldest first.

    Args: lock: until this transaction ends nobody erases their words, out of which a title is being made.
    """
    q = event_questions.c
    wanted = (q.event_id == event_id, q.item_id.is_(None), q.text != "")
    return _questions(tx, *wanted, limit=limit, lock=lock)


def _questions(
    tx: Tx, *wanted: sa.ColumnElement[bool], limit: int | None = None, lock: bool = False
) -> list[Question]:
    query = sa.select(event_questions).where(*wanted).order_by(event_questions.c.id).limit(limit)
    query = query.with_for_update() if lock else query
    return [Question(**row._mapping) for row in tx.execute(query)]


def find_to_sort(tx: Tx) -> int | None:
    """Return a session whose minutes are open and that has questions under no item; the oldest question's first."""
    q = event_questions.c
    query = (
        sa.select(q.event_id)
        .join(events, events.c.id == q.event_id)
        .where(q.item_id.is_(None), q.text != "", events.c.minutes_at.is_(None))
    )
    return tx.execute(query.order_by(q.id).limit(1)).scalar()


def put(tx: Tx, question_ids: Collection[int], item_id: int) -> None:
    """Put questions under an item."""
    tx.execute(
        sa.update(event_questions).where(event_questions.c.id.in_(question_ids)).values(item_id=item_id)
    )


def put_all(tx: Tx, from_item_id: int, item_id: int) -> None:
    """Put every question of one item under another."""
    tx.execute(
        sa.update(event_questions).where(event_questions.c.item_id == from_item_id).values(item_id=item_id)
    )


def count(tx: Tx, event_id: int) -> dict[int, Counts]:
    """Count questions and people by item; items without a question are left out. Who was erased stays counted."""
    q = event_questions.c
    # An erased person is nobody any more, and still was one who asked.
    nobody = sa.func.sum(sa.case((q.resident_id.is_(None), 1), else_=0))
    query = (
        sa.select(
            q.item_id,
            sa.func.count().label("questions"),
            (sa.func.count(q.resident_id.distinct()) + nobody).label("people"),
        )
        .where(q.event_id == event_id, q.item_id.is_not(None))
        .group_by(q.item_id)
    )
    return {row.item_id: Counts(int(row.questions), int(row.people)) for row in tx.execute(query)}


# -- items


def add_item(tx: Tx, event_id: int, title: str) -> int:
    """Put an item at the end; returns its id."""
    a = agenda_items.c
    last = tx.execute(sa.select(sa.func.max(a.position)).where(a.event_id == event_id)).scalar()
    row = {"event_id": event_id, "position": (last or 0) + 1, "title": title, "version": 1}
    new_id: int = tx.execute(sa.insert(agenda_items).returning(a.id), row).scalar_one()
    return new_id


def list_items(tx: Tx, event_id: int) -> list[Item]:
    """Return the items of a session in their order."""
    a = agenda_items.c
    query = sa.select(agenda_items).where(a.event_id == event_id).order_by(a.position, a.id)
    return [Item(**row._mapping) for row in tx.execute(query)]


def find_item(tx: Tx, item_id: int) -> Item | None:
    """Return an item, or None."""
    row = tx.execute(sa.select(agenda_items).where(agenda_items.c.id == item_id)).one_or_none()
    return Item(**row._mapping) if row else None


def get_item(tx: Tx, item_id: int) -> Item:
    """Return an item; raises NotFound."""
    if (item := find_item(tx, item_id)) is None:
        raise NotFound(f"no agenda item {item_id}")
    return item


def change_item(tx: Tx, item_id: int, version: int, columns: Mapping[str, object]) -> Item:
    """Change an item as it was seen, and return it; raises Conflict when somebody was faster, or took it away."""
    a = agenda_items.c
    row = tx.execute(
        sa.update(agenda_items)
        .where(a.id == item_id, a.version == version)
        .values({**columns, "version": version + 1})
        .returning(agenda_items)
    ).one_or_none()
    if row is None:
        raise Conflict(f"agenda item {item_id} was changed since")
    return Item(**row._mapping)


def remove_item(tx: Tx, item_id: int) -> None:
    """Take an item away; its questions, if any, stand under none then."""
    tx.execute(sa.delete(agenda_items).where(agenda_items.c.id == item_id))


def place(tx: Tx, item_ids: Sequence[int]) -> None:
    """Number the items in this order, from 1."""
    for position, item_id in enumerate(item_ids, 1):
        tx.execute(sa.update(agenda_items).where(agenda_items.c.id == item_id).values(position=position))


# -- what came of them


def list_askers(tx: Tx, event_id: int, after: int, limit: int) -> list[int]:
    """Return who is still to be told what came of their questions: ids of residents above `after`, in order."""
    q = event_questions.c
    query = (
        sa.select(q.resident_id)
        .where(
            q.event_id == event_id,
            q.resident_id > after,
            q.told_at.is_(None),
            q.item_id.is_not(None),
            q.text != "",
        )
        .group_by(q.resident_id)
        .order_by(q.resident_id)
        .limit(limit)
    )
    return [int(resident_id) for resident_id in tx.execute(query).scalars() if resident_id is not None]


def mark_told(tx: Tx, question_ids: Collection[int], now: datetime) -> None:
    """Note that what came of these questions is on its way to who asked."""
    tx.execute(sa.update(event_questions).where(event_questions.c.id.in_(question_ids)).values(told_at=now))
