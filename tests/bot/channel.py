"""A channel whose every call the test decides, for the engine and the desk."""

import asyncio
from collections.abc import Callable

from bot.channels.base import Health, SendFailed, State
from handlers.messages import Outbound

Answer = Callable[[str, Outbound], SendFailed | None]


class ScriptedChannel:
    """Records what is sent; fails where `fails` says so; waits where `gate` is closed."""

    name = "scripted"

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.sent: list[tuple[str, str]] = []
        self.fails: list[SendFailed] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.in_flight = self.most_in_flight = 0
        self._changed = asyncio.Event()

    def shape(self, message: Outbound) -> list[Outbound]:
        """Carry everything."""
        return [message]

    async def send(self, address: str, message: Outbound) -> str | None:
        """Do what the script says."""
        self.calls.append((address, message.text))
        self.in_flight += 1
        self.most_in_flight = max(self.in_flight, self.most_in_flight)
        self._changed.set()
        try:
            await self.gate.wait()
            if self.fails:
                raise self.fails.pop(0)
        finally:
            self.in_flight -= 1
        self.sent.append((address, message.text))
        self._changed.set()
        return str(len(self.sent))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a call makes the condition true; fails the test after ten seconds."""
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def health(self) -> Health:
        """Always well."""
        return Health(State.OK)

    async def start(self) -> None:
        """Nothing to do."""

    async def stop(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""
