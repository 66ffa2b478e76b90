"""Deliveries of announcements: one row of the outbox for everybody of the audience, reached or not.

A skipped or blocked row has no message: nobody reads in their history what was never sent to them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from storage.batches import given_ids, listed
from storage.db import Tx
from storage.messages import Button
from storage.outbox import Lane
from storage.tables import addresses, announcements, messages, outbox

NOT_REACHED = ("waiting", "skipped", "blocked", "failed", "unknown")
"""What an official hears of. Of what is waiting only what waits until its person writes, not until a page is opened."""
_ADD = sa.insert(outbox)
_COLUMNS = (
    "message_id",
    "address_id",
    "announcement_id",
    "resident_id",
    "area_code",
    "channel",
    "lane",
    "status",
    "reason",
    "not_before",
    "attempts",
    "repeated",
    "created_at",
    "finished_at",
)
_ADD_ON_SQLITE = f"INSERT INTO outbox ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608  # our own names
_ANNOUNCED = outbox.c.announcement_id.is_not(None)
_SENDABLE = ("queued", "waiting")


class Planned(NamedTuple):
    """What becomes of one person's copy.

    Args:
        channel: on which it goes or would have gone; "" for somebody without any.
        address_id: exactly for what is `queued` or `waiting`.
        reason: for everything else, a word; and for what waits until the person writes, "closed".
    """

    resident_id: int
    area_code: str | None
    channel: str
    status: str
    reason: str | None
    address_id: int | None
    not_before: datetime


def add(
    tx: Tx,
    announcement_id: int,
    text: str,
    buttons: Sequence[Button],
    planned: Sequence[Planned],
    now: datetime,
) -> None:
    """Store the copies of an announcement and their deliveries, at most some thousands; nobody may have one yet."""
    if not planned:
        return
    sent_to = [one.address_id for one in planned if one.address_id is not None]
    ids = _add_messages(tx, announcement_id, text, buttons, sent_to, now) if sent_to else {}
    if tx.dialect == "sqlite":
        # Past SQLAlchemy, which would spend as long on the parameters as SQLite on the rows.
        dialect = tx.connection.dialect
        written = outbox.c.not_before.type.dialect_impl(dialect).bind_processor(dialect)
        assert written is not None  # noqa: S101  # times are kept as text there
        # Most of a chunk share a moment or two, and writing one out costs as much as the rest of its row.
        written = lru_cache(maxsize=len(planned) + 1)(written)
        tx.connection.exec_driver_sql(_ADD_ON_SQLITE, _rows(announcement_id, planned, ids, now, written))
    else:
        rows = _rows(announcement_id, planned, ids, now, lambda at: at)
        tx.execute(_ADD, [dict(zip(_COLUMNS, row, strict=True)) for row in rows])


def _rows(
    announcement_id: int,
    planned: Sequence[Planned],
    ids: Mapping[int | None, int],
    now: datetime,
    written: Callable[[datetime], Any],
) -> list[tuple[Any, ...]]:
    """Return the values of `_COLUMNS`, a row a person."""
    made, lane = written(now), int(Lane.BULK)
    return [
        (
            ids.get(address_id),
            address_id,
            announcement_id,
            resident_id,
            area_code,
            channel,
            lane,
            status,
            reason,
            written(not_before),
            0,
            False,
            made,
            made if address_id is None else None,
        )
        for resident_id, area_code, channel, status, reason, address_id, not_before in planned
    ]


def _add_messages(
    tx: Tx,
    announcement_id: int,
    text: str,
    buttons: Sequence[Button],
    address_ids: Sequence[int],
    now: datetime,
) -> dict[int | None, int]:
    """Store one message an address in one statement; returns their ids by address."""
    copies = sa.select(
        addresses.c.id,
        sa.literal(announcement_id),
        sa.literal("out"),
        sa.literal(text, sa.Text),
        sa.literal([[b.label, b.payload, b.url] for b in buttons], messages.c.buttons.type),
        sa.literal(now, messages.c.at.type),
    ).where(listed(tx.dialect, addresses.c.id, "ids"))
    rows = tx.execute(
        sa.insert(messages)
        .from_select(["address_id", "announcement_id", "direction", "text", "buttons", "at"], copies)
        .returning(messages.c.address_id, messages.c.id),
        {"ids": given_ids(tx, address_ids)},
    )
    return {row.address_id: row.id for row in rows.all()}


def list_having(tx: Tx, announcement_id: int, after: int, last: int) -> set[int]:
    """Return the residents with ids above `after`, up to `last`, who have a delivery of this announcement already."""
    query = sa.select(outbox.c.resident_id).where(
        outbox.c.announcement_id == announcement_id,
        outbox.c.resident_id > after,
        outbox.c.resident_id <= last,
    )
    return {int(resident_id) for resident_id in tx.execute(query).scalars() if resident_id is not None}


def reword(tx: Tx, announcement_id: int, text: str, buttons: Sequence[Button]) -> int:
    """Put other words into the copies of an announcement that have not left; returns how many.

    With the announcement locked. Who holds one is to claim it anew: what is in their memory is the old one.
    """
    unsent = sa.and_(
        outbox.c.announcement_id == announcement_id,
        outbox.c.status.in_(_SENDABLE),
        outbox.c.attempted_at.is_(None),
    )
    tx.execute(
        sa.update(outbox)
        .where(unsent, outbox.c.lease_owner.is_not(None))
        .values(lease_owner=None, lease_until=None)
    )
    copies = sa.select(outbox.c.message_id).where(unsent)
    words = {"text": text, "buttons": [[b.label, b.payload, b.url] for b in buttons]}
    return tx.execute(sa.update(messages).where(messages.c.id.in_(copies)).values(words)).rowcount


# -- taking back


def withdraw(
    tx: Tx, resident_id: int, reason: str, now: datetime, kinds: Collection[str] | None = None
) -> int:
    """End as skipped what was to reach a person and has not left; returns how many.

    A call that is under way goes on, and its outcome is written down as it is; should it not arrive, it is the last one.

    Args: kinds: announcements of these alone; None: of all.
    """
    whose = outbox.c.resident_id == resident_id
    if kinds is not None:
        of_kinds = sa.select(announcements.c.id).where(announcements.c.kind.in_(sorted(kinds)))
        whose = sa.and_(whose, outbox.c.announcement_id.in_(of_kinds))
    return stop(tx, sa.and_(_ANNOUNCED, whose), reason, now)


def stop(tx: Tx, which: sa.ColumnElement[bool], reason: str, now: datetime) -> int:
    """End which of these deliveries have not left, and let calls under way be the last; returns how many ended."""
    open_ = sa.select(outbox.c.id).where(which, outbox.c.status.in_(_SENDABLE)).order_by(outbox.c.id)
    # All of them first (PostgreSQL): none begins, and none comes back to be tried again, between the two steps.
    tx.execute(open_.with_for_update()).all()
    called = sa.and_(which, outbox.c.status == "queued", outbox.c.attempted_at.is_not(None))
    tx.execute(sa.update(outbox).where(called).values(reason=reason))
    return end_unsent(tx, which, reason, now)


def cancel(tx: Tx, announcement_id: int, reason: str, now: datetime, limit: int) -> int:
    """End as skipped up to `limit` deliveries of an announcement that have not left; returns how many; 0: all are."""
    return end_unsent(tx, outbox.c.announcement_id == announcement_id, reason, now, limit)


def end_unsent(
    tx: Tx, which: sa.ColumnElement[bool], reason: str, now: datetime, limit: int | None = None
) -> int:
    """End as skipped which of these deliveries have not left, in the order of their ids; returns how many.

    What a browser had not fetched is shown no more: nobody reads what was never told them.
    """
    left = (
        sa.select(outbox.c.id, outbox.c.message_id)
        .where(
            which,
            outbox.c.status.in_(_SENDABLE),
            outbox.c.attempted_at.is_(None),
        )
        .order_by(outbox.c.id)
        .limit(limit)
        .with_for_update()
    )
    rows = tx.execute(left).all()
    if not rows:
        return 0
    tx.execute(
        sa.update(outbox)
        .where(outbox.c.id.in_([row.id for row in rows]))
        .values(
            status="skipped",
            reason=reason,
            finished_at=now,
            lease_owner=None,
            lease_until=None,
            message_id=None,
        )
    )
    unread = [row.message_id for row in rows if row.message_id is not None]
    tx.execute(sa.delete(messages).where(messages.c.id.in_(unread)))
    return len(rows)


# -- what came of it


@dataclass(frozen=True, slots=True)
class Count:
    """How many deliveries ended so, or are on their way. `reason` is free for `failed`, a word otherwise."""

    status: str
    reason: str | None
    channel: str
    number: int


def count(tx: Tx, announcement_id: int) -> list[Count]:
    """Count the deliveries of an announcement by status, reason and channel; together they are its audience."""
    number = sa.func.count().label("number")
    by = (outbox.c.status, outbox.c.reason, outbox.c.channel)
    rows = tx.execute(
        sa.select(*by, number).where(outbox.c.announcement_id == announcement_id).group_by(*by).order_by(*by)
    )
    return [Count(row.status, row.reason, row.channel, row.number) for row in rows]


def count_recipients(tx: Tx, announcement_id: int) -> int:
    """Return to how many an announcement went, or goes once they write."""
    query = sa.select(sa.func.count()).where(
        outbox.c.announcement_id == announcement_id, outbox.c.status.not_in(("skipped", "blocked"))
    )
    return int(tx.execute(query).scalar_one())


def count_by_area(tx: Tx, announcement_id: int) -> list[tuple[str | None, str, int]]:
    """Count the deliveries of an announcement: (commune or None, status, how many), by commune."""
    number = sa.func.count().label("number")
    by = (outbox.c.area_code, outbox.c.status)
    rows = tx.execute(
        sa.select(*by, number).where(outbox.c.announcement_id == announcement_id).group_by(*by).order_by(*by)
    )
    return [(row.area_code, row.status, row.number) for row in rows]


@dataclass(frozen=True, slots=True)
class NotReached:
    """One delivery that did not arrive, or of which nobody knows. No name: whoever reads this may not need one."""

    id: int
    resident_id: int | None
    area_code: str | None
    channel: str
    status: str
    reason: str | None


def list_not_reached(
    tx: Tx,
    announcement_id: int,
    after: int,
    limit: int,
    *,
    statuses: Sequence[str] = NOT_REACHED,
    area_code: str | None = None,
) -> list[NotReached]:
    """Return up to `limit` deliveries above id `after` that did not arrive, by id; of one commune, or of all."""
    # A query a status: each is a range of the index, whatever else the announcement has.
    found = [_list_ended(tx, announcement_id, status, after, limit, area_code) for status in statuses]
    return list(islice(merge(*found, key=attrgetter("id")), limit))


def _list_ended(
    tx: Tx, announcement_id: int, status: str, after: int, limit: int, area_code: str | None
) -> list[NotReached]:
    query = (
        sa.select(
            outbox.c.id,
            outbox.c.resident_id,
            outbox.c.area_code,
            outbox.c.channel,
            outbox.c.status,
            outbox.c.reason,
        )
        .where(outbox.c.announcement_id == announcement_id, outbox.c.status == status, outbox.c.id > after)
        .order_by(outbox.c.id)
        .limit(limit)
    )
    if status == "waiting":
        query = query.where(outbox.c.reason.is_not(None))
    if area_code is not None:
        query = query.where(outbox.c.area_code == area_code)
    return [NotReached(**row._mapping) for row in tx.execute(query)]
