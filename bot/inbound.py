"""A message comes in: one at a time per person, read, taken in one transaction, and only then answered."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.channels.base import NotNow
from bot.clock import Clock
from bot.metrics import Metrics
from handlers import conversation
from handlers.conversation import Carrier, Receipt
from handlers.messages import Address, Inbound, Outbound
from handlers.secrets import Masked
from handlers.turn import Guide, Reading
from storage import messages, people
from storage.db import Database
from storage.errors import StorageError
from storage.outbox import Delivery, Lease

COMMIT_WITHIN_S = 1.5
LEASE = timedelta(seconds=60)

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Way:
    """How a channel's replies leave: handed over to the engine of this process, fetched by browsers, or
    (neither) left in the outbox for a worker elsewhere. `look_for_files`: tells the fetcher of this process that some
    may have come.
    """

    shape: Callable[[Outbound], list[Outbound]]
    hand_over: Callable[[Sequence[Delivery]], None] | None = None
    fetched: bool = False
    look_for_files: Callable[[], None] | None = None


class Desk:
    """Takes in what the channels bring. Implements `channels.base.Reception`."""

    def __init__(
        self, database: Database, guide: Guide, zone: ZoneInfo, owner: str, now: Clock, metrics: Metrics
    ) -> None:
        """Args: owner: under which name this process holds deliveries."""
        self._database = database
        self._guide = guide
        self._zone = zone
        self._owner = owner
        self._now = now
        self._metrics = metrics
        self._locks: dict[Address, _Lock] = {}
        self._ways: dict[str, Way] = {}
        self._turns: set[asyncio.Task[Any]] = set()

    def connect(self, channel: str, way: Way) -> None:
        """Say how a channel's replies leave."""
        self._ways[channel] = way

    async def receive(self, inbound: Inbound) -> Receipt:
        """Take one message; returns once it is committed (or was before) and its replies are on their way.

        Raises NotNow when it could not be committed in time: the platform brings it again. The turn goes on
        all the same, and if it does commit its replies are sent; the repeat then finds it done.
        """
        if not self._guide.signals.learned:
            # In the first seconds after a start; not counted, for nothing is amiss and nobody has to bring it again.
            await asyncio.to_thread(self._guide.signals.learn)
        return await self._in_time(self._take(inbound))

    async def ignore(self, channel: str, external_id: str) -> None:
        """Remember an update that has nothing for us. Raises NotNow."""
        self._metrics.inbound.labels(channel, "ignored").inc()
        await self._in_time(self._database.write(messages.take, channel, external_id, "ignored", self._now()))

    async def set_reachable(self, address: Address, *, reachable: bool) -> None:
        """Note that the person blocked or unblocked us. Raises NotNow."""
        await self._in_time(
            self._database.write(people.set_reachable, address.channel, address.value, reachable, self._now())
        )

    async def drain(self) -> None:
        """Wait for the turns that are under way."""
        if self._turns:
            await asyncio.wait(self._turns)

    async def _in_time(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.ensure_future(work)
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)
        try:
            return await asyncio.wait_for(asyncio.shield(task), COMMIT_WITHIN_S)
        except TimeoutError as exc:
            task.add_done_callback(_consume)
            raise NotNow("no commit in time") from exc
        except StorageError as exc:
            log.error("message not stored", extra={"error": str(exc)})
            raise NotNow("the database cannot be used just now") from exc

    async def _take(self, inbound: Inbound) -> Receipt:
        channel = inbound.address.channel
        with self._metrics.turn_seconds.labels(channel).time():
            async with self._alone(inbound.address):
                receipt = await self._turn(Masked(inbound))
        if (hand_over := self._ways[channel].hand_over) is not None:
            hand_over(receipt.deliveries)
        if inbound.files and (look := self._ways[channel].look_for_files) is not None:
            look()
        return receipt

    async def _turn(self, inbound: Masked) -> Receipt:
        channel, now = inbound.address.channel, self._now()
        way = self._ways[channel]
        held = Lease(self._owner, now + LEASE) if way.hand_over is not None else None
        carrier = Carrier(way.shape, held, way.fetched)
        reading: Reading | None = None
        try:
            guide = self._guide.pinned()
            reading = conversation.read(inbound, guide, now, self._zone)
            receipt = await self._database.write(conversation.receive, inbound, reading, guide, carrier, now)
        except StorageError:
            raise
        except Exception:
            # Stored as failed and answered, so that the platform does not bring it again for a day and block
            # everything this person writes afterwards.
            log.exception("turn failed", extra={"channel": channel})
            self._metrics.inbound.labels(channel, "failed").inc()
            return await self._database.write(conversation.apologise, inbound, reading, carrier, now)
        self._metrics.inbound.labels(channel, "done" if receipt.fresh else "repeated").inc()
        return receipt

    @asynccontextmanager
    async def _alone(self, address: Address) -> AsyncIterator[None]:
        """Let one message of a person in at a time, in the order of arrival; others are not held up."""
        lock = self._locks.setdefault(address, _Lock())
        lock.waiting += 1
        try:
            async with lock.lock:
                yield
        finally:
            lock.waiting -= 1
            if not lock.waiting:
                del self._locks[address]


class _Lock:
    """A lock that knows how many want it, so that it can be dropped when nobody does."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0


def _consume(task: asyncio.Task[Any]) -> None:
    """Log how a turn ended that nobody waited for any more."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("late turn failed", extra={"error": type(error).__name__})
