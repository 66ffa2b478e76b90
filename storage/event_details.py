"""When and where a session was before it was changed. What was said of it then is still out there."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.events import PLANNED, Event
from storage.tables import event_details

_COLUMNS = ("details_version", "starts_at", "ends_at", "place", "seats")


def keep(tx: Tx, event: Event, until: datetime) -> None:
    """Keep what is said of a session, as it is about to be changed; once for each of its versions."""
    row = {name: getattr(event, name) for name in _COLUMNS}
    tx.execute(
        sa.insert(event_details), row | {"event_id": event.id, "version": event.version, "until": until}
    )


def list_former(tx: Tx, event: Event, limit: int) -> list[Event]:
    """Return a session as it was before each of its changes, the last one first; planned, as it was then."""
    c = event_details.c
    query = (
        sa.select(*(c[name] for name in _COLUMNS))
        .where(c.event_id == event.id)
        .order_by(c.version.desc())
        .limit(limit)
    )
    return [replace(event, status=PLANNED, **row._mapping) for row in tx.execute(query)]
