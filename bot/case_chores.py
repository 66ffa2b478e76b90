"""Timed work on cases: each batch in a transaction of its own, so that a turn never waits long behind it."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from bot.chores import every
from bot.clock import Clock
from handlers import case_chores
from handlers.deadlines import Deadlines
from storage.db import Database, Tx

BATCH = 50
EVERY_S = 60.0

log = logging.getLogger(__name__)


class CaseChores:
    """Tells of what is due, asks whether it was solved, closes what nobody replied to."""

    def __init__(self, database: Database, deadlines: Deadlines, now: Clock) -> None:
        self._database = database
        self._deadlines = deadlines
        self._now = now

    async def run(self) -> None:
        """Do them until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(every(EVERY_S, self.escalate))
            group.create_task(every(EVERY_S, self.ask_if_solved))
            group.create_task(every(EVERY_S, self.close_unanswered))

    async def escalate(self) -> None:
        """Tell officials of what is late or due soon."""
        await self._all("cases escalated", case_chores.escalate)

    async def ask_if_solved(self) -> None:
        """Ask residents whether the answer solved it."""
        await self._all("residents asked", case_chores.ask_if_solved)

    async def close_unanswered(self) -> None:
        """Close what nobody replied to for long."""
        await self._all("cases closed without a reply", case_chores.close_unanswered)

    async def _all(self, event: str, batch: Callable[[Tx, Deadlines, datetime, int], int]) -> None:
        number, taken = 0, BATCH
        while taken == BATCH:
            taken = await self._database.write(batch, self._deadlines, self._now(), BATCH)
            number += taken
        if number:
            log.info(event, extra={"number": number})
