"""Builders for the tests of announcements and events: those who agreed, what is filed, what was sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from handlers import announcement_life, announcements, audience, expansion
from handlers.announcement_texts import chat
from handlers.audience import Audience
from handlers.officials import Official, Role
from storage import announcements as rows
from storage import events, people, tables
from storage.announcements import Announcement
from storage.db import Tx
from storage.events import Event
from storage.people import Person
from tests.conftest import NOW
from tests.console.conftest import Console
from tests.console.officials import AREA
from tests.handlers.filing import BOOK, EVENT, NOTICE, RULES, ZONE, choose, draft

FIELDS: Mapping[str, Any] = {
    "kind": "notice",
    "title": "Phát gạo",
    "text": "Mời bà con đến nhận gạo.",
    "event.type": "training",
    "spread_hours": "0",
}
"""The form of a notice, as it is sent."""
EVENT_FIELDS: dict[str, Any] = dict(FIELDS) | {
    "kind": "event",
    "title": "Tập huấn chăn nuôi gà",
    "event.starts_at": "2026-12-12T08:00",
    "event.ends_at": "2026-12-12T11:00",
    "event.place": "Nhà văn hóa thôn Đông",
    "event.seats": "60",
}


def agree(
    tx: Tx,
    name: str,
    area_code: str | None = AREA,
    purpose: str = "news",
    channel: str = "telegram",
    at: datetime = NOW,
) -> Person:
    """Let somebody come and agree to something."""
    person = people.meet(tx, channel, name, at)
    people.choose_commune(tx, person.resident_id, area_code)
    row = {
        "resident_id": person.resident_id,
        "purpose": purpose,
        "wording": "1",
        "channel": channel,
        "given_at": at,
    }
    tx.execute(sa.insert(tables.consents), row)
    return person


async def make_audience(console: Console, number: int, **given: Any) -> list[Person]:
    """Let several people agree."""
    return await console.database.write(lambda tx: [agree(tx, f"p-{n}", **given) for n in range(number)])


async def file(
    console: Console, by: Official | None = None, base: Mapping[str, object] = NOTICE, **keys: Any
) -> Announcement:
    """File a draft, as an editor of all communes unless told."""
    by = by or await console.add(Role.EDITOR)
    written = draft(base, **keys)
    return await console.database.write(announcements.file, by, written, (), choose, ZONE, NOW)


async def make_event(console: Console, area_code: str | None = AREA, **keys: Any) -> Event:
    """File an invitation and return its session."""
    one = await file(console, None, EVENT, audience={"areas": [area_code] if area_code else []}, **keys)
    event = await console.database.read(events.find_by_announcement, one.id)
    assert event is not None
    return event


async def submit(console: Console, by: Official, one: Announcement, recipients: int = 1000) -> Announcement:
    """Hand it in."""
    return await console.database.write(
        announcement_life.submit, by, one.id, one.version, recipients, RULES, NOW
    )


async def read(console: Console, number: int) -> Announcement:
    """Return an announcement as it stands."""
    return await console.database.read(rows.get, number)


async def begin(console: Console, number: int, status: str = "sending") -> Announcement:
    """Let its sending have begun, with everybody's delivery made."""

    def start(tx: Tx) -> Announcement:
        seen = rows.change(tx, rows.get(tx, number), {"status": "sending", "started_at": NOW})
        event = events.find_by_announcement(tx, number)
        wanted = Audience.parse(seen.audience, BOOK)
        message = chat(seen, event, ZONE, "")
        while expansion.expand_next(tx, seen, wanted, message, RULES, audience.always, NOW, 1000):
            pass
        return rows.change(tx, rows.get(tx, number), {"status": status})

    return await console.database.write(start)


async def end(
    console: Console, number: int, status: str, reason: str | None = None, **columns: object
) -> None:
    """Let every delivery that is queued have ended so."""
    ended = {"status": status, "reason": reason, "finished_at": NOW} | columns
    queued = (tables.outbox.c.announcement_id == number, tables.outbox.c.status == "queued")
    await console.database.write(lambda tx: tx.execute(sa.update(tables.outbox).where(*queued).values(ended)))
