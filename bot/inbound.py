"""A message comes in: one at a time per person, read, taken in one transaction, and only then answered."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.arrivals import KEEP_WITHIN_S, LEFT_AFTER, Arrivals
from bot.channels.base import NotNow
from bot.clock import Clock
from bot.metrics import Metrics
from handlers import conversation, elsewhere, taking_over, waiting
from handlers.conversation import Carrier, Receipt
from handlers.messages import Address, Inbound, Outbound
from handlers.secrets import Masked
from handlers.turn import Guide, Reading
from storage import intake, receipts
from storage.db import Database, Tx
from storage.errors import Conflict, NotFound, StorageError
from storage.outbox import Delivery, Lease

COMMIT_WITHIN_S = 1.5
LEASE = timedelta(seconds=60)
MOST_RECEIPTS = 20_000  # that wait to be written down; more are let go while the database cannot be used

log = logging.getLogger(__name__)
T = TypeVar("T")


def holder(owner: str, channel: str) -> str:
    """Return the name under which a process holds a channel's deliveries, of at most 40 characters.

    One for each channel: what goes elsewhere while an engine has it in memory is claimed by its neighbour.
    """
    return f"{owner}:{channel}"


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


@dataclass(frozen=True, slots=True)
class _Receipts:
    """What a platform said of messages of ours."""

    channel: str
    platform_ids: tuple[str, ...]
    seen: bool
    at: datetime


class Desk:
    """Takes in what the channels bring. Implements `channels.base.StoringReception`."""

    def __init__(
        self, database: Database, guide: Guide, zone: ZoneInfo, owner: str, now: Clock, metrics: Metrics
    ) -> None:
        """Args: owner: names this process, as for its engines."""
        self._database = database
        self._guide = guide
        self._zone = zone
        self._owner = owner
        self._now = now
        self._metrics = metrics
        self._locks: dict[Address, _Lock] = {}
        self._ways: dict[str, Way] = {}
        self._turns: set[asyncio.Task[Any]] = set()
        self._learning: asyncio.Future[None] | None = None
        self._receipts: list[_Receipts] = []
        self._arrivals = Arrivals(database, now, self._alone, self._take_stored)

    def connect(self, channel: str, way: Way) -> None:
        """Say how a channel's replies leave."""
        self._ways[channel] = way

    async def receive(self, inbound: Inbound) -> Receipt:
        """Take one message; returns once it is committed (or was before) and its replies are on their way.

        Raises NotNow when it could not be committed in time: the platform brings it again. The turn goes on
        all the same, and if it does commit its replies are sent; the repeat then finds it done.
        """
        await self._learn()
        return await self._in_time(self._take(inbound))

    async def keep(self, inbound: Inbound) -> bool:
        """Store one message: returns once it is committed, and its turn follows by itself; False: seen before.

        Raises NotNow.
        """
        fresh = await self._arrivals.keep(inbound)
        if not fresh:
            self._metrics.inbound.labels(inbound.address.channel, "repeated").inc()
        return fresh

    async def take_up(self, *, left_since: timedelta | None = LEFT_AFTER) -> None:
        """Give their turn to messages that were stored, and left by a process that died."""
        await self._arrivals.take_up(list(self._ways), left_since=left_since)

    async def ignore(self, channel: str, external_id: str) -> None:
        """Remember an update that has nothing for us. Raises NotNow."""
        self._metrics.inbound.labels(channel, "ignored").inc()
        await self._in_time(self._database.write(intake.take, channel, external_id, "ignored", self._now()))

    async def set_reachable(self, address: Address, *, reachable: bool, at: datetime | None = None) -> None:
        """Note that the person blocked or unblocked us, unless they did something since. Raises NotNow."""
        await self._in_time(
            self._database.write(
                elsewhere.set_reachable, address, reachable, self._guide.rules, self._now(), at
            ),
            KEEP_WITHIN_S,
        )

    async def receipt(self, channel: str, platform_ids: Sequence[str], *, seen: bool, at: datetime) -> None:
        """Messages of ours arrived, or were seen. Written down soon (`note_receipts`); a crash may lose some."""
        if platform_ids and len(self._receipts) < MOST_RECEIPTS:
            self._receipts.append(_Receipts(channel, tuple(platform_ids), seen, at))

    async def note_receipts(self) -> None:
        """Write down the receipts that came."""
        if not self._receipts:
            return
        some, self._receipts = self._receipts, []
        await self._database.write(_note_receipts, some)

    async def human_wrote(self, address: Address, at: datetime, message_id: str | None = None) -> None:
        """An official wrote from the platform's own console: automatic answers pause. Raises NotNow."""
        pausing = self._database.write(taking_over.pause, address, message_id, at, self._now())
        await self._in_time(pausing, KEEP_WITHIN_S)

    async def heard(self, address: Address, at: datetime) -> None:
        """The person did something that is no message: what waited for that may be given now. Raises NotNow."""
        hearing = self._database.write(waiting.hear, address, at, self._guide.rules, self._now())
        await self._in_time(hearing, KEEP_WITHIN_S)

    def leave(self) -> None:
        """Begin no further turn of what is stored: it is taken up at the next start."""
        self._arrivals.leave()

    async def drain(self) -> None:
        """Wait for the turns that are under way."""
        if self._turns:
            await asyncio.wait(self._turns)
        await self._arrivals.drain()

    async def _learn(self) -> None:
        # In the first seconds after a start; not counted, for nothing is amiss and nobody has to bring it again.
        if self._learning is None or (self._learning.done() and self._learning.exception() is not None):
            if self._guide.signals.learned:
                return
            self._learning = asyncio.ensure_future(asyncio.to_thread(self._guide.signals.learn))
        # All wait for the same, and go on in the order in which they came.
        await asyncio.shield(self._learning)

    async def _in_time(self, work: Coroutine[Any, Any, T], within_s: float | None = None) -> T:
        """Args: within_s: None: as long as a turn."""
        task = asyncio.ensure_future(work)
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)
        try:
            return await asyncio.wait_for(asyncio.shield(task), within_s or COMMIT_WITHIN_S)
        except TimeoutError as exc:
            task.add_done_callback(_consume)
            raise NotNow("no commit in time") from exc
        except StorageError as exc:
            log.error("message not stored", extra={"error": str(exc)})
            raise NotNow("the database cannot be used just now") from exc

    async def _take(self, inbound: Inbound) -> Receipt:
        with self._metrics.turn_seconds.labels(inbound.address.channel).time():
            async with self._alone(inbound.address):
                masked = Masked(inbound)
                receipt = await self._turn(masked, None)
        self._send_off(masked, receipt)
        return receipt

    async def _take_stored(self, inbound: Masked, arrival: int) -> None:
        await self._learn()
        with self._metrics.turn_seconds.labels(inbound.address.channel).time():
            receipt = await self._turn(inbound, arrival)
        self._send_off(inbound, receipt)

    def _send_off(self, inbound: Masked, receipt: Receipt) -> None:
        way = self._ways[inbound.address.channel]
        if way.hand_over is not None:
            way.hand_over(receipt.deliveries)
        if inbound.files and way.look_for_files is not None:
            way.look_for_files()

    async def _turn(self, inbound: Masked, arrival: int | None) -> Receipt:
        channel, now = inbound.address.channel, self._now()
        way = self._ways[channel]
        held = Lease(holder(self._owner, channel), now + LEASE) if way.hand_over is not None else None
        carrier = Carrier(way.shape, held, way.fetched)
        reading: Reading | None = None
        try:
            guide = self._guide.pinned()
            reading = conversation.read(inbound, guide, now, self._zone)
            receipt = await self._database.write(
                conversation.receive, inbound, reading, guide, carrier, now, arrival
            )
        except Exception as exc:
            # What is stored nobody brings again: only the database's own trouble is waited out.
            if isinstance(exc, StorageError) and (
                arrival is None or not isinstance(exc, Conflict | NotFound)
            ):
                raise
            # Stored as failed and answered, so that the platform does not bring it again for a day and block
            # everything this person writes afterwards.
            log.exception("turn failed", extra={"channel": channel})
            self._metrics.inbound.labels(channel, "failed").inc()
            return await self._database.write(conversation.apologise, inbound, reading, carrier, now, arrival)
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


def _note_receipts(tx: Tx, several: Sequence[_Receipts]) -> None:
    for one in several:
        receipts.mark_arrived(tx, one.channel, one.platform_ids, seen=one.seen, at=one.at)


class _Lock:
    """A lock that knows how many want it, so that it can be dropped when nobody does."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0


def _consume(task: asyncio.Task[Any]) -> None:
    """Log how a turn ended that nobody waited for any more."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("late turn failed", extra={"error": type(error).__name__})
