"""Timed work: each piece in its own time, none held up by another's trouble."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.files import Shelf
from bot.metrics import Metrics
from bot.transcript import BrowserTranscript
from handlers.links import KEPT_ENDED
from handlers.topics import Library
from storage import arrivals, erasure, files, intake, links, messages, outbox
from storage.db import Database

KEYS_KEPT = timedelta(
    days=7
)  # Telegram repeats an update for a day at most; update ids may restart after a week
DELETE_AT_ONCE = 1000  # so that a turn never waits long behind the deleting

log = logging.getLogger(__name__)


class Chores:
    """What has to be done now and then."""

    def __init__(
        self,
        database: Database,
        transcript: BrowserTranscript,
        shelf: Shelf,
        metrics: Metrics,
        library: Library,
        now: Clock,
        zone: ZoneInfo,
        retention: timedelta,
    ) -> None:
        self._database = database
        self._transcript = transcript
        self._shelf = shelf
        self._metrics = metrics
        self._library = library
        self._now = now
        self._zone = zone
        self._retention = retention
        self._traces = True  # in the log of writes: another process may have died before it was emptied

    async def run(self) -> None:
        """Do them until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(every(1, self._transcript.flush))
            group.create_task(every(1, self._transcript.wake))
            group.create_task(every(15, self.count_queued))
            group.create_task(every(3600, self.drop_old_keys))
            group.create_task(every(3600, self.drop_old_messages))
            group.create_task(every(3600, self.drop_link_codes))
            group.create_task(every(3600, self.drop_loose_files))
            group.create_task(every(3600, self.read_tomorrow, at_once=False))
            group.create_task(every(60, self.forget_erased))

    async def count_queued(self) -> None:
        """Show how many messages wait to be sent; a channel where none does shows nothing."""
        self._metrics.queued.clear()
        for channel, number in (await self._database.read(outbox.count_queued)).items():
            self._metrics.queued.labels(channel).set(number)

    async def drop_old_keys(self) -> None:
        """Forget the keys of updates that can no longer be repeated."""
        await self._database.write(intake.drop, self._now() - KEYS_KEPT)

    async def drop_old_messages(self) -> None:
        """Delete what is older than the retention, a little at a time."""
        before = self._now() - self._retention
        if unread := await self._database.write(arrivals.drop_old, before):
            log.error("messages deleted that never had an answer", extra={"number": unread})
        while dropped := await self._database.write(messages.drop_old, before, DELETE_AT_ONCE):
            log.info("old messages deleted", extra={"number": dropped})

    async def drop_link_codes(self) -> None:
        """Forget the codes that linked chats, or did not, once nobody asks why one no longer works."""
        before = self._now() - KEPT_ENDED
        while await self._database.write(links.drop_old, before, DELETE_AT_ONCE):
            pass

    async def drop_loose_files(self) -> None:
        """Forget files whose message is gone, unless a case holds them; then remove from the disk what nobody knows."""
        while dropped := await self._database.write(files.drop_loose, DELETE_AT_ONCE):
            log.info("files forgotten", extra={"number": dropped})

        async def known(names: list[str]) -> set[str]:
            return await self._database.read(files.known, names)

        if removed := await self._shelf.sweep(known):
            log.info("files removed", extra={"number": removed})

    async def forget_erased(self) -> None:
        """Delete the last that is left of people who had themselves erased, and the traces of them all on the disk."""
        database = self._database
        if await database.read(erasure.count_left, self._now()):
            begin = True
            while await database.write(erasure.merge_search, begin=begin):
                begin = False
            # Last: whoever dies before this does all of it again.
            await database.write(erasure.drop_left, self._now())
            self._traces = True
        if self._traces and database.file is not None:
            self._traces = not await asyncio.to_thread(erasure.empty_log, database.file)

    async def read_tomorrow(self) -> None:
        """Sort the topics for tomorrow, where it differs, so that nobody waits for it after midnight."""
        day = (self._now().astimezone(self._zone) + timedelta(days=1)).date()
        await asyncio.to_thread(self._library.warm_up, day)


async def every(seconds: float, work: Callable[[], Awaitable[None]], *, at_once: bool = True) -> None:
    """Do something at once and then each so many seconds; its trouble is logged and ends nothing.

    Args: at_once: False for what a start need not wait for.
    """
    if not at_once:
        await asyncio.sleep(seconds)
    while True:
        try:
            await work()
        except Exception as exc:
            log.error("chore failed", extra={"chore": work.__name__, "error": f"{type(exc).__name__}: {exc}"})
        await asyncio.sleep(seconds)
