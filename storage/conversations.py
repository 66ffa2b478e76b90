"""Where each conversation stands. One row an address, saved with the turn that changed it."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.errors import Conflict
from storage.tables import conversations


def save(tx: Tx, address_id: int, revision: int, state: Mapping[str, object], now: datetime) -> None:
    """Store the state that follows `revision`; raises Conflict if somebody stored one meanwhile."""
    changed = tx.execute(
        sa.update(conversations)
        .where(conversations.c.address_id == address_id, conversations.c.revision == revision)
        .values(revision=revision + 1, state=dict(state), updated_at=now)
    ).rowcount
    if changed != 1:
        raise Conflict(f"conversation {address_id} is no longer at revision {revision}")
