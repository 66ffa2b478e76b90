"""What platforms tell of messages that they took: that they came to a phone, that they were seen. May be lost, and is."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import outbox

_MOST_IDS = 500  # of one receipt: well below what either database takes as parameters of one statement


def mark_arrived(tx: Tx, channel: str, platform_ids: Sequence[str], *, seen: bool, at: datetime) -> None:
    """Note that messages arrived, or were seen; ids we do not know are left alone. The first time counts.

    A delivery whose outcome is unknown has no id of the channel's, so that nothing can be learned of it here.
    """
    known = (outbox.c.channel == channel, outbox.c.platform_id.in_(platform_ids[:_MOST_IDS]))
    column = outbox.c.seen_at if seen else outbox.c.delivered_at
    tx.execute(sa.update(outbox).where(*known, column.is_(None)).values({column: at}))


class Arrived(NamedTuple):
    """What a channel told of the copies that it took: how many came to a phone, and how many were seen."""

    channel: str
    delivered: int
    seen: int


def count_arrived(tx: Tx, announcement_id: int) -> list[Arrived]:
    """Return what channels told of an announcement, by name; one that tells nothing of its messages is left out.

    What was seen has arrived, whether that was told or not: receipts get lost.
    """
    told = sa.or_(outbox.c.delivered_at.is_not(None), outbox.c.seen_at.is_not(None))
    rows = tx.execute(
        sa.select(outbox.c.channel, sa.func.count(), sa.func.count(outbox.c.seen_at))
        .where(outbox.c.announcement_id == announcement_id, outbox.c.status == "sent", told)
        .group_by(outbox.c.channel)
        .order_by(outbox.c.channel)
    )
    return [Arrived(*list(row)) for row in rows]
