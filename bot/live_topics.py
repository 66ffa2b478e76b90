"""Topics change in the console while the service runs: every process notices, and answers by them from then on."""

import asyncio
import logging
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from faq import Topic
from handlers import topic_editing
from handlers.topics import Library
from storage import topics
from storage.db import Database, Tx
from storage.topics import Revision

POLL_S = 2.0

log = logging.getLogger(__name__)


class LiveTopics:
    """Keeps a library as the editors left it."""

    def __init__(self, database: Database, library: Library, now: Clock, zone: ZoneInfo) -> None:
        """Args: library: holds what ships."""
        self._database = database
        self._library = library
        self._now = now
        self._zone = zone
        self._mark = (0, 0)  # of a database in which nothing was ever changed

    async def refresh(self) -> None:
        """Take in what editors changed since the last time; costs one small query when they did not.

        A topic that cannot be read any more is logged and answered as it ships.
        """
        if await self._database.read(topics.read_mark) == self._mark:
            return
        mark, edits = await self._database.read(_changed)
        overlaid = topic_editing.overlay(self._library.shipped.values(), edits)
        for topic_id, why in overlaid.damaged.items():
            log.error("edited topic unreadable", extra={"topic": topic_id, "why": why})
        today = self._now().astimezone(self._zone).date()
        # In a thread: it takes some seconds, and nobody's question waits for it.
        built = await asyncio.to_thread(_build, overlaid.topics, today)
        self._library.swap(built)
        self._mark = mark
        log.info("topics read", extra={"edited": len(edits)})


def _changed(tx: Tx) -> tuple[tuple[int, int], list[Revision]]:
    return topics.read_mark(tx), topics.list_edits(tx)


def _build(content: list[Topic], today: date) -> Library:
    library = Library(content)
    # Also for tomorrow: the change may come just before midnight.
    library.warm_up(today)
    library.warm_up(today + timedelta(days=1))
    return library
