"""How far the expansion of an announcement into deliveries has come."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.announcements import SENDING
from storage.db import Tx
from storage.tables import announcements

_SENT = "sent"


@dataclass(frozen=True, slots=True)
class Progress:
    """See the columns of `storage.tables.announcements`."""

    started_at: datetime | None
    cursor: int
    late_cursor: int


def lock_unexpanded(tx: Tx, announcement_id: int) -> Progress | None:
    """Return how far an announcement that is being sent has come, and keep others off until the transaction ends.

    None: somebody else has it, it is not being sent, or everybody has their delivery.
    """
    return _lock(
        tx,
        announcement_id,
        sa.and_(announcements.c.status == SENDING, announcements.c.expanded_at.is_(None)),
    )


def lock_expanded(tx: Tx, announcement_id: int) -> Progress | None:
    """Return how far late joiners were looked for, and keep others off; None: somebody else has it, or it is paused."""
    return _lock(
        tx,
        announcement_id,
        sa.and_(
            announcements.c.status.in_((SENDING, _SENT)),
            announcements.c.expanded_at.is_not(None),
        ),
    )


def _lock(tx: Tx, announcement_id: int, condition: sa.ColumnElement[bool]) -> Progress | None:
    # SQLite drops the clause silently; there BEGIN IMMEDIATE keeps two workers apart.
    row = tx.execute(
        sa.select(announcements.c.started_at, announcements.c.cursor, announcements.c.late_cursor)
        .where(announcements.c.id == announcement_id, condition)
        .with_for_update(skip_locked=True, key_share=True)
    ).one_or_none()
    return Progress(row.started_at, row.cursor, row.late_cursor) if row else None


def move_cursor(
    tx: Tx, announcement_id: int, cursor: int, late_cursor: int | None, expanded_at: datetime | None
) -> None:
    """Note up to which resident everybody has their delivery; of a locked announcement.

    Args:
        late_cursor: from which consent on late joiners are looked for; None: as it was.
        expanded_at: set with the last chunk.
    """
    values: dict[str, object] = {"cursor": cursor, "expanded_at": expanded_at}
    if late_cursor is not None:
        values["late_cursor"] = late_cursor
    tx.execute(sa.update(announcements).where(announcements.c.id == announcement_id).values(values))


def move_late_cursor(tx: Tx, announcement_id: int, late_cursor: int) -> None:
    """Note up to which consent late joiners were looked for; of a locked announcement."""
    tx.execute(
        sa.update(announcements).where(announcements.c.id == announcement_id).values(late_cursor=late_cursor)
    )
