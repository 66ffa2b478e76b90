"""What the console is given, and how a view gets at it."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web

from console.zalo import ZaloConsent
from handlers.messages import IncomingFile
from handlers.officials import Official
from handlers.turn import Guide
from storage.db import Database, Tx
from storage.sessions import Session


@dataclass(frozen=True, slots=True)
class Alarm:
    """A line on top of every page: something needs people now. `href`: where it is dealt with."""

    sentence: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel is, in one word, and a line for who runs the service."""

    state: str
    note: str = ""


def _no_channels() -> Mapping[str, ChannelState]:
    return {}


KeepFile = Callable[[AsyncGenerator[bytes, None], str], Awaitable[IncomingFile]]
"""Looks at a file as it comes (its bytes, its name), keeps it, and says what it is. A row has to name it within the hour.

Raises RefusedFile for one that we do not take, Unavailable when the disk does not do.
"""
AlarmSource = Callable[[Tx, Official, datetime], Sequence[Alarm]]
"""Gives the alarms that this official has to see; asked at every page, so it must be quick."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the console works with. `key`: derived from the secret key, for this alone.

    `file_path`: where a file that people sent lies on the disk, by its name there. `keep_file`: puts one there;
    `keep_document`: a document that goes out.
    `zalo`: lets an admin consent for the Official Account; None: the channel is off.
    """

    database: Database
    guide: Guide
    now: Callable[[], datetime]
    zone: ZoneInfo
    key: bytes = field(repr=False)
    public_url: str
    file_path: Callable[[str], Path]
    keep_file: KeepFile
    keep_document: KeepFile
    alarms: Sequence[AlarmSource] = ()
    channels: Callable[[], Mapping[str, ChannelState]] = _no_channels
    zalo: ZaloConsent | None = None

    @property
    def https(self) -> bool:
        """Say whether browsers reach us over HTTPS."""
        return self.public_url.startswith("https://")


PARTS = web.AppKey("console_parts", Parts)
SESSION = web.RequestKey("console_session", Session)
ALARMS = web.RequestKey("console_alarms", list[Alarm])
OFFICIAL = web.RequestKey("console_official", Official)


def parts(request: web.Request) -> Parts:
    """Return what the console was given."""
    return request.config_dict[PARTS]


def official(request: web.Request) -> Official:
    """Return who is signed in; KeyError in a view that anybody may ask for."""
    return request[OFFICIAL]


def find_official(request: web.Request) -> Official | None:
    """Return who is signed in, or None."""
    return request.get(OFFICIAL)


def session(request: web.Request) -> Session:
    """Return the session of who is signed in."""
    return request[SESSION]
