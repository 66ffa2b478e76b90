"""A message that was not delivered is stored anew, for a page: it asks for what is newer than it knows."""

from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import case_entries, case_notices, message_files, messages


def renew(tx: Tx, message_id: int, address_id: int, now: datetime) -> int:
    """Store the same message for this address, as of now; returns its id.

    A case's history points to it from then on, and what it told an official of; its documents go with it.

    The old one is left to the caller, whose delivery still points to it.
    """
    m = messages.c
    kept = (m.inbound_id, m.announcement_id, m.direction, m.text, m.buttons, m.contact_request)
    same = sa.select(sa.literal(address_id, m.address_id.type), *kept, sa.literal(now, m.at.type))
    names = ["address_id", *(column.name for column in kept), "at"]
    stored = sa.insert(messages).from_select(names, same.where(m.id == message_id)).returning(m.id)
    new_id: int = tx.execute(stored).scalar_one()
    for table in (case_entries, case_notices, message_files):
        pointing = sa.update(table).where(table.c.message_id == message_id)
        tx.execute(pointing.values(message_id=new_id))
    return new_id
