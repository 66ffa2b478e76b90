"""What the tests of every channel go by: a reception that takes messages, and a platform that a test turns."""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot.channels.base import Channel, Failure, NotNow
from handlers.conversation import Receipt
from handlers.messages import Address, Inbound
from tests.channels.wall import Wall

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
PERSON = "246845883529"


def now() -> datetime:
    return NOW


def letters(text: str) -> str:
    """Return a text without the spaces at which it may be cut."""
    return re.sub(r"\s", "", text)


class Book:
    """A reception that takes each message once (bot.channels.base.StoringReception).

    `refusals`: so many messages cannot be stored. `open`: cleared, what is brought is not committed yet.
    """

    def __init__(self, folder: Path) -> None:
        """Args: folder: where files lie that leave."""
        self.wall = Wall(folder)
        self.taken: list[Inbound] = []
        self.tries = self.refusals = 0
        self.open = asyncio.Event()
        self.open.set()

    async def keep(self, inbound: Inbound) -> bool:
        self.tries += 1
        if self.refusals:
            self.refusals -= 1
            raise NotNow("the database cannot be used just now")
        await self.open.wait()
        fresh = inbound.external_id not in [i.external_id for i in self.taken]
        if fresh:
            self.taken.append(inbound)
        return fresh

    async def receive(self, inbound: Inbound) -> Receipt:
        return Receipt(await self.keep(inbound), None, None, (), ())

    async def ignore(self, channel: str, external_id: str) -> None: ...

    async def set_reachable(
        self, address: Address, *, reachable: bool, at: datetime | None = None
    ) -> None: ...

    async def receipt(
        self, channel: str, platform_ids: Sequence[str], *, seen: bool, at: datetime
    ) -> None: ...

    async def human_wrote(self, address: Address, at: datetime, message_id: str | None = None) -> None: ...

    async def heard(self, address: Address, at: datetime) -> None: ...


class Platform(ABC):
    """A platform with a channel to it. Nothing here waits for the channel but `settled`."""

    channel: Channel
    address = PERSON
    wall: Wall
    """What lies on our disk."""
    token = ""
    more = ""
    """What stands above buttons that found no place below their text."""
    pushes = True
    """Messages are sent to it; otherwise it fetches them."""

    @abstractmethod
    def bring(self, text: str) -> None:
        """A person writes."""

    @abstractmethod
    def press(self, payload: str) -> None:
        """A person presses a button."""

    @abstractmethod
    def bring_again(self) -> None:
        """The platform brings the last message once more, as it does when it is not sure."""

    @abstractmethod
    def pending(self) -> int:
        """Return how many messages it will bring (again)."""

    def received(self) -> list[tuple[str, list[str]]]:
        """Return what the person got: texts, and labels below."""
        return []

    def documents(self) -> list[tuple[str, bytes]]:
        """Return the documents that the person got: name and content."""
        return []

    async def break_(self, failure: Failure) -> None:
        """Let the next message sent end so; RETRY: nobody answers any more."""
        raise AssertionError("nothing is sent here")

    async def settled(self) -> None:
        """Wait until it has nothing more to bring."""
        async with asyncio.timeout(10):
            while self.pending():
                await asyncio.sleep(0.002)
