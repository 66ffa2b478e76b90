"""What was said, for the web chat: read from the database, and told when something new has come."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from bot.channels.base import NotNow, ShownFile
from bot.clock import Clock
from bot.files import Shelf
from handlers.files import JPEG
from handlers.messages import Address, Message
from storage import files, messages, outbox, people
from storage.db import Database, Tx
from storage.errors import StorageError

T = TypeVar("T")
SETTLED = timedelta(minutes=1)
"""A transaction that writes a message is over by then."""
Listing = Callable[[Tx, int, int, int, datetime], list[Message]]
"""(tx, address id, after, limit, settled) → messages."""
_NOTHING_YET = 2**62  # above every id: what came before anybody watched was read when the page opened


class BrowserTranscript:
    """Reads for browsers, and notes what they have fetched. Implements `channels.base.Transcript`."""

    def __init__(self, database: Database, shelf: Shelf, now: Clock) -> None:
        self._database = database
        self._shelf = shelf
        self._now = now
        self._fetched: set[int] = set()
        self._flushing: set[int] = set()
        self._seen: int | None = None
        self._watchers: dict[Address, set[asyncio.Event]] = defaultdict(set)

    async def history(self, address: Address, after: int, limit: int) -> list[Message]:
        """Return both sides, oldest first: above id `after` and below it what committed late, or the latest when it is 0."""
        return await self._list(messages.list_history, address, after, limit)

    async def later(self, address: Address, after: int, limit: int) -> list[Message]:
        """Return what came by itself above id `after`, oldest first; and below it what committed late."""
        return await self._list(messages.list_later, address, after, limit)

    async def _list(self, which: Listing, address: Address, after: int, limit: int) -> list[Message]:
        settled = self._now() - SETTLED
        # Of what was handed over a moment ago it is not written down yet that it was.
        given = self._fetched | self._flushing

        def read(tx: Tx, address_id: int) -> list[Message]:
            return files.with_attachments(tx, which(tx, address_id, after, limit, settled))

        found: list[Message] = await self._read(address, [], read)
        return [one for one in found if one.id > after or one.id not in given]

    async def file(self, address: Address, attachment_id: int) -> ShownFile | None:
        """Return a file of this person's conversation; None for anybody else's."""
        found = await self._read(address, None, lambda tx, a: files.find_of_address(tx, attachment_id, a))
        if found is None or found.file is None or found.media_type is None:
            return None
        return ShownFile(self._shelf.path(found.file), found.media_type, found.name or "")

    async def picture(self, address: Address, message_id: int, number: int) -> ShownFile | None:
        """Return a picture of an announcement to this person; None for anybody else's."""
        found = await self._read(address, None, lambda tx, a: files.find_picture(tx, message_id, a, number))
        return ShownFile(self._shelf.path(found), JPEG.media_type, "") if found is not None else None

    async def newest(self, address: Address) -> int:
        """Return the id of the newest message, 0 when there is none."""
        return await self._read(address, 0, messages.last_id)

    async def _read(self, address: Address, nobody: T, work: Callable[[Tx, int], T]) -> T:
        def find_and_work(tx: Tx) -> T:
            address_id = people.find_address(tx, address.channel, address.value)
            return nobody if address_id is None else work(tx, address_id)

        try:
            return await self._database.read(find_and_work)
        except StorageError as exc:
            raise NotNow("the database cannot be used just now") from exc

    def fetched(self, message_ids: Iterable[int]) -> None:
        """A browser has these messages; `flush` writes it down."""
        self._fetched.update(message_ids)

    async def flush(self) -> None:
        """Write down what browsers have fetched; what was not written is kept for the next time."""
        taken, self._fetched = self._fetched, set()
        if not taken:
            return
        self._flushing = taken
        try:
            await self._database.write(outbox.mark_fetched, sorted(taken), self._now())
        except StorageError:
            self._fetched |= taken
            raise
        finally:
            self._flushing = set()

    @contextmanager
    def watch(self, address: Address) -> Iterator[asyncio.Event]:
        """Give an event that is set when something came by itself for this address."""
        event = asyncio.Event()
        self._watchers[address].add(event)
        try:
            yield event
        finally:
            self._watchers[address].discard(event)
            if not self._watchers[address]:
                del self._watchers[address]

    async def wake(self) -> None:
        """Tell the open pages of whoever something came for by itself, whichever process stored it.

        A page asks by itself now and then; this only makes it sooner.
        """
        if not self._watchers:
            self._seen = None
            return
        seen = self._seen
        newest, values = await self._database.read(
            messages.list_reached, "web", seen if seen is not None else _NOTHING_YET
        )
        self._seen = newest
        for value in values:
            self.tell(Address("web", value))

    def tell(self, address: Address) -> None:
        """Something was committed for this address; open pages fetch it."""
        for event in self._watchers.get(address, ()):
            event.set()
