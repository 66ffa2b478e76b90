"""How deliveries stand, by their messages: for people who want to know whether something arrived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import outbox

MOST = 500  # messages at once


@dataclass(frozen=True, slots=True)
class Standing:
    """How the delivery of a message stands. `status` as in the table of the outbox, `reason` as the channel gave it."""

    status: str
    reason: str | None
    finished_at: datetime | None


def list_standings(tx: Tx, message_ids: Sequence[int]) -> dict[int, Standing]:
    """Return how these messages' deliveries stand, by message; those without one are left out. At most 500."""
    if not message_ids:
        return {}
    rows = tx.execute(
        sa.select(outbox.c.message_id, outbox.c.status, outbox.c.reason, outbox.c.finished_at).where(
            outbox.c.message_id.in_(message_ids[:MOST])
        )
    )
    return {r.message_id: Standing(r.status, r.reason, r.finished_at) for r in rows}
