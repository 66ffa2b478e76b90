"""Announcements as rows. Who gets one is in `storage.deliveries`; who may change one is for `handlers`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.tables import announcements, events, outbox

EMERGENCY = "emergency"
APPROVED, SCHEDULED, SENDING = "approved", "scheduled", "sending"
PAUSED, SENT, CANCELLED = "paused", "sent", "cancelled"
DELIVERY_STATUSES = ("queued", "waiting", "sent", "failed", "blocked", "skipped", "unknown")
_CLASH = ["code"]
_ADD = {
    "postgresql": postgresql.insert(announcements).on_conflict_do_nothing(index_elements=_CLASH),
    "sqlite": sqlite.insert(announcements).on_conflict_do_nothing(index_elements=_CLASH),
}
# People in danger hear first; else whoever was filed first.
_ORDER = (sa.case((announcements.c.kind == EMERGENCY, 0), else_=1), announcements.c.id)


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


@dataclass(frozen=True, slots=True)
class Content:
    """What is written down of an announcement: all that its author decides. See the table for each."""

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


def add(tx: Tx, content: Content, code: str, created_by: int, now: datetime) -> int | None:
    """Store a draft; returns its id, or None when the code is another's already."""
    row = _values(content) | {
        "code": code,
        "status": "draft",
        "version": 1,
        "created_by": created_by,
        "created_at": now,
        "cursor": 0,
        "late_cursor": 0,
    }
    return tx.execute(_ADD[tx.dialect].returning(announcements.c.id), row).scalar()


def rewrite(tx: Tx, seen: Announcement, content: Content) -> Announcement:
    """Replace what a draft says; returns it one version on. Raises Conflict when it is no longer as it was seen."""
    return change(tx, seen, _values(content))


def change(tx: Tx, seen: Announcement, columns: Mapping[str, object]) -> Announcement:
    """Change columns of an announcement as it was seen; returns it one version on.

    Raises Conflict when somebody, or the clock, changed it in between. How far its sending came (`cursor`,
    `late_cursor`) leaves the version alone, so that nobody is turned away for it.
    """
    changed = tx.execute(
        sa.update(announcements)
        .where(
            announcements.c.id == seen.id,
            announcements.c.version == seen.version,
            announcements.c.status == seen.status,
        )
        .values({**columns, "version": seen.version + 1})
        .returning(*announcements.c)
    ).one_or_none()
    if changed is None:
        raise Conflict(f"announcement {seen.id} is no longer {seen.status} at version {seen.version}")
    return Announcement(**changed._mapping)


def _values(content: Content) -> dict[str, object]:
    return asdict(content) | {"pictures": list(content.pictures), "audience": dict(content.audience)}


def get(tx: Tx, announcement_id: int) -> Announcement:
    """Return an announcement; raises NotFound."""
    return _one(tx, announcements.c.id == announcement_id, f"announcement {announcement_id}")


def lock(tx: Tx, announcement_id: int) -> Announcement:
    """Return an announcement that nobody else changes before the transaction ends; raises NotFound."""
    query = sa.select(*announcements.c).where(announcements.c.id == announcement_id)
    row = tx.execute(query.with_for_update(key_share=True)).one_or_none()
    if row is None:
        raise NotFound(f"no announcement {announcement_id}")
    return Announcement(**row._mapping)


def find_by_code(tx: Tx, code: str) -> Announcement | None:
    """Return the announcement that has this code, whatever its status; or None."""
    row = tx.execute(sa.select(*announcements.c).where(announcements.c.code == code)).one_or_none()
    return Announcement(**row._mapping) if row else None


def list_sending(tx: Tx) -> list[tuple[int, str]]:
    """Return id and kind of what is being sent now."""
    query = sa.select(announcements.c.id, announcements.c.kind).where(announcements.c.status == SENDING)
    return [(row.id, row.kind) for row in tx.execute(query.order_by(announcements.c.id))]


def list_page(
    tx: Tx, *, statuses: Collection[str] = (), before_id: int | None = None, limit: int = 50
) -> list[Announcement]:
    """Return announcements, newest first; of these statuses, or of any."""
    query = sa.select(*announcements.c).order_by(announcements.c.id.desc()).limit(limit)
    if statuses:
        query = query.where(announcements.c.status.in_(statuses))
    if before_id is not None:
        query = query.where(announcements.c.id < before_id)
    return [Announcement(**row._mapping) for row in tx.execute(query)]


def count_deliveries(tx: Tx, announcement_id: int) -> dict[str, int]:
    """Return how many deliveries there are by status, each status there."""
    query = sa.select(outbox.c.status, sa.func.count().label("number"))
    query = query.where(outbox.c.announcement_id == announcement_id).group_by(outbox.c.status)
    found = {row.status: row.number for row in tx.execute(query)}
    return dict.fromkeys(DELIVERY_STATUSES, 0) | found


# -- what the clock and the worker do


def list_due(tx: Tx, now: datetime, limit: int) -> list[int]:
    """Return ids of what is approved and whose time has come."""
    return _ids(tx, _is_due(now), limit)


