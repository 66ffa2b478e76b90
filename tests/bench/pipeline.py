"""Telegram updates per second through everything, beside a bare handler that only parses the same JSON."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.config import load
from tests.bench.report import Report
from tests.databases import SECRET
from tests.process import Process, free_port

AT_ONCE = 64
TOKEN = "123456:" + "T" * 35
QUESTION = "thu nhap bao nhieu thi duoc coi la ho ngheo"
AS_IT_COMES = "turn: the same statements, async engine as it comes"


async def run(report: Report, folder: Path, size: int) -> None:
    """Measure the bare handler, then the service; each in a process of its own."""
    bare = await _bare_rate(size * 4)
    report.figure("pipeline: bare handler that parses the same JSON", bare, "per second")
    whole, p95_ms = await _whole_rate(folder, size)
    report.figure("pipeline: verify, dedupe, turn, match, commit, reply sent", whole, "per second")
    report.figure("pipeline: webhook answered, p95", p95_ms, "ms")
    report.ratio(
        "whole pipeline / bare handler",
        whole / bare,
        None,
        "what one durable, answered message costs, in units of merely receiving it",
    )
    if AS_IT_COMES in report.figures:
        report.ratio(
            "whole pipeline / statements alone on the async engine as it comes",
            whole / report.figures[AS_IT_COMES],
            0.75,
            "everything a message needs, network and matching included, beside the obvious way's database work alone",
        )


def _update(number: int, chat: int, text: str) -> dict[str, Any]:
    user = {"id": chat, "is_bot": False, "first_name": "Tư"}
    chat_ = {"id": chat, "type": "private", "first_name": "Tư"}
    message = {"message_id": number, "date": int(time.time()), "from": user, "chat": chat_, "text": text}
    return {"update_id": number, "message": message}


async def _post_all(url: str, secret: str, updates: list[dict[str, Any]]) -> list[float]:
    """Post the updates, so many at once; returns how long each answer took, in seconds."""
    bodies = iter([json.dumps(update) for update in updates])
    headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
    took: list[float] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def post() -> None:
            for body in bodies:
                began = time.perf_counter()
                while True:
                    async with session.post(url, data=body, headers=headers) as answer:
                        if answer.status == 200:
                            break
                took.append(time.perf_counter() - began)

        await asyncio.gather(*(post() for _ in range(AT_ONCE)))
    return took


async def _bare_rate(size: int) -> float:
    port = free_port()
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench.bare", str(port))
    try:
        await _until_open(port)
        updates = [_update(n, n, QUESTION) for n in range(size)]
        began = time.perf_counter()
        await _post_all(f"http://127.0.0.1:{port}/", "", updates)
        return size / (time.perf_counter() - began)
    finally:
        child.kill()
        await child.wait()


async def _until_open(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


class _BotApi:
    """Answers every call at once; counts the messages."""

    def __init__(self) -> None:
        self.messages = 0
        self._changed = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        result: object = True
        if method == "getMe":
            result = {"id": 123456, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
        elif method == "sendMessage":
            await request.read()
            self.messages += 1
            self._changed.set()
            result = {"message_id": self.messages, "date": 0, "chat": {"id": 1, "type": "private"}}
        elif method == "getWebhookInfo":
            result = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        return web.json_response({"ok": True, "result": result})

    async def until(self, number: int) -> None:
        async with asyncio.timeout(120):
            while self.messages < number:
                self._changed.clear()
                await self._changed.wait()


async def _whole_rate(folder: Path, size: int) -> tuple[float, float]:
    api = _BotApi()
    app = web.Application()
    app.router.add_route("*", "/bot{token}/{method}", api.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service = Process(
        folder,
        f"sqlite+aiosqlite:///{folder / 'pipeline.db'}",
        TELEGRAM_BOT_TOKEN=TOKEN,
        TELEGRAM_API_URL=f"http://127.0.0.1:{runner.addresses[0][1]}",
        TELEGRAM_MODE="webhook",
        TELEGRAM_RATE="100000",
    )
    secret = load({"SECRET_KEY": SECRET}).telegram_webhook_secret
    url = f"{service.url}/webhooks/telegram"
    try:
        await service.start()
        await _post_all(url, secret, [_update(n, 1000 + n, "/start") for n in range(size)])
        await api.until(size)
        questions = [_update(size + n, 1000 + n, QUESTION) for n in range(size)]
        began = time.perf_counter()
        took = sorted(await _post_all(url, secret, questions))
        await api.until(2 * size)
        return size / (time.perf_counter() - began), took[size * 95 // 100] * 1000
    finally:
        await service.stop()
        await service.clean_up()
        await runner.cleanup()
