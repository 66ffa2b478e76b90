"""Who works on which row of the outbox: claimed under a lease (`storage.claims`), attempted, finished.

    queued ──claim──► leased ──attempt──► (the call) ──finish──► sent | failed | blocked | skipped | unknown
                                                        └──────► queued again, not before …

The attempt is committed before the call. A lease that ends after an attempt without an outcome means that
nobody knows whether the message arrived: `recover` decides by lane what happens then.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa

from storage.batches import Rows, Value, given_ids, listed
from storage.db import Tx
from storage.outbox import NOTICE_REPEAT_AFTER, REASON_CHARS, STOPPED, Delivery, Lane, Lease, Outcome
from storage.tables import outbox
from storage.tables.base import Id, Utc

_LEASE_OVER = "the process that was sending it stopped"
# Written out in the statement: a parameter keeps PostgreSQL from the partial indexes.
_QUEUED = outbox.c.status == sa.literal_column("'queued'")
NOT_BEGUN = sa.and_(_QUEUED, outbox.c.attempted_at.is_(None))
# Of a call under way: the person wants no more, so that it is the last one.
_LAST_CALL = sa.and_(outbox.c.attempted_at.is_not(None), sa.func.coalesce(outbox.c.reason, "") == STOPPED)


def list_ours(tx: Tx, deliveries: Sequence[Delivery], owner: str) -> set[int]:
    """Return those of these that this owner still holds as they were claimed, for the same address.

    What the address refused meanwhile may have gone to another chat of the person, and be the same owner's again there.
    """
    if not deliveries:
        return set()
    given = {"ids": given_ids(tx, (d.id for d in deliveries)), "owner": owner}
    address_of = {row.id: row.address_id for row in tx.execute(_ours(tx.dialect), given)}
    return {d.id for d in deliveries if address_of.get(d.id) == d.address_id}


# What the way out runs in every cycle is built once: building a statement costs several times what running it does.
OWNER = sa.bindparam("owner", type_=sa.String)
AS_OF = sa.bindparam("now", type_=Utc())
UNTIL = sa.bindparam("until", type_=Utc())


@cache
def _ours(dialect: str) -> sa.Select[tuple[int, int | None]]:
    return sa.select(outbox.c.id, outbox.c.address_id).where(
        listed(dialect, outbox.c.id, "ids"), outbox.c.lease_owner == OWNER
    )


@cache
def _attempt(dialect: str) -> sa.sql.dml.ReturningUpdate[tuple[int]]:
    return (
        sa.update(outbox)
        .where(
            listed(dialect, outbox.c.id, "ids"),
            outbox.c.lease_owner == OWNER,
            NOT_BEGUN,
            sa.or_(
                # The second: a copy that waited until its person wrote goes by itself.
                outbox.c.announcement_id.is_(None),
                outbox.c.lane != int(Lane.BULK),
                listed(dialect, outbox.c.announcement_id, "announced"),
            ),
        )
        .values(
            attempted_at=AS_OF,
            attempts=outbox.c.attempts + 1,
            lease_until=UNTIL,
        )
        .returning(outbox.c.id)
    )


def attempt(
    tx: Tx, ids: Sequence[int], lease: Lease, now: datetime, announcement_ids: Iterable[int] = ()
) -> set[int]:
    """Write down that these calls are about to be made; returns those that may be.

    A delivery whose lease went to somebody else, or that was withdrawn meanwhile, is left out; so is one in bulk of an
    announcement that is none of `announcement_ids`.
    """
    if not ids:
        return set()
    given = {
        "ids": given_ids(tx, ids),
        "announced": given_ids(tx, announcement_ids),
        "owner": lease.owner,
        "now": now,
        "until": lease.until,
    }
    return set(tx.execute(_attempt(tx.dialect), given).scalars())


_OUTCOMES = Rows(
    delivery=Id,
    status=sa.String(),
    reason=sa.String(),
    platform_id=sa.String(),
    again_at=Utc(),
    lease_until=Utc(),
    repeated=sa.Boolean(),
    uncounted=sa.Integer(),
    at=Utc(),
    finished_at=Utc(),
)


@cache
def _finish(dialect: str) -> sa.Update:
    o = _OUTCOMES.table(dialect).c
    # Written down twice when nobody could tell whether the first time was committed; whoever has it since has not begun.
    under_way = sa.and_(outbox.c.lease_owner == OWNER, outbox.c.attempted_at.is_not(None))
    over = sa.and_(_LAST_CALL, o.status == "queued")
    return (
        sa.update(outbox)
        .where(
            outbox.c.id == o.delivery,
            _QUEUED,
            sa.or_(o.status == "sent", OWNER.is_(None), under_way),
        )
        .values(
            status=sa.case((over, "skipped"), else_=o.status),
            reason=sa.case((over, STOPPED), else_=o.reason),
            platform_id=o.platform_id,
            not_before=sa.func.coalesce(o.again_at, outbox.c.not_before),
            lease_until=sa.case((over, None), else_=o.lease_until),
            attempts=outbox.c.attempts - sa.case((outbox.c.attempted_at.is_not(None), o.uncounted), else_=0),
            attempted_at=None,
            repeated=sa.or_(outbox.c.repeated, o.repeated),
            finished_at=sa.case((over, o.at), else_=o.finished_at),
        )
    )


def finish(tx: Tx, outcomes: Sequence[Outcome], owner: str | None = None) -> None:
    """Write down how attempts ended, each delivery once; one that has ended already is left alone.

    What its person stopped meanwhile and has not arrived is over, and not tried again.

    Args:
        owner: who made the attempts. When the lease has gone to somebody else meanwhile, or the attempt has its
            outcome, only "sent" still counts: it is a fact, while anything else would undo what is done since.
    """
    if not outcomes:
        return
    rows: list[dict[str, Value]] = [
        {
            "delivery": o.delivery_id,
            "status": o.status,
            "reason": o.reason[:REASON_CHARS] if o.reason else None,
            "platform_id": o.platform_id,
            "again_at": o.not_before,
            "lease_until": o.lease_until,
            "repeated": o.repeated,
            "uncounted": 0 if o.counted else 1,
            "at": o.at,
            "finished_at": None if o.status in ("queued", "waiting") else o.at,
        }
        for o in outcomes
    ]
    tx.execute(_finish(tx.dialect), {"owner": owner, **_OUTCOMES.given(tx, rows)})


# -- letting go


@cache
def _let_go(dialect: str) -> sa.Update:
    return (
        sa.update(outbox)
        .where(listed(dialect, outbox.c.id, "ids"), outbox.c.lease_owner == OWNER, NOT_BEGUN)
        .values(
            lease_owner=None,
            lease_until=None,
            not_before=sa.func.coalesce(UNTIL, outbox.c.not_before),
        )
    )


def give_back(tx: Tx, ids: Collection[int], owner: str, until: datetime | None = None) -> None:
    """Give these back, as far as this owner still holds them and has not begun.

    Args: until: before then nobody is to claim them; None: anybody may at once.
    """
    if ids:
        tx.execute(_let_go(tx.dialect), {"ids": given_ids(tx, ids), "owner": owner, "until": until})


def release(tx: Tx, owner: str, now: datetime) -> int:
    """Give back what this owner holds and has not attempted; returns how many."""
    return tx.execute(
        sa.update(outbox)
        .where(outbox.c.lease_owner == owner, NOT_BEGUN)
        .values(lease_owner=None, lease_until=None)
    ).rowcount


def recover(tx: Tx, channel: str, now: datetime, calling: Collection[int] = ()) -> dict[str, int]:
    """Settle attempts whose lease ended without an outcome; returns how many per decision.

    Reply: sent once more, marked repeated. Notice: the same, a minute later. Of an announcement, whatever was repeated
    already, and what its person stopped meanwhile: unknown, for people to see.

    Args: calling: whose calls are under way here, whatever a clock that jumped says of their leases.
    """
    stale = sa.and_(
        outbox.c.channel == channel,
        _QUEUED,
        outbox.c.attempted_at.is_not(None),
        outbox.c.lease_until < now,
        outbox.c.id.not_in(list(calling)),
    )
    announced = sa.or_(outbox.c.lane == int(Lane.BULK), outbox.c.announcement_id.is_not(None))
    first = sa.and_(stale, outbox.c.repeated.is_(False), sa.not_(sa.or_(announced, _LAST_CALL)))
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
        .where(stale, sa.or_(outbox.c.repeated, announced, _LAST_CALL))
        .values(status="unknown", reason=_LEASE_OVER, attempted_at=None, lease_until=None, finished_at=now)
    ).rowcount
    return {"repeated": replies + notices, "unknown": unknown}


def end_leases(tx: Tx, now: datetime) -> int:
    """End every lease, as the only process that uses this database (SQLite) may at its start; returns how many."""
    return tx.execute(
        sa.update(outbox)
        .where(_QUEUED, outbox.c.lease_until >= now)
        .values(lease_until=now - timedelta(microseconds=1))
    ).rowcount
