"""Every message that leaves, as a row: claimed under a lease, attempted, finished.

    queued ──claim──► leased ──attempt──► (the call) ──finish──► sent | failed | blocked | skipped | unknown
                                                        └──────► queued again, not before …
    waiting: a web-chat message until a browser has fetched it; no call is ever made for it.

The attempt is committed before the call. A lease that ends after an attempt without an outcome means that
nobody knows whether the message arrived: `recover` decides by lane what happens then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

import sqlalchemy as sa

from storage.db import Tx
from storage.messages import Button
from storage.people import open_address
from storage.tables import addresses, messages, outbox

NOTICE_REPEAT_AFTER = timedelta(seconds=60)
_ADD = sa.insert(outbox).returning(outbox.c.id)
_IDS_AT_ONCE = 500  # well below what either database takes as parameters of one statement
_REASON_CHARS = 200
_LEASE_OVER = "the process that was sending it stopped"


class Lane(IntEnum):
    """Who goes first. A person waiting for an answer goes before everything."""

    REPLY = 0
    NOTICE = 1
    BULK = 2


@dataclass(frozen=True, slots=True)
class Lease:
    """Who is at work on a row, and until when others keep off."""

    owner: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one address, with all that a channel needs to send it."""

    id: int
    message_id: int
    address_id: int
    address: str
    lane: Lane
    text: str
    buttons: tuple[Button, ...]
    repeated: bool
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `status` "queued" means: again, not before `not_before`, by the same owner."""

    delivery_id: int
    status: str
    at: datetime
    reason: str | None = None
    platform_id: str | None = None
    not_before: datetime | None = None
    lease_until: datetime | None = None
    repeated: bool = False


def add(
    tx: Tx,
    message_id: int,
    address_id: int,
    channel: str,
    lane: Lane,
    now: datetime,
    lease: Lease | None,
    not_before: datetime | None = None,
) -> int:
    """Queue a stored message; returns the delivery's id. With a lease it is the owner's to send at once."""
    row = _row(message_id, address_id, channel, lane, "queued", now)
    if lease is not None:
        row |= {"lease_owner": lease.owner, "lease_until": lease.until}
    if not_before is not None:
        row["not_before"] = not_before
    new_id: int = tx.execute(_ADD, row).scalar_one()
    return new_id


def add_waiting(tx: Tx, message_id: int, address_id: int, channel: str, lane: Lane, now: datetime) -> None:
    """Queue a stored message that a browser will fetch by itself."""
    tx.execute(_ADD, _row(message_id, address_id, channel, lane, "waiting", now))


def add_blocked(
    tx: Tx, message_id: int, address_id: int, channel: str, lane: Lane, now: datetime, reason: str
) -> None:
    """Note that a stored message cannot be delivered, as its address is blocked; nothing is attempted."""
    row = _row(message_id, address_id, channel, lane, "blocked", now)
    tx.execute(_ADD, row | {"reason": reason[:_REASON_CHARS], "finished_at": now})


def _row(
    message_id: int, address_id: int, channel: str, lane: Lane, status: str, now: datetime
) -> dict[str, object]:
    return {
        "message_id": message_id,
        "address_id": address_id,
        "channel": channel,
        "lane": int(lane),
        "status": status,
        "not_before": now,
        "lease_owner": None,
        "lease_until": None,
        "reason": None,
        "attempts": 0,
        "repeated": False,
        "created_at": now,
        "finished_at": None,
    }


def mark_fetched(tx: Tx, message_ids: Sequence[int], now: datetime) -> None:
    """Note that browsers have fetched these messages; those that were not waiting for it are left alone."""
    for start in range(0, len(message_ids), _IDS_AT_ONCE):
        tx.execute(
            sa.update(outbox)
            .where(
                outbox.c.message_id.in_(message_ids[start : start + _IDS_AT_ONCE]),
                outbox.c.status == "waiting",
            )
            .values(status="sent", finished_at=now)
        )


def claim(tx: Tx, channel: str, lease: Lease, now: datetime, limit: int) -> list[Delivery]:
    """Take up to `limit` due deliveries that nobody holds, most urgent first."""
    free = sa.or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < now)
    due = (
        sa.select(outbox.c.id)
        .where(
            outbox.c.channel == channel,
            outbox.c.status == "queued",
            outbox.c.attempted_at.is_(None),
            outbox.c.address_id.is_not(None),
            outbox.c.message_id.is_not(None),
            outbox.c.not_before <= now,
            free,
        )
        .order_by(outbox.c.lane, outbox.c.id)
        .limit(limit)
        # SQLite drops this clause silently; there BEGIN IMMEDIATE keeps two workers apart.
        .with_for_update(skip_locked=True)
    )
    # Two statements: inside an UPDATE the server may run this query once a row, each time skipping further.
    ids = list(tx.execute(due).scalars())
    if ids:
        tx.execute(
            sa.update(outbox)
            .where(outbox.c.id.in_(ids))
            .values(lease_owner=lease.owner, lease_until=lease.until)
        )
    return _load(tx, ids)


def attempt(tx: Tx, ids: Sequence[int], lease: Lease, now: datetime) -> set[int]:
    """Write down that these calls are about to be made; returns those that may be.

    A delivery whose lease went to somebody else, or that was withdrawn meanwhile, is left out.
    """
    if not ids:
        return set()
    return set(
        tx.execute(
            sa.update(outbox)
            .where(
                outbox.c.id.in_(ids),
                outbox.c.lease_owner == lease.owner,
                outbox.c.status == "queued",
                outbox.c.attempted_at.is_(None),
            )
            .values(attempted_at=now, attempts=outbox.c.attempts + 1, lease_until=lease.until)
            .returning(outbox.c.id)
        ).scalars()
    )


_FINISH = (
    sa.update(outbox)
    .where(
        outbox.c.id == sa.bindparam("delivery"),
        outbox.c.status == "queued",
        sa.or_(
            sa.bindparam("new_status", type_=sa.String) == "sent",
            sa.bindparam("owner", type_=sa.String).is_(None),
            outbox.c.lease_owner == sa.bindparam("owner", type_=sa.String),
        ),
    )
    .values(
        status=sa.bindparam("new_status"),
        reason=sa.bindparam("why"),
        platform_id=sa.bindparam("platform"),
        not_before=sa.func.coalesce(
            sa.bindparam("again_at", type_=outbox.c.not_before.type), outbox.c.not_before
        ),
        lease_until=sa.bindparam("held_until", type_=outbox.c.lease_until.type),
        attempted_at=None,
        repeated=sa.or_(outbox.c.repeated, sa.bindparam("again", type_=sa.Boolean)),
        finished_at=sa.bindparam("ended_at", type_=outbox.c.finished_at.type),
    )
)


def finish(tx: Tx, outcomes: Sequence[Outcome], owner: str | None = None) -> None:
    """Write down how attempts ended, in one statement; a delivery that has ended already is left alone.

    Args:
        owner: who made the attempts. When the lease has gone to somebody else meanwhile, only "sent" still
            counts: it is a fact, while anything else would undo what the new owner is doing.
    """
    if not outcomes:
        return
    tx.execute(
        _FINISH,
        [
            {
                "delivery": o.delivery_id,
                "owner": owner,
                "new_status": o.status,
                "why": o.reason[:_REASON_CHARS] if o.reason else None,
                "platform": o.platform_id,
                "again_at": o.not_before,
                "held_until": o.lease_until,
                "again": o.repeated,
                "ended_at": None if o.status == "queued" else o.at,
            }
            for o in outcomes
        ],
    )


def recover(tx: Tx, channel: str, now: datetime) -> dict[str, int]:
    """Settle attempts whose lease ended without an outcome; returns how many per decision.

    Reply: sent once more, marked repeated. Notice: the same, a minute later. Bulk, and whatever was
    repeated already: unknown, for people to see.
    """
    stale = sa.and_(
        outbox.c.channel == channel,
        outbox.c.status == "queued",
        outbox.c.attempted_at.is_not(None),
        outbox.c.lease_until < now,
    )
    first = sa.and_(stale, outbox.c.repeated.is_(False))
    again = {"attempted_at": None, "lease_owner": None, "lease_until": None, "repeated": True}
    replies = tx.execute(
        sa.update(outbox).where(first, outbox.c.lane == int(Lane.REPLY)).values(again)
    ).rowcount
    notices = tx.execute(
        sa.update(outbox)
        .where(first, outbox.c.lane == int(Lane.NOTICE))
        .values(again | {"not_before": now + NOTICE_REPEAT_AFTER})
    ).rowcount
    unknown = tx.execute(
        sa.update(outbox)
        .where(stale, sa.or_(outbox.c.repeated, outbox.c.lane == int(Lane.BULK)))
        .values(status="unknown", reason=_LEASE_OVER, attempted_at=None, lease_until=None, finished_at=now)
    ).rowcount
    return {"repeated": replies + notices, "unknown": unknown}


def release(tx: Tx, owner: str, now: datetime) -> int:
    """Give back what this owner holds and has not attempted; returns how many."""
    return tx.execute(
        sa.update(outbox)
        .where(outbox.c.lease_owner == owner, outbox.c.status == "queued", outbox.c.attempted_at.is_(None))
        .values(lease_owner=None, lease_until=None)
    ).rowcount


def end_leases(tx: Tx, now: datetime) -> int:
    """End every lease, as the only process that uses this database (SQLite) may at its start; returns how many."""
    return tx.execute(
        sa.update(outbox)
        .where(outbox.c.status == "queued", outbox.c.lease_until >= now)
        .values(lease_until=now - timedelta(microseconds=1))
    ).rowcount


def find_message(tx: Tx, address_id: int, platform_id: str) -> int | None:
    """Return the message that a channel sent to this address under its own id, or None."""
    return tx.execute(
        sa.select(outbox.c.message_id)
        .where(outbox.c.address_id == address_id, outbox.c.platform_id == platform_id)
        .order_by(outbox.c.id.desc())
        .limit(1)
    ).scalar()


def count_queued(tx: Tx) -> dict[str, int]:
    """Return how many deliveries wait to be sent, by channel."""
    number = sa.func.count().label("number")
    rows = tx.execute(
        sa.select(outbox.c.channel, number).where(outbox.c.status == "queued").group_by(outbox.c.channel)
    )
    return {row.channel: row.number for row in rows}


def _load(tx: Tx, ids: Sequence[int]) -> list[Delivery]:
    if not ids:
        return []
    rows = tx.execute(
        sa.select(
            outbox.c.id,
            outbox.c.message_id,
            outbox.c.address_id,
            outbox.c.lane,
            outbox.c.repeated,
            outbox.c.attempts,
            addresses.c.value_sealed,
            messages.c.text,
            messages.c.buttons,
        )
        .join_from(outbox, messages)
        .join(addresses, outbox.c.address_id == addresses.c.id)
        .where(outbox.c.id.in_(ids))
        .order_by(outbox.c.lane, outbox.c.id)
    )
    return [
        Delivery(
            r.id,
            r.message_id,
            r.address_id,
            open_address(tx, r.value_sealed),
            Lane(r.lane),
            r.text,
            tuple(Button(*b) for b in r.buttons or ()),
            r.repeated,
            r.attempts,
        )
        for r in rows
    ]
