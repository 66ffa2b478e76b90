"""Which rows of the outbox a process takes under its lease, and what it needs to send them."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from itertools import chain, zip_longest
from typing import Any, NamedTuple

import sqlalchemy as sa

from storage import documents as going
from storage.batches import given_ids, listed
from storage.db import Tx
from storage.leases import AS_OF, NOT_BEGUN, OWNER, UNTIL
from storage.messages import Button
from storage.outbox import Delivery, Lane, Lease
from storage.people import BLOCKED, open_address
from storage.tables import addresses, announcements, messages, outbox

_ERASED = "erased"


# What the way out runs in every cycle is built once (see `storage.leases`).
_CHANNEL = sa.bindparam("channel", type_=sa.String)
_FREE = sa.or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < AS_OF)
_DUE = (
    sa.select(outbox.c.id)
    .where(outbox.c.channel == _CHANNEL, NOT_BEGUN, outbox.c.not_before <= AS_OF, _FREE)
    .limit(sa.bindparam("most", type_=sa.Integer))
    # SQLite drops the clause silently; there BEGIN IMMEDIATE keeps two workers apart.
    .with_for_update(skip_locked=True)
)
_DUE_SOON = _DUE.where(
    outbox.c.lane < sa.literal_column(str(int(Lane.BULK))),
    outbox.c.address_id.is_not(None),
    outbox.c.message_id.is_not(None),
).order_by(outbox.c.lane, outbox.c.id)
_DUE_BULK = _DUE.where(outbox.c.announcement_id == sa.bindparam("announcement", type_=sa.Integer)).order_by(
    outbox.c.not_before, outbox.c.id
)


def claim(tx: Tx, channel: str, lease: Lease, now: datetime, limit: int) -> list[Delivery]:
    """Take up to `limit` due replies and notices that nobody holds, most urgent first.

    Announcements have `claim_bulk`: however many of their rows are queued, none is looked at here.
    """
    due = {"channel": channel, "now": now, "most": limit}
    return _load(tx, _take(tx, lease, _DUE_SOON, due))


class Bulk(NamedTuple):
    """What a claim of announcements took, and whether more are due. `blocked`: what ended as its chat refuses us."""

    deliveries: list[Delivery]
    more: bool
    blocked: list[int]


def claim_bulk(
    tx: Tx, channel: str, announcement_ids: Sequence[int], lease: Lease, now: datetime, limit: int
) -> Bulk:
    """Take up to `limit` due deliveries of these announcements, an equal share of each, one of each in turn.

    Those whose person has blocked the channel, or is erased, end here; the former may go to another chat of the person.
    """
    taken: list[list[int]] = []
    more = False
    left = limit
    for place, announcement_id in enumerate(announcement_ids):
        share = -(-left // (len(announcement_ids) - place))
        due = {"channel": channel, "now": now, "announcement": announcement_id, "most": share}
        ids = _take(tx, lease, _DUE_BULK, due)
        left -= len(ids)
        more = more or len(ids) == share
        taken.append(ids)
    in_turn = [i for i in chain.from_iterable(zip_longest(*taken)) if i is not None]
    found = {delivery.id: delivery for delivery in _load(tx, in_turn)}
    gone = [i for i in in_turn if i not in found]
    blocked = _end_unreachable(tx, gone, now) if gone else []
    return Bulk([found[i] for i in in_turn if i in found], more, blocked)


@cache
def _lease(dialect: str) -> sa.Update:
    return (
        sa.update(outbox)
        .where(listed(dialect, outbox.c.id, "ids"))
        .values(
            lease_owner=OWNER,
            lease_until=UNTIL,
        )
    )


def _take(tx: Tx, lease: Lease, due: sa.Select[tuple[int]], given: dict[str, object]) -> list[int]:
    # Two statements: inside an UPDATE the server may run the query once a row, each time skipping further.
    ids = list(tx.execute(due, given).scalars())
    if ids:
        held = {"ids": given_ids(tx, ids), "owner": lease.owner, "until": lease.until}
        tx.execute(_lease(tx.dialect), held)
    return ids


def _end_unreachable(tx: Tx, ids: Sequence[int], now: datetime) -> list[int]:
    """End what was queued while its address was being blocked or erased, as nobody else would; returns the former."""
    ended = sa.update(outbox).where(listed(tx.dialect, outbox.c.id, "ids"))
    given = {"ids": given_ids(tx, ids)}
    gone = sa.or_(outbox.c.address_id.is_(None), outbox.c.message_id.is_(None))
    over = {"lease_until": None, "finished_at": now}
    tx.execute(ended.where(gone).values(status="skipped", reason=_ERASED, **over), given)
    blocked = ended.where(~gone).values(status="blocked", reason=BLOCKED, **over)
    return list(tx.execute(blocked.returning(outbox.c.id), given).scalars())


@cache
def _whole(dialect: str) -> sa.Select[Any]:
    return (
        sa.select(
            outbox.c.id,
            outbox.c.message_id,
            outbox.c.address_id,
            outbox.c.lane,
            outbox.c.repeated,
            outbox.c.attempts,
            outbox.c.announcement_id,
            outbox.c.by_day_until,
            addresses.c.value_sealed,
            messages.c.text,
            messages.c.buttons,
            messages.c.contact_request,
            announcements.c.pictures,
        )
        .join_from(outbox, messages)
        .join(addresses, outbox.c.address_id == addresses.c.id)
        .join(announcements, outbox.c.announcement_id == announcements.c.id, isouter=True)
        .where(
            listed(dialect, outbox.c.id, "ids"),
            sa.or_(outbox.c.announcement_id.is_(None), addresses.c.blocked_at.is_(None)),
        )
        .order_by(outbox.c.lane, outbox.c.id)
    )


def _load(tx: Tx, ids: Sequence[int]) -> list[Delivery]:
    """Return those of these deliveries that can be sent, by lane and id; bulk to a blocked address is left out."""
    if not ids:
        return []
    rows = list(tx.execute(_whole(tx.dialect), {"ids": given_ids(tx, ids)}))
    # Announcements have none.
    documents = going.list_documents(tx, [r.message_id for r in rows if r.announcement_id is None])
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
            r.announcement_id,
            tuple(r.pictures or ()),
            r.by_day_until,
            r.contact_request,
            documents.get(r.message_id, ()),
        )
        for r in rows
    ]
