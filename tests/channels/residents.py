"""A resident on each channel, seen alike: says something, presses a button, sends a photo, reads what comes back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

import aiohttp

from handlers.messages import FileKind, IncomingFile
from tests.channels.paper import PostOffice, Sheet
from tests.fakes import zalo_server
from tests.fakes.telegram_server import FakeTelegram
from tests.fakes.telegram_server import Person as TelegramPerson
from tests.fakes.zalo_server import FakeZalo
from tests.fakes.zalo_webhooks import ZaloWebhooks

Settle = Callable[[], Awaitable[None]]
"""Waits until what came in had its turn and what it brought about has left."""


@dataclass(frozen=True)
class Seen:
    """A message as the person sees it."""

    text: str
    labels: tuple[str, ...]


class Resident(Protocol):
    """Somebody with a phone. `expect`: how many messages come back; a channel that cuts them may bring more."""

    async def say(self, text: str, expect: int) -> list[Seen]:
        """Write, and read what comes."""

    async def press(self, label: str, expect: int) -> list[Seen]:
        """Press the newest button with this label, and read what comes."""

    async def photo(self, content: bytes, caption: str, expect: int) -> list[Seen]:
        """Send a photo with words below it, and read what comes."""

    async def wait(self, expect: int) -> list[Seen]:
        """Read what comes by itself."""


class WebResident:
    """Somebody on the web page, by its own interface."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/api/chat/messages"
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._payloads: dict[str, str] = {}
        self._newest = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self._session.close()

    async def say(self, text: str, expect: int) -> list[Seen]:
        """Write, and read the answers."""
        return await self._post(expect, json={"text": text})

    async def press(self, label: str, expect: int) -> list[Seen]:
        """Press the newest button with this label."""
        return await self._post(expect, json={"payload": self._payloads[label]})

    async def photo(self, content: bytes, caption: str, expect: int) -> list[Seen]:
        """Send a photo with words below it."""
        form = aiohttp.FormData({"text": caption}, default_to_multipart=True)
        form.add_field("file", content, filename="anh.jpg", content_type="image/jpeg")
        return await self._post(expect, data=form)

    async def wait(self, expect: int) -> list[Seen]:
        """Ask until it is there, as the page does where nothing is pushed."""
        async with asyncio.timeout(20):
            while True:
                async with self._session.get(self._url, params={"after": self._newest}) as answer:
                    messages = [m for m in (await answer.json())["messages"] if m["from"] == "bot"]
                if len(messages) >= expect:
                    return self._read(messages)
                await asyncio.sleep(0.02)

    def session_id(self) -> str:
        """Return the session as the signed cookie carries it, without its signature."""
        return next(c.value.partition(".")[0] for c in self._session.cookie_jar if c.key == "hc_session")

    async def _post(self, expect: int, **body: object) -> list[Seen]:
        async with self._session.post(self._url, **body) as answer:  # type: ignore[arg-type]  # json or data
            assert answer.status == 200, await answer.text()
            seen = self._read((await answer.json())["messages"])
        assert len(seen) == expect, seen
        return seen

    def _read(self, messages: list[dict[str, object]]) -> list[Seen]:
        seen = []
        for message in messages:
            buttons, number, text = message["buttons"], message["id"], message["text"]
            assert isinstance(buttons, list)
            assert isinstance(number, int)
            self._newest = max(self._newest, number)
            self._payloads |= {b["label"]: b["payload"] for b in buttons if "payload" in b}
            seen.append(Seen(str(text), tuple(b["label"] for b in buttons)))
        return seen


class TelegramResident:
    """Somebody on Telegram, through the fake Bot API server."""

    def __init__(self, server: FakeTelegram, chat_id: int) -> None:
        self._server = server
        self._person: TelegramPerson = server.user(chat_id)

    async def say(self, text: str, expect: int) -> list[Seen]:
        """Write, and wait for the answers."""
        self._person.say(text)
        return await self.wait(expect)

    async def press(self, label: str, expect: int) -> list[Seen]:
        """Press the newest button with this label."""
        self._person.press(label)
        return await self.wait(expect)

    async def photo(self, content: bytes, caption: str, expect: int) -> list[Seen]:
        """Send a photo, which the server keeps for the bot to fetch."""
        file_id = self._server.keep_file(content)
        size = {"file_id": file_id, "file_unique_id": "u", "width": 60, "height": 40}
        self._person.send(photo=[{**size, "file_size": len(content)}], caption=caption)
        return await self.wait(expect)

    async def wait(self, expect: int) -> list[Seen]:
        """Wait for so many messages."""
        messages = [await self._person.next_message() for _ in range(expect)]
        return [Seen(m.text, tuple(m.labels)) for m in messages]


