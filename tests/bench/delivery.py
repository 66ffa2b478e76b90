"""Announcements through the whole engine: as fast as it goes, under Telegram's budget, and beside a resident's question."""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import sqlalchemy as sa
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.settings import TelegramSettings
from bot.clock import clock
from bot.config import load
from bot.delivery.budget import Budget
from bot.delivery.engine import Engine
from bot.metrics import Metrics
from bot.wiring import IN_FLIGHT
from handlers.sending_rules import SendingRules
from storage import facts, schema
from storage.crypto import Vault
from storage.db import Database, Tx
from storage.tables import outbox
from tests.bench.bot_api import TOKEN, Served, served
from tests.bench.report import Report
from tests.conftest import SECRET
from tests.fakes.telegram_reception import RecordingReception
from tests.process import Process
from tests.town import FIRST_CHAT, TEXT, announce, statuses

RULES = SendingRules(ZoneInfo("Asia/Ho_Chi_Minh"), quiet=None)
UNTHROTTLED = 100_000
TELEGRAM_RATE = 30
YARDSTICK_AT_ONCE = 64
YARDSTICK_COMMITS = 100
THROTTLED_S = 12
QUESTION = "thu nhap bao nhieu thi duoc coi la ho ngheo"
QUESTIONS = 40


async def run(report: Report, folder: Path, size: int) -> None:
    """Measure each beside its yardstick; 20,000 messages where the others do 1,000."""
    await _as_fast_as_it_goes(report, folder, size * 20)
    await _with_latency(report, folder, size * 10)
    await _under_the_budget(report, folder)
    await _beside_a_question(report, folder, size * 50)


async def _as_fast_as_it_goes(report: Report, folder: Path, number: int) -> None:
    bare = library = engine = grown = 0.0
    async with served() as api:
        for round_ in range(2):
            bare = max(bare, await _gather_rate(api, folder / f"bare-{round_}.db", number, _over_aiohttp))
            loop = await _gather_rate(api, folder / f"aiogram-{round_}.db", number, _over_aiogram)
            library = max(library, loop)
            rate, grown = await _engine_rate(api, folder / f"engine-{round_}.db", number, UNTHROTTLED)
            engine = max(engine, rate)
    report.figure("delivery: bare aiohttp gather loop, status column after the call", bare, "per second")
    report.figure("delivery: aiogram gather loop, status column after the call", library, "per second")
    report.figure("delivery: engine, attempt committed before the call", engine, "per second")
    report.figure(f"delivery: memory grown while {number:,} left, from the first tenth on", grown, "MiB")
    report.ratio(
        "delivery, unthrottled / aiogram's gather loop with a status column",
        engine / library,
        1.0,
        "as many messages, without a row before the call: after a kill some would get theirs twice",
    )
    report.ratio(
        "delivery, unthrottled / a bare gather loop with a status column",
        engine / bare,
        None,
        "the same over aiohttp alone, without a bot library",
    )
    report.ratio(
        "8 MiB / memory grown while an announcement leaves",
        8 / max(grown, 0.01),
        1.0,
        "the same for however many recipients",
    )


async def _with_latency(report: Report, folder: Path, number: int) -> None:
    async with served(latency_ms=80) as api:
        rate, _ = await _engine_rate(api, folder / "latency.db", number, UNTHROTTLED)
    report.figure("delivery: engine, each call takes 80 ms", rate, "per second")
    report.ratio(
        "delivery where each call takes 80 ms / 1,000 a second",
        rate / 1000,
        1.0,
        f"{IN_FLIGHT} calls at once, a tenth of them kept for replies",
    )


async def _under_the_budget(report: Report, folder: Path) -> None:
    for name, latency_ms, jitter_ms, floor in (("no latency", 0, 0, 0.97), ("80 ± 60 ms", 80, 60, 0.9)):
        number = TELEGRAM_RATE * THROTTLED_S
        async with served(latency_ms, jitter_ms, TELEGRAM_RATE) as api:
            rate, _ = await _engine_rate(api, folder / f"throttled-{latency_ms}.db", number, TELEGRAM_RATE)
            _, refused = await api.log()
        report.figure(f"delivery: at {TELEGRAM_RATE}/s, {name}", rate, "per second")
        report.figure(f"delivery: at {TELEGRAM_RATE}/s, {name}: answered 429", refused, "times")
        report.ratio(
            f"delivery under Telegram's budget, {name} / {TELEGRAM_RATE} a second",
            0.0 if refused else rate / TELEGRAM_RATE,
            floor,
            "against a server that keeps an exact sliding window; 0 if it refused a single message",
        )


