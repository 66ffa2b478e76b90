"""Overviews that were counted a moment ago. One of all communes costs tenths of a second where there are many cases."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from console.parts import Parts
from handlers import overview
from handlers.officials import Official, Role, scope
from handlers.overview import Overview

FRESH = timedelta(seconds=30)
USABLE = timedelta(minutes=15)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """An overview and when it was counted."""

    overview: Overview
    at: datetime


class Overviews:
    """Counts of one commune are made anew each time; those of all are shared for a while by everybody of a role.

    One that is no longer fresh is shown once more while the next is counted, so that nobody waits for it.
    """

    def __init__(self) -> None:
        self._kept: dict[Role, Kept] = {}
        self._counting: dict[Role, asyncio.Task[Kept]] = {}

    async def get(self, parts: Parts, official: Official) -> Kept:
        """Return what this official may see."""
        if scope(official) is not None:
            return await self._count(parts, official)
        kept = self._kept.get(official.role)
        age = parts.now() - kept.at if kept else USABLE
        if kept and timedelta(0) <= age < FRESH:
            return kept
        task = self._counting.get(official.role)
        if task is None:
            task = self._counting[official.role] = asyncio.create_task(self._renew(parts, official))
            task.add_done_callback(_note)
        # Shielded: who closes the page must not take the others' counting away.
        return kept if kept and timedelta(0) <= age < USABLE else await asyncio.shield(task)

    async def _renew(self, parts: Parts, official: Official) -> Kept:
        try:
            kept = self._kept[official.role] = await self._count(parts, official)
            return kept
        finally:
            del self._counting[official.role]

    async def _count(self, parts: Parts, official: Official) -> Kept:
        now = parts.now()
        return Kept(await parts.database.read(overview.look, official, parts.zone, now), now)

    async def close(self) -> None:
        """Let what is being counted end."""
        await asyncio.gather(*self._counting.values(), return_exceptions=True)


def _note(task: asyncio.Task[Kept]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("overview not counted", extra={"error": type(error).__name__})


OVERVIEWS = web.AppKey("console_overviews", Overviews)


async def _close(app: web.Application) -> None:
    await app[OVERVIEWS].close()


def add_to(app: web.Application) -> None:
    """Give the application its overviews, and end them with it."""
    app[OVERVIEWS] = Overviews()
    app.on_cleanup.append(_close)
