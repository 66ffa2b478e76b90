"""What a channel is to the rest of the house, and what the rest of the house is to a channel."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from handlers.conversation import Receipt
from handlers.messages import Address, Inbound, IncomingFile, Message, Outbound

Pieces = AsyncGenerator[bytes, None]
"""A file as it comes; whoever stops in the middle closes it."""


class Failure(StrEnum):
    """Why a message did not go out, as far as the sender has to care."""

    RETRY = "retry"  # surely not delivered, worth another try later
    THROTTLED = "throttled"  # not delivered; the channel asks us to wait
    BLOCKED = "blocked"  # this address cannot be written to until the person writes again
    CLOSED = "closed"  # the channel lets nobody write to this address now; open again when the person writes
    REFUSED = "refused"  # the channel will never take this message
    INCOMPLETE = "incomplete"  # the text was delivered, a document behind it was not, or perhaps not
    UNKNOWN = "unknown"  # it may have been delivered


class SendFailed(Exception):
    """A message was not, or perhaps not, delivered.

    Args:
        kind: what follows from it.
        reason: short, for logs and officials; no address, text or token in it.
        retry_after_s: how long the channel asks us to wait, if it said.
        everybody: it concerns the whole channel, or this way out of it, and not this address alone.
        unpaid: nobody pays for messages that cost money: no other one would leave either.
        message_id: the platform's, of the text that was delivered.
    """

    def __init__(
        self,
        kind: Failure,
        reason: str,
        retry_after_s: float | None = None,
        *,
        everybody: bool = False,
        unpaid: bool = False,
        message_id: str | None = None,
    ) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        self.reason = reason
        self.retry_after_s = retry_after_s
        self.everybody = everybody
        self.unpaid = unpaid
        self.message_id = message_id


class FetchFailed(Exception):
    """A file did not come.

    Args:
        reason: short, for logs and officials; no address, name or token in it.
        gone: the channel will never give it; otherwise another try may.
    """

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.gone = gone


class NotNow(Exception):
    """What came in could not be stored just now; the platform should bring it again."""


class State(StrEnum):
    """How a channel is. Shown in /readyz and metrics."""

    OFF = "off"  # no credentials
    STARTING = "starting"
    OK = "ok"
    UNREACHABLE = "unreachable"  # the platform's servers do not answer
    REFUSED = "refused"  # wrong or revoked credentials: a person must act
    CONFLICT = "conflict"  # somebody else receives with the same credentials


@dataclass(frozen=True, slots=True)
class Health:
    """A channel's state, and one line for the operator (no secret in it)."""

    state: State
    note: str = ""


class Reception(Protocol):
    """Where a channel brings what came in. Implemented by bot.inbound."""

    async def receive(self, inbound: Inbound) -> Receipt:
        """Take one message: returns once it is committed, or was taken before. Raises NotNow."""

    async def ignore(self, channel: str, external_id: str) -> None:
        """Remember an update that has nothing for us, so that it is not looked at again. Raises NotNow."""

    async def set_reachable(self, address: Address, *, reachable: bool, at: datetime | None = None) -> None:
        """The person blocked or unblocked us. Raises NotNow.

        Args: at: when, where the platform keeps no order: who did something since then is not blocked by it.
        """


class StoringReception(Reception, Protocol):
    """Where a channel brings what it has to answer for at once, and what only some platforms tell.

    Implemented by bot.inbound.
    """

    async def keep(self, inbound: Inbound) -> bool:
        """Store one message: returns once it is committed, and its turn follows by itself; False: seen before.

        Raises NotNow.
        """

    async def receipt(self, channel: str, platform_ids: Sequence[str], *, seen: bool, at: datetime) -> None:
        """Messages of ours arrived, or were seen. Raises nothing: nobody has to bring a receipt again."""

    async def human_wrote(self, address: Address, at: datetime, message_id: str | None = None) -> None:
        """An official wrote from the platform's own console: automatic answers pause. Raises NotNow.

        Args: message_id: the platform's; under one that we sent ourselves nothing happens.
        """

    async def heard(self, address: Address, at: datetime) -> None:
        """The person did something that is no message, such as following; they can be written to. Raises NotNow."""


class Channel(Protocol):
    """A way to reach people."""

    name: str

    def shape(self, message: Outbound) -> list[Outbound]:
        """Cut a message to what this channel can carry; the buttons stay on the last part."""

    async def send(self, address: str, message: Outbound) -> str | None:
        """Deliver one shaped message; returns the platform's id of it. Raises SendFailed, nothing else."""

    def health(self) -> Health:
        """Say how the channel is."""

    async def start(self) -> None:
        """Begin to receive and to be able to send; returns at once, even when the platform is unreachable."""

    async def stop(self) -> None:
        """Take nothing more in; what was taken in is finished. Sending goes on until `close`."""

    async def close(self) -> None:
        """Let go of connections."""


class Shelf(Protocol):
    """Where files are kept that a channel has at hand. Implemented by bot.files."""

    async def keep(self, pieces: Pieces, name: str) -> IncomingFile:
        """Look at a file as it comes, and keep it. Raises handlers.files.RefusedFile and NotNow."""

    def discard(self, files: Iterable[IncomingFile]) -> None:
        """Remove kept files that no message will name."""


class Gallery(Protocol):
    """The pictures that a channel may have to send (`Outbound.pictures`). Implemented by bot.gallery."""

    def path(self, file: str) -> Path:
        """Return where a picture lies; nothing may lie there any more."""

    async def find(self, file: str) -> str | None:
        """Return under which name the channel has a picture already, or None."""

    async def keep(self, file: str, ref: str) -> None:
        """Note under which name the channel has a picture."""

    async def forget(self, file: str) -> None:
        """Note that the channel does not know a picture any more."""


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file for a browser. `name`: as it is saved there; harmless."""

    path: Path
    media_type: str
    name: str


class FileSource(Protocol):
    """A channel that keeps for a while what people send through it."""

    def fetch(self, ref: str) -> Pieces:
        """Give a file that came with a message (`IncomingFile.ref`), piece by piece, of whatever size.

        Raises FetchFailed, nothing else.
        """


class Transcript(Protocol):
    """What was said with one person, for a channel that shows it itself. Implemented by bot.transcript."""

    async def history(self, address: Address, after: int, limit: int) -> list[Message]:
        """Return both sides, oldest first: above id `after`, or the latest when it is 0. Raises NotNow."""

    async def later(self, address: Address, after: int, limit: int) -> list[Message]:
        """Return what came by itself above id `after` (no replies), oldest first. Raises NotNow."""

    async def file(self, address: Address, attachment_id: int) -> ShownFile | None:
        """Return a file of this person's conversation; None for anybody else's. Raises NotNow."""

    async def picture(self, address: Address, message_id: int, number: int) -> ShownFile | None:
        """Return a picture (1, 2, …) of an announcement to this person; None for anybody else's. Raises NotNow."""

    async def newest(self, address: Address) -> int:
        """Return the id of the newest message, 0 when there is none. Raises NotNow."""

    def fetched(self, message_ids: Iterable[int]) -> None:
        """A browser has these messages; written down soon, at the latest when we stop."""

    def watch(self, address: Address) -> AbstractContextManager[asyncio.Event]:
        """Give an event that is set when something came by itself for this address."""
