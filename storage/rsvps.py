"""Who said whether they come to an event, one row a person; who waits for a seat, in which order.

The seats are counted in `events.taken`, which `storage.events.take_seats` changes: whoever changes a row here to or from
"going" has locked the event and changes that too, in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.identities import Identity, open_identity
from storage.reachable import Ways, can_be_told
from storage.tables import events, residents, rsvps

GOING, WAITING, DECLINED, WALK_IN = "going", "waiting", "declined", "walk_in"
_NAME = "rsvps.name"


@dataclass(frozen=True, slots=True)
class Rsvp:
    """One answer; the columns are explained in `storage.tables.events`. `resident_id` None: they were erased."""

    id: int
    event_id: int
    resident_id: int | None
    address_id: int | None
    area_code: str | None
    status: str
    people: int
    answered_at: datetime
    queued_at: datetime
    details_version: int
    attended_people: int | None
    attended_at: datetime | None
    attended_by: int | None

    @property
    def seats(self) -> int:
        """Return how many seats this answer holds."""
        return self.people if self.status == GOING else 0


_COLUMNS = tuple(column for column in rsvps.c if column.name != "name_sealed")


def find(tx: Tx, event_id: int, resident_id: int) -> Rsvp | None:
    """Return what the person answered, or None."""
    query = sa.select(*_COLUMNS).where(rsvps.c.event_id == event_id, rsvps.c.resident_id == resident_id)
    row = tx.execute(query).one_or_none()
    return Rsvp(**row._mapping) if row else None


def add(
    tx: Tx,
    event_id: int,
    resident_id: int,
    address_id: int,
    area_code: str | None,
    status: str,
    people: int,
    details_version: int,
    now: datetime,
) -> Rsvp:
    """Store a person's first answer, with the event locked: nobody else can be storing it."""
    row = tx.execute(
        sa.insert(rsvps)
        .values(
            event_id=event_id,
            resident_id=resident_id,
            address_id=address_id,
            area_code=area_code,
            status=status,
            people=people,
            answered_at=now,
            queued_at=now,
            details_version=details_version,
        )
        .returning(*_COLUMNS)
    ).one()
    return Rsvp(**row._mapping)


def change(tx: Tx, rsvp_id: int, **columns: object) -> Rsvp:
    """Change an answer, with the event locked."""
    changed = sa.update(rsvps).where(rsvps.c.id == rsvp_id).values(columns).returning(*_COLUMNS)
    return Rsvp(**tx.execute(changed).one()._mapping)


def next_waiting(tx: Tx, event_id: int, at_most: int | None, ways: Ways) -> Rsvp | None:
    """Return who has waited longest of those who are so many at most and can be told; None: nobody."""
    query = sa.select(*_COLUMNS).where(
        rsvps.c.event_id == event_id, rsvps.c.status == WAITING, can_be_told(ways)
    )
    if at_most is not None:
        query = query.where(rsvps.c.people <= at_most)
    row = tx.execute(query.order_by(rsvps.c.queued_at, rsvps.c.id).limit(1)).one_or_none()
    return Rsvp(**row._mapping) if row else None


def list_unreachable(tx: Tx, event_id: int, ways: Ways) -> set[int]:
    """Return the answers of those who come or wait and cannot be told anything now."""
    query = sa.select(rsvps.c.id).where(
        rsvps.c.event_id == event_id, rsvps.c.status.in_((GOING, WAITING)), ~can_be_told(ways)
    )
    return set(tx.execute(query).scalars())


def place(tx: Tx, rsvp: Rsvp) -> int:
    """Return the place of a waiting person in their line: 1, 2, …"""
    before = sa.or_(
        rsvps.c.queued_at < rsvp.queued_at,
        sa.and_(rsvps.c.queued_at == rsvp.queued_at, rsvps.c.id < rsvp.id),
    )
    query = sa.select(sa.func.count()).where(
        rsvps.c.event_id == rsvp.event_id, rsvps.c.status == WAITING, before
    )
    return int(tx.execute(query).scalar_one()) + 1


def list_coming_of(tx: Tx, resident_id: int, now: datetime) -> list[Rsvp]:
    """Return the person's sign-ups (going or waiting) for events that are still to begin, by event."""
    query = (
        sa.select(*_COLUMNS)
        .join(events)
        .where(
            rsvps.c.resident_id == resident_id,
            rsvps.c.status.in_((GOING, WAITING)),
            events.c.status == "planned",
            events.c.starts_at > now,
        )
        .order_by(rsvps.c.event_id)
    )
    return [Rsvp(**row._mapping) for row in tx.execute(query)]


@dataclass(frozen=True, slots=True)
class Totals:
    """How many people come, how many wait for a seat, how many of those who come have not said so since a change."""

    going: int = 0
    waiting: int = 0
    declined: int = 0
    unconfirmed: int = 0


def count(tx: Tx, event_ids: Sequence[int]) -> dict[int, Totals]:
    """Count people (declined: answers) by event; events without any answer are left out."""

    def people(*wanted: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*wanted), rsvps.c.people), else_=0)), 0)

    outdated = rsvps.c.details_version < events.c.details_version
    query = (
        sa.select(
            rsvps.c.event_id,
            people(rsvps.c.status == GOING).label("going"),
            people(rsvps.c.status == WAITING).label("waiting"),
            sa.func.sum(sa.case((rsvps.c.status == DECLINED, 1), else_=0)).label("declined"),
            people(rsvps.c.status == GOING, outdated).label("unconfirmed"),
        )
        .join(events)
        .where(rsvps.c.event_id.in_(event_ids))
        .group_by(rsvps.c.event_id)
    )
    return {
        row.event_id: Totals(int(row.going), int(row.waiting), int(row.declined), int(row.unconfirmed))
        for row in tx.execute(query)
    }


def list_of(tx: Tx, event_id: int, after: int, limit: int) -> list[Rsvp]:
    """Return an event's answers with an id above `after`, in the order of their ids."""
    query = sa.select(*_COLUMNS).where(rsvps.c.event_id == event_id, rsvps.c.id > after)
    return [Rsvp(**row._mapping) for row in tx.execute(query.order_by(rsvps.c.id).limit(limit))]


def open_identities(tx: Tx, ids: Sequence[int]) -> dict[int, Identity]:
    """Open who stands behind these answers: the name given for the event, else the person's own; and the phone."""
    query = (
        sa.select(
            rsvps.c.id,
            rsvps.c.name_sealed.label("told_sealed"),
            residents.c.name_sealed,
            residents.c.phone_sealed,
        )
        .outerjoin(residents, residents.c.id == rsvps.c.resident_id)
        .where(rsvps.c.id.in_(ids))
    )
    return {row.id: open_names(tx, row) for row in tx.execute(query)}


def open_names(tx: Tx, row: "sa.Row[tuple[object, ...]]") -> Identity:
    """Open the columns `told_sealed`, `name_sealed`, `phone_sealed` of a row."""
    known = open_identity(tx, row.name_sealed, row.phone_sealed)
    return Identity(tx.vault.open(_NAME, row.told_sealed) if row.told_sealed else known.name, known.phone)


def set_name(tx: Tx, rsvp_id: int, name: str | None) -> None:
    """Seal and keep the name given for this event; None forgets it."""
    sealed = tx.vault.seal(_NAME, name) if name else None
    tx.execute(sa.update(rsvps).where(rsvps.c.id == rsvp_id).values(name_sealed=sealed))
