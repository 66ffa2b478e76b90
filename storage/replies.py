"""Canned replies: what officials answer again and again, with {fields} to be filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.tables import canned_replies as replies

MOST = 500  # of one list


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. `area_code` None: for every commune; `category` None: for every case. `changed_by` 0: as it shipped."""

    id: int
    title: str
    text: str
    area_code: str | None
    category: str | None
    changed_at: datetime
    changed_by: int


def list_replies(tx: Tx, area_code: str | None, *, every_area: bool = False) -> list[Reply]:
    """Return an area's replies and those for every commune, by title; with `every_area` all there are."""
    query = sa.select(*replies.c).order_by(replies.c.title, replies.c.id).limit(MOST)
    if not every_area:
        query = query.where(sa.or_(replies.c.area_code.is_(None), replies.c.area_code == area_code))
    return [Reply(**row._mapping) for row in tx.execute(query)]


def get(tx: Tx, reply_id: int) -> Reply:
    """Return a reply; raises NotFound."""
    row = tx.execute(sa.select(*replies.c).where(replies.c.id == reply_id)).one_or_none()
    if row is None:
        raise NotFound(f"no reply {reply_id}")
    return Reply(**row._mapping)


def add(
    tx: Tx, title: str, text: str, area_code: str | None, category: str | None, changed_by: int, now: datetime
) -> int:
    """Store a reply; returns its id."""
    row = {
        "title": title,
        "text": text,
        "area_code": area_code,
        "category": category,
        "changed_at": now,
        "changed_by": changed_by,
    }
    new_id: int = tx.execute(sa.insert(replies).returning(replies.c.id), row).scalar_one()
    return new_id


def change(tx: Tx, reply: Reply, columns: Mapping[str, object], changed_by: int, now: datetime) -> None:
    """Change a reply as it was read; raises Conflict when somebody changed or deleted it in between."""
    done = tx.execute(
        sa.update(replies)
        .where(replies.c.id == reply.id, replies.c.changed_at == reply.changed_at)
        .values({**columns, "changed_at": now, "changed_by": changed_by})
    )
    if not done.rowcount:
        raise Conflict(f"reply {reply.id} is no longer as it was read")


def remove(tx: Tx, reply_id: int) -> None:
    """Delete a reply."""
    tx.execute(sa.delete(replies).where(replies.c.id == reply_id))
