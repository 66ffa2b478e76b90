"""Training and dialogue sessions as rows. Title and text are their announcement's."""

from collections.abc import Sequence
from dataclasses import dataclass
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
