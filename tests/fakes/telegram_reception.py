"""A reception that remembers what it was brought, for tests of one channel without the rest of the house."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from handlers.conversation import Receipt
from handlers.messages import Address, Inbound


class RecordingReception:
    """Takes everything once, unless told otherwise.

    `refusals` are raised one after the other, before anything is taken; `hold` keeps a person's messages waiting.
    """

    def __init__(self) -> None:
        self.received: list[Inbound] = []
        self.ignored: list[str] = []
        self.reachable: list[tuple[Address, bool]] = []
        self.refusals: list[Exception] = []
        self.at_work_peak: dict[str, int] = {}
        self.tries = 0
        self._at_work: dict[str, int] = {}
        self._held: dict[str, asyncio.Event] = {}
        self._changed = asyncio.Event()

    async def receive(self, inbound: Inbound) -> Receipt:
        self.tries += 1
        self._pulse()
        who = inbound.address.value
        with self._counted(who):
            self._refuse()
            if who in self._held:
                await self._held[who].wait()
            await asyncio.sleep(0)
            fresh = inbound.external_id not in [taken.external_id for taken in self.received]
            if fresh:
                self.received.append(inbound)
        self._pulse()
        return Receipt(fresh, None, None, (), ())

    async def ignore(self, channel: str, external_id: str) -> None:
        assert channel == "telegram"
        self._refuse()
        self.ignored.append(external_id)
        self._pulse()

    async def set_reachable(self, address: Address, *, reachable: bool, at: datetime | None = None) -> None:
        self._refuse()
        self.reachable.append((address, reachable))
        self._pulse()

    def hold(self, person: str) -> None:
        """Keep this person's messages from being taken until `let_go`."""
        self._held[person] = asyncio.Event()

    def let_go(self, person: str) -> None:
        self._held.pop(person).set()

    def at_work(self, person: str) -> int:
        """Return how many of this person's messages are being taken at this moment."""
        return self._at_work.get(person, 0)

    @property
    def texts(self) -> list[str]:
        return [inbound.text for inbound in self.received]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something here has become true. Raises TimeoutError."""
        async with asyncio.timeout(5):
            while not condition():
                await self._changed.wait()

    def _refuse(self) -> None:
        if self.refusals:
            raise self.refusals.pop(0)

    @contextmanager
    def _counted(self, who: str) -> Iterator[None]:
        self._at_work[who] = self._at_work.get(who, 0) + 1
        self.at_work_peak[who] = max(self.at_work_peak.get(who, 0), self._at_work[who])
        self._pulse()
        try:
            yield
        finally:
            self._at_work[who] -= 1

    def _pulse(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
