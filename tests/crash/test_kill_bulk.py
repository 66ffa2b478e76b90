"""kill -9 at random moments of an announcement, with one worker and with two: everybody's delivery has one end,
nobody hears it twice, nobody is forgotten, and what is not known is called so.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import facts, schema
from storage.crypto import Vault
from storage.db import Database, opened
from storage.tables import outbox
from tests.conftest import SECRET
from tests.fakes.telegram_server import FakeTelegram
from tests.process import SERVICE, Process
from tests.town import FIRST_CHAT, announce, statuses

pytestmark = pytest.mark.slow
RECIPIENTS = 5000
KILLS = int(
    os.environ.get("KILLS", "4")
)  # in the suite, where time is short; twenty by the command in the README
EVERYTHING = SERVICE  # on SQLite one process does everything
WORKER = (*SERVICE, "--roles", "worker")
MORNING = datetime.fromisoformat("2026-11-23T09:00:00+07:00")
LEASES_OVER = timedelta(minutes=3)
UNKNOWN_AT_MOST = 128  # after a kill, a worker: calls under way and those about to begin


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(any_chat=True, latency_s=0.02) as fake:
        yield fake


def _worker(folder: Path, number: int, url: str, telegram: FakeTelegram) -> Process:
    own = folder / f"worker-{number}"
    own.mkdir()
    return Process(
        own,
        url,
        TELEGRAM_BOT_TOKEN=telegram.token,
        TELEGRAM_API_URL=telegram.url,
        TELEGRAM_RATE="100000",
        QUIET_HOURS="",
    )


async def _attempted(database: Database) -> int:
    query = sa.select(sa.func.count()).where(outbox.c.status == "queued", outbox.c.attempted_at.is_not(None))
    return await database.read(lambda tx: tx.execute(query).scalar_one())


def _called(telegram: FakeTelegram) -> int:
    return len(telegram.called("sendMessage"))


async def _kill_at_random_moments(
    workers: Sequence[Process],
    command: Sequence[str],
    database: Database,
    telegram: FakeTelegram,
    chance: random.Random,
) -> None:
    """Start and kill all workers, as often as it takes; then run one to the end."""
    rounds = KILLS // len(workers)
    a_round = RECIPIENTS // (rounds + 2)
    for round_ in range(rounds):
        # Each time later than the leases of the dead ones last; on SQLite they end with the start anyway.
        now = (MORNING + round_ * LEASES_OVER).isoformat()
        for worker in workers:
            await worker.spawn(command, CLOCK_START=now)
        until = _called(telegram) + chance.randint(1, a_round)
        await telegram.until(lambda until=until: _called(telegram) >= until, 90)  # type: ignore[misc]
        for worker in workers:
            await asyncio.sleep(chance.uniform(0, 0.03))
            await worker.kill()
        assert await _attempted(database) <= UNKNOWN_AT_MOST * len(workers)
    await workers[0].spawn(command, CLOCK_START=(MORNING + rounds * LEASES_OVER).isoformat())


async def _check(database: Database, telegram: FakeTelegram, announcement_id: int) -> None:
    async with asyncio.timeout(120):
        while (await database.read(statuses, announcement_id)).get("queued"):
            await asyncio.sleep(0.1)
    found = await database.read(statuses, announcement_id)
    assert set(found) <= {"sent", "unknown"}
    assert sum(found.values()) == RECIPIENTS
    assert found["unknown"] <= KILLS * UNKNOWN_AT_MOST

    heard = Counter(int(str(call.params["chat_id"])) for call in telegram.called("sendMessage"))
    assert max(heard.values()) == 1
    # Of the unknown ones some heard it and some did not; everybody else did, and each was tried once.
    silent = RECIPIENTS - len(heard)
    assert silent <= found["unknown"]
    rows = await database.read(lambda tx: tx.execute(sa.select(outbox.c.status, outbox.c.attempts)).all())
    assert {r.attempts for r in rows} == {1}
    assert set(heard) <= set(range(FIRST_CHAT, FIRST_CHAT + RECIPIENTS))


async def _play(url: str, number: int, command: Sequence[str], folder: Path, telegram: FakeTelegram) -> None:
    workers = [_worker(folder, n, url, telegram) for n in range(number)]
    async with opened(url, Vault(SECRET)) as database:
        announcement_id = await database.write(announce, RECIPIENTS, MORNING)
        try:
            await _kill_at_random_moments(workers, command, database, telegram, random.Random(11))
            await _check(database, telegram, announcement_id)
            assert await workers[0].stop() == 0
        finally:
            for worker in workers:
                await worker.clean_up()


async def test_one_worker_killed_again_and_again(
    tmp_path: Path, telegram: FakeTelegram, sqlite: Database
) -> None:
    url = sqlite.url.render_as_string(hide_password=False)
    await sqlite.close()

    await _play(url, 1, EVERYTHING, tmp_path, telegram)


async def test_two_workers_killed_again_and_again(
    tmp_path: Path, telegram: FakeTelegram, postgres_database_url: str
) -> None:
    async with opened(postgres_database_url, Vault(SECRET)) as database:
        await database.write(schema.upgrade)
        await database.write(facts.claim_key)

    await _play(postgres_database_url, 2, WORKER, tmp_path, telegram)
