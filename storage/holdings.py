"""How much is held of one person, for themselves to see: counts and dates. Their own chat is the only place it is shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import (
    addresses,
    attachments,
    event_questions,
    messages,
    questions,
    residents,
    rsvps,
    survey_answers,
)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What there is. `oldest`: of the messages; `named`: a name or a phone number."""

    since: datetime
    named: bool
    has_category: bool
    messages: int
    oldest: datetime | None
    questions: int
    files: int
    sign_ups: int
    event_questions: int
    surveys: int


def look(tx: Tx, resident_id: int) -> Holdings:
    """Count what is held of a resident who is there."""
    r = residents.c
    who = tx.execute(
        sa.select(r.created_at, r.name_sealed, r.phone_sealed, r.category_sealed).where(r.id == resident_id)
    ).one()
    own = sa.select(addresses.c.id).where(addresses.c.resident_id == resident_id)
    said = messages.c.address_id.in_(own)
    oldest = tx.execute(sa.select(sa.func.min(messages.c.at)).where(said)).scalar()
    sent = attachments.c.message_id.in_(sa.select(messages.c.id).where(said))
    return Holdings(
        since=who.created_at,
        named=who.name_sealed is not None or who.phone_sealed is not None,
        has_category=who.category_sealed is not None,
        messages=_count(tx, messages, said),
        oldest=oldest,
        questions=_count(tx, questions, questions.c.address_id.in_(own)),
        files=_count(tx, attachments, sa.and_(sent, attachments.c.status.in_(("wanted", "stored")))),
        sign_ups=_count(tx, rsvps, rsvps.c.resident_id == resident_id),
        event_questions=_count(tx, event_questions, event_questions.c.resident_id == resident_id),
        surveys=_count(tx, survey_answers, survey_answers.c.resident_id == resident_id),
    )


def _count(tx: Tx, table: sa.Table, which: sa.ColumnElement[Any]) -> int:
    number: int = tx.execute(sa.select(sa.func.count()).select_from(table).where(which)).scalar_one()
    return number
