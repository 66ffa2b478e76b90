"""Timed work on training and dialogue sessions: each batch in a transaction of its own, so that no turn waits long."""

import asyncio
import logging

from bot.chores import every
from bot.clock import Clock
from handlers import agenda, event_notices, events, surveys
from handlers.event_messages import Voice
from handlers.topics import Library
from storage.db import Database

BATCH = 100
FILL_S, TELL_S, SORT_S, PLAN_S = 5.0, 5.0, 5.0, 60.0
ROUNDS = 50
"""Of sorting, in one go; a plan that somebody was faster than is made again."""

log = logging.getLogger(__name__)


class EventChores:
    """Plans reminders and surveys, tells what is due, gives free seats to who waits, sorts questions handed in.

    Two processes may do it side by side.
    """

    def __init__(self, database: Database, voice: Voice, now: Clock, library: Library) -> None:
        """Args: library: its topics say how telling words are, where questions are compared."""
        self._library = library
        self._database = database
        self._voice = voice
        self._now = now

    async def run(self) -> None:
        """Do them until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(every(PLAN_S, self.plan))
            group.create_task(every(TELL_S, self.tell))
            group.create_task(every(FILL_S, self.fill))
            group.create_task(every(SORT_S, self.sort))

    async def plan(self) -> None:
        """Plan reminders of what was announced or changed since, and surveys of what took place."""
        for work in (event_notices.plan_reminders, surveys.plan):
            planned = BATCH
            while planned == BATCH:
                planned = await self._database.write(work, self._voice.rules, self._now(), BATCH)

    async def tell(self) -> None:
        """Tell everything that is due, a batch at a time."""
        batches = 0
        while await self._database.write(event_notices.tell_next, self._voice, self._now(), BATCH):
            batches += 1
        if batches:
            log.info("people told of events", extra={"batches": batches})

    async def fill(self) -> None:
        """Give seats that became free to who waits for them."""
        number = 0
        while moved := await self._database.write(events.fill, self._voice, self._now(), BATCH):
            number += moved
        if number:
            log.info("people moved up", extra={"number": number})

    async def sort(self) -> None:
        """Put questions that were handed in under the items of their order of business."""
        for _ in range(ROUNDS):
            seen = await self._database.read(agenda.look)
            if seen is None:
                return
            # Comparing is work for the processor: turns go on meanwhile.
            placed = await asyncio.to_thread(agenda.plan, seen, self._library.likeness)
            await self._database.write(agenda.settle, seen, placed)
