"""The way out of one channel: claim, write the attempt down, call, write the outcome down.

One loop decides and writes; the calls run beside it. Each cycle is one transaction: the outcomes of calls that
ended, the attempts of those about to begin, and new claims. No connection is held during a call.
"""

import asyncio
import heapq
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.channels.base import Channel, Failure, SendFailed
from bot.clock import Clock
from bot.delivery import policy
from bot.delivery.budget import Budget
from bot.inbound import LEASE
from bot.metrics import Metrics
from handlers import texts
from handlers.messages import Outbound
from storage import outbox, people
from storage.db import Database, Tx
from storage.errors import StorageError
from storage.outbox import Delivery, Lane, Lease, Outcome

CLAIM_EVERY_S = 1.0  # replies are handed over at once; this finds what others left or what has become due
CLAIM_LIMIT = 200
HELD_LIMIT = 1000  # deliveries in memory; the rest waits in the database
STORAGE_PAUSE_S = 1.0  # after the database failed
EVERYBODY_PAUSE_S = 5.0  # after the channel failed for everybody

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Queue:
    """What waits for one address, most urgent first; one call at a time keeps the order."""

    waiting: list[tuple[int, int, Delivery]] = field(default_factory=list)
    busy: bool = False
    not_before: float = float("-inf")


