"""The worker's chore for announcements: begin what is due, expand it, finish it, withdraw what was cancelled.

Any number of processes may do it at once. Each step is a transaction of its own, so that a resident's turn waits for one
chunk at most, and a pause or a cancellation counts from the next one on.
"""

import asyncio
import logging

from bot.chores import every
from bot.clock import Clock
from handlers.announcement_sending import STEPS, Means, Step
from storage import announcements
from storage.announcements import Work
from storage.db import Database

EVERY_S = 1.0
AT_ONCE = 100  # announcements looked at each time; the others come with the next

log = logging.getLogger(__name__)


class Announcing:
    """Looks every second at what there is to do."""

    def __init__(self, database: Database, means: Means, now: Clock) -> None:
        self._database = database
        self._means = means
        self._now = now

    async def run(self) -> None:
        """Do it until cancelled."""
        await every(EVERY_S, self.look)

    async def look(self) -> None:
        """Do all there is to do now."""
        for work, step in STEPS:
            for announcement_id in await self._database.read(
                announcements.list_work, work, self._now(), AT_ONCE
            ):
                await self._do(work, step, announcement_id)

    async def _do(self, work: Work, step: Step, announcement_id: int) -> None:
        steps = 1
        try:
            while await self._database.write(step, announcement_id, self._means, self._now()):
                steps += 1
                # Whoever waits for this loop goes between two chunks.
                await asyncio.sleep(0)
        except Exception as exc:
            # One that cannot be sent must not keep the others from being sent.
            log.error(
                "announcement not done",
                extra={
                    "announcement": announcement_id,
                    "work": work,
                    "error": f"{type(exc).__name__}: {exc}",
                },
            )
            return
        if work is not Work.LATE:
            log.info(
                "announcement done", extra={"announcement": announcement_id, "work": work, "steps": steps}
            )
