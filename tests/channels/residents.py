"""A resident on each channel, seen alike: says something, presses a button, reads what comes back."""

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import aiohttp

from tests.fakes.telegram_server import FakeTelegram, Person


@dataclass(frozen=True)
class Seen:
    """A message as the person sees it."""

    text: str
    labels: tuple[str, ...]


class Resident(Protocol):
    """Somebody with a phone."""

    async def say(self, text: str, expect: int) -> list[Seen]:
        """Write, and read so many messages."""

    async def press(self, label: str, expect: int) -> list[Seen]:
        """Press the newest button with this label, and read so many messages."""


class WebResident:
    """Somebody on the web page, by its own interface."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/api/chat/messages"
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._payloads: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self._session.close()

    async def say(self, text: str, expect: int) -> list[Seen]:
        """Write, and read the answers."""
        return await self._post({"text": text}, expect)

    async def press(self, label: str, expect: int) -> list[Seen]:
        """Press the newest button with this label."""
        return await self._post({"payload": self._payloads[label]}, expect)

    def session_id(self) -> str:
        """Return the session as the signed cookie carries it, without its signature."""
        return next(c.value.partition(".")[0] for c in self._session.cookie_jar if c.key == "hc_session")

    async def _post(self, body: dict[str, str], expect: int) -> list[Seen]:
        async with self._session.post(self._url, json=body) as answer:
            assert answer.status == 200, await answer.text()
            messages = (await answer.json())["messages"]
        for message in messages:
            self._payloads |= {b["label"]: b["payload"] for b in message["buttons"] if "payload" in b}
        seen = [Seen(m["text"], tuple(b["label"] for b in m["buttons"])) for m in messages]
        assert len(seen) == expect, seen
        return seen


class TelegramResident:
    """Somebody on Telegram, through the fake Bot API server."""

    def __init__(self, server: FakeTelegram, chat_id: int) -> None:
        self._person: Person = server.user(chat_id)

    async def say(self, text: str, expect: int) -> list[Seen]:
        """Write, and wait for the answers."""
        self._person.say(text)
        return await self._read(expect)

    async def press(self, label: str, expect: int) -> list[Seen]:
        """Press the newest button with this label."""
        self._person.press(label)
        return await self._read(expect)

    async def _read(self, expect: int) -> list[Seen]:
        messages = [await self._person.next_message() for _ in range(expect)]
        return [Seen(m.text, tuple(m.labels)) for m in messages]
