"""Announcements as rows. Who gets one is in `storage.deliveries`; who may change one is for `handlers`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.tables import announcements, consents, events, outbox

EMERGENCY = "emergency"
APPROVED, SCHEDULED, SENDING = "approved", "scheduled", "sending"
PAUSED, SENT, CANCELLED = "paused", "sent", "cancelled"
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
    held_at: datetime | None = None

    @property
    def is_alone(self) -> bool:
        """Say whether who let it go is who asked for it: to so many people only as need no second person."""
        return self.approved_by is not None and self.approved_by == self.submitted_by


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


_SENDING = (
    sa.select(announcements.c.id, announcements.c.kind)
    .where(announcements.c.status == SENDING)
    .order_by(announcements.c.id)
)


def list_sending(tx: Tx) -> list[tuple[int, str]]:
    """Return id and kind of what is being sent now."""
    return [(row.id, row.kind) for row in tx.execute(_SENDING)]


def list_page(
    tx: Tx,
    *,
    statuses: Collection[str] = (),
    area_code: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Announcement]:
    """Return announcements, newest first; of these statuses, or of any.

    Args: area_code: those whose audience names this commune and no other; None: whatever it names.
    """
    query = sa.select(*announcements.c).order_by(announcements.c.id.desc()).limit(limit)
    if statuses:
        query = query.where(announcements.c.status.in_(statuses))
    if area_code is not None:
        first, second = (announcements.c.audience[("areas", place)].as_string() for place in (0, 1))
        query = query.where(first == area_code, second.is_(None))
    if before_id is not None:
        query = query.where(announcements.c.id < before_id)
    return [Announcement(**row._mapping) for row in tx.execute(query)]


# -- what the worker finds to do


class Work(StrEnum):
    """What is to be done with an announcement now."""

    OVERTAKEN = "overtaken"
    """To be stopped: it is on its way, and its event has begun or was cancelled."""
    DUE = "due"
    """To begin: approved, and its time has come."""
    EXPAND = "expand"
    """Being sent, and not everybody has their delivery yet."""
    LATE = "late"
    """Open to those who come late, and somebody agreed to something since: all others have their delivery already."""
    FINISH = "finish"
    """Over: everybody has their delivery, and none is queued any more."""
    WITHDRAW = "withdraw"
    """Cancelled, and deliveries may still be queued."""
    EXPIRED = "expired"
    """Sent, and copies still wait for people to write or to open a page, of what is over by now."""


LATE_FOR = timedelta(days=7)
"""How long after its beginning an announcement is news to somebody who comes late."""


def list_work(tx: Tx, work: Work, now: datetime, limit: int) -> list[int]:
    """Return ids of announcements with this to do, emergencies first, then in the order they were filed."""
    query = sa.select(announcements.c.id).where(_CONDITIONS[work](now)).order_by(*_ORDER).limit(limit)
    return list(tx.execute(query).scalars())


def take_work(tx: Tx, announcement_id: int, work: Work, now: datetime) -> Announcement | None:
    """Return an announcement with this to do, locked; None: somebody else has it, or there is nothing to do any more."""
    # SQLite drops the lock silently; there BEGIN IMMEDIATE keeps two workers apart. With a key share, so that
    # deliveries which only point to it need not wait.
    query = (
        sa.select(*announcements.c)
        .where(announcements.c.id == announcement_id, _CONDITIONS[work](now))
        .with_for_update(skip_locked=True, key_share=True, of=announcements)
    )
    row = tx.execute(query).one_or_none()
    return Announcement(**row._mapping) if row else None


def finish_cancelled(tx: Tx, announcement_id: int, now: datetime) -> None:
    """Note that nothing of a cancelled announcement is queued any more."""
    tx.execute(sa.update(announcements).where(announcements.c.id == announcement_id).values(finished_at=now))


def has_queued(tx: Tx, announcement_id: int) -> bool:
    """Say whether a delivery of this announcement is still to be sent."""
    query = sa.select(outbox.c.id).where(
        outbox.c.announcement_id == announcement_id, outbox.c.status == "queued"
    )
    return tx.execute(query.limit(1)).first() is not None


def has_open(tx: Tx, announcement_id: int) -> bool:
    """Say whether somebody may still get this announcement: a copy is queued, or waits for its person."""
    query = sa.select(outbox.c.id).where(
        outbox.c.announcement_id == announcement_id, outbox.c.status.in_(("queued", "waiting"))
    )
    return tx.execute(query.limit(1)).first() is not None


_Condition = sa.ColumnElement[bool]
_EXPANDED = announcements.c.expanded_at.is_not(None)
_QUEUED = sa.exists().where(outbox.c.announcement_id == announcements.c.id, outbox.c.status == "queued")
_OPEN = sa.exists().where(
    outbox.c.announcement_id == announcements.c.id, outbox.c.status.in_(("queued", "waiting"))
)


def _status(*statuses: str) -> _Condition:
    return announcements.c.status.in_(statuses)


def over(now: datetime) -> _Condition:
    """Say of an announcement that its event has begun or was called off."""
    return sa.exists().where(
        events.c.announcement_id == announcements.c.id,
        sa.or_(events.c.starts_at <= now, events.c.status != "planned"),
    )


def _overtaken(now: datetime) -> _Condition:
    under_way = sa.or_(_status(APPROVED, SCHEDULED), sa.and_(_status(SENDING), sa.or_(~_EXPANDED, _QUEUED)))
    return sa.and_(under_way, over(now))


def _due(now: datetime) -> _Condition:
    return sa.or_(_status(APPROVED), sa.and_(_status(SCHEDULED), announcements.c.send_at <= now))


def _expand(_now: datetime) -> _Condition:
    return sa.and_(_status(SENDING), ~_EXPANDED)


def _late(now: datetime) -> _Condition:
    return sa.and_(
        _status(SENDING, SENT),
        announcements.c.late_joiners,
        announcements.c.held_at.is_(None),
        _EXPANDED,
        announcements.c.started_at > now - LATE_FOR,
        sa.exists().where(consents.c.id > announcements.c.late_cursor),
        ~over(now),
    )


def _finish(_now: datetime) -> _Condition:
    return sa.and_(_status(SENDING), _EXPANDED, ~_QUEUED)


def _withdraw(_now: datetime) -> _Condition:
    return sa.and_(_status(CANCELLED), announcements.c.finished_at.is_(None))


def _expired(now: datetime) -> _Condition:
    old = sa.and_(announcements.c.kind == EMERGENCY, announcements.c.started_at < now - LATE_FOR)
    return sa.and_(_status(SENT), sa.or_(old, over(now)), _OPEN)


_CONDITIONS: Mapping[Work, Callable[[datetime], _Condition]] = {
    Work.OVERTAKEN: _overtaken,
    Work.DUE: _due,
    Work.EXPAND: _expand,
    Work.LATE: _late,
    Work.FINISH: _finish,
    Work.WITHDRAW: _withdraw,
    Work.EXPIRED: _expired,
}


def _one(tx: Tx, condition: sa.ColumnElement[bool], name: str) -> Announcement:
    row = tx.execute(sa.select(*announcements.c).where(condition)).one_or_none()
    if row is None:
        raise NotFound(f"no {name}")
    return Announcement(**row._mapping)
