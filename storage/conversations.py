"""Where each conversation stands. One row an address, saved with the turn that changed it."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.errors import Conflict
from storage.tables import conversations

# Statements of every turn are built once: building one costs as much as running it.
_SAVE = (
    sa.update(conversations)
    .where(
        conversations.c.address_id == sa.bindparam("address"),
        conversations.c.revision == sa.bindparam("before"),
    )
    .values(
        revision=sa.bindparam("before") + 1,
        state=sa.bindparam("new_state", type_=conversations.c.state.type),
        updated_at=sa.bindparam("now", type_=conversations.c.updated_at.type),
    )
)


def save(tx: Tx, address_id: int, revision: int, state: Mapping[str, object], now: datetime) -> None:
    """Store the state that follows `revision`; raises Conflict if somebody stored one meanwhile."""
    values = {"address": address_id, "before": revision, "new_state": dict(state), "now": now}
    if tx.execute(_SAVE, values).rowcount != 1:
        raise Conflict(f"conversation {address_id} is no longer at revision {revision}")
