"""Training and dialogue sessions as rows. Title and text are their announcement's; who comes is in `storage.rsvps`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.announcements import Announcement
from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.reachable import Ways, can_be_told
from storage.tables import announcements, event_notices, events, outbox, rsvps

PLANNED, CANCELLED, HELD = "planned", "cancelled", "held"
TRAINING, DIALOGUE = "training", "dialogue"


@dataclass(frozen=True, slots=True)
class Event:
    """One session; the columns are explained in `storage.tables.events`."""

    id: int
    announcement_id: int
    type: str
    starts_at: datetime
    ends_at: datetime | None
    place: str
    map_link: str | None
    area_code: str | None
    seats: int | None
    taken: int
    status: str
    details_version: int
    version: int
    remind_before: Sequence[int]
    check_in_code: str
    minutes: str | None
    minutes_by: int | None
    minutes_at: datetime | None

    @property
    def free(self) -> int | None:
        """Return how many seats are left; None: as many as come."""
        return None if self.seats is None else self.seats - self.taken

    def is_coming(self, now: datetime) -> bool:
        """Say whether one can still sign up."""
        return self.status == PLANNED and now < self.starts_at


@dataclass(frozen=True, slots=True)
class Announced:
    """A session with the announcement that it stands in."""

    event: Event
    announcement: Announcement


def is_off(announcement: Announcement, event: Event | None) -> bool:
    """Say whether what was announced does not take place. A session stands while it is planned, whatever became of its
    message.
    """
    return (event.status if event is not None else announcement.status) == CANCELLED


_BOTH = sa.select(*events.c, *(column.label(f"a_{column.name}") for column in announcements.c)).join_from(
    events, announcements
)
# Whoever was sent an announcement may answer it, however it went on from there.
_PUBLIC = announcements.c.started_at.is_not(None)


@dataclass(frozen=True, slots=True)
class Details:
    """What is decided of a session when it is announced. `remind_before`: minutes before the start."""

    type: str
    starts_at: datetime
    ends_at: datetime | None
    place: str
    map_link: str | None
    seats: int | None
    remind_before: Sequence[int]
    area_code: str | None


def add(tx: Tx, announcement_id: int, details: Details, check_in_code: str) -> int:
    """Store the session that an announcement announces; returns its id."""
    row = asdict(details) | {
        "announcement_id": announcement_id,
        "remind_before": list(details.remind_before),
        "check_in_code": check_in_code,
        "taken": 0,
        "status": PLANNED,
        "details_version": 1,
        "version": 1,
    }
    new_id: int = tx.execute(sa.insert(events).returning(events.c.id), row).scalar_one()
    return new_id


def rewrite(tx: Tx, announcement_id: int, details: Details) -> None:
    """Replace what was decided, while nobody was told of it yet."""
    row = asdict(details) | {"remind_before": list(details.remind_before)}
    tx.execute(
        sa.update(events)
        .where(events.c.announcement_id == announcement_id)
        .values(row | {"version": events.c.version + 1})
    )


def remove(tx: Tx, announcement_id: int) -> None:
    """Forget the session of an announcement that, while it was a draft, became one of another kind."""
    tx.execute(sa.delete(events).where(events.c.announcement_id == announcement_id))


def cancel_untold(tx: Tx, announcement_id: int) -> None:
    """Cancel the session of an announcement that nobody got: there is nobody to be told."""
    tx.execute(
        sa.update(events)
        .where(events.c.announcement_id == announcement_id, events.c.status == PLANNED)
        .values(status=CANCELLED, version=events.c.version + 1)
    )


def get(tx: Tx, event_id: int) -> Event:
    """Return an event; raises NotFound."""
    return _one(tx, sa.select(*events.c).where(events.c.id == event_id), event_id)


def lock(tx: Tx, event_id: int) -> Event:
    """Return an event that nobody else changes until this transaction ends; raises NotFound.

    Whoever gives or takes seats locks first, so that two who want the last one go one after the other, and the order of
    the waiting list is what it was seen to be (PostgreSQL; SQLite has one writer).
    """
    query = sa.select(*events.c).where(events.c.id == event_id).with_for_update(key_share=True)
    return _one(tx, query, event_id)


def _one(tx: Tx, query: sa.Select[tuple[object, ...]], event_id: int) -> Event:
    row = tx.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"no event {event_id}")
    return Event(**row._mapping)


def find_by_announcement(tx: Tx, announcement_id: int) -> Event | None:
    """Return the event that an announcement announces; None for one of another kind."""
    row = tx.execute(sa.select(*events.c).where(events.c.announcement_id == announcement_id)).one_or_none()
    return Event(**row._mapping) if row else None


def find_public(tx: Tx, event_id: int) -> Announced | None:
    """Return an event whose announcement has begun to be sent; None for any other, so that no draft is shown."""
    row = tx.execute(_BOTH.where(events.c.id == event_id, _PUBLIC)).one_or_none()
    return _announced(row._mapping) if row else None


def get_announced(tx: Tx, event_id: int) -> Announced:
    """Return an event with its announcement, whatever its status; raises NotFound."""
    row = tx.execute(_BOTH.where(events.c.id == event_id)).one_or_none()
    if row is None:
        raise NotFound(f"no event {event_id}")
    return _announced(row._mapping)


def list_coming(tx: Tx, now: datetime, limit: int) -> list[Announced]:
    """Return announced events that are still to begin, the next one first."""
    return _list(tx, (events.c.status == PLANNED, events.c.starts_at > now, _PUBLIC), limit)


def list_coming_of(tx: Tx, resident_id: int, now: datetime, limit: int) -> list[Announced]:
    """Return coming events that the person was told of or has answered, the next one first."""
    told = sa.exists().where(
        outbox.c.announcement_id == events.c.announcement_id, outbox.c.resident_id == resident_id
    )
    answered = sa.exists().where(rsvps.c.event_id == events.c.id, rsvps.c.resident_id == resident_id)
    wanted = (events.c.status == PLANNED, events.c.starts_at > now, _PUBLIC, sa.or_(told, answered))
    return _list(tx, wanted, limit)


def list_between(
    tx: Tx, start: datetime, end: datetime, area_code: str | None, limit: int
) -> list[Announced]:
    """Return events that begin in [start, end), drafts included, in order. `area_code`: of this commune; None: all."""
    wanted = [events.c.starts_at >= start, events.c.starts_at < end]
    if area_code is not None:
        wanted.append(events.c.area_code == area_code)
    return _list(tx, wanted, limit)


def _list(tx: Tx, wanted: Sequence[sa.ColumnElement[bool]], limit: int) -> list[Announced]:
    query = _BOTH.where(*wanted).order_by(events.c.starts_at, events.c.id).limit(limit)
    return [_announced(row._mapping) for row in tx.execute(query)]


def _announced(row: sa.RowMapping) -> Announced:
    event = {column.name: row[column.name] for column in events.c}
    announcement = {column.name: row[f"a_{column.name}"] for column in announcements.c}
    return Announced(Event(**event), Announcement(**announcement))


def change(tx: Tx, event: Event, columns: Mapping[str, object]) -> Event:
    """Change an event as it was seen (its `version`), and return it; raises Conflict when somebody was faster."""
    row = tx.execute(
        sa.update(events)
        .where(events.c.id == event.id, events.c.version == event.version)
        .values({**columns, "version": event.version + 1})
        .returning(*events.c)
    ).one_or_none()
    if row is None:
        raise Conflict(f"event {event.id} was changed since")
    return Event(**row._mapping)


def take_seats(tx: Tx, event_id: int, number: int) -> bool:
    """Take (or, below 0, give back) so many seats, if there are so many; returns whether it was done.

    A number of taken seats above `seats` is never written, whoever else is at it. `version` stays, so that an editor who
    is typing is not turned away by each sign-up.
    """
    taken = sa.update(events).where(events.c.id == event_id).values(taken=events.c.taken + number)
    if number > 0:
        taken = taken.where(sa.or_(events.c.seats.is_(None), events.c.taken + number <= events.c.seats))
    return tx.execute(taken).rowcount == 1


def list_to_fill(tx: Tx, now: datetime, limit: int, ways: Ways) -> list[int]:
    """Return coming events with seats free for somebody who waits for one and can be told, in the order of their ids."""
    fits = sa.or_(events.c.seats.is_(None), rsvps.c.people <= events.c.seats - events.c.taken)
    waits = sa.exists().where(
        rsvps.c.event_id == events.c.id, rsvps.c.status == "waiting", fits, can_be_told(ways)
    )
    query = sa.select(events.c.id).where(events.c.status == PLANNED, events.c.starts_at > now, waits)
    return list(tx.execute(query.order_by(events.c.id).limit(limit)).scalars())


def list_to_plan(tx: Tx, now: datetime, limit: int) -> list[int]:
    """Return coming announced events whose reminders, as their details stand now, are not planned yet."""
    planned = sa.exists().where(
        event_notices.c.event_id == events.c.id,
        event_notices.c.kind == "reminder",
        event_notices.c.details_version == events.c.details_version,
    )
    query = (
        sa.select(events.c.id)
        .join(announcements)
        .where(events.c.status == PLANNED, events.c.starts_at > now, _PUBLIC, ~planned)
    )
    return list(tx.execute(query.order_by(events.c.id).limit(limit)).scalars())
