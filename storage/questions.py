"""Every question, with what was answered, how sure we were, and whether it helped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import questions

_ADD = sa.insert(questions).returning(questions.c.id)


@dataclass(frozen=True, slots=True)
class Question:
    """One question as it was read; `offered` best first.

    `verdict` is answer, ask, unknown or referral; or, where no question was asked, the wish it was taken for.
    """

    id: int
    text: str
    verdict: str
    score: float
    topic_id: str | None
    offered: tuple[str, ...]
    helped: bool | None
    for_official: bool
    answered_at: datetime | None
    message_id: int


def add(
    tx: Tx,
    address_id: int,
    message_id: int,
    text: str,
    *,
    verdict: str,
    score: float,
    topic_id: str | None,
    offered: Sequence[str],
    for_official: bool,
    area_code: str | None = None,
    now: datetime,
) -> int:
    """Store a question; returns its id.

    Args:
        for_official: nobody could answer it yet.
        area_code: the commune the person has chosen.
    """
    new_id: int = tx.execute(
        _ADD,
        {
            "address_id": address_id,
            "message_id": message_id,
            "text": text,
            "at": now,
            "verdict": verdict,
            "score": score,
            "topic_id": topic_id,
            "offered": list(offered),
            "for_official": for_official,
            "area_code": area_code,
        },
    ).scalar_one()
    return new_id


def list_recent_texts(tx: Tx, limit: int) -> list[str]:
    """Return the newest questions as they were asked, newest first, at most `limit`; for officials' eyes only."""
    return list(
        tx.execute(
            sa.select(questions.c.text)
            .where(questions.c.address_id.is_not(None))
            .order_by(questions.c.id.desc())
            .limit(limit)
        ).scalars()
    )


def find(tx: Tx, question_id: int, address_id: int) -> Question | None:
    """Return a question that came from this address; None for one of anybody else's."""
    row = tx.execute(
        sa.select(questions).where(questions.c.id == question_id, questions.c.address_id == address_id)
    ).one_or_none()
    if row is None:
        return None
    return Question(
        row.id,
        row.text,
        row.verdict,
        row.score,
        row.topic_id,
        tuple(row.offered),
        row.helped,
        row.for_official,
        row.answered_at,
        row.message_id,
    )


def update(
    tx: Tx,
    question_id: int,
    *,
    topic_id: str | None = None,
    helped: bool | None = None,
    for_official: bool | None = None,
    answer_helped: bool | None = None,
) -> None:
    """Change what is given, leave the rest."""
    changes = {
        "topic_id": topic_id,
        "helped": helped,
        "for_official": for_official,
        "answer_helped": answer_helped,
    }
    values = {name: value for name, value in changes.items() if value is not None}
    if values:
        tx.execute(sa.update(questions).where(questions.c.id == question_id).values(values))
