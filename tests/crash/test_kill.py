"""kill -9 at named points, and at random ones, with a real process: nothing accepted is lost, nothing answered twice
but replies marked `repeated`, and of those at most one per person and kill.
"""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from storage.crypto import Vault
from storage.db import Database
from storage.tables import inbound, outbox
from tests.crash.child import POINTS
from tests.databases import SECRET
from tests.fakes.telegram_server import FakeTelegram, Fault
from tests.process import Process

pytestmark = pytest.mark.slow
# How a message came in makes no difference any more once it is committed.
NAMED = [*((point, "polling") for point in POINTS), ("before-commit", "webhook"), ("after-commit", "webhook")]


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


async def _start(folder: Path, url: str, telegram: FakeTelegram, mode: str) -> Process:
    return Process(
        folder,
        url,
        TELEGRAM_BOT_TOKEN=telegram.token,
        TELEGRAM_API_URL=telegram.url,
        TELEGRAM_MODE=mode,
        TELEGRAM_RATE="1000",
    )


async def _rows(url: str, query: sa.Select[Any]) -> list[Any]:
    database = Database(url, Vault(SECRET))
    try:
        return await database.read(lambda tx: list(tx.execute(query).all()))
    finally:
        await database.close()


def _sent(telegram: FakeTelegram) -> Counter[tuple[int, object]]:
    """Count what the server accepted, by person and text."""
    return Counter(
        (int(str(call.params["chat_id"])), call.params["text"])
        for call in telegram.called("sendMessage")
        if call.status == 200
    )


async def _settle(url: str, patience_s: float = 20) -> None:
    """Wait until nothing is queued any more."""
    query = sa.select(sa.func.count()).where(outbox.c.status == "queued")
    async with asyncio.timeout(patience_s):
        while (await _rows(url, query))[0][0]:
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(("point", "mode"), NAMED)
async def test_kill_at_a_named_point_loses_nothing_and_doubles_nothing(
    tmp_path: Path, telegram: FakeTelegram, point: str, mode: str
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'hai-chieu.db'}"
    person = telegram.user(7)
    process = await _start(tmp_path, url, telegram, mode)
    try:
        await process.start(("-m", "tests.crash.child", point, "1"))
        person.say("xin chào")
        assert await process.ended() == -signal.SIGKILL

        await process.start()
        await telegram.until(lambda: bool(person.received), 20)
        await _settle(url)

        taken = await _rows(url, sa.select(inbound.c.outcome))
        rows = await _rows(url, sa.select(outbox.c.status, outbox.c.repeated))
        assert [r.outcome for r in taken] == ["done"]
        assert [r.status for r in rows] == ["sent"]
        times = sum(_sent(telegram).values())
        assert times == (2 if point == "after-call" else 1)
        assert rows[0].repeated is (point in ("after-attempt", "after-call"))
        assert await process.stop() == 0
    finally:
        await process.clean_up()


@pytest.mark.parametrize("seed", [1])
async def test_kills_at_random_moments_under_a_stream_of_messages(
    tmp_path: Path, telegram: FakeTelegram, seed: int
) -> None:
    """Ten people write twelve messages each while the process is killed four times."""
    chance = random.Random(seed)
    url = f"sqlite+aiosqlite:///{tmp_path / 'hai-chieu.db'}"
    telegram.latency_s = 0.02
    people = [telegram.user(100 + n) for n in range(10)]
    process = await _start(tmp_path, url, telegram, "polling")
    kills = 4
    try:
        for _ in range(kills):
            await process.start()
            for _ in range(3):
                for person in people:
                    person.say("dừng")
            await asyncio.sleep(chance.uniform(0.01, 0.5))
            await process.kill()
        await process.start()
        said = kills * 3 * len(people)
        async with asyncio.timeout(60):
            while (await _rows(url, sa.select(sa.func.count()).select_from(inbound)))[0][0] < said:
                await asyncio.sleep(0.1)
        await _settle(url, 60)

        rows = await _rows(
            url, sa.select(outbox.c.address_id, outbox.c.status, outbox.c.repeated, outbox.c.id)
        )
        # A reply that was killed in both its attempts is honestly unknown; anything else has arrived.
        assert all(r.status == "sent" or (r.status == "unknown" and r.repeated) for r in rows)
        # Every message was answered (the first of a person twice: greeting and answer).
        assert len(rows) == said + len(people)
        marked = Counter(r.address_id for r in rows if r.repeated)
        assert all(number <= kills for number in marked.values())
        per_person = Counter(chat for chat, _text in _sent(telegram).elements())
        for person in people:
            extra = per_person[person.chat_id] - (kills * 3 + 1)
            assert 0 <= extra <= kills
        assert sum(per_person.values()) - len(rows) <= sum(marked.values())
    finally:
        await process.clean_up()


async def test_stopping_sends_what_is_in_flight_and_ends_within_ten_seconds(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'hai-chieu.db'}"
    person = telegram.user(7)
    process = await _start(tmp_path, url, telegram, "webhook")
    try:
        await process.start()
        telegram.script("sendMessage", Fault(delay_s=1.0))
        person.say("xin chào")
        await telegram.until(lambda: 200 in telegram.webhook_answers, 20)

        async with asyncio.timeout(10):
            assert await process.stop() == 0

        assert sum(_sent(telegram).values()) == 1
        rows = await _rows(url, sa.select(outbox.c.status, outbox.c.repeated))
        assert [(r.status, r.repeated) for r in rows] == [("sent", False)]
    finally:
        await process.clean_up()
