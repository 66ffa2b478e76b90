"""What everybody of an event is told, and how far that got: a batch is told and the cursor moved in one transaction.

After a kill the cursor stands where the last batch was committed, with its messages; so nobody is told twice, and nobody
is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import event_notices

REMINDER, CHANGED, CANCELLED = "reminder", "changed", "cancelled"
MINUTES, OUTCOMES, SURVEY = "minutes", "outcomes", "survey"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell; the columns are explained in `storage.tables.events`."""

    id: int
    event_id: int
    kind: str
    details_version: int
    due_at: datetime
    cursor: int


def add(
    tx: Tx,
    event_id: int,
    kind: str,
    details_version: int,
    due_at: datetime,
    now: datetime,
    *,
    done: bool = False,
) -> None:
    """Note what is to be told from `due_at` on; `done`: nothing is told, but it is known that it was thought of."""
    tx.execute(
        sa.insert(event_notices).values(
            event_id=event_id,
            kind=kind,
            details_version=details_version,
            due_at=due_at,
            cursor=0,
            created_at=now,
            done_at=now if done else None,
        )
    )


def take_due(tx: Tx, now: datetime) -> Notice | None:
    """Return what has been due longest and nobody else is telling just now; locked (PostgreSQL)."""
    n = event_notices.c
    query = (
        sa.select(n.id, n.event_id, n.kind, n.details_version, n.due_at, n.cursor)
        .where(n.done_at.is_(None), n.due_at <= now)
        .order_by(n.due_at, n.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = tx.execute(query).one_or_none()
    return Notice(**row._mapping) if row else None


def is_planned(tx: Tx, event_id: int, kind: str, details_version: int) -> bool:
    """Say whether there is such a notice, told or not."""
    n = event_notices.c
    query = sa.select(n.id).where(
        n.event_id == event_id, n.kind == kind, n.details_version == details_version
    )
    return tx.execute(query.limit(1)).first() is not None


def move(tx: Tx, notice_id: int, cursor: int) -> None:
    """Note that everybody up to this sign-up (of outcomes: this resident) was told."""
    _set(tx, notice_id, cursor=cursor)


def postpone(tx: Tx, notice_id: int, due_at: datetime) -> None:
    """Put it off."""
    _set(tx, notice_id, due_at=due_at)


def end(tx: Tx, notice_id: int, now: datetime) -> None:
    """Note that it is over: everybody was told, or there is nothing to tell any more."""
    _set(tx, notice_id, done_at=now)


def _set(tx: Tx, notice_id: int, **columns: object) -> None:
    tx.execute(sa.update(event_notices).where(event_notices.c.id == notice_id).values(columns))


def drop(tx: Tx, event_id: int, kinds: Sequence[str], now: datetime) -> None:
    """End what was to be told of an event and no longer holds."""
    n = event_notices.c
    tx.execute(
        sa.update(event_notices)
        .where(n.event_id == event_id, n.kind.in_(kinds), n.done_at.is_(None))
        .values(done_at=now)
    )
