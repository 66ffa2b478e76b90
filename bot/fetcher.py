"""Fetch the files that people sent through a channel, off the path of their messages' turns."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing
from datetime import timedelta

from bot.channels.base import FetchFailed, FileSource, NotNow
from bot.clock import Clock
from bot.files import Shelf
from handlers import files as rules
from handlers.files import RefusedFile
from storage import files
from storage.db import Database
from storage.errors import StorageError
from storage.files import Wanted

AT_ONCE = 4
HOLD = timedelta(minutes=10)
"""How long a file that is being fetched is left alone by others: longer than any download may take."""
LOOK_EVERY_S = 30.0

log = logging.getLogger(__name__)


class Fetcher:
    """Takes wanted files from the database, and puts them on the shelf.

    The attempt is counted and committed before the call; who dies in between leaves the row wanted, and what lies on
    disk without a row is swept up.
    """

    def __init__(
        self, database: Database, shelf: Shelf, sources: Mapping[str, FileSource], now: Clock
    ) -> None:
        """Args: sources: by the channel's name; filled before `run`."""
        self._database = database
        self._shelf = shelf
        self._sources = sources
        self._now = now
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something may have come: look now."""
        self._woken.set()

    async def run(self) -> None:
        """Fetch until cancelled."""
        while True:
            self._woken.clear()
            try:
                more = await self.fetch_some()
            except StorageError as exc:
                log.error("files not fetched", extra={"error": type(exc).__name__})
                more = False
            if not more:
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def fetch_some(self) -> bool:
        """Fetch what is due, a few at once; says whether there may be more."""
        now = self._now()
        wanted = await self._database.write(files.claim_wanted, list(self._sources), now + HOLD, now, AT_ONCE)
        await asyncio.gather(*map(self._fetch, wanted))
        return len(wanted) == AT_ONCE

    async def _fetch(self, wanted: Wanted) -> None:
        attached, write = wanted.attached, self._database.write
        try:
            async with aclosing(self._sources[attached.channel].fetch(wanted.ref)) as pieces:
                one = await self._shelf.keep(pieces, attached.name or "")
        except RefusedFile as refused:
            await write(rules.refuse, attached, refused.sentence, self._now())
            outcome = "refused"
        except FetchFailed as failed:
            if failed.gone:
                await write(rules.give_up, attached, failed.reason)
            else:
                await write(rules.try_again, attached, failed.reason, self._now())
            outcome = "gone" if failed.gone else "failed"
        except NotNow:
            # Our own disk's trouble is no reason to count a file as lost.
            await write(files.put_off, attached.id, self._now() + HOLD, counted=False)
            outcome = "put off"
        else:
            assert one.kept is not None  # noqa: S101  # the shelf keeps it, or raises
            if not await write(rules.keep, attached, one.kind, one.kept):
                self._shelf.discard([one])
            outcome = "stored"
        log.info("file fetched", extra={"attachment": attached.id, "outcome": outcome})
