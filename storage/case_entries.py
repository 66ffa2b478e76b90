"""The history of cases: who did what, when, with which words. Rows are only added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import case_entries

_ADD = sa.insert(case_entries).returning(case_entries.c.id)


@dataclass(frozen=True, slots=True)
class Entry:
    """One step. `status`: what it came to, None: unchanged; `public`: the resident sees that it was done."""

    id: int
    case_id: int
    at: datetime
    actor: str
    official_id: int | None
    action: str
    status: str | None
    text: str | None
    public: bool
    message_id: int | None


def add(
    tx: Tx,
    case_id: int,
    *,
    actor: str,
    action: str,
    now: datetime,
    official_id: int | None = None,
    status: str | None = None,
    text: str | None = None,
    public: bool = False,
    message_id: int | None = None,
) -> int:
    """Add an entry; returns its id."""
    new_id: int = tx.execute(
        _ADD,
        {
            "case_id": case_id,
            "at": now,
            "actor": actor,
            "official_id": official_id,
            "action": action,
            "status": status,
            "text": text,
            "public": public,
            "message_id": message_id,
        },
    ).scalar_one()
    return new_id


def list_entries(tx: Tx, case_ids: Sequence[int], limit: int, *, public_only: bool = False) -> list[Entry]:
    """Return the latest entries of these cases, oldest first."""
    query = (
        sa.select(*case_entries.c)
        .where(case_entries.c.case_id.in_(case_ids))
        .order_by(case_entries.c.id.desc())
        .limit(limit)
    )
    if public_only:
        query = query.where(case_entries.c.public.is_(True))
    return [Entry(**row._mapping) for row in tx.execute(query)][::-1]


def last_id(tx: Tx, case_id: int, action: str) -> int | None:
    """Return the id of the latest entry of this action, or None."""
    return tx.execute(
        sa.select(sa.func.max(case_entries.c.id)).where(
            case_entries.c.case_id == case_id, case_entries.c.action == action
        )
    ).scalar()


def last_text(tx: Tx, case_id: int, action: str) -> str | None:
    """Return the words of the latest entry of this action, or None."""
    return tx.execute(
        sa.select(case_entries.c.text)
        .where(case_entries.c.case_id == case_id, case_entries.c.action == action)
        .order_by(case_entries.c.id.desc())
        .limit(1)
    ).scalar()
