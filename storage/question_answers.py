"""Who waits for the answer that a group of questions was given, and who has been told."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.question_groups import ANSWERED, MEMBER, Group, Member
from storage.tables import question_groups as groups
from storage.tables import questions

_IDS_AT_ONCE = 500  # well below what either database takes as parameters of one statement


def claim_to_tell(tx: Tx) -> Group | None:
    """Return an answered group in which somebody may not have been told; nobody else gets it meanwhile (PostgreSQL)."""
    query = (
        sa.select(groups)
        .where(groups.c.status == ANSWERED, groups.c.told_at.is_(None))
        .order_by(groups.c.id)
        .limit(1)
        # SQLite drops this clause silently; there BEGIN IMMEDIATE keeps two workers apart.
        .with_for_update(skip_locked=True)
    )
    row = tx.execute(query).one_or_none()
    return Group(**row._mapping) if row else None


def list_to_tell(tx: Tx, group_id: int, limit: int) -> list[Member]:
    """Return all waiting questions of up to `limit` addresses, each address's together, oldest first."""
    waiting = sa.and_(
        questions.c.group_id == group_id,
        questions.c.answered_at.is_(None),
        questions.c.address_id.is_not(None),
    )
    some = sa.select(questions.c.address_id).where(waiting).group_by(questions.c.address_id)
    some = some.order_by(sa.func.min(questions.c.id)).limit(limit)
    query = MEMBER.where(waiting, questions.c.address_id.in_(some)).order_by(
        questions.c.address_id, questions.c.id
    )
    return [Member(**row._mapping) for row in tx.execute(query)]


def mark_told(tx: Tx, question_ids: Sequence[int], now: datetime) -> None:
    """Note that an answer is on its way for these questions."""
    for start in range(0, len(question_ids), _IDS_AT_ONCE):
        tx.execute(
            sa.update(questions)
            .where(questions.c.id.in_(question_ids[start : start + _IDS_AT_ONCE]))
            .values(answered_at=now)
        )


def end_telling(tx: Tx, group_id: int, now: datetime) -> None:
    """Note that nobody in a group waits any more."""
    tx.execute(sa.update(groups).where(groups.c.id == group_id).values(told_at=now))
