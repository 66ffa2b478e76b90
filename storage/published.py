"""What of the announcements everybody may see: those whose sending has begun, with their events."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from storage.announcements import Announcement
from storage.db import Tx
from storage.events import Event
from storage.tables import announcements, events, messages

MOST = 300
_BEGUN = sa.and_(
    announcements.c.started_at.is_not(None),
    announcements.c.status.in_(("sending", "sent", "paused", "cancelled")),
)


def find(tx: Tx, code: str) -> tuple[Announcement, Event | None] | None:
    """Return the announcement with this code and its event; None for one that never began to be sent."""
    return next(iter(_read(tx, announcements.c.code == code)), None)


def list_words(tx: Tx, since: datetime) -> dict[int, str]:
    """Return title and text by id, of the newest whose sending began since then, at most `MOST`, newest first."""
    a = announcements.c
    query = sa.select(a.id, a.title, a.text).where(_BEGUN, a.started_at >= since)
    rows = tx.execute(query.order_by(a.started_at.desc(), a.id.desc()).limit(MOST))
    return {row.id: f"{row.title} {row.text}" for row in rows}


def list_by_ids(tx: Tx, ids: Sequence[int]) -> list[tuple[Announcement, Event | None]]:
    """Return these of what everybody may see, with their events, newest first."""
    return list(_read(tx, announcements.c.id.in_(ids))) if ids else []


def find_text(tx: Tx, announcement_id: int) -> str | None:
    """Return the text of one of the copies that went out; None when no copy is kept any more."""
    query = sa.select(messages.c.text).where(messages.c.announcement_id == announcement_id)
    # By the index: the copies of one announcement may be all there are.
    return tx.execute(query.order_by(messages.c.address_id).limit(1)).scalar()


def _read(tx: Tx, condition: sa.ColumnElement[bool]) -> Iterable[tuple[Announcement, Event | None]]:
    rows = tx.execute(
        sa.select(*announcements.c)
        .where(_BEGUN, condition)
        .order_by(announcements.c.started_at.desc(), announcements.c.id.desc())
        .limit(MOST)
    ).all()
    found = [Announcement(**row._mapping) for row in rows]
    theirs = sa.select(*events.c).where(events.c.announcement_id.in_([each.id for each in found]))
    of = {row.announcement_id: Event(**row._mapping) for row in tx.execute(theirs)} if found else {}
    return [(each, of.get(each.id)) for each in found]
