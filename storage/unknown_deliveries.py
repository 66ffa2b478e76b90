"""Deliveries of announcements whose outcome nobody knows, sent once more where people decide so."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import addresses, consents, outbox


def queue_again(
    tx: Tx, announcement_id: int, purposes: Collection[str], not_before: datetime, limit: int
) -> int:
    """Queue again, marked repeated, deliveries whose outcome nobody knows; returns how many.

    Each once: one that was repeated already stays as it is. So does one to somebody who has withdrawn the consent since,
    or whose address is blocked or gone.
    """
    agreed = sa.exists().where(
        consents.c.resident_id == outbox.c.resident_id,
        consents.c.withdrawn_at.is_(None),
        consents.c.purpose.in_(sorted(purposes)),
    )
    writable = sa.exists().where(addresses.c.id == outbox.c.address_id, addresses.c.blocked_at.is_(None))
    unknown = (
        sa.select(outbox.c.id)
        .where(
            outbox.c.announcement_id == announcement_id,
            outbox.c.status == "unknown",
            outbox.c.repeated.is_(False),
            outbox.c.message_id.is_not(None),
            agreed,
            writable,
        )
        .order_by(outbox.c.id)
        .limit(limit)
        .with_for_update()
    )
    again: dict[str, object] = {
        "status": "queued",
        "reason": None,
        "repeated": True,
        "not_before": not_before,
        "attempts": 0,
        "attempted_at": None,
        "lease_owner": None,
        "lease_until": None,
        "finished_at": None,
    }
    return tx.execute(sa.update(outbox).where(outbox.c.id.in_(unknown)).values(again)).rowcount


def count_fresh(tx: Tx, announcement_id: int) -> int:
    """Return how many deliveries `queue_again` has not looked at yet: of unknown outcome, and never repeated."""
    number: int = tx.execute(
        sa.select(sa.func.count()).where(
            outbox.c.announcement_id == announcement_id,
            outbox.c.status == "unknown",
            outbox.c.repeated.is_(False),
        )
    ).scalar_one()
    return number