class ZaloResident:
    """Somebody on Zalo: what they do comes by the signed webhook, what they read leaves by the OA's interface."""

    def __init__(
        self,
        server: FakeZalo,
        webhooks: ZaloWebhooks,
        user_id: str,
        settle: Settle,
        now: Callable[[], datetime],
    ) -> None:
        """Args: webhooks: of which the time begins in 1970. now: the time everywhere."""
        self._server, self._webhooks, self._settle, self._now = server, webhooks, settle, now
        self._person: zalo_server.Person = server.person(user_id)
        self._read = 0

    async def say(self, text: str, expect: int) -> list[Seen]:
        """Write, and wait for the answers."""
        self._person.say(text)
        return await self._bring(text, expect)

    async def press(self, label: str, expect: int) -> list[Seen]:
        """Press the newest button whose title stands for this label."""
        titles = [title for m in reversed(self._person.received) for title in m.labels]
        title = next((t for t in titles if is_label(t, label)), None)
        assert title is not None, f"no button {label!r}; the newest are {titles[:12]}"
        return await self._bring(self._person.press(title), expect)

    async def photo(self, content: bytes, caption: str, expect: int) -> list[Seen]:
        """Send a photo, which lies at Zalo for a while."""
        url = self._server.keep_media("anh.jpg", content)
        self._person.say(caption)
        self._webhooks.now_s = self._now().timestamp()
        attachment = {"type": "image", "payload": {"url": url, "thumbnail": url}}
        self._webhooks.attach("user_send_image", [attachment], caption, self._person.user_id)
        await self._webhooks.deliver()
        return await self._answers(expect)

    async def wait(self, expect: int) -> list[Seen]:
        """Wait for so many messages, and what belongs to them."""
        await self._server.until(lambda: len(self._person.received) >= self._read + expect)
        return await self._answers(expect)

    async def fill_form(self, name: str, phone: str, expect: int, *, older: bool = False) -> list[Seen]:
        """Fill in the form that came last, and read what comes."""
        assert self._person.received[-1].kind == "request_user_info"
        self._person.interact()
        self._webhooks.now_s = self._now().timestamp()
        sent = self._webhooks.submit(name, phone, self._person.user_id, older=older)
        await self._webhooks.deliver()
        assert sent.status == 200
        return await self._answers(expect)

    async def _bring(self, text: str, expect: int) -> list[Seen]:
        self._webhooks.now_s = self._now().timestamp()
        sent = self._webhooks.say(text, self._person.user_id)
        await self._webhooks.deliver()
        assert sent.status == 200
        return await self._answers(expect)

    async def _answers(self, expect: int) -> list[Seen]:
        await self._settle()
        seen = [Seen(m.text, tuple(m.labels)) for m in self._person.received[self._read :]]
        self._read += len(seen)
        assert len(seen) >= expect, seen
        return seen


class PaperResident:
    """Somebody who keeps pigeons."""

    def __init__(self, office: PostOffice, name: str, settle: Settle) -> None:
        self._office, self._name, self._settle = office, name, settle
        self._read = 0

    async def say(self, text: str, expect: int) -> list[Seen]:
        """Write, and wait for the answers."""
        return await self._send(Sheet(self._number(), self._name, text), expect)

    async def press(self, label: str, expect: int) -> list[Seen]:
        """Tick the newest box with this label."""
        boxes = [b for _, m in reversed(self._office.received) for b in m.buttons if b.label == label]
        return await self._send(Sheet(self._number(), self._name, pressed=boxes[0].payload), expect)

    async def photo(self, content: bytes, caption: str, expect: int) -> list[Seen]:
        """Send a print; where it lies is all that the pigeon tells."""
        file = IncomingFile(FileKind.PHOTO, size=len(content), ref="drawer-1")
        return await self._send(Sheet(self._number(), self._name, caption, files=(file,)), expect)

    async def wait(self, expect: int) -> list[Seen]:
        """Wait for so many messages."""
        async with asyncio.timeout(20):
            while len(self._office.received) < self._read + expect:
                await asyncio.sleep(0.005)
        await self._settle()
        seen = [
            Seen(m.text, tuple(b.label for b in m.buttons)) for _, m in self._office.received[self._read :]
        ]
        self._read += len(seen)
        return seen

    def _number(self) -> str:
        return str(next(self._office.numbers))

    async def _send(self, sheet: Sheet, expect: int) -> list[Seen]:
        self._office.post(sheet)
        return await self.wait(expect)


def is_label(shown: str, label: str) -> bool:
    """Say whether a button is this one, as a channel may show it: whole, or cut and marked as cut."""
    return shown == label or (shown.endswith("…") and label.startswith(shown[:-1].rstrip()))


def poster(url: str) -> Callable[[bytes, Mapping[str, str]], Awaitable[int]]:
    """Return what posts an event of Zalo's there (tests.fakes.zalo_webhooks.Post)."""

    async def post(body: bytes, headers: Mapping[str, str]) -> int:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            return answer.status

    return post
