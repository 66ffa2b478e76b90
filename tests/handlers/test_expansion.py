"""An announcement becomes deliveries: one for everybody of its audience, reached or with the reason."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from storage.db import Database, Tx
from storage.tables import announcements, messages, outbox
from tests.conftest import NOW
from tests.handlers.audiences import (
    MESSAGE,
    expand,
    list_deliveries,
    make_announcement,
    make_resident,
)


async def test_everybody_who_agreed_gets_one_copy(database: Database) -> None:
    """Chunks of two for five people; a browser fetches its copy, the others are sent theirs."""

    def tell(tx: Tx) -> Any:
        told = [make_resident(tx, "telegram") for _ in range(3)] + [
            make_resident(tx, "web") for _ in range(2)
        ]
        make_resident(tx, "telegram", purposes=["events"])
        announcement = make_announcement(tx)
        chunks = expand(tx, announcement, limit=2)
        texts = tx.execute(
            sa.select(messages.c.text, messages.c.buttons, messages.c.announcement_id)
            .join(outbox, outbox.c.message_id == messages.c.id)
            .where(outbox.c.address_id == messages.c.address_id)
        ).all()
        row = tx.execute(sa.select(announcements)).one()
        return told, list_deliveries(tx, announcement), chunks, texts, row

    told, found, chunks, texts, row = await database.write(tell)

    assert found == {
        **dict.fromkeys(told[:3], ("telegram", "queued", None)),
        **dict.fromkeys(told[3:], ("web", "waiting", None)),
    }
    assert chunks == 3
    assert [tuple(t) for t in texts] == [(MESSAGE.text, [["Tôi sẽ đi", "rsvp:yes:1", None]], row.id)] * 5
    assert row.expanded_at == NOW


async def test_a_second_run_gives_nobody_a_second_copy(database: Database) -> None:
    def twice(tx: Tx) -> int:
        make_resident(tx, "telegram")
        announcement = make_announcement(tx, now=NOW + timedelta(minutes=5))
        expand(tx, announcement)
        expand(tx, announcement)
        return tx.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()

    assert await database.write(twice) == 1
