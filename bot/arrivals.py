"""Stored before it is answered for: what came is committed first, and has its turn afterwards.

For a platform that waits two seconds, repeats for two hours and then turns away for good. A turn may take long and its
commit may be held up; storing is one small commit, which all that came meanwhile share.
"""

import asyncio
import heapq
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.channels.base import NotNow
from bot.clock import Clock
from handlers import arrivals
from handlers.messages import Address, Inbound
from handlers.secrets import Masked
from storage import arrivals as rows
from storage.db import Database, Tx
from storage.errors import StorageError

KEEP_WITHIN_S = 1.9
"""Of the platform's two seconds. On SQLite a commit that is under way comes first: of a second each, both end in time but
for whoever came in the first tenth of the other's; the platform brings that again."""
GATHER_S = 0.05
"""What comes at the same time shares one commit: whoever just missed it would wait for two."""
TURNS_AT_ONCE = 4
"""Turns in the database at a time, of all people: behind them a commit that is answered for must not wait."""
LEFT_AFTER = timedelta(minutes=1)
"""What has waited so long for its turn was left by a process that died, or by a database that could not be used."""
_AT_ONCE = 500  # messages to a transaction
_PAGE = 200

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Coming:
    """A message that is to be stored, and whoever waits for it. `kept`: True, or False when it was there before."""

    inbound: Masked
    kept: "asyncio.Future[bool]"


@dataclass(order=True, slots=True)
class _Stored:
    """A message that waits for its turn; of one person the oldest goes first, as far as they are here."""

    at: datetime
    id: int
    inbound: Masked = field(compare=False)


class Arrivals:
    """Stores what comes, and has each of it run its turn, one of a person at a time."""

    def __init__(
        self,
        database: Database,
        now: Clock,
        alone: Callable[[Address], AbstractAsyncContextManager[None]],
        turn: Callable[[Masked, int], Awaitable[None]],
    ) -> None:
        """Args: alone: lets one message of a person in. turn: runs the turn of what is stored under that id."""
        self._database = database
        self._now = now
        self._alone = alone
        self._turn = turn
        self._coming: deque[_Coming] = deque()
        self._asked = False  # a transaction is on its way to which whatever comes is added
        self._waiting: dict[Address, list[_Stored]] = {}
        self._in_hand: set[int] = set()
        self._at_once = asyncio.Semaphore(TURNS_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving = False

    async def keep(self, inbound: Inbound) -> bool:
        """Store one message; returns once it is committed. False: it was there before.

        Raises NotNow when that takes too long; if it is committed all the same, it has its turn all the same.
        """
        one = _Coming(Masked(inbound), asyncio.get_running_loop().create_future())
        self._coming.append(one)
        self._ask()
        try:
            return await asyncio.wait_for(asyncio.shield(one.kept), KEEP_WITHIN_S)
        except TimeoutError as exc:
            one.kept.add_done_callback(_consume)
            raise NotNow("no commit in time") from exc
        except StorageError as exc:
            raise NotNow("the database cannot be used just now") from exc

    async def take_up(self, channels: Collection[str], *, left_since: timedelta | None = LEFT_AFTER) -> int:
        """Give their turn to those of these channels that were left by a process that died; returns how many.

        Two processes may do so at once: a turn takes its message away in its own transaction.

        Args: left_since: for so long at least; None: whenever it came, whatever a clock that jumped says.
        """
        before = self._now() - left_since if left_since is not None else None
        after, found = 0, 0
        while page := await self._database.read(rows.list_waiting, channels, before, after, _PAGE):
            after = page[-1].id
            for arrival in page:
                if arrival.id not in self._in_hand:
                    self._begin(arrival.id, arrivals.load(arrival))
                    found += 1
        if found:
            log.warning("messages taken up that were left without an answer", extra={"number": found})
        return found

    def leave(self) -> None:
        """Begin no further turn: what waits is taken up at the next start."""
        self._leaving = True

    async def drain(self) -> None:
        """Wait for what is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    # -- storing

    def _ask(self) -> None:
        if not self._asked:
            self._asked = True
            self._spawn(self._store())

    async def _store(self) -> None:
        taken: list[_Coming] = []
        await asyncio.sleep(GATHER_S)

        def work(tx: Tx) -> list[int | None]:
            # At the last moment, in the writer's thread: what came while it waited for its turn comes along. First the
            # flag: whoever appends after it went down asks for the next transaction.
            self._asked = False
            while self._coming and len(taken) < _AT_ONCE:
                taken.append(self._coming.popleft())
            return arrivals.keep(tx, [one.inbound for one in taken], self._now())

        try:
            ids = await self._database.write(work)
        except Exception as exc:
            log.error("messages not stored", extra={"error": type(exc).__name__, "number": len(taken)})
            if not taken:
                # It did not even begin: those who wait for it are told, rather than left to the clock.
                self._asked = False
                while self._coming:
                    taken.append(self._coming.popleft())
            for one in taken:
                one.kept.set_exception(exc if isinstance(exc, StorageError) else StorageError(str(exc)))
            return
        for one, arrival_id in zip(taken, ids, strict=True):
            if arrival_id is not None:
                self._begin(arrival_id, one.inbound)
            one.kept.set_result(arrival_id is not None)
        if self._coming:
            self._ask()

    # -- turns

    def _begin(self, arrival_id: int, inbound: Masked) -> None:
        self._in_hand.add(arrival_id)
        heapq.heappush(
            self._waiting.setdefault(inbound.address, []), _Stored(inbound.at, arrival_id, inbound)
        )
        self._spawn(self._serve(inbound.address))

    async def _serve(self, address: Address) -> None:
        """Run one turn of a person: of what waits here, the oldest."""
        async with self._alone(address), self._at_once:
            waiting = self._waiting[address]
            stored = heapq.heappop(waiting)
            if not waiting:
                del self._waiting[address]
            try:
                if not self._leaving:
                    await self._turn(stored.inbound, stored.id)
            except StorageError as exc:
                log.error("turn put off", extra={"error": type(exc).__name__})
            except Exception:
                # Not even an apology could be stored: it stays, and is tried again when it is found left.
                log.exception("turn failed and was not apologised for")
            finally:
                self._in_hand.discard(stored.id)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _consume(kept: "asyncio.Future[bool]") -> None:
    """Take note of how it ended though nobody waits any more."""
    if not kept.cancelled():
        kept.exception()
