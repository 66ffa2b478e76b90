"""Messages that wait until a person writes, as their channel lets nobody write to them first ("tin chờ").

    queued ──hold──► waiting, reason "closed" ──release──► queued again
                                              └──drop────► skipped

What a browser is to fetch waits too, and has no reason: nothing here touches it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from storage.announcements import EMERGENCY, over
from storage.db import Tx
from storage.deliveries import end_unsent
from storage.leases import NOT_BEGUN
from storage.outbox import Lane
from storage.renewing import renew
from storage.tables import addresses, announcements, messages, official_addresses, outbox, residents

CLOSED = "closed"
_FREED: dict[str, object] = {
    "attempts": 0,
    "attempted_at": None,
    "lease_owner": None,
    "lease_until": None,
    "finished_at": None,
}
# Written out in the statement: a parameter keeps the databases from the partial index.
_HELD = sa.and_(
    outbox.c.status == sa.literal_column("'waiting'"), outbox.c.reason == sa.literal_column("'closed'")
)
# What an official is to read waits for the chat that was confirmed as theirs: no other one of the same person was.
_OFFICIALS = sa.exists().where(official_addresses.c.address_id == outbox.c.address_id)


# -- put off


def hold(tx: Tx, ids: Collection[int], owner: str, since: datetime, pushed: Sequence[str]) -> set[int]:
    """Put off those of these deliveries whose address was not heard of since then; returns all that may not leave.

    A notice goes to another of the person's addresses where one wants it (`pushed`: on these channels). What belongs to
    somebody whose turn is under way on PostgreSQL stays queued: the turn may be what opens the window.
    """
    still, busy = find_closed(tx, ids, since)
    if still:
        held = tx.execute(
            sa.update(outbox)
            .where(outbox.c.id.in_(still), outbox.c.lease_owner == owner, NOT_BEGUN)
            .values(_FREED | {"status": "waiting", "reason": CLOSED})
            .returning(outbox.c.id)
        ).scalars()
        send_elsewhere(tx, list(held), pushed)
    return still | busy


def find_closed(tx: Tx, ids: Collection[int], since: datetime) -> tuple[set[int], set[int]]:
    """Return those of these deliveries whose address was not heard of since then, and those of which it may change now.

    The second ones belong to people whose turn is under way on PostgreSQL; the first ones' stay as they are until the
    transaction ends.
    """
    heard_at = addresses.c.last_interaction_at
    closed = sa.or_(heard_at.is_(None), heard_at < since)
    rows = tx.execute(
        sa.select(outbox.c.id, outbox.c.address_id)
        .join(addresses, addresses.c.id == outbox.c.address_id)
        .where(outbox.c.id.in_(list(ids)), closed)
    ).all()
    if not rows:
        return set(), set()
    # Not waited for: whoever stops in their turn waits for rows that this transaction has.
    quiet = sa.select(addresses.c.id).where(addresses.c.id.in_({row.address_id for row in rows}), closed)
    still = set(tx.execute(quiet.with_for_update(read=True, skip_locked=True)).scalars())
    found = {row.id for row in rows if row.address_id in still}
    return found, {row.id for row in rows} - found


def send_elsewhere(tx: Tx, ids: Collection[int], pushed: Sequence[str]) -> None:
    """Queue for another address of the same person those of these notices that wait; on one of these channels."""
    if not ids or not pushed:
        return
    other = addresses.alias()
    places = tx.execute(
        sa.select(outbox.c.id, outbox.c.message_id, other.c.id.label("address_id"), other.c.channel)
        .join(addresses, addresses.c.id == outbox.c.address_id)
        .join(residents, residents.c.id == addresses.c.resident_id)
        .join(other, other.c.resident_id == addresses.c.resident_id)
        .where(
            outbox.c.id.in_(list(ids)),
            _HELD,
            outbox.c.announcement_id.is_(None),
            outbox.c.lane == int(Lane.NOTICE),
            outbox.c.message_id.is_not(None),
            ~_OFFICIALS,
            other.c.channel.in_(list(pushed)),
            other.c.blocked_at.is_(None),
            other.c.stopped_at.is_(None),
        )
        # The last one for a delivery counts: preferred, else heard of last.
        .order_by(
            outbox.c.id,
            sa.case((other.c.channel == residents.c.preferred_channel, 1), else_=0),
            other.c.last_interaction_at,
            other.c.id,
        )
    ).all()
    for row in {row.id: row for row in places}.values():
        _move(tx, {row.id: row.message_id}, row.address_id, row.channel, {"status": "queued", "reason": None})


def _move(
    tx: Tx, ids: Mapping[int, int | None], address_id: int, channel: str, columns: Mapping[str, object]
) -> None:
    """Change waiting deliveries and say where they go; their messages go with them."""
    where = {"address_id": address_id, "channel": channel}
    tx.execute(sa.update(outbox).where(outbox.c.id.in_(ids), _HELD).values({**columns, **where}))
    tx.execute(sa.update(messages).where(messages.c.id.in_(ids.values())).values(address_id=address_id))


# -- given


class Held(NamedTuple):
    """One delivery that waits, oldest first. Of an announcement: its kind, status and beginning.

    `over`: its event has begun or was called off. `useful_until`: of a notice.
    """

    id: int
    message_id: int | None
    useful_until: datetime | None
    announcement_id: int | None
    kind: str | None
    status: str | None
    started_at: datetime | None
    over: bool


_OWN = sa.select(addresses.c.id).where(addresses.c.resident_id == sa.bindparam("resident"))
_WANTS = sa.exists().where(addresses.c.id == sa.bindparam("address"), addresses.c.stopped_at.is_(None))
# An announcement was agreed to in the chat for which it waits; a notice is for the person, wherever they want notices.
_FOR_HERE = sa.and_(
    outbox.c.address_id.in_(_OWN),
    _HELD,
    sa.or_(
        outbox.c.address_id == sa.bindparam("address"),
        sa.and_(outbox.c.announcement_id.is_(None), ~_OFFICIALS, _WANTS),
    ),
)
_FIRST = sa.select(outbox.c.id).where(_FOR_HERE).limit(1)


def list_held(tx: Tx, resident_id: int, address_id: int, now: datetime) -> list[Held]:
    """Return what waits for a person and may be given at this address, in the order in which it was made."""
    here = {"resident": resident_id, "address": address_id}
    # Asked in every turn, and hardly ever is there anything.
    if tx.execute(_FIRST, here).first() is None:
        return []
    a = announcements.c
    query = (
        sa.select(
            outbox.c.id,
            outbox.c.message_id,
            outbox.c.useful_until,
            outbox.c.announcement_id,
            a.kind,
            a.status,
            a.started_at,
            over(now).label("over"),
        )
        .join(announcements, a.id == outbox.c.announcement_id, isouter=True)
        .where(_FOR_HERE)
        .order_by(outbox.c.id)
    )
    return [Held(**row._mapping) for row in tx.execute(query, here)]


def count_received(tx: Tx, resident_id: int, since: datetime) -> int:
    """Return how many announcements a person got or is getting since then; emergencies left out."""
    number: int = tx.execute(
        sa.select(sa.func.count())
        .select_from(outbox)
        .join(announcements)
        .where(
            outbox.c.resident_id == resident_id,
            outbox.c.created_at > since,
            outbox.c.status.not_in(("skipped", "blocked")),
            outbox.c.reason.is_distinct_from(CLOSED),
            announcements.c.kind != EMERGENCY,
        )
    ).scalar_one()
    return number


def release(
    tx: Tx, held: Sequence[Held], address_id: int, channel: str, now: datetime, not_before: datetime
) -> None:
    """Queue these for an address of the person, as of now and as notices: each goes by itself.

    The caller holds the person's lock (`people.meet`), so that nobody else is giving them.
    """
    queued: dict[str, Any] = _FREED | {
        "status": "queued",
        "reason": None,
        "lane": int(Lane.NOTICE),
        "not_before": not_before,
        # They have just written, and are awake.
        "by_day_until": None,
        "created_at": now,
    }
    if held:
        _move(tx, {one.id: one.message_id for one in held}, address_id, channel, queued)


def lay_out(tx: Tx, held: Sequence[Held], address_id: int, channel: str, now: datetime) -> None:
    """Let a browser fetch these at an address of the person, as messages of now; the caller holds the person's lock."""
    for one in held:
        if one.message_id is None:
            continue
        new_id = renew(tx, one.message_id, address_id, now)
        there = {"address_id": address_id, "channel": channel, "message_id": new_id, "reason": None}
        tx.execute(sa.update(outbox).where(outbox.c.id == one.id, _HELD).values(there))
        tx.execute(sa.delete(messages).where(messages.c.id == one.message_id))


def hasten(tx: Tx, resident_id: int, address_id: int, not_before: datetime) -> None:
    """Let emergencies that are queued for this address for later leave then, as far as nobody has them in hand."""
    warnings = sa.select(announcements.c.id).where(announcements.c.kind == EMERGENCY)
    tx.execute(
        sa.update(outbox)
        .where(
            outbox.c.resident_id == resident_id,
            outbox.c.announcement_id.in_(warnings),
            outbox.c.address_id == address_id,
            NOT_BEGUN,
            outbox.c.lease_owner.is_(None),
            outbox.c.not_before > not_before,
        )
        .values(not_before=not_before)
    )


def drop(tx: Tx, held: Sequence[Held], reason: str, now: datetime) -> None:
    """End these as skipped: nobody wants them any more."""
    if held:
        end_unsent(tx, sa.and_(outbox.c.id.in_([one.id for one in held]), _HELD), reason, now)
