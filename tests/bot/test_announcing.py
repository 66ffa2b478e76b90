"""The worker's chore: what is due begins, is expanded chunk by chunk, ends; nothing twice, whoever dies or helps."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.announcing import Announcing
from handlers import announcement_life as life
from handlers.announcement_sending import Means
from handlers.messages import Outbound
from storage import announcements, audit
from storage.announcements import Announcement
from storage.db import Database, Tx
from storage.tables import announcements as rows
from storage.tables import consents, outbox
from storage.tables import events as event_rows
from tests.conftest import NOW
from tests.handlers.filing import EVENT, NOTICE, RULES, draft, file, make_editor
from tests.storage.builders import make_person

PUBLIC_URL = "https://haichieu.example.vn"
CHUNK = 3


class Town:
    """Stands in for the audience: everybody gets it, three at a time."""

    def __init__(self, database: Database, now: datetime = NOW) -> None:
        self.database = database
        self.now = now
        self.texts: list[str] = []
        self.dies_at: int | None = None
        self.broken: set[int] = set()

    def worker(self) -> Announcing:
        """Return a worker of this town."""
        means = Means(RULES.zone, PUBLIC_URL, self.expand, self.late, self.withdraw)
        return Announcing(self.database, means, lambda: self.now)

    async def look(self) -> None:
        """Let a worker look once."""
        await self.worker().look()

    def expand(self, tx: Tx, seen: Announcement, message: Outbound, now: datetime, _limit: int) -> bool:
        if seen.id in self.broken:
            raise ValueError("cannot be expanded")
        self.texts.append(message.text)
        people = list(tx.execute(_people(seen.cursor).limit(CHUNK)).scalars())
        self.deliver(tx, seen, people, now)
        if self.dies_at is not None and seen.cursor >= self.dies_at:
            raise SystemError("killed")
        values = {"cursor": people[-1] if people else seen.cursor}
        tx.execute(sa.update(rows).where(rows.c.id == seen.id).values(values))
        return len(people) == CHUNK

    def late(self, tx: Tx, seen: Announcement, message: Outbound, now: datetime, _limit: int) -> bool:
        fresh = tx.execute(
            sa.select(consents.c.id, consents.c.resident_id).where(consents.c.id > seen.late_cursor)
        )
        found = fresh.all()
        self.deliver(tx, seen, [row.resident_id for row in found], now)
        if found:
            values = {"late_cursor": found[-1].id}
            tx.execute(sa.update(rows).where(rows.c.id == seen.id).values(values))
        return False

    def deliver(self, tx: Tx, seen: Announcement, people: Iterable[int], now: datetime) -> None:
        for resident_id in people:
            values = {
                "announcement_id": seen.id,
                "resident_id": resident_id,
                "channel": "telegram",
                "lane": 2,
                "status": "queued",
                "not_before": now,
                "created_at": now,
            }
            tx.execute(sa.insert(outbox), values)

    def withdraw(self, tx: Tx, announcement_id: int, now: datetime, _limit: int) -> bool:
        queued = _deliveries(announcement_id).where(outbox.c.status == "queued").limit(CHUNK)
        ids = list(tx.execute(queued).scalars())
        tx.execute(sa.update(outbox).where(outbox.c.id.in_(ids)).values(status="skipped", finished_at=now))
        return len(ids) == CHUNK

    async def sent_all(self) -> None:
        """Let everything that is queued arrive."""
        await self.database.write(
            lambda tx: (
                tx.execute(
                    sa.update(outbox).where(outbox.c.status == "queued").values(status="sent")
                ).rowcount
            )
        )

    async def status(self, announcement_id: int) -> str:
        return (await self.database.read(announcements.get, announcement_id)).status

    async def counts(self, announcement_id: int) -> dict[str, int]:
        found = await self.database.read(announcements.count_deliveries, announcement_id)
        return {status: number for status, number in found.items() if number}


def _people(after: int) -> sa.Select[Any]:
    residents = sa.table("residents", sa.column("id"))
    return sa.select(residents.c.id).where(residents.c.id > after).order_by(residents.c.id)


def _deliveries(announcement_id: int) -> sa.Select[Any]:
    return sa.select(outbox.c.id).where(outbox.c.announcement_id == announcement_id).order_by(outbox.c.id)


def approved(tx: Tx, /, base: Mapping[str, object] = NOTICE, **keys: object) -> int:
    """File an announcement that is approved at once; returns its id."""
    editor = make_editor(tx)
    filed = file(tx, editor, draft({**base, **keys}))
    return life.submit(tx, editor, filed.id, filed.version, 1, RULES, NOW).id


@pytest.fixture
async def town(database: Database) -> Town:
    """A town of seven people."""
    await database.write(lambda tx: [make_person(tx) for _ in range(7)])
    return Town(database)


async def test_what_is_approved_is_sent_to_everybody_once(town: Town) -> None:
    """Nothing waits for another look; `sent` comes once nothing is queued."""
    one = await town.database.write(approved)

    await town.look()
    assert (await town.status(one), await town.counts(one)) == ("sending", {"queued": 7})
    assert "Mời bà con đến nhận gạo." in town.texts[0]
    await town.sent_all()
    await town.look()

    assert (await town.status(one), await town.counts(one)) == ("sent", {"sent": 7})
    seen = await town.database.read(announcements.get, one)
    assert (seen.started_at, seen.expanded_at, seen.finished_at) == (NOW, NOW, NOW)
    logged = await town.database.read(lambda tx: audit.list_entries(tx, subject_kind="announcement"))
    assert [(e.action, e.official_id) for e in reversed(logged)][-2:] == [
        ("announcement.start", None),
        ("announcement.finish", None),
    ]


async def test_what_is_for_later_begins_at_its_time(town: Town) -> None:
    at = NOW + timedelta(hours=2)
    one = await town.database.write(lambda tx: approved(tx, send_at=at.isoformat()))

    await town.look()
    assert await town.status(one) == "scheduled"
    town.now = at
    await town.look()

    assert await town.status(one) == "sending"


async def test_a_worker_that_dies_in_a_chunk_loses_and_doubles_nobody(town: Town) -> None:
    one = await town.database.write(approved)
    town.dies_at = 1

    await town.look()
    assert await town.counts(one) == {"queued": CHUNK}
    town.dies_at = None
    await town.look()

    assert await town.counts(one) == {"queued": 7}


async def test_two_workers_at_once_give_everybody_one(town: Town) -> None:
    ids = [await town.database.write(approved) for _ in range(3)]

    await asyncio.gather(*(town.look() for _ in range(3)))
    await town.look()

    assert [await town.counts(one) for one in ids] == [{"queued": 7}] * 3


async def test_one_that_fails_keeps_no_other_from_being_sent(town: Town) -> None:
    bad, good = [await town.database.write(approved) for _ in range(2)]
    town.broken = {bad}

    await town.look()

    assert (await town.counts(bad), await town.counts(good)) == ({}, {"queued": 7})
    assert await town.status(bad) == "sending"


async def test_emergencies_are_expanded_first(town: Town) -> None:
    await town.database.write(approved)
    await town.database.write(lambda tx: approved(tx, kind="emergency", text="Nước lên, sơ tán ngay."))

    await town.look()

    assert "Nước lên" in town.texts[0]


async def test_what_is_paused_is_not_expanded_further(town: Town) -> None:
    one = await town.database.write(approved)
    town.dies_at = 1
    await town.look()
    town.dies_at = None
    editor = await town.database.write(make_editor)

    await town.database.write(life.pause, editor, one, NOW)
    await town.look()
    assert await town.counts(one) == {"queued": CHUNK}
    await town.database.write(life.resume, editor, one, NOW)
    await town.look()

    assert await town.counts(one) == {"queued": 7}


async def test_what_is_cancelled_takes_back_what_is_queued(town: Town) -> None:
    one = await town.database.write(approved)
    await town.look()
    editor = await town.database.write(make_editor)

    await town.database.write(life.cancel, editor, one, "nhầm ngày", NOW)
    await town.look()

    assert await town.counts(one) == {"skipped": 7}
    assert (await town.database.read(announcements.get, one)).finished_at == NOW


@pytest.mark.parametrize("begun", [True, False])
async def test_nobody_is_invited_to_what_has_begun_or_was_cancelled(town: Town, begun: bool) -> None:
    """Also when the worker was down until then, or half of it is queued still."""
    waiting, half = [await town.database.write(lambda tx: approved(tx, EVENT)) for _ in range(2)]
    announced = event_rows.c.announcement_id
    await town.database.write(
        lambda tx: announcements.change(
            tx, announcements.get(tx, half), {"status": "sending", "started_at": NOW}
        )
    )
    if begun:
        town.now = datetime.fromisoformat("2026-12-12T08:00+07:00")
    else:
        cancelled = sa.update(event_rows).where(announced.in_((waiting, half))).values(status="cancelled")
        await town.database.write(lambda tx: tx.execute(cancelled).rowcount)

    await town.look()

    assert [await town.status(one) for one in (waiting, half)] == ["cancelled"] * 2
    assert town.texts == []


@pytest.mark.parametrize("late_joiners", [True, False])
async def test_who_comes_late_gets_it_where_that_was_chosen(town: Town, late_joiners: bool) -> None:
    """It is being sent again while theirs is queued."""
    one = await town.database.write(lambda tx: approved(tx, late_joiners=late_joiners))
    await town.look()
    await town.sent_all()
    await town.look()
    assert await town.status(one) == "sent"

    await town.database.write(agree)
    await town.look()
    assert await town.status(one) == ("sending" if late_joiners else "sent")
    await town.sent_all()
    await town.look()

    assert (await town.status(one), await town.counts(one)) == ("sent", {"sent": 7 + late_joiners})


async def test_after_a_week_nobody_comes_late_any_more(town: Town) -> None:
    one = await town.database.write(lambda tx: approved(tx, late_joiners=True))
    await town.look()
    await town.sent_all()
    await town.look()
    await town.database.write(agree)
    town.now = NOW + announcements.LATE_FOR

    await town.look()

    assert await town.counts(one) == {"sent": 7}


def agree(tx: Tx) -> None:
    """Let somebody new agree to be told."""
    values = {
        "resident_id": make_person(tx).resident_id,
        "purpose": "news",
        "wording": "1",
        "channel": "telegram",
        "given_at": NOW,
    }
    tx.execute(sa.insert(consents), values)
