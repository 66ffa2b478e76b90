"""Builders: announced sessions in a database, and people who sign up for them."""

import itertools
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa

from handlers.event_messages import Voice
from handlers.sending_rules import SendingRules
from storage import events, people, tables
from storage.db import Tx
from storage.events import Announced
from storage.people import Person
from tests.conftest import NOW
from tests.handlers import announcing

STARTS: Final = datetime.fromisoformat("2026-12-12T08:00+07:00")
RULES: Final = SendingRules(announcing.ZONE, quiet=(time(21), time(6)))
VOICE: Final = Voice(RULES, announcing.PUBLIC_URL)
_numbers = itertools.count(1)


def make_event(
    tx: Tx,
    *,
    title: str = "Tập huấn chăn nuôi gà",
    audience: dict[str, object] | None = None,
    announcement: str = "sent",
    started_at: datetime | None = NOW,
    **given: Any,
) -> Announced:
    """Announce a session on Saturday, 12 December 2026, 8 to 11 in the morning, with the values given."""
    number = next(_numbers)
    row = asdict(
        announcing.announcement(kind="event", title=title, audience=audience or {}, status=announcement)
    )
    row |= {"code": f"A{number:05}", "started_at": started_at}
    row.pop("id")
    add = sa.insert(tables.announcements).values(row).returning(tables.announcements.c.id)
    announcement_id = tx.execute(add).scalar_one()
    session = asdict(announcing.event(announcement_id=announcement_id, starts_at=STARTS, **given))
    session.pop("id")
    event_id = tx.execute(sa.insert(tables.events).values(session).returning(tables.events.c.id)).scalar_one()
    return events.get_announced(tx, event_id)


def make_going(tx: Tx, channel: str = "telegram", commune: str | None = None) -> Person:
    """Meet somebody who may sign up."""
    person = people.meet(tx, channel, f"guest-{next(_numbers)}", NOW)
    if commune is not None:
        people.choose_commune(tx, person.resident_id, commune)
    return replace(person, commune_code=commune)


def announce_to(tx: Tx, announced: Announced, resident_id: int, channel: str = "web") -> None:
    """Note that this person was sent the announcement."""
    tx.execute(
        sa.insert(tables.outbox).values(
            announcement_id=announced.announcement.id,
            resident_id=resident_id,
            channel=channel,
            lane=2,
            status="sent",
            not_before=NOW,
            created_at=NOW,
        )
    )


def standings(tx: Tx, event_id: int) -> list[tuple[str, int]]:
    """Return status and people of every answer, in the order of their rows."""
    r = tables.rsvps.c
    rows = tx.execute(sa.select(r.status, r.people).where(r.event_id == event_id).order_by(r.id))
    return [(row.status, row.people) for row in rows]


def taken(tx: Tx, event_id: int) -> int:
    """Return how many seats are taken."""
    return events.get(tx, event_id).taken


def before_start(**units: float) -> datetime:
    """Return a moment before the session begins."""
    return STARTS - timedelta(**units)


def told_texts(tx: Tx, addresses: Sequence[int] | None = None) -> list[str]:
    """Return what was said by itself, oldest first."""
    m = tables.messages.c
    query = sa.select(m.text).where(m.direction == "out", m.inbound_id.is_(None)).order_by(m.id)
    return list(
        tx.execute(query if addresses is None else query.where(m.address_id.in_(addresses))).scalars()
    )
