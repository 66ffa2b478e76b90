"""Receive from Telegram: take updates in, in order, by asking for them (polling).

Knows the reception and the clockwork of retrying; the calls themselves are given to it.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from bot.channels.base import NotNow, Reception, State
from bot.channels.telegram.errors import Answered, ApiProblem, Unreachable
from bot.channels.telegram.updates import NAME, Reachability, Unreadable, Update, read
from handlers.messages import Inbound

log = logging.getLogger(__name__)

FAULTS_PER_UPDATE = 5
"""So often an update may make the reception fail unexpectedly before it is passed over."""

T = TypeVar("T")
Report = Callable[[State, str], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait for what, in seconds."""

    poll_s: float = 30.0  # how long Telegram holds a getUpdates that has nothing to tell
    first_backoff_s: float = 1.0
    longest_backoff_s: float = 60.0
    conflict_s: float = 30.0
    refused_s: float = 60.0
    not_now_s: float = 0.2  # the first wait when the reception cannot store; grows to `longest_not_now_s`
    longest_not_now_s: float = 5.0
    webhook_info_s: float = 60.0
    silence_s: float = 24 * 3600.0  # after so long without updates their numbering may start anew
    finish_s: float = 4.5  # what `stop` grants to the work in hand


class Backoff:
    """Waits that double, with jitter so that many clients do not come back at the same moment."""

    def __init__(self, first_s: float, longest_s: float) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._next_s = first_s

    def next_s(self) -> float:
        wait_s, self._next_s = self._next_s, min(self._next_s * 2, self._longest_s)
        return wait_s * random.uniform(0.75, 1.0)  # noqa: S311 - jitter is no secret

    def reset(self) -> None:
        self._next_s = self._first_s


