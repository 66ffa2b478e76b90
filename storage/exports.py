"""Rows for spreadsheets, a page at a time in the order of their ids: memory stays flat however many there are.

Each page is a read of its own, so that a long export holds no snapshot open beside the writers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import cases as case_rows
from storage import identities
from storage import rsvps as rsvp_rows
from storage.db import Tx
from storage.identities import Identity
from storage.tables import (
    addresses,
    announcements,
    case_entries,
    cases,
    conversations,
    events,
    outbox,
    questions,
    residents,
    rsvps,
)

Row = sa.Row[Any]


@dataclass(frozen=True, slots=True)
class Range:
    """What is asked for: from `start` (included) to `end` (left out), and of these communes; None: all."""

    start: datetime | None = None
    end: datetime | None = None
    area_codes: Sequence[str] | None = None


def count(tx: Tx, kind: str, wanted: Range) -> int:
    """Return how many rows an export has at this moment; for the progress bar."""
    query = _QUERIES[kind](wanted)
    return int(tx.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one())


def page(tx: Tx, kind: str, wanted: Range, after: int, limit: int) -> list[Row]:
    """Return up to `limit` rows with an id above `after`, in the order of their ids.

    Args:
        kind: feedback, questions, deliveries, rsvps or residents; KeyError for any other.
    """
    query = _QUERIES[kind](wanted)
    key = query.selected_columns.id
    return list(tx.execute(query.where(key > after).order_by(key).limit(limit)))


def last_answers(tx: Tx, case_ids: Sequence[int]) -> dict[int, str]:
    """Return the newest answer of each of these cases that has one."""
    newest = (
        sa.select(case_entries.c.case_id, sa.func.max(case_entries.c.id).label("id"))
        .where(case_entries.c.case_id.in_(case_ids), case_entries.c.action == "answer")
        .group_by(case_entries.c.case_id)
        .subquery()
    )
    rows = tx.execute(
        sa.select(case_entries.c.case_id, case_entries.c.text).join(newest, newest.c.id == case_entries.c.id)
    )
    return {row.case_id: row.text or "" for row in rows}


def identity(tx: Tx, kind: str, row: Row) -> Identity:
    """Open who stands behind a row; nothing for an anonymous case, whatever its columns hold."""
    if kind == "feedback":
        return case_rows.open_identity(tx, row)
    if kind == "rsvps":
        return rsvp_rows.open_names(tx, row)
    return identities.open_identity(tx, row.name_sealed, row.phone_sealed, row.category_sealed)


def _within(
    query: sa.Select[Any], wanted: Range, at: sa.Column[datetime], area: sa.ColumnElement[str]
) -> sa.Select[Any]:
    if wanted.start is not None:
        query = query.where(at >= wanted.start)
    if wanted.end is not None:
        query = query.where(at < wanted.end)
    if wanted.area_codes is not None:
        query = query.where(area.in_(wanted.area_codes))
    return query


def _feedback(wanted: Range) -> sa.Select[Any]:
    return _within(sa.select(cases), wanted, cases.c.opened_at, cases.c.area_code)


def _questions(wanted: Range) -> sa.Select[Any]:
    # An erased person's question stays in the list, without words and channel.
    query = sa.select(questions, addresses.c.channel).outerjoin(
        addresses, addresses.c.id == questions.c.address_id
    )
    return _within(query, wanted, questions.c.at, questions.c.area_code)


def _deliveries(wanted: Range) -> sa.Select[Any]:
    # Of an announcement: the commune as it was then, for people who may be gone. Of all else: today's.
    commune = sa.func.coalesce(outbox.c.area_code, residents.c.commune_code)
    query = (
        sa.select(
            outbox,
            commune.label("commune_code"),
            announcements.c.code.label("announcement_code"),
            announcements.c.title.label("announcement_title"),
        )
        .outerjoin(announcements, announcements.c.id == outbox.c.announcement_id)
        .outerjoin(addresses, addresses.c.id == outbox.c.address_id)
        .outerjoin(residents, residents.c.id == addresses.c.resident_id)
    )
    return _within(query, wanted, outbox.c.created_at, commune)


def _residents(wanted: Range) -> sa.Select[Any]:
    channels = sa.select(sa.func.count()).where(addresses.c.resident_id == residents.c.id).scalar_subquery()
    seen = (
        sa.select(sa.func.max(conversations.c.updated_at))
        .join(addresses, addresses.c.id == conversations.c.address_id)
        .where(addresses.c.resident_id == residents.c.id)
        .scalar_subquery()
    )
    # One channel stands for all: most people have one.
    channel = (
        sa.select(sa.func.min(addresses.c.channel))
        .where(addresses.c.resident_id == residents.c.id)
        .scalar_subquery()
    )
    query = sa.select(residents, channels.label("addresses"), seen.label("seen_at"), channel.label("channel"))
    return _within(query, wanted, residents.c.created_at, residents.c.commune_code)


def _rsvps(wanted: Range) -> sa.Select[Any]:
    r = rsvps.c
    query = (
        sa.select(
            r.id,
            r.area_code,
            r.status,
            r.people,
            r.answered_at,
            r.attended_people,
            (r.details_version < events.c.details_version).label("outdated"),
            announcements.c.title,
            events.c.starts_at,
            r.name_sealed.label("told_sealed"),
            residents.c.name_sealed,
            residents.c.phone_sealed,
        )
        .join(events, events.c.id == r.event_id)
        .join(announcements, announcements.c.id == events.c.announcement_id)
        .outerjoin(residents, residents.c.id == r.resident_id)
    )
    return _within(query, wanted, r.answered_at, r.area_code)


_QUERIES = {
    "feedback": _feedback,
    "questions": _questions,
    "deliveries": _deliveries,
    "rsvps": _rsvps,
    "residents": _residents,
}