async def _beside_a_question(report: Report, folder: Path, number: int) -> None:
    async with served(80, 60, TELEGRAM_RATE) as api:
        p95 = await _question_p95(api, folder, number)
    report.figure(f"delivery: a question during {number:,} announcements, p95", p95 * 1000, "ms")
    report.ratio(
        "1 s / a resident's question during an announcement, p95",
        1 / p95,
        1.0,
        "from the webhook to the answer at Telegram, at 30/s and 80 ± 60 ms",
    )


# -- the yardstick


Send = Callable[[int], Awaitable[None]]


@asynccontextmanager
async def _over_aiohttp(api: Served) -> AsyncIterator[Send]:
    url = f"{api.url}/bot{TOKEN}/sendMessage"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=YARDSTICK_AT_ONCE)) as session:

        async def send(chat: int) -> None:
            body = {"chat_id": chat, "text": TEXT, "parse_mode": "HTML"}
            async with session.post(url, json=body) as answer:
                assert (await answer.json())["ok"]

        yield send


@asynccontextmanager
async def _over_aiogram(api: Served) -> AsyncIterator[Send]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(api.url), limit=YARDSTICK_AT_ONCE)
    bot = Bot(TOKEN, session=session)

    async def send(chat: int) -> None:
        await bot.send_message(chat, TEXT, parse_mode="HTML")

    try:
        yield send
    finally:
        await session.close()


async def _gather_rate(
    api: Served, file: Path, number: int, over: Callable[[Served], AbstractAsyncContextManager[Send]]
) -> float:
    """Send as a script would: gather, and a status column written a hundred at a time."""
    with sqlite3.connect(file, check_same_thread=False, isolation_level=None) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE recipients (id INTEGER PRIMARY KEY, chat INTEGER, status TEXT)")
        db.execute("BEGIN")
        rows = [(n + 1, FIRST_CHAT + n) for n in range(number)]
        db.executemany("INSERT INTO recipients VALUES (?, ?, 'queued')", rows)
        db.execute("COMMIT")
        async with over(api) as send:
            took = await _gather(send, db, rows)
        sent = db.execute("SELECT count(*) FROM recipients WHERE status = 'sent'").fetchone()[0]
        assert sent == number
    db.close()
    return number / took


async def _gather(send: Send, db: sqlite3.Connection, rows: list[tuple[int, int]]) -> float:
    room = asyncio.Semaphore(YARDSTICK_AT_ONCE)
    writing = asyncio.Lock()
    done: list[tuple[int]] = []

    def write(ids: list[tuple[int]]) -> None:
        db.execute("BEGIN")
        db.executemany("UPDATE recipients SET status = 'sent' WHERE id = ?", ids)
        db.execute("COMMIT")

    async def flush(least: int) -> None:
        async with writing:
            if len(done) >= least:
                ids = done[:]
                done.clear()
                await asyncio.to_thread(write, ids)

    async def send_one(row_id: int, chat: int) -> None:
        async with room:
            await send(chat)
            done.append((row_id,))
            if len(done) >= YARDSTICK_COMMITS:
                await flush(YARDSTICK_COMMITS)

    began = time.perf_counter()
    await asyncio.gather(*(send_one(*row) for row in rows))
    await flush(1)
    return time.perf_counter() - began


# -- the engine