def list_unexpanded(tx: Tx, limit: int) -> list[int]:
    """Return ids of what is being sent and has people who do not have their delivery yet."""
    return _ids(tx, _is_unexpanded(), limit)


def list_to_finish(tx: Tx, limit: int) -> list[int]:
    """Return ids of what is being sent, where everybody has a delivery and none of them is queued any more."""
    return _ids(tx, _is_done(), limit)


def list_to_withdraw(tx: Tx, limit: int) -> list[int]:
    """Return ids of what was cancelled and may have deliveries queued still."""
    return _ids(tx, _is_withdrawn(), limit)


def list_open_to_late(tx: Tx, now: datetime, started_after: datetime, limit: int) -> list[int]:
    """Return ids of what people who come late get too: sent or being sent, and its event has not begun.

    Args: started_after: what began before is of yesterday.
    """
    return _ids(tx, _is_open_to_late(now, started_after), limit)


def take_due(tx: Tx, announcement_id: int, now: datetime) -> Announcement | None:
    """Return one of `list_due`, locked; None: somebody else has it, or it is so no more."""
    return _take(tx, announcement_id, _is_due(now))


def take_unexpanded(tx: Tx, announcement_id: int) -> Announcement | None:
    """Return one of `list_unexpanded`, locked; None: as with `take_due`."""
    return _take(tx, announcement_id, _is_unexpanded())


def take_to_finish(tx: Tx, announcement_id: int) -> Announcement | None:
    """Return one of `list_to_finish`, locked; None: as with `take_due`."""
    return _take(tx, announcement_id, _is_done())


def take_to_withdraw(tx: Tx, announcement_id: int) -> Announcement | None:
    """Return one of `list_to_withdraw`, locked; None: as with `take_due`."""
    return _take(tx, announcement_id, _is_withdrawn())


def take_open_to_late(
    tx: Tx, announcement_id: int, now: datetime, started_after: datetime
) -> Announcement | None:
    """Return one of `list_open_to_late`, locked; None: as with `take_due`."""
    return _take(tx, announcement_id, _is_open_to_late(now, started_after))


def has_queued(tx: Tx, announcement_id: int) -> bool:
    """Say whether a delivery of this announcement is still to be sent."""
    query = sa.select(outbox.c.id).where(
        outbox.c.announcement_id == announcement_id, outbox.c.status == "queued"
    )
    return tx.execute(query.limit(1)).first() is not None


def _is_due(now: datetime) -> sa.ColumnElement[bool]:
    come = sa.and_(announcements.c.status == SCHEDULED, announcements.c.send_at <= now)
    return sa.or_(announcements.c.status == APPROVED, come)


def _is_unexpanded() -> sa.ColumnElement[bool]:
    return sa.and_(announcements.c.status == SENDING, announcements.c.expanded_at.is_(None))


def _is_done() -> sa.ColumnElement[bool]:
    queued = sa.select(outbox.c.id).where(
        outbox.c.announcement_id == announcements.c.id, outbox.c.status == "queued"
    )
    return sa.and_(
        announcements.c.status == SENDING,
        announcements.c.expanded_at.is_not(None),
        ~sa.exists(queued),
    )


def _is_withdrawn() -> sa.ColumnElement[bool]:
    return sa.and_(announcements.c.status == CANCELLED, announcements.c.finished_at.is_(None))


def _is_open_to_late(now: datetime, started_after: datetime) -> sa.ColumnElement[bool]:
    begun = sa.select(events.c.id).where(
        events.c.announcement_id == announcements.c.id,
        sa.or_(events.c.starts_at <= now, events.c.status != "planned"),
    )
    return sa.and_(
        announcements.c.status.in_((SENDING, SENT)),
        announcements.c.late_joiners,
        announcements.c.expanded_at.is_not(None),
        announcements.c.started_at > started_after,
        ~sa.exists(begun),
    )


def _ids(tx: Tx, condition: sa.ColumnElement[bool], limit: int) -> list[int]:
    query = sa.select(announcements.c.id).where(condition).order_by(*_ORDER).limit(limit)
    return list(tx.execute(query).scalars())


def _take(tx: Tx, announcement_id: int, condition: sa.ColumnElement[bool]) -> Announcement | None:
    # SQLite drops the lock silently; there BEGIN IMMEDIATE keeps two workers apart. With a key share, so that
    # deliveries which only point to it need not wait.
    query = (
        sa.select(*announcements.c)
        .where(announcements.c.id == announcement_id, condition)
        .with_for_update(skip_locked=True, key_share=True, of=announcements)
    )
    row = tx.execute(query).one_or_none()
    return Announcement(**row._mapping) if row else None


def _one(tx: Tx, condition: sa.ColumnElement[bool], name: str) -> Announcement:
    row = tx.execute(sa.select(*announcements.c).where(condition)).one_or_none()
    if row is None:
        raise NotFound(f"no {name}")
    return Announcement(**row._mapping)
