"""What could not be delivered as its address refuses us, and where else its person can be reached.

    blocked ──move──► queued | waiting, at another address of the same person

The row stays the same one: whatever becomes of it then, nobody gets it twice.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from storage.announcements import CANCELLED
from storage.audience import Place
from storage.consents import holds_at
from storage.db import Tx
from storage.outbox import Lane
from storage.renewing import renew
from storage.tables import (
    addresses,
    announcements,
    consents,
    messages,
    official_addresses,
    outbox,
    residents,
)

_BLOCKED = "blocked"


class Stranded(NamedTuple):
    """One delivery that ended as blocked. `kind`, `channels`: of its announcement, None for a notice; no channels: any."""

    id: int
    message_id: int
    resident_id: int
    preferred_channel: str | None
    kind: str | None
    channels: tuple[str, ...]


def list_stranded(tx: Tx, ids: Collection[int]) -> list[Stranded]:
    """Return those of these deliveries that ended as blocked and whose person has another chat, by id.

    Left out: answers, which belong where they were asked for; what an official was to get, whose chat was confirmed as
    theirs; announcements that were cancelled.
    """
    if not ids:
        return []
    other = addresses.alias()
    another = sa.exists().where(
        other.c.resident_id == addresses.c.resident_id,
        other.c.id != addresses.c.id,
        other.c.blocked_at.is_(None),
    )
    rows = tx.execute(
        sa.select(
            outbox.c.id,
            outbox.c.message_id,
            residents.c.id.label("resident_id"),
            residents.c.preferred_channel,
            announcements.c.kind,
            announcements.c.audience,
        )
        .join(addresses, addresses.c.id == outbox.c.address_id)
        .join(residents, residents.c.id == addresses.c.resident_id)
        .join(announcements, announcements.c.id == outbox.c.announcement_id, isouter=True)
        .where(
            outbox.c.id.in_(list(ids)),
            outbox.c.status == _BLOCKED,
            outbox.c.message_id.is_not(None),
            outbox.c.lane != int(Lane.REPLY),
            another,
            ~sa.exists().where(official_addresses.c.address_id == addresses.c.id),
            announcements.c.status.is_distinct_from(CANCELLED),
        )
        .order_by(outbox.c.id)
    )
    return [
        Stranded(
            r.id,
            r.message_id,
            r.resident_id,
            r.preferred_channel,
            r.kind,
            tuple((r.audience or {}).get("channels") or ()),
        )
        for r in rows
    ]


def list_places(tx: Tx, resident_id: int, purposes: Collection[str] | None) -> tuple[Place, ...]:
    """Return where a person may be told things, by id: all their chats but those in which they stopped everything.

    Args: purposes: in the chat one of these was agreed to; None: nothing needs to be.
    """
    query = sa.select(
        addresses.c.id,
        addresses.c.channel,
        addresses.c.blocked_at.is_not(None),
        addresses.c.last_interaction_at,
    ).where(addresses.c.resident_id == resident_id, addresses.c.stopped_at.is_(None))
    if purposes is not None:
        agreed = sa.exists().where(
            consents.c.resident_id == addresses.c.resident_id,
            consents.c.withdrawn_at.is_(None),
            consents.c.purpose.in_(sorted(purposes)),
            holds_at(addresses.c.id),
        )
        query = query.where(agreed)
    return tuple(Place(*list(row)) for row in tx.execute(query.order_by(addresses.c.id)))


def list_beside(tx: Tx, address_id: int) -> tuple[str | None, tuple[Place, ...]]:
    """Return the channel that whoever is at this address prefers, and where else they may be told things."""
    row = tx.execute(
        sa.select(residents.c.id, residents.c.preferred_channel)
        .join(addresses)
        .where(addresses.c.id == address_id)
    ).one()
    places = list_places(tx, row.id, None)
    return row.preferred_channel, tuple(place for place in places if place.address_id != address_id)


def move(
    tx: Tx,
    one: Stranded,
    address_id: int,
    channel: str,
    status: str,
    reason: str | None,
    now: datetime,
    *,
    fetched: bool,
) -> None:
    """Begin this delivery anew at another address of its person; its message goes along.

    Args: fetched: a browser will fetch it there, which asks for what is newer than it knows.
    """
    message_id = renew(tx, one.message_id, address_id, now) if fetched else one.message_id
    tx.execute(
        sa.update(outbox)
        .where(outbox.c.id == one.id, outbox.c.status == _BLOCKED)
        .values(
            message_id=message_id,
            address_id=address_id,
            channel=channel,
            status=status,
            reason=reason,
            not_before=now,
            attempts=0,
            attempted_at=None,
            lease_owner=None,
            lease_until=None,
            finished_at=None,
        )
    )
    if fetched:
        tx.execute(sa.delete(messages).where(messages.c.id == one.message_id))
    else:
        tx.execute(sa.update(messages).where(messages.c.id == message_id).values(address_id=address_id))
