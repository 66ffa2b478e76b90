"""What a channel was told is stored, and has not had its turn yet.

kept (with its key, in one commit) ──► its turn takes the row away in the turn's own transaction

Whoever deletes the row runs the turn: a process that dies before its commit leaves the row, and of two that try at once
the second waits for the first and finds nothing (PostgreSQL; SQLite has one writer).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import intake, people
from storage.db import Tx
from storage.tables import addresses, arrivals, inbound

STORED = "stored"
"""The outcome of what waits for its turn."""
_BODY = "arrivals.body"
_TAKE_UP = (
    sa.delete(arrivals).where(arrivals.c.id == sa.bindparam("arrival")).returning(arrivals.c.inbound_id)
)
_END = sa.update(inbound).where(inbound.c.id == sa.bindparam("key")).values(outcome=sa.bindparam("ended"))


@dataclass(frozen=True, slots=True)
class Arrival:
    """What waits. `body` is what was given to `keep`."""

    id: int
    channel: str
    body: str


def keep(tx: Tx, channel: str, external_id: str, value: str, body: str, now: datetime) -> int | None:
    """Store what came, sealed; returns the arrival's id, or None if this update was taken before.

    Args: value: the chat address it came from.
    """
    inbound_id = intake.take(tx, channel, external_id, STORED, now)
    if inbound_id is None:
        return None
    new_id: int = tx.execute(
        sa.insert(arrivals).returning(arrivals.c.id),
        {
            "inbound_id": inbound_id,
            "channel": channel,
            "address_lookup": people.lookup(tx, channel, value),
            "body_sealed": tx.vault.seal(_BODY, body),
            "received_at": now,
        },
    ).scalar_one()
    return new_id


def take_up(tx: Tx, arrival_id: int, outcome: str) -> int | None:
    """Take it away for its turn, which is this transaction; returns the key's id, or None if it had its turn.

    Args: outcome: "done" or "failed", as of `storage.intake.take`.
    """
    inbound_id = tx.execute(_TAKE_UP, {"arrival": arrival_id}).scalar()
    if inbound_id is not None:
        tx.execute(_END, {"key": inbound_id, "ended": outcome})
    return inbound_id


def list_waiting(
    tx: Tx, channels: Collection[str], received_before: datetime | None, after: int, limit: int
) -> list[Arrival]:
    """Return up to `limit` of these channels that came before then (None: whenever), above id `after`, by id."""
    query = sa.select(arrivals.c.id, arrivals.c.channel, arrivals.c.body_sealed).where(
        arrivals.c.id > after, arrivals.c.channel.in_(channels)
    )
    if received_before is not None:
        query = query.where(arrivals.c.received_at <= received_before)
    rows = tx.execute(query.order_by(arrivals.c.id).limit(limit))
    return [Arrival(row.id, row.channel, tx.vault.open(_BODY, row.body_sealed)) for row in rows]


def forget(tx: Tx, address_ids: Sequence[int], before_inbound_id: int) -> None:
    """Delete what these addresses sent before that update and nobody has read; its keys stay, as ignored."""
    own = sa.select(addresses.c.value_lookup).where(addresses.c.id.in_(address_ids))
    gone = sa.delete(arrivals).where(
        arrivals.c.address_lookup.in_(own), arrivals.c.inbound_id < before_inbound_id
    )
    ids = list(tx.execute(gone.returning(arrivals.c.inbound_id)).scalars())
    tx.execute(sa.update(inbound).where(inbound.c.id.in_(ids)).values(outcome="ignored"))


def drop_old(tx: Tx, before: datetime) -> int:
    """Delete what nobody has read since then, as of a channel that was switched off; returns how many."""
    return tx.execute(sa.delete(arrivals).where(arrivals.c.received_at < before)).rowcount
