"""Pictures that leave: where they lie, and what a channel calls those it has already."""

import logging
from pathlib import Path

from bot.clock import Clock
from bot.files import Shelf
from storage import channel_files
from storage.db import Database, Tx
from storage.errors import StorageError

_REMEMBERED = 100

log = logging.getLogger(__name__)


class Gallery:
    """The pictures of one channel. Implements `channels.base.Gallery`."""

    def __init__(self, channel: str, database: Database, shelf: Shelf, now: Clock) -> None:
        self._channel = channel
        self._database = database
        self._shelf = shelf
        self._now = now
        self._refs: dict[str, str] = {}

    def path(self, file: str) -> Path:
        """Return where a picture lies; nothing may lie there any more."""
        return self._shelf.path(file)

    async def find(self, file: str) -> str | None:
        """Return under which name the channel has a picture already; None when it does not, or nobody knows."""
        if (known := self._refs.get(file)) is None:
            try:
                known = await self._database.read(channel_files.find, self._channel, file)
            except StorageError:
                return None
            if known is not None:
                self._remember(file, known)
        return known

    async def keep(self, file: str, ref: str) -> None:
        """Note under which name the channel has a picture; whoever cannot write it down uploads it once more."""
        self._remember(file, ref)
        try:
            await self._database.write(self._put, file, ref)
        except StorageError as exc:
            log.warning("name of a picture not kept", extra={"error": str(exc)})

    async def forget(self, file: str) -> None:
        """Note that the channel does not know a picture any more."""
        self._refs.pop(file, None)
        try:
            await self._database.write(channel_files.forget, self._channel, file)
        except StorageError as exc:
            log.warning("name of a picture not dropped", extra={"error": str(exc)})

    def _put(self, tx: Tx, file: str, ref: str) -> None:
        channel_files.put(tx, self._channel, file, ref, self._now())

    def _remember(self, file: str, ref: str) -> None:
        if len(self._refs) >= _REMEMBERED:
            self._refs.clear()
        self._refs[file] = ref
