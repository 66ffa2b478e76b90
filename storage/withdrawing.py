"""Taking back notices that have not left, for somebody who wants none; announcements are in `storage.deliveries`."""

from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.deliveries import stop
from storage.outbox import Lane
from storage.tables import addresses, outbox


def withdraw_notices(tx: Tx, resident_id: int, reason: str, now: datetime) -> int:
    """End what was to come by itself and has not left, announcements aside; replies are left alone. Returns how many.

    A call under way goes on, and is the last one; its outcome is written down as it is. What a browser had not fetched
    is shown no more.
    """
    own = sa.select(addresses.c.id).where(addresses.c.resident_id == resident_id)
    notices = sa.and_(
        outbox.c.address_id.in_(own),
        outbox.c.announcement_id.is_(None),
        outbox.c.lane != int(Lane.REPLY),
    )
    return stop(tx, notices, reason, now)
