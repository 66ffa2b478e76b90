"""Each channel with its platform, turned by a test in the same way: bring, bring again, press, break, and look."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.base import Failure, SendFailed
from bot.channels.telegram.channel import WEBHOOK_PATH as TELEGRAM_PATH
from bot.channels.telegram.channel import TelegramChannel, TelegramSettings
from bot.channels.webchat.channel import WebChat, WebSettings
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.message import MORE, to_query
from bot.channels.zalo.webhook import WEBHOOK_PATH
from bot.files import Shelf
from tests.browser.memory import Memory
from tests.channels.contract import NOW, PERSON, Book, Platform, now
from tests.channels.paper import PaperChannel, PostOffice, Sheet
from tests.channels.test_telegram_polling import SHORT
from tests.channels.zalo_out import OA_SECRET, Naps, Tokens, settings
from tests.fakes import telegram_server, zalo_server
from tests.fakes.telegram_server import FakeTelegram
from tests.fakes.zalo_server import FakeZalo
from tests.fakes.zalo_webhooks import ZaloWebhooks
from tests.process import free_port


class Posting(Platform):
    """A platform that posts one message after the other, each until it is answered 200."""

    def __init__(self, client: TestClient[Any, Any]) -> None:
        self.client = client
        self._queue: list[Callable[[], Any]] = []
        self._last: Callable[[], Any] | None = None
        self.poster = asyncio.create_task(self._post())

    def pending(self) -> int:
        return len(self._queue)

    def bring_again(self) -> None:
        assert self._last is not None
        self._queue.append(self._last)

    def _add(self, post: Callable[[], Any]) -> None:
        self._last = post
        self._queue.append(post)

    async def _post(self) -> None:
        while True:
            if self._queue and await self._queue[0]() == 200:
                self._queue.pop(0)
            await asyncio.sleep(0.002)


class Web(Posting):
    """The page of the web chat, whose script sends again what was not answered."""

    pushes = False

    def __init__(self, channel: WebChat, client: TestClient[Any, Any]) -> None:
        super().__init__(client)
        self.channel = channel
        self._number = 0

    def bring(self, text: str) -> None:
        self._send({"text": text})

    def press(self, payload: str) -> None:
        self._send({"payload": payload})

    def _send(self, body: dict[str, str]) -> None:
        self._number += 1
        body["client_id"] = f"c{self._number}"

        async def post() -> int:
            async with self.client.post("/api/chat/messages", json=body) as answer:
                return answer.status

        self._add(post)


class Zalo(Posting):
    """An OA."""

    token, more = zalo_server.TOKEN, MORE

    def __init__(self, channel: ZaloChannel, client: TestClient[Any, Any], server: FakeZalo) -> None:
        super().__init__(client)
        self.channel, self.server = channel, server
        self.person = server.person(PERSON)
        self.person.interact()
        self._hooks = ZaloWebhooks(self._deliver, int(NOW.timestamp() * 1000), secret=OA_SECRET)

    async def _deliver(self, body: bytes, headers: Any) -> int:
        async with self.client.post(WEBHOOK_PATH, data=body, headers=headers) as answer:
            return answer.status

    def bring(self, text: str) -> None:
        sent = self._hooks.say(text, PERSON)
        self._add(lambda: self._hooks.try_one(sent))

    def press(self, payload: str) -> None:
        self.bring(to_query(payload))

    def received(self) -> list[tuple[str, list[str]]]:
        return [(m.text, m.labels) for m in self.person.received]

    def documents(self) -> list[tuple[str, bytes]]:
        return [(m.file_name, m.file or b"") for m in self.person.received if m.kind == "file"]

    async def break_(self, failure: Failure) -> None:
        code = {Failure.BLOCKED: -244, Failure.THROTTLED: -32, Failure.REFUSED: -210}.get(failure)
        if failure is Failure.RETRY:
            await self.server.stop()
        elif code is not None:
            self.server.fault("v3.0/oa/message/cs", zalo_server.Fault(code=code))
        else:
            self.server.fault("v3.0/oa/message/cs", zalo_server.Fault(accept=True, drop=True))


class Telegram(Platform):
    """A bot, polling or with a webhook."""

    token = telegram_server.TOKEN

    def __init__(self, channel: TelegramChannel, server: FakeTelegram) -> None:
        self.channel, self.server = channel, server
        self.person = server.user(int(PERSON))
        self._last: dict[str, Any] = {}

    def bring(self, text: str) -> None:
        self._inject({"message": self.person.message(text=text)})

    def press(self, payload: str) -> None:
        origin = {"message_id": 1, "date": 1, "chat": self.person.chat, "text": "…"}
        query = {"id": "1", "from": self.person.user, "message": origin, "chat_instance": "1"}
        self._inject({"callback_query": {**query, "data": payload}})

    def _inject(self, update: dict[str, Any]) -> None:
        self._last = {**update, "update_id": self.server.inject(update)}

    def bring_again(self) -> None:
        self.server.inject(self._last)

    def pending(self) -> int:
        return self.server.pending

    def received(self) -> list[tuple[str, list[str]]]:
        return [(m.text, m.labels) for m in self.person.received]

    def documents(self) -> list[tuple[str, bytes]]:
        return [m.document for m in self.person.received if m.document is not None]

    async def break_(self, failure: Failure) -> None:
        answers = {
            Failure.BLOCKED: (403, "Forbidden: bot was blocked by the user", None),
            Failure.THROTTLED: (429, "Too Many Requests: retry after 3", 3.0),
            Failure.REFUSED: (400, "Bad Request: message is too long", None),
        }
        if failure is Failure.RETRY:
            await self.server.stop()
        elif failure in answers:
            code, description, after = answers[failure]
            fault = telegram_server.Fault(code=code, description=description, retry_after=after)
            self.server.script("sendMessage", fault)
        else:
            self.server.script("sendMessage", telegram_server.Fault(accept=True, drop=True))


class Paper(Platform):
    """A post office."""

    def __init__(self, channel: PaperChannel, office: PostOffice) -> None:
        self.channel, self.office = channel, office
        self._last: Sheet | None = None

    def bring(self, text: str) -> None:
        self._send(text, None)

    def press(self, payload: str) -> None:
        self._send("", payload)

    def _send(self, text: str, payload: str | None) -> None:
        self._last = Sheet(str(next(self.office.numbers)), PERSON, text, payload)
        self.office.post(self._last)

    def bring_again(self) -> None:
        assert self._last is not None
        self.office.post(self._last)

    def pending(self) -> int:
        return len(self.office.waiting)

    def received(self) -> list[tuple[str, list[str]]]:
        return [(m.text, [b.label for b in m.buttons]) for _, m in self.office.received]

    def documents(self) -> list[tuple[str, bytes]]:
        return [
            (one.name, self.wall.path(one.file).read_bytes())
            for _, message in self.office.received
            for one in message.files
        ]

    async def break_(self, failure: Failure) -> None:
        if failure is Failure.RETRY:
            self.office.open = False
        else:
            self.office.fails.append(SendFailed(failure, "as the post office says"))


# -- opening each


@asynccontextmanager
async def _served(
    routes: Sequence[web.AbstractRouteDef], port: int | None = None
) -> AsyncIterator[TestClient[Any, Any]]:
    app = web.Application()
    app.add_routes(routes)
    async with TestClient(TestServer(app, port=port), cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        yield client


@asynccontextmanager
async def open_web(book: Book) -> AsyncIterator[Platform]:
    page = WebSettings(b"k" * 32, (), "http://127.0.0.1:8080", "Chào")
    with TemporaryDirectory() as folder:
        channel = WebChat(page, book, Memory(), Shelf(Path(folder)), now)
        async with _served(channel.routes()) as client:
            platform = Web(channel, client)
            yield platform
            platform.poster.cancel()


@asynccontextmanager
async def open_zalo(book: Book) -> AsyncIterator[Platform]:
    async with FakeZalo(now=NOW) as server:
        channel = ZaloChannel(settings(server.url), book, Tokens(), now, gallery=book.wall, sleep=Naps())
        async with _served(channel.routes()) as client:
            platform = Zalo(channel, client, server)
            yield platform
            platform.poster.cancel()


@asynccontextmanager
async def open_polling(book: Book) -> AsyncIterator[Platform]:
    async with FakeTelegram() as server:
        telegram = TelegramSettings(telegram_server.TOKEN, "polling", server.url)
        yield Telegram(TelegramChannel(telegram, book, now, pace=SHORT, gallery=book.wall), server)


@asynccontextmanager
async def open_webhook(book: Book) -> AsyncIterator[Platform]:
    port = free_port()
    async with FakeTelegram() as server:
        url = f"http://127.0.0.1:{port}{TELEGRAM_PATH}"
        telegram = TelegramSettings(telegram_server.TOKEN, "webhook", server.url, url, "a-secret")
        channel = TelegramChannel(telegram, book, now, pace=SHORT, gallery=book.wall)
        async with _served(channel.routes(), port):
            yield Telegram(channel, server)


@asynccontextmanager
async def open_paper(book: Book) -> AsyncIterator[Platform]:
    office = PostOffice()
    yield Paper(PaperChannel(office, book, now), office)


OPEN = {
    "web": open_web,
    "polling": open_polling,
    "webhook": open_webhook,
    "zalo": open_zalo,
    "paper": open_paper,
}
