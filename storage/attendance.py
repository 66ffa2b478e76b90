"""Who came to a session: a mark on the answer of who signed up, and a row for who came without one."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import rsvps as answers
from storage.db import Tx
from storage.events import Announced, find_public
from storage.rsvps import WALK_IN
from storage.tables import announcements, events, rsvps


@dataclass(frozen=True, slots=True)
class Attendance:
    """How many rows and people came; how many rows noted themselves by the code, and came without signing up."""

    answers: int = 0
    people: int = 0
    by_code: int = 0
    walk_ins: int = 0


def find_by_code(tx: Tx, code: str) -> Announced | None:
    """Return the announced session that this check-in code belongs to; of several the last to begin."""
    query = (
        sa.select(events.c.id)
        .join(announcements)
        .where(events.c.check_in_code == code, announcements.c.started_at.is_not(None))
        .order_by(events.c.starts_at.desc())
        .limit(1)
    )
    event_id = tx.execute(query).scalar()
    return find_public(tx, event_id) if event_id is not None else None


def add_walk_in(
    tx: Tx,
    event_id: int,
    people: int,
    now: datetime,
    details_version: int,
    *,
    resident_id: int | None = None,
    address_id: int | None = None,
    area_code: str | None = None,
    name: str | None = None,
    by: int | None = None,
) -> int:
    """Note somebody who came without having signed up; the name is sealed. Returns the row's id.

    With the event locked. Args: by: the official who noted it; None: by the code.
    """
    row = {
        "event_id": event_id,
        "resident_id": resident_id,
        "address_id": address_id,
        "area_code": area_code,
        "status": WALK_IN,
        "people": people,
        "answered_at": now,
        "queued_at": now,
        "details_version": details_version,
        "attended_people": people,
        "attended_at": now,
        "attended_by": by,
    }
    new_id: int = tx.execute(sa.insert(rsvps).returning(rsvps.c.id), row).scalar_one()
    if name:
        answers.set_name(tx, new_id, name)
    return new_id


def mark(tx: Tx, rsvp_id: int, people: int | None, by: int | None, now: datetime) -> None:
    """Note that so many came with this answer; None: nobody did. With the event locked."""
    values = {
        "attended_people": people,
        "attended_at": now if people is not None else None,
        "attended_by": by if people is not None else None,
    }
    tx.execute(sa.update(rsvps).where(rsvps.c.id == rsvp_id).values(values))


def remove(tx: Tx, rsvp_id: int) -> None:
    """Forget a row that was noted by mistake."""
    tx.execute(sa.delete(rsvps).where(rsvps.c.id == rsvp_id, rsvps.c.status == WALK_IN))


def count(tx: Tx, event_id: int) -> Attendance:
    """Count who came."""
    r = rsvps.c
    here = r.attended_at.is_not(None)
    row = tx.execute(
        sa.select(
            sa.func.count().label("answers"),
            sa.func.coalesce(sa.func.sum(r.attended_people), 0).label("people"),
            sa.func.coalesce(sa.func.sum(sa.case((r.attended_by.is_(None), 1), else_=0)), 0).label("by_code"),
            sa.func.coalesce(sa.func.sum(sa.case((r.status == WALK_IN, 1), else_=0)), 0).label("walk_ins"),
        ).where(r.event_id == event_id, here)
    ).one()
    return Attendance(int(row.answers), int(row.people), int(row.by_code), int(row.walk_ins))


def list_walk_ins(tx: Tx, event_id: int) -> list[int]:
    """Return the ids of those who came without having signed up."""
    query = sa.select(rsvps.c.id).where(rsvps.c.event_id == event_id, rsvps.c.status == WALK_IN)
    return list(tx.execute(query.order_by(rsvps.c.id)).scalars())
