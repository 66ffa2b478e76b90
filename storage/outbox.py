"""Every message that leaves, as a row. How a row is worked on is in `storage.leases`.

queued ──► sent | failed | blocked | skipped | unknown
waiting: a web-chat message until a browser has fetched it, without any call; with the reason "closed", one that goes out
when its person writes (`storage.waiting`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

import sqlalchemy as sa

from storage.db import Tx
from storage.documents import Document
from storage.messages import Button
from storage.tables import outbox

NOTICE_REPEAT_AFTER = timedelta(seconds=60)
_ADD = sa.insert(outbox).returning(outbox.c.id)
_IDS_AT_ONCE = 500  # well below what either database takes as parameters of one statement
REASON_CHARS = 200
STOPPED = "stopped"
"""Why a delivery ended that the person wanted no more. While its call is under way it stands there already: it is the
word with which the delivery ends, unless that very call arrives."""


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
    """One message to one address, with all that a channel needs to send it.

    `contact_request`: title of the form for name and phone number that it is.
    """

    id: int
    message_id: int
    address_id: int
    address: str
    lane: Lane
    text: str
    buttons: tuple[Button, ...]
    repeated: bool
    attempts: int
    announcement_id: int | None = None
    pictures: tuple[str, ...] = ()
    by_day_until: datetime | None = None
    contact_request: str | None = None
    files: tuple[Document, ...] = ()

    @property
    def in_bulk_of(self) -> int | None:
        """Return the announcement whose sending this belongs to; None for a copy that goes by itself, as a notice."""
        return self.announcement_id if self.lane is Lane.BULK else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `status` "queued" means: again, not before `not_before`, by the same owner.

    `counted` False: the attempt is not held against the delivery, as the channel only asked us to wait.
    """

    delivery_id: int
    status: str
    at: datetime
    reason: str | None = None
    platform_id: str | None = None
    not_before: datetime | None = None
    lease_until: datetime | None = None
    repeated: bool = False
    counted: bool = True


def add(
    tx: Tx,
    message_id: int,
    address_id: int,
    channel: str,
    lane: Lane,
    now: datetime,
    lease: Lease | None,
    not_before: datetime | None = None,
    useful_until: datetime | None = None,
    by_day_until: datetime | None = None,
) -> int:
    """Queue a stored message; returns the delivery's id. With a lease it is the owner's to send at once."""
    row = _row(message_id, address_id, channel, lane, "queued", now) | {
        "useful_until": useful_until,
        "by_day_until": by_day_until,
    }
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
    tx.execute(_ADD, row | {"reason": reason[:REASON_CHARS], "finished_at": now})


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