class Engine:
    """Delivers the messages of one channel. `run` until `stop`; `hand_over` what was just committed."""

    def __init__(
        self, database: Database, channel: Channel, budget: Budget, owner: str, now: Clock, metrics: Metrics
    ) -> None:
        """Args: owner: the name under which this process holds deliveries, unique among processes."""
        self._database = database
        self._channel = channel
        self._budget = budget
        self._owner = owner
        self._now = now
        self._metrics = metrics
        self._queues: dict[int, _Queue] = {}
        self._held: set[int] = set()
        self._outcomes: list[Outcome] = []
        self._blocked: list[int] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._paused_until = float("-inf")
        self._claimed_at = float("-inf")
        self._wake = asyncio.Event()
        self._stopping = False
        self._ran_dry = asyncio.Event()

    def hand_over(self, deliveries: Sequence[Delivery]) -> None:
        """Take deliveries that were committed under this owner's lease; they are sent as soon as may be."""
        for delivery in deliveries:
            self._push(delivery)
        if deliveries:
            self._wake.set()

    async def run(self) -> None:
        """Deliver until `stop`."""
        while not (self._stopping and self._idle()):
            self._wake.clear()
            ready = self._pick()
            claiming = self._claim_is_due()
            if ready or self._outcomes or claiming:
                try:
                    await self._cycle(ready, claiming)
                except StorageError as exc:
                    log.error("outbox not written", extra={"channel": self._channel.name, "error": str(exc)})
                    self._put_back(ready)
                    self._pause(STORAGE_PAUSE_S)
                continue
            await self._wait()
        self._ran_dry.set()

    async def stop(self, within_s: float) -> None:
        """Claim nothing more, send what is held if the time allows, and give the rest back."""
        self._stopping = True
        self._wake.set()
        try:
            async with asyncio.timeout(within_s):
                await self._ran_dry.wait()
        except TimeoutError:
            log.warning(
                "replies left for later", extra={"channel": self._channel.name, "held": len(self._held)}
            )
        for call in self._calls:
            call.cancel()
        if self._calls:
            await asyncio.wait(self._calls)
        self._queues.clear()
        self._wake.set()
        await self._database.write(self._write_last)
        self._outcomes.clear()

    def _idle(self) -> bool:
        return not (self._queues or self._calls or self._outcomes)

    def _write_last(self, tx: Tx) -> None:
        outbox.finish(tx, self._outcomes, self._owner)
        outbox.release(tx, self._owner, self._now())

    # Deciding ----------------------------------------------------------------------------------------------

    def _push(self, delivery: Delivery) -> None:
        if delivery.id in self._held:
            return
        self._held.add(delivery.id)
        queue = self._queues.setdefault(delivery.address_id, _Queue())
        heapq.heappush(queue.waiting, (delivery.lane, delivery.id, delivery))

    def _pick(self) -> list[Delivery]:
        """Take the deliveries whose calls may begin now: lower lanes first, then in the order they were made."""
        now = asyncio.get_running_loop().time()
        room = self._budget.room(now) if now >= self._paused_until else 0
        if not room:
            return []
        candidates = (
            (queue.waiting[0], address_id)
            for address_id, queue in self._queues.items()
            if queue.waiting and not queue.busy and self._ready_at(address_id, queue) <= now
        )
        picked = []
        for _first, address_id in heapq.nsmallest(room, candidates):
            queue = self._queues[address_id]
            queue.busy = True
            picked.append(heapq.heappop(queue.waiting)[2])
        return picked

    def _ready_at(self, address_id: int, queue: _Queue) -> float:
        return max(queue.not_before, self._budget.person_ready_at(address_id))

    def _claim_is_due(self) -> bool:
        if self._stopping or len(self._held) >= HELD_LIMIT:
            return False
        now = asyncio.get_running_loop().time()
        return now - self._claimed_at >= CLAIM_EVERY_S and now >= self._paused_until

    async def _wait(self) -> None:
        """Sleep until a call ends, something is handed over, or time alone changes what may be done."""
        now = asyncio.get_running_loop().time()
        times = [self._claimed_at + CLAIM_EVERY_S]
        waiting = [self._ready_at(a, q) for a, q in self._queues.items() if q.waiting and not q.busy]
        if waiting:
            times.append(max(min(waiting), self._budget.next_room_at() or now, self._paused_until))
        try:
            await asyncio.wait_for(self._wake.wait(), max(0.001, min(times) - now))
        except TimeoutError:
            pass

    def _pause(self, seconds: float) -> None:
        self._paused_until = max(self._paused_until, asyncio.get_running_loop().time() + seconds)

    # Writing -----------------------------------------------------------------------------------------------

    async def _cycle(self, ready: Sequence[Delivery], claiming: bool) -> None:
        outcomes, blocked = list(self._outcomes), list(self._blocked)
        allowed, claimed = await self._database.write(self._write, outcomes, blocked, ready, claiming)
        # Outcomes may have come in meanwhile; only what was written is dropped.
        del self._outcomes[: len(outcomes)], self._blocked[: len(blocked)]
        if claiming:
            self._claimed_at = asyncio.get_running_loop().time()
        for delivery in ready:
            if delivery.id in allowed:
                self._begin(delivery)
            else:
                self._forget(delivery)
        for delivery in claimed:
            self._push(delivery)

    def _write(
        self,
        tx: Tx,
        outcomes: Sequence[Outcome],
        blocked: Sequence[int],
        ready: Sequence[Delivery],
        claiming: bool,
    ) -> tuple[set[int], list[Delivery]]:
        now = self._now()
        lease = Lease(self._owner, now + LEASE)
        outbox.finish(tx, outcomes, self._owner)
        for address_id in blocked:
            people.block_address(tx, address_id, now)
        allowed = outbox.attempt(tx, [d.id for d in ready], lease, now)
        claimed: list[Delivery] = []
        if claiming:
            outbox.recover(tx, self._channel.name, now)
            claimed = outbox.claim(tx, self._channel.name, lease, now, CLAIM_LIMIT)
        return allowed, claimed

    def _put_back(self, ready: Sequence[Delivery]) -> None:
        for delivery in ready:
            queue = self._queues[delivery.address_id]
            queue.busy = False
            heapq.heappush(queue.waiting, (delivery.lane, delivery.id, delivery))

    def _forget(self, delivery: Delivery) -> None:
        self._held.discard(delivery.id)
        queue = self._queues[delivery.address_id]
        queue.busy = False
        if not queue.waiting:
            del self._queues[delivery.address_id]

    # Calling -----------------------------------------------------------------------------------------------

    def _begin(self, delivery: Delivery) -> None:
        self._budget.begin(delivery.address_id, asyncio.get_running_loop().time())
        call = asyncio.create_task(self._call(delivery))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _call(self, delivery: Delivery) -> None:
        try:
            platform_id = await self._channel.send(delivery.address, _wording(delivery))
            self._end(delivery, Outcome(delivery.id, "sent", self._now(), platform_id=platform_id))
        except SendFailed as failure:
            self._failed(delivery, failure)
        except Exception:
            log.exception("channel broke its promise", extra={"channel": self._channel.name})
            self._failed(delivery, SendFailed(Failure.UNKNOWN, "unexpected error"))
        finally:
            self._budget.end(asyncio.get_running_loop().time())
            self._wake.set()

    def _failed(self, delivery: Delivery, failure: SendFailed) -> None:
        counted = replace(delivery, attempts=delivery.attempts + policy.counts(failure))
        step = policy.next_step(failure, counted if counted.attempts else replace(counted, attempts=1))
        if failure.everybody:
            wait = failure.retry_after_s if failure.retry_after_s is not None else EVERYBODY_PAUSE_S
            self._pause(wait)
        if isinstance(step, policy.End):
            if step.status == "blocked":
                self._blocked.append(delivery.address_id)
            self._end(delivery, Outcome(delivery.id, step.status, self._now(), reason=step.reason))
            return
        now = self._now()
        again_at = now + timedelta(seconds=step.after_s)
        self._outcomes.append(
            Outcome(
                delivery.id,
                "queued",
                now,
                reason=step.reason,
                not_before=again_at,
                lease_until=again_at + LEASE,
                repeated=step.repeated,
            )
        )
        self._metrics.deliveries.labels(self._channel.name, str(failure.kind)).inc()
        queue = self._queues[delivery.address_id]
        queue.busy = False
        queue.not_before = asyncio.get_running_loop().time() + step.after_s
        counted = replace(counted, repeated=delivery.repeated or step.repeated)
        heapq.heappush(queue.waiting, (counted.lane, counted.id, counted))

    def _end(self, delivery: Delivery, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self._metrics.deliveries.labels(self._channel.name, outcome.status).inc()
        self._forget(delivery)


def _wording(delivery: Delivery) -> Outbound:
    text = delivery.text
    if delivery.repeated and delivery.lane is Lane.NOTICE:
        text = texts.REMINDED.format(text=text)
    return Outbound(text, delivery.buttons)
