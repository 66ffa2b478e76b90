"""Taking back notices that have not left, for somebody who wants none; announcements are in `storage.deliveries`."""

from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.outbox import Lane
from storage.tables import addresses, messages, outbox

STOPPED = "stopped"
_NOT_LEFT = sa.and_(outbox.c.status.in_(("queued", "waiting")), outbox.c.attempted_at.is_(None))


def withdraw_notices(tx: Tx, resident_id: int, reason: str, now: datetime) -> int:
    """End what was to come by itself and has not left, announcements aside; replies are left alone. Returns how many.

    A call under way goes on: its outcome is written down as it is. What a browser had not fetched is shown no more.
    """
    own = sa.select(addresses.c.id).where(addresses.c.resident_id == resident_id)
    notices = sa.and_(
        outbox.c.address_id.in_(own),
        outbox.c.announcement_id.is_(None),
        outbox.c.lane != int(Lane.REPLY),
        _NOT_LEFT,
    )
    return _withdraw(tx, notices, reason, now)


def _withdraw(tx: Tx, which: sa.ColumnElement[bool], reason: str, now: datetime) -> int:
    rows = tx.execute(sa.select(outbox.c.id, outbox.c.message_id).where(which).with_for_update()).all()
    ids = [row.id for row in rows]
    if not ids:
        return 0
    tx.execute(
        sa.update(outbox)
        .where(outbox.c.id.in_(ids))
        .values(status="skipped", reason=reason, finished_at=now, lease_owner=None, lease_until=None)
    )
    # A delivery that was skipped has no message: nobody reads what was never told them.
    tx.execute(sa.delete(messages).where(messages.c.id.in_([r.message_id for r in rows if r.message_id])))
    return len(ids)
