"""Announcements as rows. Who gets one is in `storage.deliveries`; who may change one is for `handlers`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.errors import NotFound
from storage.tables import announcements

EMERGENCY = "emergency"
SENDING = "sending"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One announcement; the columns are explained in `storage.tables.announcements`."""

    id: int
    code: str
    kind: str
    title: str
    text: str
    link: str | None
    pictures: Sequence[str]
    audience: Mapping[str, object]
    send_at: datetime | None
    spread_hours: int
    late_joiners: bool
    named_consent: str | None
    status: str
    version: int
    created_by: int
    created_at: datetime
    submitted_by: int | None
    submitted_at: datetime | None
    approved_by: int | None
    approved_at: datetime | None
    reason: str | None
    started_at: datetime | None
    cursor: int
    expanded_at: datetime | None
    late_cursor: int
    finished_at: datetime | None


def get(tx: Tx, announcement_id: int) -> Announcement:
    """Return an announcement; raises NotFound."""
    return _one(tx, announcements.c.id == announcement_id, f"announcement {announcement_id}")


def find_by_code(tx: Tx, code: str) -> Announcement | None:
    """Return the announcement that has this code, whatever its status; or None."""
    row = tx.execute(sa.select(*announcements.c).where(announcements.c.code == code)).one_or_none()
    return Announcement(**row._mapping) if row else None


def list_sending(tx: Tx) -> list[tuple[int, str]]:
    """Return id and kind of what is being sent now."""
    query = sa.select(announcements.c.id, announcements.c.kind).where(announcements.c.status == SENDING)
    return [(row.id, row.kind) for row in tx.execute(query.order_by(announcements.c.id))]


def _one(tx: Tx, condition: sa.ColumnElement[bool], name: str) -> Announcement:
    row = tx.execute(sa.select(*announcements.c).where(condition)).one_or_none()
    if row is None:
        raise NotFound(f"no {name}")
    return Announcement(**row._mapping)
