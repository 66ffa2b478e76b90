"""An announcement through the engine and the real channel, while Telegram's server has every kind of trouble.

Whatever happens: each person's delivery has one end, nobody hears it twice, and nobody is forgotten.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.channels.telegram.channel import TelegramChannel, TelegramSettings
from bot.clock import clock
from bot.delivery import engine as engine_module
from bot.delivery.budget import Budget
from bot.delivery.engine import Engine
from bot.metrics import Metrics
from handlers.sending_rules import SendingRules
from storage.db import Database
from tests.fakes.telegram_reception import RecordingReception
from tests.fakes.telegram_server import TOKEN, FakeTelegram, Fault
from tests.process import free_port
from tests.town import announce, statuses

pytestmark = pytest.mark.slow
RECIPIENTS = 150
RULES = SendingRules(ZoneInfo("Asia/Ho_Chi_Minh"), quiet=None)


class Office:
    """The engine, the channel, and how everything stands."""

    def __init__(self, database: Database, url: str) -> None:
        self.database = database
        self.channel = TelegramChannel(
            TelegramSettings(TOKEN, "polling", url), RecordingReception(), lambda: datetime.now(UTC)
        )
        self.engine = Engine(database, self.channel, Budget(2000, 32), "here", clock(), Metrics(), RULES)
        self.announcement_id = 0
        self._running: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        self.announcement_id = await self.database.write(announce, RECIPIENTS, datetime.now(UTC))
        self._running = asyncio.create_task(self.engine.run())

    async def until_over(self) -> dict[str, int]:
        async with asyncio.timeout(30):
            while (found := await self.standing()).get("queued"):
                await asyncio.sleep(0.02)
        return found

    async def standing(self) -> dict[str, int]:
        return await self.database.read(statuses, self.announcement_id)

    async def stop(self) -> None:
        await self.engine.stop(1)
        if self._running is not None:
            await self._running
        await self.channel.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses, so that the test does not wait for them."""
    monkeypatch.setattr(engine_module, "CLAIM_EVERY_S", 0.02)
    monkeypatch.setattr(engine_module, "EVERYBODY_PAUSE_S", 0.1)
    monkeypatch.setattr("bot.delivery.policy.FIRST_WAIT_S", 0.1)


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(any_chat=True, latency_s=0.01) as fake:
        yield fake


@pytest.fixture
async def office(sqlite: Database, fake: FakeTelegram, quick: None) -> AsyncIterator[Office]:
    office = Office(sqlite, fake.url)
    yield office
    await office.stop()


def heard(fake: FakeTelegram) -> Counter[int]:
    """Count what people have on their phones."""
    return Counter({chat: len(person.received) for chat, person in fake._people.items() if person.received})


def calls(fake: FakeTelegram) -> Counter[str]:
    return Counter(str(call.params["chat_id"]) for call in fake.called("sendMessage"))


async def test_a_server_that_is_down_for_a_while(sqlite: Database, quick: None) -> None:
    """Nobody was connected to: surely not sent, so everybody gets it later."""
    port = free_port()
    office = Office(sqlite, f"http://127.0.0.1:{port}")
    fake = FakeTelegram(any_chat=True)
    try:
        await office.begin()
        await asyncio.sleep(0.5)
        assert await office.standing() == {"queued": RECIPIENTS}
        await fake.start(port)

        assert await office.until_over() == {"sent": RECIPIENTS}
        assert set(heard(fake).values()) == {1}
    finally:
        await office.stop()
        await fake.stop()


async def test_bursts_of_429(office: Office, fake: FakeTelegram) -> None:
    """Everybody waits, nobody is held to blame, everybody gets it."""
    fake.script("sendMessage", *(Fault(times=12, code=429, retry_after=1) for _ in range(2)))
    await office.begin()

    assert await office.until_over() == {"sent": RECIPIENTS}
    assert set(heard(fake).values()) == {1}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(times=20, code=502, body="<html>Bad Gateway</html>"),
        Fault(times=20, code=500, description="Internal Server Error: restart"),
        Fault(times=20, body="garbage", code=200),
        Fault(times=20, drop=True),
        Fault(times=20, drop=True, accept=True),
        Fault(times=20, code=504, accept=True),
    ],
    ids=["502", "500", "garbage", "drop", "accept then drop", "accept then 504"],
)
async def test_when_nobody_can_tell_it_is_unknown_and_not_sent_again(
    office: Office, fake: FakeTelegram, fault: Fault
) -> None:
    fake.script("sendMessage", fault)
    await office.begin()

    assert await office.until_over() == {"sent": RECIPIENTS - 20, "unknown": 20}
    assert set(calls(fake).values()) == {1}
    assert sum(heard(fake).values()) == RECIPIENTS - (0 if fault.accept else 20)


async def test_a_slow_server_only_takes_longer(office: Office, fake: FakeTelegram) -> None:
    fake.script("sendMessage", Fault(times=40, delay_s=0.5))
    await office.begin()

    assert await office.until_over() == {"sent": RECIPIENTS}
    assert set(heard(fake).values()) == {1}


async def test_those_who_stopped_the_bot_are_told_apart(office: Office, fake: FakeTelegram) -> None:
    for n in range(5):
        fake.user(1_000_000 + n * 7).blocked = True
    await office.begin()

    assert await office.until_over() == {"sent": RECIPIENTS - 5, "blocked": 5}
    assert set(calls(fake).values()) == {1}
