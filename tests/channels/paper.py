"""Pigeons with paper: a channel that nobody has, which is its adapter and nothing else.

The post office below is the platform: it brings a sheet again until it is told that it was taken.
"""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.channels import render
from bot.channels.base import Failure, Health, NotNow, Reception, SendFailed, State
from handlers.messages import Address, Inbound, IncomingFile, Outbound, clean

NAME: Final = "paper"
SHEET_UTF16: Final = 1500


class PostOffice:
    """Where pigeons fly from and to. `fails`: how coming flights end."""

    def __init__(self) -> None:
        self.open = True
        self.received: list[tuple[str, Outbound]] = []
        self.fails: list[SendFailed] = []
        self.waiting: list[Sheet] = []
        self.changed = asyncio.Event()
        self.numbers = itertools.count()

    def post(self, sheet: "Sheet") -> None:
        """Somebody sends a sheet."""
        self.waiting.append(sheet)
        self.changed.set()


@dataclass(frozen=True)
class Sheet:
    """What a pigeon brings."""

    number: str
    sender: str
    text: str = ""
    pressed: str | None = None
    files: tuple[IncomingFile, ...] = field(default=())


class PaperChannel:
    """Pigeons as `bot.channels.base.Channel`."""

    name = NAME

    def __init__(self, office: PostOffice, reception: Reception, now: Callable[[], datetime]) -> None:
        self._office, self._reception, self._now = office, reception, now
        self._fetching: asyncio.Task[None] | None = None

    def shape(self, message: Outbound) -> list[Outbound]:
        """Cut to what a pigeon carries."""
        return render.split(message, SHEET_UTF16)

    async def send(self, address: str, message: Outbound) -> str | None:
        """Let one fly. Raises SendFailed."""
        if not self._office.open:
            raise SendFailed(Failure.RETRY, "the post office is closed")
        if self._office.fails:
            failure = self._office.fails.pop(0)
            if failure.kind is Failure.UNKNOWN:
                self._office.received.append((address, message))
            raise failure
        self._office.received.append((address, message))
        return f"flight-{next(self._office.numbers)}"

    def health(self) -> Health:
        """Say whether the post office is open."""
        return Health(State.OK if self._office.open else State.UNREACHABLE)

    async def start(self) -> None:
        """Begin to fetch."""
        self._fetching = asyncio.create_task(self._fetch())

    async def stop(self) -> None:
        """Fetch nothing more; what is being taken in is finished."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    async def close(self) -> None:
        """Nothing to let go of."""

    async def _fetch(self) -> None:
        while True:
            while self._office.waiting:
                sheet = self._office.waiting[0]
                address = Address(NAME, sheet.sender)
                inbound = Inbound(
                    address,
                    f"paper:{sheet.number}",
                    self._now(),
                    clean(sheet.text),
                    sheet.pressed,
                    sheet.files,
                )
                try:
                    await self._reception.receive(inbound)
                except NotNow:
                    await asyncio.sleep(0.01)
                    continue
                self._office.waiting.pop(0)
            self._office.changed.clear()
            await self._office.changed.wait()
