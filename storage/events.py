"""Training and dialogue sessions as rows. Title and text are their announcement's."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.errors import NotFound
from storage.tables import events


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
        "status": "planned",
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
        .where(events.c.announcement_id == announcement_id, events.c.status == "planned")
        .values(status="cancelled", version=events.c.version + 1)
    )


def get(tx: Tx, event_id: int) -> Event:
    """Return an event; raises NotFound."""
    row = tx.execute(sa.select(*events.c).where(events.c.id == event_id)).one_or_none()
    if row is None:
        raise NotFound(f"no event {event_id}")
    return Event(**row._mapping)


def find_by_announcement(tx: Tx, announcement_id: int) -> Event | None:
    """Return the event that an announcement announces; None for one of another kind."""
    row = tx.execute(sa.select(*events.c).where(events.c.announcement_id == announcement_id)).one_or_none()
    return Event(**row._mapping) if row else None
