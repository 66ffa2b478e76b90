"""Questions nobody could answer: sorted into groups, and told the answer, a batch at a time.

Any number of processes may do it at once.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chores import every
from handlers import grouping, open_answers
from handlers.turn import Guide
from storage.db import Database

SORT_EVERY_S = 3.0
TELL_EVERY_S = 2.0
TIDY_EVERY_S = 3600.0
TIDY_AT_ONCE = 200

log = logging.getLogger(__name__)


class OpenQuestions:
    """The timed work on them."""

    def __init__(self, database: Database, guide: Guide, now: Callable[[], datetime], zone: ZoneInfo) -> None:
        self._database, self._guide, self._now, self._zone = database, guide, now, zone

    async def run(self) -> None:
        """Do it until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(every(SORT_EVERY_S, self.sort))
            group.create_task(every(TELL_EVERY_S, self.tell))
            group.create_task(every(TIDY_EVERY_S, self.tidy))

    async def sort(self) -> None:
        """Put every waiting question into a group."""
        while (seen := await self._database.read(grouping.look, self._now())).waiting:
            # Off the event loop: a batch takes tenths of a second where there are many groups.
            placed = await asyncio.to_thread(grouping.plan, seen, self._guide.library.likeness)
            if await self._database.write(grouping.settle, seen, placed):
                log.info("questions sorted", extra={"number": len(seen.waiting), "groups": len(placed)})
            else:
                return  # somebody else is at it; look again in a moment

    async def tell(self) -> None:
        """Tell every answer to everybody who waits for it."""
        while await self._database.write(open_answers.tell_next, self._guide, self._zone, self._now()):
            pass

    async def tidy(self) -> None:
        """Forget the words of questions that are gone."""
        likeness = self._guide.library.likeness
        while await self._database.write(grouping.tidy, likeness, TIDY_AT_ONCE):
            pass
