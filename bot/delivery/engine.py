"""The way out of one channel: claim, write the attempt down, call, write the outcome down.

One loop decides and writes; the calls run beside it. Each cycle is one transaction: the outcomes of calls that
ended, the attempts of those about to begin, and new claims. No connection is held during a call.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.channels.base import Channel, Failure, SendFailed
from bot.clock import Clock
from bot.delivery import policy
from bot.delivery.budget import Budget, Flood
from bot.delivery.by_template import ByTemplate, Fields
from bot.delivery.ledger import LEASE, Found, Ledger, Work
from bot.delivery.line import Line
from bot.metrics import Metrics
from handlers import texts
from handlers.messages import Outbound
from handlers.sending_rules import SendingRules
from storage.db import Database
from storage.errors import StorageError
from storage.outbox import Delivery, Lane, Outcome

CLAIM_EVERY_S = 0.25  # replies are handed over at once; this finds what others left or what has become due
RECOVER_EVERY_S = 1.0
CLAIMED_AT_ONCE = 100  # of announcements: while more are claimed, calls end and none begins
CALLED_AT_ONCE = 40  # of announcements: what begins together ends together, with nothing to do between
HELD_LIMIT = 1000  # of replies and of announcements each, in memory; the rest waits in the database
STORAGE_PAUSE_S = 1.0  # after the database failed
EVERYBODY_PAUSE_S = 5.0  # after the channel failed for everybody
GIVE_BACK_S = 300.0  # who has to wait so long waits in the database
_HELD_FOR_S = 20.0  # of announcements no more is held than leaves in this time: a third of a lease

log = logging.getLogger(__name__)


class Engine:
    """Delivers the messages of one channel. `run` until `stop`; `hand_over` what was just committed."""

    def __init__(
        self,
        database: Database,
        channel: Channel,
        budget: Budget,
        owner: str,
        now: Clock,
        metrics: Metrics,
        rules: SendingRules,
        by_template: ByTemplate | None = None,
    ) -> None:
        """Args:
        owner: the name of this process, unique among processes.
        by_template: how announcements go to whom the channel lets nobody write to; None: they wait.
        """
        self._by_template = by_template
        self._database = database
        self._channel = channel
        self._budget = budget
        self._flood = Flood()
        self._ledger = Ledger(channel.name, owner, now, rules, by_template)
        self._now = now
        self._metrics = metrics
        self._line = Line(budget.person_ready_at)
        self._bulk_held_limit = int(min(HELD_LIMIT, max(64, budget.rate_per_s * _HELD_FOR_S)))
        self._more_bulk = False
        self._outcomes: list[Outcome] = []
        self._blocked: list[int] = []
        self._dropped: list[int] = []
        self._unpaid = False
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._paused_until = self._claimed_at = self._recovered_at = float("-inf")
        self._wake = asyncio.Event()
        self._running = self._stopping = self._closed = False
        self._ran_dry = asyncio.Event()

    def hand_over(self, deliveries: Sequence[Delivery]) -> None:
        """Take deliveries that were committed under this channel's lease (`inbound.holder`), to be sent soon."""
        if deliveries and not self._closed:
            for delivery in deliveries:
                self._line.push(delivery, _time())
            self._wake.set()

    async def run(self) -> None:
        """Deliver until `stop`."""
        self._running = True
        try:
            while not (self._closed or (self._stopping and self._idle())):
                self._wake.clear()
                if (work := self._decide(_time())) is None:
                    await self._wait()
                else:
                    await self._cycle(work)
        finally:
            self._ran_dry.set()

    async def stop(self, within_s: float) -> None:
        """Claim nothing more, send the replies and notices that are held if the time allows, give the rest back."""
        self._stopping = True
        self._line.drop(self._line.announcements)
        self._wake.set()
        try:
            async with asyncio.timeout(within_s):
                await self._ran_dry.wait()
        except TimeoutError:
            log.warning(
                "replies left for later", extra={"channel": self._channel.name, "held": len(self._line)}
            )
        self._closed = True
        self._wake.set()
        if self._running:
            await self._ran_dry.wait()
        calls = list(self._calls.values())
        for call in calls:
            call.cancel()
        if calls:
            await asyncio.wait(calls)
        self._line.clear()
        try:
            await self._database.write(self._ledger.write_last, self._outcomes, self._blocked)
        except StorageError as exc:
            # Their leases end by themselves.
            log.error("outbox not written", extra={"channel": self._channel.name, "error": str(exc)})
        self._outcomes.clear()

    def _idle(self) -> bool:
        return not (self._line or self._calls or self._outcomes)

    # Deciding ----------------------------------------------------------------------------------------------

    def _decide(self, now: float) -> Work | None:
        """Say what the next cycle writes; None when there is nothing to write."""
        open_ = now >= self._paused_until
        bulk_room = min(self._budget.bulk_room(now), CALLED_AT_ONCE)
        ready = self._line.take(self._budget.room(now), bulk_room, now) if open_ else []
        looking = now - self._claimed_at >= CLAIM_EVERY_S and not self._stopping
        claiming = looking and open_ and len(self._line) - self._line.bulk < HELD_LIMIT
        bulk_limit = self._bulk_limit() if open_ and (looking or self._more_bulk) else 0
        recovering = looking and now - self._recovered_at >= RECOVER_EVERY_S
        if looking:
            self._claimed_at = now
        if recovering:
            self._recovered_at = now
        if not (ready or self._outcomes or self._dropped or looking or bulk_limit):
            return None
        return Work(
            list(self._outcomes),
            list(self._blocked),
            list(self._dropped),
            self._unpaid,
            ready,
            frozenset(self._calls) | {d.id for d in ready} if recovering else None,
            claiming,
            bulk_limit,
        )

    def _bulk_limit(self) -> int:
        """Say how many deliveries of announcements to claim: many at a time, before those at hand run out."""
        held = self._line.bulk
        if self._stopping or held * 2 > self._bulk_held_limit:
            return 0
        return min(self._bulk_held_limit - held, CLAIMED_AT_ONCE)

    async def _wait(self) -> None:
        """Sleep until a call ends, something is handed over, or time alone changes what may be done."""
        now = _time()
        times = [self._claimed_at + CLAIM_EVERY_S]
        if (lane := self._line.next_lane(now)) is not None:
            room_at = self._budget.next_room_at(bulk=lane == Lane.BULK)
            if room_at is not None:
                times.append(max(room_at, self._paused_until))
        if (next_at := self._line.next_at()) is not None:
            times.append(max(next_at, self._paused_until))
        await self._pass(max(0.001, min(times) - now))

    async def _pass(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            pass

    def _pause(self, seconds: float) -> None:
        self._paused_until = max(self._paused_until, _time() + seconds)

    # Writing -----------------------------------------------------------------------------------------------

    async def _cycle(self, work: Work) -> None:
        try:
            found = await self._database.write(self._ledger.write, work)
        except StorageError as exc:
            log.error("outbox not written", extra={"channel": self._channel.name, "error": str(exc)})
            for delivery in work.ready:
                self._line.again(delivery, float("-inf"), _time())
            self._pause(STORAGE_PAUSE_S)
            await self._pass(STORAGE_PAUSE_S)
        else:
            self._go_on(work, found)

    def _go_on(self, work: Work, found: Found) -> None:
        """Begin the calls whose attempts are committed, and take in what was claimed."""
        # Outcomes may have come in meanwhile; only what was written is dropped.
        del self._outcomes[: len(work.outcomes)]
        del self._blocked[: len(work.blocked)]
        del self._dropped[: len(work.dropped)]
        self._unpaid = self._unpaid and not work.unpaid
        now = _time()
        for delivery in work.ready:
            if delivery.id not in found.allowed:
                self._line.done(delivery, now)
            elif self._closed:
                # Surely not sent, so that nobody need call it unknown.
                uncalled = Outcome(delivery.id, "queued", self._now(), counted=False)
                self._outcomes.append(uncalled)
            else:
                self._begin(delivery, now, found.fields.get(delivery.id))
        for delivery in found.claimed:
            if not (self._stopping and delivery.lane is Lane.BULK):
                self._line.push(delivery, now)
        if found.sending is not None:
            # Paused, cancelled, or the quiet hours have begun: whoever may go on later finds them free.
            if closed := self._line.announcements - found.sending:
                self._dropped += self._line.drop(closed)
            self._more_bulk = found.more_bulk if work.bulk_limit else self._more_bulk

    # Calling -----------------------------------------------------------------------------------------------

    def _begin(self, delivery: Delivery, now: float, fields: Fields | None) -> None:
        self._budget.begin(delivery.address_id, now, bulk=delivery.lane is Lane.BULK)
        self._calls[delivery.id] = asyncio.create_task(self._call(delivery, fields))

    async def _call(self, delivery: Delivery, fields: Fields | None) -> None:
        """Args: fields: of a template, where it goes by one."""
        try:
            if fields is not None and self._by_template is not None:
                platform_id = await self._by_template.send(delivery.address, fields)
            else:
                platform_id = await self._channel.send(delivery.address, _wording(delivery))
            self._end(delivery, Outcome(delivery.id, "sent", self._now(), platform_id=platform_id))
        except SendFailed as failure:
            self._failed(delivery, failure)
        except Exception:
            log.exception("channel broke its promise", extra={"channel": self._channel.name})
            self._failed(delivery, SendFailed(Failure.UNKNOWN, "unexpected error"))
        finally:
            del self._calls[delivery.id]
            self._budget.end(_time(), bulk=delivery.lane is Lane.BULK)
            self._wake.set()

    def _failed(self, delivery: Delivery, failure: SendFailed) -> None:
        counted = policy.counts(failure)
        tried = replace(delivery, attempts=delivery.attempts + counted)
        step = policy.next_step(failure, tried if tried.attempts else replace(tried, attempts=1))
        self._unpaid = self._unpaid or failure.unpaid
        if isinstance(step, policy.End):
            if step.status == "blocked":
                self._blocked.append(delivery.address_id)
            elif failure.kind is Failure.CLOSED and not failure.everybody:
                # Ours was another opinion: what the channel says of it is kept nowhere else.
                log.warning("window closed", extra={"channel": self._channel.name, "reason": failure.reason})
            elif failure.kind is Failure.INCOMPLETE:
                log.warning(
                    "document not sent", extra={"channel": self._channel.name, "reason": failure.reason}
                )
            self._end(
                delivery,
                Outcome(
                    delivery.id,
                    step.status,
                    self._now(),
                    reason=step.reason,
                    platform_id=failure.message_id,
                ),
            )
            return
        now, at = self._now(), _time()
        again_at = now + timedelta(seconds=step.after_s)
        # Held here, it would keep whatever else is for this person waiting too: a reply behind a notice for the morning.
        given_back = step.after_s >= GIVE_BACK_S and not failure.everybody
        self._outcomes.append(
            Outcome(
                delivery.id,
                "queued",
                now,
                reason=step.reason,
                not_before=again_at,
                lease_until=None if given_back else again_at + LEASE,
                repeated=step.repeated,
                counted=counted,
            )
        )
        self._metrics.deliveries.labels(self._channel.name, str(failure.kind)).inc()
        self._rest(delivery.address_id, failure, step.after_s)
        if given_back:
            self._line.done(delivery, at)
        else:
            self._line.again(
                replace(tried, repeated=delivery.repeated or step.repeated), at + step.after_s, at
            )

    def _rest(self, address_id: int, failure: SendFailed, after_s: float) -> None:
        """Pause for everybody where the channel, or the number of those it refuses, says so."""
        if failure.everybody:
            wait = failure.retry_after_s if failure.retry_after_s is not None else EVERYBODY_PAUSE_S
            self._pause(wait)
        elif failure.kind is Failure.THROTTLED:
            now = _time()
            until = self._flood.pause_until(address_id, now + after_s, now)
            if until is not None:
                self._paused_until = max(self._paused_until, until)

    def _end(self, delivery: Delivery, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self._metrics.deliveries.labels(self._channel.name, outcome.status).inc()
        self._line.done(delivery, _time())


def _time() -> float:
    """Return the time by which waits are measured: it never steps back."""
    return asyncio.get_running_loop().time()


def _wording(delivery: Delivery) -> Outbound:
    text = delivery.text
    if delivery.repeated and delivery.lane is Lane.NOTICE:
        text = texts.REMINDED.format(text=text)
    return Outbound(
        text,
        delivery.buttons,
        delivery.pictures,
        contact_request=delivery.contact_request,
        files=delivery.files,
    )