async def _engine_rate(api: Served, file: Path, number: int, rate: float) -> tuple[float, float]:
    """Deliver one announcement; returns messages a second, and by how many MiB memory grew after the first tenth."""
    before = len((await api.log())[0])
    async with (
        _announced(file, number) as (database, announcement_id),
        _engine(database, api, rate) as engine,
    ):
        began = time.perf_counter()
        running = asyncio.create_task(engine.run())
        # They leave in the order of their ids; counting them all would keep a core from what is measured.
        first = await database.read(_first_id, announcement_id)
        while await database.read(_is_queued, first + number // 10):
            await asyncio.sleep(0.1)
        early = _resident_bytes()
        while await database.read(_is_queued, first + number - 1):
            await asyncio.sleep(0.1)
        while (await database.read(statuses, announcement_id)).get("queued"):
            await asyncio.sleep(0.1)
        took = time.perf_counter() - began
        grown = _resident_bytes() - early
        assert await database.read(statuses, announcement_id) == {"sent": number}
        await engine.stop(5)
        await running
    taken = sorted(at for at, _ in (await api.log())[0][before:])
    assert len(taken) == number
    if rate < UNTHROTTLED:
        # As the server saw them, without the first window: that one is empty at first, and flatters.
        steady = taken[int(rate) :]
        return (len(steady) - 1) / (steady[-1] - steady[0]), grown / 2**20
    return number / took, grown / 2**20


@asynccontextmanager
async def _announced(file: Path, number: int) -> AsyncIterator[tuple[Database, int]]:
    database = Database(f"sqlite+aiosqlite:///{file}", Vault(SECRET))
    await database.write(schema.upgrade)
    await database.write(facts.claim_key)
    announcement_id = await database.write(announce, number, datetime.now(UTC))
    try:
        yield database, announcement_id
    finally:
        await database.close()


@asynccontextmanager
async def _engine(database: Database, api: Served, rate: float) -> AsyncIterator[Engine]:
    settings = TelegramSettings(TOKEN, "polling", api.url, "http://127.0.0.1", "secret")
    channel = TelegramChannel(settings, RecordingReception(), clock())
    try:
        yield Engine(database, channel, Budget(rate, IN_FLIGHT), "bench", clock(), Metrics(), RULES)
    finally:
        await channel.close()


def _first_id(tx: Tx, announcement_id: int) -> int:
    first: int = tx.execute(
        sa.select(sa.func.min(outbox.c.id)).where(outbox.c.announcement_id == announcement_id)
    ).scalar_one()
    return first


def _is_queued(tx: Tx, delivery_id: int) -> bool:
    return tx.execute(sa.select(outbox.c.status).where(outbox.c.id == delivery_id)).scalar() == "queued"


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


# -- a resident's question


async def _question_p95(api: Served, folder: Path, number: int) -> float:
    """Ask the whole service while it announces; returns how long the answer took to reach Telegram, in seconds."""
    file = folder / "question.db"
    async with _announced(file, number):
        pass
    service = Process(
        folder,
        f"sqlite+aiosqlite:///{file}",
        TELEGRAM_BOT_TOKEN=TOKEN,
        TELEGRAM_API_URL=api.url,
        TELEGRAM_MODE="webhook",
        TELEGRAM_RATE=str(TELEGRAM_RATE),
        QUIET_HOURS="",
    )
    asked: dict[int, float] = {}
    try:
        await service.start()
        secret = load({"SECRET_KEY": SECRET}).telegram_webhook_secret
        headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
        async with aiohttp.ClientSession(headers=headers) as session:
            while len((await api.log())[0]) < TELEGRAM_RATE * 2:
                await asyncio.sleep(0.2)
            for n in range(QUESTIONS):
                asked[n + 1] = time.time()
                await _ask(session, service.url, n + 1)
                await asyncio.sleep(0.3)
            await asyncio.sleep(3)
        taken, refused = await api.log()
    finally:
        await service.stop()
        await service.clean_up()
    assert not refused
    first: dict[int, float] = {}
    for at, chat in taken:
        first.setdefault(chat, at)
    took = sorted(first[chat] - at for chat, at in asked.items())
    return took[len(took) * 95 // 100]


async def _ask(session: aiohttp.ClientSession, url: str, chat: int) -> None:
    person = {"id": chat, "is_bot": False, "first_name": "Tư"}
    where = {"id": chat, "type": "private", "first_name": "Tư"}
    message = {"message_id": chat, "date": int(time.time()), "from": person, "chat": where, "text": QUESTION}
    update = json.dumps({"update_id": chat, "message": message})
    async with session.post(f"{url}/webhooks/telegram", data=update) as answer:
        assert answer.status == 200