class Stopping:
    """Whether the channel has been told to stop, and waits that end early when it is."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        self._event.set()

    async def within(self, seconds: float) -> bool:
        """Wait; returns whether the channel was told to stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        return True

    async def or_stop(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Return what the work returns; None, and the work is cancelled, if the channel is told to stop first."""
        working = asyncio.ensure_future(work)
        stopped = asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else None
        finally:
            for task in (working, stopped):
                task.cancel()
            await asyncio.gather(working, stopped, return_exceptions=True)


def after_trouble(problem: ApiProblem, pace: Pace, backoff: Backoff) -> tuple[State | None, str, float]:
    """Say what a failed call of ours (not a message to somebody) means: new state, line for the operator, wait in s."""
    if isinstance(problem, Answered):
        if problem.token_refused:
            note = f"Telegram refuses the token, check TELEGRAM_BOT_TOKEN ({problem})"
            return State.REFUSED, note, max(pace.refused_s, backoff.next_s())
        if problem.code == 409:
            return State.CONFLICT, "another program receives with the same token", pace.conflict_s
        if problem.code == 429:
            return None, "", max(problem.retry_after_s or 0.0, backoff.next_s())
    return State.UNREACHABLE, f"Telegram does not answer ({problem})", backoff.next_s()


class Intake:
    """Bring updates to the reception: used by polling and by the webhook alike."""

    def __init__(
        self, bot_id: str, reception: Reception, now: Callable[[], datetime], answer: Callable[[str], None]
    ) -> None:
        """`answer` is given the id of each press; it returns at once."""
        self._bot_id = bot_id
        self._reception = reception
        self._now = now
        self._answer = answer
        self._faults: Counter[str] = Counter()

    def read(self, raw: object) -> Update:
        """Understand an update, and answer a press at once: the person's phone shows a spinner until then."""
        update = read(raw, self._bot_id, self._now)
        if update.fault:
            log.warning("update not understood", extra={"update": update.external_id, "fault": update.fault})
        if update.callback_id:
            self._answer(update.callback_id)
        return update

    async def take(self, update: Update) -> None:
        """Return when the update is committed. Raises NotNow, nothing else.

        The reception answers for its own failures. One that it cannot answer for is tried again, but not for ever:
        an update that is never taken would block its chat for a day.
        """
        try:
            await self._bring(update)
        except NotNow:
            raise
        except Exception as exc:
            log.exception("update could not be taken", extra={"update": update.external_id})
            self._faults[update.external_id] += 1
            if self._faults[update.external_id] < FAULTS_PER_UPDATE:
                raise NotNow from exc
            log.error("update passed over", extra={"update": update.external_id})
            await self._bring(replace(update, effect=None))
        self._faults.pop(update.external_id, None)

    async def _bring(self, update: Update) -> None:
        match update.effect:
            case Inbound() as inbound:
                await self._reception.receive(inbound)
            case Reachability(address, reachable):
                await self._reception.set_reachable(address, reachable=reachable)
            case None:
                await self._reception.ignore(NAME, update.external_id)


class UpdateSource(Protocol):
    """The calls that polling makes. They raise `ApiProblem`, nothing else."""

    async def get_updates(self, offset: int | None, wait_s: float) -> Sequence[object]:
        """Ask for what came; confirms everything below `offset`."""

    async def delete_webhook(self) -> None:
        """Make getUpdates possible; what is pending stays pending."""

    async def renew(self) -> None:
        """Throw the connection away: the next call gets a new one."""


class Poller:
    """Ask for updates for as long as the channel runs."""

    def __init__(
        self, source: UpdateSource, intake: Intake, report: Report, stopping: Stopping, pace: Pace
    ) -> None:
        self._source = source
        self._intake = intake
        self._report = report
        self._stopping = stopping
        self._pace = pace
        self._backoff = Backoff(pace.first_backoff_s, pace.longest_backoff_s)
        self._offset: int | None = None

    async def run(self) -> None:
        """Return when the channel stops and what was taken in is finished."""
        loop = asyncio.get_running_loop()
        alive_at = spoken_at = loop.time()
        # The first question after a silence is not held by Telegram, so that the answer tells how things are.
        wait_s = 0.0
        while not self._stopping:
            try:
                batch = await self._ask(wait_s)
            except ApiProblem as problem:
                wait_s = 0.0
                await self._endure(problem)
                if loop.time() - alive_at > 3 * self._pace.poll_s:
                    # A proxy or NAT that forgot us can leave a connection that looks alive for ever.
                    log.warning("polling connection renewed")
                    await self._source.renew()
                    alive_at = loop.time()
                continue
            if batch is None:
                return
            alive_at = loop.time()
            self._backoff.reset()
            self._report(State.OK, "")
            wait_s = self._pace.poll_s
            if batch:
                spoken_at = alive_at
                if not await self._take(batch):
                    return
            elif alive_at - spoken_at > self._pace.silence_s:
                # What is confirmed is gone, and after a quiet week Telegram may count on from any number, a lower one too.
                self._offset = None

    async def _ask(self, wait_s: float) -> Sequence[object] | None:
        """Return the next batch, or None when the channel stops: then the question is dropped, nothing is lost by it."""
        return await self._stopping.or_stop(self._source.get_updates(self._offset, wait_s))

    async def _endure(self, problem: ApiProblem) -> None:
        """Report what is wrong, and wait before the next try."""
        if isinstance(problem, Answered) and problem.webhook_is_set:
            log.warning("webhook found while polling; it is removed")
            try:
                await self._source.delete_webhook()
            except ApiProblem as second:
                problem = second
            else:
                # Whoever set it may set it again: not in a tight loop.
                await self._stopping.within(self._backoff.next_s())
                return
        state, note, wait_s = after_trouble(problem, self._pace, self._backoff)
        if state is not None:
            self._report(state, note)
        await self._stopping.within(wait_s)

    async def _take(self, batch: Sequence[object]) -> bool:
        """Take all updates of a batch, each person's in order; returns whether all are committed.

        The offset moves only after the last commit: Telegram forgets an update as soon as a higher offset is asked
        for. What was committed before a stop comes again and is known to the reception.
        """
        people: dict[str, list[Update]] = {}
        highest = -1
        for raw in batch:
            try:
                update = self._intake.read(raw)
            except Unreadable as exc:
                log.warning("update without an id passed over", extra={"fault": str(exc)})
                continue
            highest = max(highest, update.update_id)
            people.setdefault(update.person or f"update {update.update_id}", []).append(update)
        if highest < 0:
            await self._endure(Unreachable("getUpdates brought nothing that is an update"))
            return not self._stopping
        done = await asyncio.gather(*(self._take_in_order(updates) for updates in people.values()))
        if all(done):
            self._offset = highest + 1
        return all(done)

    async def _take_in_order(self, updates: Iterable[Update]) -> bool:
        for update in updates:
            if not await self._take_one(update):
                return False
        return True

    async def _take_one(self, update: Update) -> bool:
        """Take one update, however often it has to be tried; False only if the channel stops meanwhile."""
        backoff = Backoff(self._pace.not_now_s, self._pace.longest_not_now_s)
        while True:
            try:
                await self._intake.take(update)
            except NotNow:
                if await self._stopping.within(backoff.next_s()):
                    return False
            else:
                return True
