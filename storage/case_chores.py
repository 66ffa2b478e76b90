"""Cases whose time has come, taken in batches: rows that another worker holds are passed over (PostgreSQL).

What the clock does to a case leaves its version alone, so that an official who is typing is not turned away.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from storage.cases import COLUMNS, Case, load
from storage.db import Tx
from storage.tables import cases

SOON, LATE = 1, 2


def take_late(tx: Tx, now: datetime, limit: int) -> list[Case]:
    """Return open cases whose deadline has passed and that nobody was told of as late, longest overdue first."""
    return _take(
        tx, (cases.c.is_open.is_(True), cases.c.due_at < now, cases.c.escalated < LATE), cases.c.due_at, limit
    )


def take_due_soon(tx: Tx, now: datetime, limit: int) -> list[Case]:
    """Return open cases that are due soon, not late yet, and that nobody was told of, next due first."""
    wanted = (
        cases.c.is_open.is_(True),
        cases.c.due_at >= now,
        cases.c.due_soon_at <= now,
        cases.c.escalated < SOON,
    )
    return _take(tx, wanted, cases.c.due_at, limit)


def take_to_ask(tx: Tx, now: datetime, limit: int) -> list[Case]:
    """Return answered cases whose resident is to be asked by now whether that solved it."""
    wanted = (cases.c.status == "answered", cases.c.ask_solved_at <= now)
    return _take(tx, wanted, cases.c.id, limit)


def take_to_close(tx: Tx, answered_before: datetime, limit: int) -> list[Case]:
    """Return answered cases whose last answer is older than this, in the order of their ids."""
    wanted = (cases.c.status == "answered", cases.c.answered_at < answered_before)
    return _take(tx, wanted, cases.c.id, limit)


def _take(
    tx: Tx, wanted: Sequence[sa.ColumnElement[bool]], order: sa.ColumnElement[object], limit: int
) -> list[Case]:
    query = (
        sa.select(*COLUMNS)
        .where(*wanted)
        .order_by(order, cases.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return [load(row) for row in tx.execute(query)]


def mark_escalated(tx: Tx, ids: Sequence[int], level: int) -> None:
    """Note how far officials were told."""
    if ids:
        tx.execute(sa.update(cases).where(cases.c.id.in_(ids)).values(escalated=level))


def mark_asked(tx: Tx, ids: Sequence[int]) -> None:
    """Note that these residents need not be asked any more."""
    if ids:
        tx.execute(sa.update(cases).where(cases.c.id.in_(ids)).values(ask_solved_at=None))
