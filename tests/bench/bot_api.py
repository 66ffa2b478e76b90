"""A Bot API server that only takes messages, in a process of its own: `python -m tests.bench.bot_api PORT …`.

It answers after a latency, and over so many messages in any second it answers 429: an exact sliding window. A GET of
`/log` tells when each message was taken, and how many were not.
"""

import argparse
import asyncio
import gc
import random
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from tests.process import free_port

TOKEN = "123456:" + "T" * 35


class BotApi:
    def __init__(self, latency_ms: float, jitter_ms: float, rate: int) -> None:
        self._latency_s, self._jitter_s, self._rate = latency_ms / 1000, jitter_ms / 1000, rate
        self._chance = random.Random(7)
        self._recent: deque[float] = deque()
        self._taken: list[tuple[float, int]] = []
        self._refused = 0

    async def call(self, request: web.Request) -> web.Response:
        """Take any call; only messages count."""
        if request.match_info["method"] != "sendMessage":
            return web.json_response({"ok": True, "result": True})
        as_json = request.content_type == "application/json"
        params = await request.json() if as_json else await request.post()
        chat = int(str(params["chat_id"]))
        late = self._chance.random()
        wait = self._latency_s + (2 * late - 1) * self._jitter_s
        # It counts somewhere between begin and end of the call.
        before = wait * self._chance.random()
        if before > 0:
            await asyncio.sleep(before)
        now = time.time()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        taken = not self._rate or len(self._recent) < self._rate
        if taken:
            self._recent.append(now)
            self._taken.append((now, chat))
        else:
            self._refused += 1
        if wait > before:
            await asyncio.sleep(wait - before)
        if not taken:
            body = {"ok": False, "error_code": 429, "parameters": {"retry_after": 1}}
            return web.json_response(body, status=429)
        head = {"message_id": len(self._taken), "date": int(now), "chat": {"id": chat, "type": "private"}}
        return web.json_response({"ok": True, "result": head})

    async def log(self, _: web.Request) -> web.Response:
        """Tell all."""
        return web.json_response({"taken": self._taken, "refused": self._refused})


@dataclass(frozen=True)
class Served:
    """A running server. `taken`: time and chat of each message."""

    url: str

    async def log(self) -> tuple[list[tuple[float, int]], int]:
        """Return what was taken, and how many messages were refused."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/log") as answer:
            body = await answer.json()
        return [(at, chat) for at, chat in body["taken"]], body["refused"]


@asynccontextmanager
async def served(latency_ms: float = 0, jitter_ms: float = 0, rate: int = 0) -> AsyncIterator[Served]:
    """Run a server for the length of a block."""
    port = free_port()
    options = [str(port), str(latency_ms), str(jitter_ms), str(rate)]
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench.bot_api", *options)
    try:
        async with asyncio.timeout(90):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    break
        yield Served(f"http://127.0.0.1:{port}")
    finally:
        child.kill()
        await child.wait()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("latency_ms", type=float)
    parser.add_argument("jitter_ms", type=float)
    parser.add_argument("rate", type=int)
    options = parser.parse_args()
    api = BotApi(options.latency_ms, options.jitter_ms, options.rate)
    gc.collect()
    gc.freeze()
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", api.call)
    app.router.add_get("/log", api.log)
    web.run_app(app, host="127.0.0.1", port=options.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
