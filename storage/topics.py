"""Topics as editors left them: whole documents, each change a revision, and none of them ever lost.

What a document means is not known here. `topic_edits` holds one row for each topic that was ever changed: its newest
revision. A revision without a document says that what ships counts again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.db import Tx
from storage.errors import Conflict
from storage.tables import topic_edits, topic_revisions

Document = Mapping[str, object]

_ADD = sa.insert(topic_revisions).returning(topic_revisions.c.id)
_FIRST = {
    "postgresql": postgresql.insert(topic_edits).on_conflict_do_nothing().returning(topic_edits.c.topic_id),
    "sqlite": sqlite.insert(topic_edits).on_conflict_do_nothing().returning(topic_edits.c.topic_id),
}
_NEWEST = sa.select(topic_revisions).join(topic_edits, topic_edits.c.revision_id == topic_revisions.c.id)


@dataclass(frozen=True, slots=True)
class Revision:
    """One change. `document` None: back to what ships. `shipped_digest`: of the shipped topic it was made from."""

    id: int
    topic_id: str
    document: Document | None
    shipped_digest: str | None
    note: str
    official_id: int | None
    at: datetime


def save(
    tx: Tx,
    topic_id: str,
    document: Document | None,
    shipped_digest: str | None,
    note: str,
    official_id: int | None,
    now: datetime,
    expected_revision: int | None,
) -> int:
    """Put a document in place of what stands; returns the revision's id.

    Args:
        document: the whole topic; None: what ships counts again.
        shipped_digest: of the topic that ships now; None: none ships under this id.
        expected_revision: the newest revision the caller saw; None: it saw none.

    Raises Conflict when the topic has another newest revision by now.
    """
    row = {
        "topic_id": topic_id,
        "document": dict(document) if document is not None else None,
        "shipped_digest": shipped_digest,
        "note": note,
        "official_id": official_id,
        "at": now,
    }
    new_id: int = tx.execute(_ADD, row).scalar_one()
    if expected_revision is None:
        moved = tx.execute(_FIRST[tx.dialect], {"topic_id": topic_id, "revision_id": new_id}).first()
    else:
        moved = tx.execute(
            sa.update(topic_edits)
            .where(topic_edits.c.topic_id == topic_id, topic_edits.c.revision_id == expected_revision)
            .values(revision_id=new_id)
            .returning(topic_edits.c.topic_id)
        ).first()
    if moved is None:
        raise Conflict(f"topic {topic_id} was changed after revision {expected_revision}")
    return new_id


def list_edits(tx: Tx) -> list[Revision]:
    """Return the newest revision of each topic that stands edited, by topic id."""
    edited = _NEWEST.where(topic_revisions.c.document.is_not(None)).order_by(topic_revisions.c.topic_id)
    return [_revision(row) for row in tx.execute(edited)]


def find_newest(tx: Tx, topic_id: str) -> Revision | None:
    """Return the newest revision of a topic; None for one that nobody ever changed."""
    row = tx.execute(_NEWEST.where(topic_edits.c.topic_id == topic_id)).one_or_none()
    return _revision(row) if row is not None else None


def find_revision(tx: Tx, topic_id: str, revision_id: int) -> Revision | None:
    """Return one revision of this topic."""
    row = tx.execute(
        sa.select(topic_revisions).where(
            topic_revisions.c.id == revision_id, topic_revisions.c.topic_id == topic_id
        )
    ).one_or_none()
    return _revision(row) if row is not None else None


def list_history(tx: Tx, topic_id: str, before: int | None, limit: int) -> list[Revision]:
    """Return revisions of a topic older than `before` (None: from the newest), newest first, at most `limit`."""
    query = (
        sa.select(topic_revisions)
        .where(topic_revisions.c.topic_id == topic_id)
        .order_by(topic_revisions.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(topic_revisions.c.id < before)
    return [_revision(row) for row in tx.execute(query)]


def read_mark(tx: Tx) -> tuple[int, int]:
    """Return what is different after every change: the last revision's number, and how many there are.

    The number alone would miss a change: on PostgreSQL a transaction with a smaller one may commit later.
    """
    last: int | None = tx.execute(sa.select(sa.func.max(topic_revisions.c.id))).scalar()
    number: int = tx.execute(sa.select(sa.func.count()).select_from(topic_revisions)).scalar_one()
    return last or 0, number


def is_there(tx: Tx) -> bool:
    """Say whether this database has the tables: it may be empty, or of an older version."""
    return sa.inspect(tx.connection).has_table(topic_edits.name)


def _revision(row: sa.Row[Any]) -> Revision:
    return Revision(**row._asdict())
