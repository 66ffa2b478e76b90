"""The keys of what came in, so that nothing is taken twice."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.db import Tx
from storage.tables import arrivals, inbound

# Built once: building a statement costs as much as running it.
_TAKE = {
    "postgresql": postgresql.insert(inbound).on_conflict_do_nothing().returning(inbound.c.id),
    "sqlite": sqlite.insert(inbound).on_conflict_do_nothing().returning(inbound.c.id),
}


def take(tx: Tx, channel: str, external_id: str, outcome: str, now: datetime) -> int | None:
    """Register what came in, once; returns its id, or None if this id was taken before.

    Args:
        external_id: the channel's own id of the update, bot or OA included; at most 160 characters.
        outcome: "done", "failed" or "ignored"; "stored" for what waits for its turn (`storage.arrivals`).
    """
    return tx.execute(
        _TAKE[tx.dialect],
        {"channel": channel, "external_id": external_id, "received_at": now, "outcome": outcome},
    ).scalar()


def find(tx: Tx, channel: str, external_id: str) -> int | None:
    """Return the id under which this update was taken before, or None."""
    return tx.execute(
        sa.select(inbound.c.id).where(inbound.c.channel == channel, inbound.c.external_id == external_id)
    ).scalar()


def find_at(tx: Tx, channel: str, external_id: str) -> datetime | None:
    """Return when this update was taken before, or None."""
    return tx.execute(
        sa.select(inbound.c.received_at).where(
            inbound.c.channel == channel, inbound.c.external_id == external_id
        )
    ).scalar()


def count(tx: Tx, channel: str, since: datetime) -> tuple[int, datetime | None]:
    """Return how many updates of a channel were taken since then, and when the last one was."""
    number, last_at = sa.func.count().label("number"), sa.func.max(inbound.c.received_at).label("last_at")
    row = tx.execute(
        sa.select(number, last_at).where(inbound.c.channel == channel, inbound.c.received_at >= since)
    ).one()
    return row.number, row.last_at


def drop(tx: Tx, before: datetime) -> int:
    """Forget the keys of what came in before this time; returns how many. Redelivery ends long before.

    The key of what still waits for its turn stays: with it would go the message.
    """
    waits = sa.exists().where(arrivals.c.inbound_id == inbound.c.id)
    return tx.execute(sa.delete(inbound).where(inbound.c.received_at < before, sa.not_(waits))).rowcount
