"""How far an announcement is, told to open pages as it goes on: one look a second for all who watch the same one.

A look is one reading transaction; between looks nothing is held. A stream ends with the announcement, with the session
of whoever watches, and with the service.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from console.parts import Parts
from handlers import accounts, announcements
from handlers import announcement_words as words
from handlers.officials import Official
from storage.db import Tx

EVERY_S = 1.0
SHARE: Final = 20
"""A look that takes long is made less often: looking takes a twentieth of the time at most."""
HEARTBEATS: Final = 15
"""After so many looks without news a line is sent that says nothing: a page that is gone shows itself."""
MOST_STREAMS: Final = 200
UNDER_WAY: Final = frozenset({"approved", "scheduled", "sending", "paused"})
"""While it is one of these there is something to wait for."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is. `total`: deliveries so far, which grow while they are being made."""

    status: str
    counts: dict[str, int]
    expanded: bool

    @property
    def total(self) -> int:
        """Return how many deliveries there are."""
        return sum(self.counts.values())

    @property
    def over(self) -> bool:
        """Say whether nothing is to be waited for."""
        return self.status not in UNDER_WAY

    def as_json(self) -> str:
        """Write it for a page."""
        told = {
            "status": self.status,
            "status_name": words.STATUS_NAMES[self.status],
            "counts": self.counts,
            "total": self.total,
            "done": self.total - self.counts["queued"],
            "expanded": self.expanded,
        }
        return json.dumps(told, ensure_ascii=False)


@dataclass(slots=True)
class _Look:
    """The latest look at one announcement, and when the next one is due (of the loop's clock)."""

    found: Progress | None = None
    due: float = 0.0
    watchers: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Watching:
    """Every open stream of this process."""

    def __init__(self) -> None:
        self.every_s = EVERY_S
        self._looks: dict[int, _Look] = {}
        self._streams = 0
        self._stopping = asyncio.Event()

    @asynccontextmanager
    async def watch(
        self, parts: Parts, who: Official, token: str, number: int
    ) -> AsyncIterator[AsyncIterator[Progress | None]]:
        """Give what is seen of an announcement, a second apart: a change, or None. Ends as the module says.

        Args: token: of the session that watches. Raises NotAllowed, NotFound, HTTPServiceUnavailable.
        """
        if self._streams >= MOST_STREAMS:
            raise web.HTTPServiceUnavailable
        look = self._looks.setdefault(number, _Look())
        look.watchers += 1
        self._streams += 1
        try:
            yield self._seen(parts, who, token, number, look)
        finally:
            self._streams -= 1
            look.watchers -= 1
            if not look.watchers:
                self._looks.pop(number, None)

    async def _seen(
        self, parts: Parts, who: Official, token: str, number: int, look: _Look
    ) -> AsyncIterator[Progress | None]:
        last: Progress | None = None
        while not self._stopping.is_set():
            living = await parts.database.read(accounts.find_session, token, parts.now())
            # Signed out, or another role since.
            if living is None or living[1] != who:
                return
            found = await self._look(parts, who, number, look)
            yield found if found != last else None
            if found.over:
                return
            last = found
            try:
                await asyncio.wait_for(self._stopping.wait(), self.every_s)
            except TimeoutError:
                continue

    async def _look(self, parts: Parts, who: Official, number: int, look: _Look) -> Progress:
        async with look.turn:
            clock = asyncio.get_running_loop().time
            began = clock()
            if look.found is None or began >= look.due:
                look.found = await parts.database.read(_read, who, number)
                look.due = clock() + max(self.every_s / 2, SHARE * (clock() - began))
            return look.found

    def stop(self) -> None:
        """End every stream."""
        self._stopping.set()


def _read(tx: Tx, who: Official, number: int) -> Progress:
    shown = announcements.get(tx, who, number)
    one = shown.announcement
    return Progress(one.status, shown.counts, one.expanded_at is not None)


WATCHING = web.AppKey("console_watching", Watching)


async def _stop(app: web.Application) -> None:
    app[WATCHING].stop()


def add_to(app: web.Application) -> None:
    """Give the application its streams, and end them before it waits for what is open."""
    app[WATCHING] = Watching()
    app.on_shutdown.append(_stop)
