"""An announcement while what is ours has trouble: the clock, the disk, the database. Nothing twice, nothing forgotten."""

import asyncio
import resource
import sqlite3 as driver
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.clock import clock
from bot.delivery import engine as engine_module
from bot.delivery.budget import Budget
from bot.delivery.engine import Engine
from bot.metrics import Metrics
from handlers.sending_rules import SendingRules
from storage.db import Database
from storage.errors import StorageError
from storage.tables import residents
from tests.bot.channel import ScriptedChannel
from tests.conftest import NOW
from tests.storage.builders import EMPTIED, on_postgresql
from tests.town import announce, statuses

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED

pytestmark = pytest.mark.slow
RECIPIENTS = 150
RULES = SendingRules(ZoneInfo("Asia/Ho_Chi_Minh"), quiet=None)


class Office:
    """The engine over a scripted channel, with a clock that can be set."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.channel = ScriptedChannel()
        self.ahead = timedelta(0)
        self._clock = clock(NOW)
        self.engine = Engine(database, self.channel, Budget(300, 16), "here", self.now, Metrics(), RULES)
        self.announcement_id = 0
        self._running: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        return self._clock() + self.ahead

    async def begin(self) -> None:
        self.announcement_id = await self.database.write(announce, RECIPIENTS, self.now(), channel="scripted")
        self._running = asyncio.create_task(self.engine.run())
        await self.channel.until(lambda: len(self.channel.sent) >= 10)

    async def check(self) -> None:
        """Everybody got it, once."""
        async with asyncio.timeout(30):
            while (found := await self.database.read(statuses, self.announcement_id)).get("queued"):
                await asyncio.sleep(0.02)
        assert found == {"sent": RECIPIENTS}
        assert len(self.channel.calls) == len(set(self.channel.calls)) == RECIPIENTS

    async def stop(self) -> None:
        await self.engine.stop(1)
        if self._running is not None:
            await self._running


@pytest.fixture
async def office(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setattr(engine_module, "CLAIM_EVERY_S", 0.02)
    monkeypatch.setattr(engine_module, "RECOVER_EVERY_S", 0.02)
    monkeypatch.setattr(engine_module, "STORAGE_PAUSE_S", 0.05)
    office = Office(database)
    yield office
    await office.stop()


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(minutes=5)], ids=["back", "forward"])
async def test_a_clock_that_jumps(office: Office, jump: timedelta) -> None:
    """Forward, all leases seem over, also those of calls under way; back, they last too long. Neither matters here."""
    await office.begin()
    office.channel.gate.clear()
    await office.channel.until(lambda: office.channel.in_flight > 0)
    office.ahead = jump
    await asyncio.sleep(0.2)
    office.channel.gate.set()
    if jump < timedelta(0):
        # What was not claimed yet is due only when the clock has caught up.
        await asyncio.sleep(0.1)
        office.ahead = timedelta(0)

    await office.check()


async def test_a_database_that_somebody_else_has_locked(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.db.BUSY_TIMEOUT_MS", 50)
    monkeypatch.setattr(engine_module, "STORAGE_PAUSE_S", 0.05)
    office = Office(sqlite)
    try:
        await office.begin()
        await _hold(sqlite, 0.6)
        await office.check()
    finally:
        await office.stop()


async def _hold(database: Database, seconds: float) -> None:
    def hold() -> driver.Connection:
        other = driver.connect(str(database.file), timeout=20, check_same_thread=False, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        return other

    other = await asyncio.to_thread(hold)
    await asyncio.sleep(seconds)
    other.execute("ROLLBACK")
    other.close()


async def test_a_full_disk(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files may not grow past what they are already: to SQLite the same as a disk without room."""
    monkeypatch.setattr(engine_module, "STORAGE_PAUSE_S", 0.05)
    office = Office(sqlite)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        await office.begin()
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
        try:
            with pytest.raises(StorageError):
                await sqlite.write(
                    lambda tx: tx.execute(sa.update(residents).values(name_sealed=b"x" * 4096))
                )
            await asyncio.sleep(0.4)
            left = len(office.channel.calls)
            await asyncio.sleep(0.2)
            assert len(office.channel.calls) == left < RECIPIENTS
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        await office.check()
    finally:
        await office.stop()


@on_postgresql
async def test_postgresql_that_is_restarted(database: Database, office: Office) -> None:
    """Its connections end in the middle of everything, as with a restart. A commit may have been cut off, then those
    attempts are unknown; nobody else's delivery suffers."""
    await office.begin()
    end = sa.text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    for _ in range(5):
        await asyncio.sleep(0.05)
        await database.read(lambda tx: tx.execute(end).scalar_one())

    # Leases of attempts whose commit nobody heard of end in a minute: by a clock that is set.
    async with asyncio.timeout(30):
        while (found := await database.read(statuses, office.announcement_id)).get("queued"):
            await asyncio.sleep(0.05)
            if len(office.channel.sent) + 32 >= RECIPIENTS:
                office.ahead = timedelta(minutes=3)
    assert set(found) <= {"sent", "unknown"}
    assert sum(found.values()) == RECIPIENTS
    assert found.get("unknown", 0) <= 16 * 5
    assert len(office.channel.calls) == len(set(office.channel.calls))
