"""Find what people wrote while the webhook could not bring it: longer than Zalo repeats, or while it was switched off.

Zalo gives the recent conversations, ten rows a call (`listrecentchat`, then `conversation` for each person whose last
word is theirs). What the OA wrote after a message is taken for its answer, whoever wrote it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.channels.base import NotNow, StoringReception
from bot.channels.zalo.events import message_key
from bot.channels.zalo.message import from_query
from bot.channels.zalo.settings import NAME
from bot.channels.zalo.traffic import Traffic
from handlers.messages import Address, FileKind, Inbound, IncomingFile, clean

RECENT, CONVERSATION = "/v2.0/oa/listrecentchat", "/v2.0/oa/conversation"
PER_CALL = 10  # more is refused with -210
MOST_CALLS = 100
OLDEST = timedelta(hours=24)
"""Older than that nobody waits for an answer of a machine; an official sees it in Zalo's console."""
AFTER_PUT_OFF = timedelta(minutes=10)  # by then the first two repeats have come
AFTER_SILENCE = timedelta(hours=1)
LOOK_EVERY_S = 60.0
_FILES = {
    "photo": FileKind.PHOTO,
    "image": FileKind.PHOTO,
    "gif": FileKind.PHOTO,
    "voice": FileKind.VOICE,
    "audio": FileKind.VOICE,
    "video": FileKind.VIDEO,
    "file": FileKind.FILE,
}

log = logging.getLogger(__name__)


class Asks(Protocol):
    """The call that is made. Raises whatever the channel's calls raise."""

    async def get(self, path: str, data: Mapping[str, object]) -> object:
        """Return what `data` of the answer holds."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One message of either side."""

    person: str
    from_oa: bool
    at: datetime
    message_id: str
    fields: Mapping[str, str]

    def inbound(self, oa_id: str) -> Inbound:
        """Return it as the webhook would have brought it."""
        kind, text = self.fields.get("type", ""), clean(self.fields.get("message", ""))
        address, key = Address(NAME, self.person), message_key(oa_id, self.message_id)
        if (payload := from_query(text)) is not None:
            return Inbound(address, key, self.at, payload=payload)
        url = self.fields.get("url", "")
        files = (
            (IncomingFile(_FILES[kind], ref=clean(url)),)
            if kind in _FILES and url.startswith(("https://", "http://"))
            else ()
        )
        return Inbound(address, key, self.at, text, None, files, other=not (text or files))


class CatchUp:
    """Looks at what was said lately, and brings what is new to the reception."""

    def __init__(
        self,
        api: Asks,
        oa_id: Callable[[], str | None],
        reception: StoringReception,
        now: Callable[[], datetime],
        pause_s: float = 1.0,
    ) -> None:
        """Args: pause_s: between two calls; answers to people go first."""
        self._api = api
        self._oa_id = oa_id
        self._reception = reception
        self._now = now
        self._pause_s = pause_s
        self._looked_at: datetime | None = None
        self._calls = 0

    async def run(self, traffic: Traffic) -> None:
        """Look at the start, and when the webhook was put off or silent, until cancelled."""
        while True:
            if self.is_due(traffic):
                try:
                    await self.look()
                except NotNow:
                    log.warning("catching up put off", extra={"channel": NAME})
                except Exception as exc:
                    log.error("catching up failed", extra={"channel": NAME, "error": type(exc).__name__})
            await asyncio.sleep(LOOK_EVERY_S)

    def is_due(self, traffic: Traffic) -> bool:
        """Say whether something may have been missed since the last look."""
        now, looked_at = self._now(), self._looked_at
        if self._oa_id() is None:
            return False
        if looked_at is None:
            return True
        put_off = traffic.put_off_at
        if put_off is not None and put_off > looked_at and now - put_off >= AFTER_PUT_OFF:
            return True
        return now - max(looked_at, traffic.good_at or looked_at) >= AFTER_SILENCE

    async def look(self) -> int:
        """Bring every unanswered message of the last day that was not taken; returns how many were new.

        Raises NotNow and what the calls raise; what was brought until then stays.
        """
        oa_id = self._oa_id()
        if oa_id is None:
            return 0
        # Also when it fails: the next look is not before the next reason.
        self._looked_at, self._calls = self._now(), 0
        oldest = self._now() - OLDEST
        newest: dict[str, _Row] = {}
        async for row in self._rows(RECENT, {}, oa_id, oldest):
            if row.person not in newest or newest[row.person].at < row.at:
                newest[row.person] = row
        found = 0
        for person, last in sorted(newest.items(), key=lambda item: item[1].at):
            if last.from_oa:
                continue
            for row in await self._unanswered(person, oa_id, oldest):
                found += await self._reception.keep(row.inbound(oa_id))
        if found:
            log.warning("messages found that the webhook had not brought", extra={"number": found})
        return found

    async def _unanswered(self, person: str, oa_id: str, oldest: datetime) -> list[_Row]:
        """Return what a person wrote after the OA's last word, oldest first."""
        said = [
            row
            async for row in self._rows(CONVERSATION, {"user_id": person}, oa_id, oldest)
            if row.person == person
        ]
        answered = max((row.at for row in said if row.from_oa), default=oldest)
        # Of the same moment: rather once too often stored than not at all; what was taken is known.
        return sorted((row for row in said if not row.from_oa and row.at >= answered), key=lambda row: row.at)

    async def _rows(
        self, path: str, more: Mapping[str, object], oa_id: str, oldest: datetime
    ) -> AsyncIterator[_Row]:
        """Give rows, newest first as Zalo has them, until they are older than that."""
        for offset in range(0, MOST_CALLS * PER_CALL, PER_CALL):
            if self._calls >= MOST_CALLS:
                return
            if self._calls:
                await asyncio.sleep(self._pause_s)
            self._calls += 1
            page = await self._api.get(path, {**more, "offset": offset, "count": PER_CALL})
            rows = list(_read(page, oa_id))
            for row in rows:
                if row.at >= oldest:
                    yield row
            if not isinstance(page, list) or len(page) < PER_CALL:
                return
            if rows and all(row.at < oldest for row in rows):
                return


def _read(page: object, oa_id: str) -> Iterator[_Row]:
    for raw in page if isinstance(page, list) else ():
        if not isinstance(raw, Mapping):
            continue
        fields = {name: str(value) for name, value in raw.items() if isinstance(value, str | int)}
        sender, receiver = fields.get("from_id", ""), fields.get("to_id", "")
        # `src` 0 is the OA (documented); the ids tell it as well.
        from_oa = sender == oa_id or (receiver != oa_id and fields.get("src") == "0")
        person = receiver if from_oa else sender
        try:
            at = datetime.fromtimestamp(int(fields.get("time", "")) / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            continue
        if person and fields.get("message_id"):
            yield _Row(person, from_oa, at, fields["message_id"], fields)
