"""People who agreed to be told, and announcements that are being sent, for the tests of audiences."""

import itertools
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from handlers.audience import Audience, Reach, always
from handlers.expansion import expand_next
from handlers.messages import Outbound
from handlers.sending_rules import SendingRules
from storage import announcements as rows
from storage import identities
from storage.announcements import Announcement
from storage.db import Tx
from storage.messages import Button
from storage.tables import addresses, announcements, consents, conversations, outbox, residents
from tests.conftest import NOW

EVERYBODY = Audience()
RULES = SendingRules(ZoneInfo("Asia/Ho_Chi_Minh"))
MESSAGE = Outbound("Mời bà con đến dự lớp tập huấn.", (Button("Tôi sẽ đi", "rsvp:yes:1", None),))
_names = itertools.count(1)


def agree(tx: Tx, resident_id: int, *purposes: str, now: datetime = NOW) -> None:
    """Give consents."""
    for purpose in purposes:
        row = {"resident_id": resident_id, "purpose": purpose, "wording": "1", "channel": "telegram"}
        tx.execute(sa.insert(consents), row | {"given_at": now})


def take_back(tx: Tx, resident_id: int, now: datetime = NOW) -> None:
    """Take all consents back."""
    tx.execute(
        sa.update(consents)
        .where(consents.c.resident_id == resident_id, consents.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )


def make_resident(
    tx: Tx,
    *channels: str,
    purposes: Collection[str] = ("news", "events"),
    commune: str | None = "11020",
    category: str | None = None,
    preferred: str | None = None,
    heard_at: datetime = NOW,
    agreed_at: datetime = NOW,
) -> int:
    """Make somebody who agreed, with an address on each of these channels."""
    new: sa.Insert = sa.insert(residents).values(
        created_at=heard_at, commune_code=commune, preferred_channel=preferred
    )
    resident_id: int = tx.execute(new.returning(residents.c.id)).scalar_one()
    for number, channel in enumerate(channels):
        add_address(tx, resident_id, channel, heard_at + timedelta(seconds=number))
    if category is not None:
        identities.set_category(tx, resident_id, category)
    agree(tx, resident_id, *purposes, now=agreed_at)
    return resident_id


def add_address(tx: Tx, resident_id: int, channel: str, heard_at: datetime = NOW) -> int:
    """Give somebody one address more."""
    value = f"made-{next(_names)}"
    row = {
        "resident_id": resident_id,
        "channel": channel,
        "value_sealed": tx.vault.seal("addresses.value", value),
        "value_lookup": tx.vault.lookup("addresses.value", f"{channel}:{value}"),
        "last_interaction_at": heard_at,
    }
    address_id: int = tx.execute(sa.insert(addresses).returning(addresses.c.id), row).scalar_one()
    talk = {"address_id": address_id, "revision": 1, "state": {}, "updated_at": heard_at}
    tx.execute(sa.insert(conversations), talk)
    return address_id


def make_announcement(tx: Tx, *, now: datetime = NOW, **given: object) -> Announcement:
    """Make an announcement whose sending begins."""
    row = {
        "code": f"T{next(_names)}",
        "kind": "notice",
        "title": "Tập huấn",
        "text": MESSAGE.text,
        "pictures": [],
        "audience": {},
        "spread_hours": 0,
        "late_joiners": False,
        "status": "sending",
        "version": 1,
        "created_by": 1,
        "created_at": now,
        "started_at": now,
        "cursor": 0,
        "late_cursor": 0,
    }
    query = sa.insert(announcements).values(row | given).returning(announcements.c.id)
    return rows.get(tx, tx.execute(query).scalar_one())


def expand(
    tx: Tx,
    announcement: Announcement,
    audience: Audience = EVERYBODY,
    *,
    reach: Reach = always,
    rules: SendingRules = RULES,
    now: datetime = NOW,
    limit: int = 1000,
) -> int:
    """Expand an announcement to its end; returns in how many chunks."""
    chunks = 1
    while expand_next(tx, announcement, audience, MESSAGE, rules, reach, now, limit):
        chunks += 1
    return chunks


def list_deliveries(tx: Tx, announcement: Announcement) -> dict[int | None, tuple[str, str, str | None]]:
    """Return (channel, status, reason) by resident."""
    query = sa.select(outbox).where(outbox.c.announcement_id == announcement.id).order_by(outbox.c.id)
    return {row.resident_id: (row.channel, row.status, row.reason) for row in tx.execute(query)}


def with_quiet(*, ceiling: int = 3) -> SendingRules:
    """Return the usual rules with another ceiling."""
    return replace(RULES, weekly_ceiling=ceiling)
