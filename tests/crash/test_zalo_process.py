"""Zalo by a real process: webhook in, OpenAPI out, tokens from the OAuth server; and with Telegram's server dead."""

import asyncio
import socket
import statistics
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from tests.channels.residents import WebResident
from tests.databases import put_migrated_sqlite
from tests.fakes.zalo_oauth import APP_ID, APP_SECRET, FakeOAuth
from tests.fakes.zalo_server import FakeZalo, Message
from tests.fakes.zalo_webhooks import OA_SECRET, PERSON, ZaloWebhooks
from tests.process import Process

pytestmark = pytest.mark.slow

QUESTION = "thu nhập bao nhiêu thì được coi là hộ nghèo"
ANSWER = "1.500.000 đồng"
ROUNDS = 7


@dataclass
class Town:
    """The service, and all of Zalo around it."""

    process: Process
    api: FakeZalo
    oauth: FakeOAuth
    webhooks: ZaloWebhooks

    async def ready(self) -> None:
        """Wait until Zalo's channel works."""
        async with asyncio.timeout(30), aiohttp.ClientSession() as session:
            while True:
                async with session.get(f"{self.process.url}/readyz") as answer:
                    if (await answer.json())["channels"]["zalo"] == "ok":
                        return
                await asyncio.sleep(0.05)

    async def say(self, text: str, person: str = PERSON, *, at_s: float = 0.0) -> None:
        """Write on the phone; returns once the webhook has taken it."""
        sent = self.webhooks.say(text, person, msg_id=self.api.person(person).say(text), at_s=at_s)
        assert await self.webhooks.try_one(sent) == 200

    async def read_until(self, read: Callable[[list[str]], bool], person: str = PERSON) -> list[Message]:
        """Wait until what a person has read in all is such; returns it."""
        received = self.api.person(person).received
        await self.api.until(lambda: bool(received) and read([message.text for message in received]))
        return list(received)


@asynccontextmanager
async def town(folder: Path, **settings: str) -> AsyncIterator[Town]:
    """Start all of it; the token comes by the seed of the settings."""
    folder.mkdir()
    async with AsyncExitStack() as stack:
        oauth = await stack.enter_async_context(FakeOAuth(lambda: datetime.now(UTC)))
        api = await stack.enter_async_context(FakeZalo(now=datetime.now(UTC)))
        api.is_good = oauth.is_good
        process = Process(
            folder,
            put_migrated_sqlite(folder),
            ZALO_APP_ID=APP_ID,
            ZALO_APP_SECRET=APP_SECRET,
            ZALO_OA_SECRET=OA_SECRET,
            ZALO_REFRESH_TOKEN=oauth.give().refresh,
            ZALO_OAUTH_URL=oauth.url,
            ZALO_API_URL=api.url,
            ZALO_RATE="1000",
            **settings,
        )
        stack.push_async_callback(process.clean_up)
        session = await stack.enter_async_context(aiohttp.ClientSession())

        async def post(body: bytes, headers: Mapping[str, str]) -> int:
            async with session.post(f"{process.url}/webhooks/zalo", data=body, headers=headers) as answer:
                return answer.status

        await process.start()
        one = Town(process, api, oauth, ZaloWebhooks(post, int(time.time() * 1000)))
        await one.ready()
        yield one


async def test_what_is_asked_is_answered_once_whatever_the_webhook_brings_besides(tmp_path: Path) -> None:
    async with town(tmp_path / "one") as one:
        await one.say(QUESTION)
        await one.read_until(lambda said: ANSWER in said[-1])

        # Brought again; of an earlier time; our own messages coming back, and one of them as if by hand; receipts.
        again = one.webhooks.sent[0]
        assert await one.webhooks.try_one(again) == 200
        # Turns of one person follow each other: once this is answered, so is all that came before.
        await one.say("xin chào", at_s=-60)
        said = await one.read_until(lambda said: ANSWER not in said[-1])
        for number, message in enumerate(said):
            one.webhooks.official_writes(message.text, PERSON, message.message_id, by_hand=number == 0)
            one.webhooks.receipt(PERSON, message.message_id, seen=True)
        await one.webhooks.deliver()
        assert await one.process.stop() == 0

        await one.process.start()
        await one.ready()
        assert await one.webhooks.try_one(again) == 200
        await one.say(QUESTION)
        said = await one.read_until(lambda said: ANSWER in said[-1])
        assert await one.process.stop() == 0
        assert [ANSWER in message.text for message in said].count(True) == 2
        assert said == one.api.person(PERSON).received
        assert one.api.refused == []
        assert len(one.oauth.refreshes) == 1
        log = one.process.log.read_text()
        for secret in (PERSON, APP_SECRET, OA_SECRET, *(p.access for p in one.oauth.pairs), QUESTION):
            assert secret not in log


async def _ask_both(one: Town, number: int) -> tuple[float, float]:
    """Ask once on Zalo and once in the web chat; returns how many seconds each took to say something."""
    person = f"24688332{number}"
    began = time.perf_counter()
    await one.say(QUESTION, person)
    await one.read_until(bool, person)
    on_zalo = time.perf_counter() - began
    async with WebResident(one.process.url) as resident:
        began = time.perf_counter()
        await resident.say(QUESTION, 2)
        return on_zalo, time.perf_counter() - began


async def test_with_telegram_s_server_dead_zalo_and_the_web_chat_keep_their_times(tmp_path: Path) -> None:
    """Services side by side, asked in turn: whatever else the machine does befalls all of them."""
    async with AsyncExitStack() as stack:
        towns = {"none": await stack.enter_async_context(town(tmp_path / "none"))}
        for name in ("closed", "hanging"):
            server = stack.enter_context(socket.socket())
            server.bind(("127.0.0.1", 0))
            if name == "hanging":  # taken in by the kernel, and answered by nobody
                server.listen()
            dead = {
                "TELEGRAM_BOT_TOKEN": f"1:{'t' * 35}",
                "TELEGRAM_API_URL": f"http://127.0.0.1:{server.getsockname()[1]}",
            }
            towns[name] = await stack.enter_async_context(town(tmp_path / name, **dead))
        zalo: dict[str, list[float]] = {name: [] for name in towns}
        web: dict[str, list[float]] = {name: [] for name in towns}
        for number in range(1 + ROUNDS):
            for name, one in towns.items():
                on_zalo, on_web = await _ask_both(one, number)
                if number:  # the first one warms up
                    zalo[name].append(on_zalo)
                    web[name].append(on_web)
    for times in (zalo, web):
        middle = {name: statistics.median(several) for name, several in times.items()}
        print({name: f"{seconds * 1000:.0f} ms" for name, seconds in middle.items()})
        assert middle["closed"] <= 3 * middle["none"], times
        assert middle["hanging"] <= 3 * middle["none"], times
