"""Many residents, and an announcement on its way to all of them: rows put straight into the tables."""

from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.outbox import Lane
from storage.tables import addresses, announcements, conversations, messages, outbox, residents

TEXT = "Mời bà con dự lớp tập huấn chăn nuôi gà, 08:00 ngày 12/12, nhà văn hoá thôn Đông. " * 3
FIRST_CHAT = 1_000_000


def announce(
    tx: Tx,
    number: int,
    now: datetime,
    *,
    channel: str = "telegram",
    kind: str = "notice",
    first_chat: int = FIRST_CHAT,
    pictures: tuple[str, ...] = (),
) -> int:
    """Queue an announcement to `number` new people with the chats from `first_chat` on; returns its id."""
    announcement_id: int = tx.execute(
        sa.insert(announcements).returning(announcements.c.id),
        {
            "code": f"TB-{first_chat}",
            "kind": kind,
            "title": "Lớp tập huấn chăn nuôi gà",
            "text": TEXT,
            "pictures": list(pictures),
            "audience": {},
            "spread_hours": 0,
            "late_joiners": False,
            "status": "sending",
            "version": 1,
            "created_by": 1,
            "created_at": now,
            "started_at": now,
            "cursor": 0,
            "expanded_at": now,
            "late_cursor": 0,
        },
    ).scalar_one()
    first = [(tx.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0) + 1 for table in _NUMBERED]
    person, address, message = first
    tx.execute(sa.insert(residents), [{"id": person + n, "created_at": now} for n in range(number)])
    tx.execute(
        sa.insert(addresses),
        [
            {
                "id": address + n,
                "resident_id": person + n,
                "channel": channel,
                "value_sealed": tx.vault.seal("addresses.value", str(first_chat + n)),
                "value_lookup": tx.vault.lookup("addresses.value", f"{channel}:{first_chat + n}"),
                "last_interaction_at": now,
            }
            for n in range(number)
        ],
    )
    tx.execute(
        sa.insert(conversations),
        [{"address_id": address + n, "revision": 0, "state": {}, "updated_at": now} for n in range(number)],
    )
    said = {"announcement_id": announcement_id, "direction": "out", "text": TEXT, "buttons": [], "at": now}
    tx.execute(
        sa.insert(messages),
        [{"id": message + n, "address_id": address + n, **said} for n in range(number)],
    )
    queued = {
        "announcement_id": announcement_id,
        "channel": channel,
        "lane": int(Lane.BULK),
        "status": "queued",
        "not_before": now,
        "created_at": now,
    }
    tx.execute(
        sa.insert(outbox),
        [
            {"message_id": message + n, "address_id": address + n, "resident_id": person + n, **queued}
            for n in range(number)
        ],
    )
    if tx.dialect == "postgresql":
        for table in _NUMBERED:
            newest = f"(SELECT max(id) FROM {table.name})"
            tx.execute(sa.text(f"SELECT setval('{table.name}_id_seq', {newest})"))
    return announcement_id


_NUMBERED = (residents, addresses, messages)


def statuses(tx: Tx, announcement_id: int) -> dict[str, int]:
    """Count the deliveries of an announcement by how they stand."""
    query = (
        sa.select(outbox.c.status, sa.func.count().label("number"))
        .where(outbox.c.announcement_id == announcement_id)
        .group_by(outbox.c.status)
    )
    return {row.status: row.number for row in tx.execute(query)}
