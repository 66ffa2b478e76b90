"""A web chat that is being served, for the tests of its parts."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp.test_utils import TestClient

from bot.channels.webchat.channel import WebChat
from handlers.messages import Address
from tests.browser.memory import Memory

MESSAGES, EVENTS = "/api/chat/messages", "/api/chat/events"
KEY = b"tests-only-" + b"k" * 21


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_s(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Chat:
    """A web chat that is being served, and a browser in front of it."""

    def __init__(self, memory: Memory, clock: Clock, web_chat: WebChat, client: TestClient[Any, Any]) -> None:
        self.memory, self.clock, self.web_chat, self.client = memory, clock, web_chat, client

    async def say(self, text: str = "bhyt", client_id: str | None = None, **fields: object) -> dict[str, Any]:
        answer = await self.client.post(MESSAGES, json={"text": text, "client_id": client_id} | fields)
        assert answer.status == 200, await answer.text()
        body: dict[str, Any] = await answer.json()
        return body

    async def status(self, **post: Any) -> int:
        async with self.client.post(MESSAGES, **post) as answer:
            if answer.status >= 400:
                assert (await answer.json())["error"]
            return answer.status

    @property
    def me(self) -> Address:
        return self.memory.people[0]


Serve = Callable[..., Coroutine[Any, Any, Chat]]
