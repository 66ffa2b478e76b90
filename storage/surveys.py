"""What those who came thought of a session: one score a person, and a sentence if they like."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.consents import holds_at
from storage.db import Tx
from storage.event_notices import SURVEY
from storage.tables import announcements, consents, event_notices, events, rsvps, survey_answers

PURPOSE = "surveys"
USEFUL, FAIR, NOT_USEFUL = 3, 2, 1
SCORES = (USEFUL, FAIR, NOT_USEFUL)


@dataclass(frozen=True, slots=True)
class Results:
    """How many gave each score, and what was said beside it, newest first; nobody's name."""

    scores: dict[int, int]
    remarks: list[str]

    @property
    def answers(self) -> int:
        """Return how many answered."""
        return sum(self.scores.values())


def list_to_plan(tx: Tx, since: datetime, until: datetime, limit: int) -> list[int]:
    """Return sessions that began in [since, until), took place, had somebody come, and whose survey is not planned."""
    planned = sa.exists().where(event_notices.c.event_id == events.c.id, event_notices.c.kind == SURVEY)
    came = sa.exists().where(rsvps.c.event_id == events.c.id, rsvps.c.attended_at.is_not(None))
    query = (
        sa.select(events.c.id)
        .join(announcements)
        .where(
            events.c.starts_at >= since,
            events.c.starts_at < until,
            events.c.status != "cancelled",
            announcements.c.started_at.is_not(None),
            came,
            ~planned,
        )
    )
    return list(tx.execute(query.order_by(events.c.id).limit(limit)).scalars())


def list_consenting(tx: Tx, rsvp_ids: Collection[int]) -> set[int]:
    """Return those of these sign-ups whose person agreed to be asked, in the chat in which they signed up."""
    c, r = consents.c, rsvps.c
    query = (
        sa.select(r.id)
        .join_from(rsvps, consents, c.resident_id == r.resident_id)
        .where(r.id.in_(rsvp_ids), holds_at(r.address_id), c.purpose == PURPOSE, c.withdrawn_at.is_(None))
    )
    return set(tx.execute(query).scalars())


def set_score(
    tx: Tx, event_id: int, resident_id: int, area_code: str | None, score: int, now: datetime
) -> None:
    """Store what a person thinks, or what they think now."""
    s = survey_answers.c
    changed = tx.execute(
        sa.update(survey_answers)
        .where(s.event_id == event_id, s.resident_id == resident_id)
        .values(score=score, at=now)
    ).rowcount
    if not changed:
        row = {
            "event_id": event_id,
            "resident_id": resident_id,
            "area_code": area_code,
            "score": score,
            "at": now,
        }
        tx.execute(sa.insert(survey_answers), row)


def set_remark(tx: Tx, event_id: int, resident_id: int, remark: str) -> bool:
    """Keep what a person said beside the score; False when they gave none."""
    s = survey_answers.c
    return bool(
        tx.execute(
            sa.update(survey_answers)
            .where(s.event_id == event_id, s.resident_id == resident_id)
            .values(remark=remark)
        ).rowcount
    )


def results(tx: Tx, event_id: int, remarks: int) -> Results:
    """Return what people thought, with so many remarks at most."""
    s = survey_answers.c
    scores = tx.execute(
        sa.select(s.score, sa.func.count().label("number")).where(s.event_id == event_id).group_by(s.score)
    )
    said = (
        sa.select(s.remark)
        .where(s.event_id == event_id, s.remark.is_not(None), s.remark != "")
        .order_by(s.at.desc(), s.id.desc())
        .limit(remarks)
    )
    return Results(
        dict.fromkeys(SCORES, 0) | {int(row.score): int(row.number) for row in scores},
        [remark for remark in tx.execute(said).scalars() if remark],
    )
