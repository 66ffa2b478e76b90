"""What an approved template carries of an announcement, for people whom their channel lets nobody write to.

A template's words and the names of its fields are fixed when the platform approves it, so that these are fixed, too;
docs/zalo.md says what a template needs. Who gets it reads the rest on the public page.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from handlers.announcement_texts import headline, page_url
from storage import announcements, events
from storage.announcements import Announcement
from storage.db import Tx
from storage.events import Event

TITLE_CHARS: Final = 100
_ELLIPSIS: Final = "…"


def fields(
    announcement: Announcement, event: Event | None, zone: ZoneInfo, public_url: str, now: datetime
) -> dict[str, str]:
    """Return `title` (one line, at most `TITLE_CHARS`), `date` (DD/MM/YYYY) and `link`, all of them filled.

    Args:
        event: of an announcement of that kind: the date is that on which it begins; else it is today's.
        public_url: without a slash at its end.
    """
    day = (event.starts_at if event is not None else now).astimezone(zone)
    return {
        "title": cut(" ".join(headline(announcement).split()), TITLE_CHARS),
        "date": f"{day:%d/%m/%Y}",
        "link": page_url(announcement, public_url),
    }


def cut(text: str, most: int) -> str:
    """Shorten a line to so many characters, at the end of a word where there is one."""
    if len(text) <= most:
        return text
    room = text[: most - len(_ELLIPSIS) + 1]
    whole = room.rpartition(" ")[0] or room[:-1]
    return whole.rstrip(" ,;:.-–—") + _ELLIPSIS


def load(tx: Tx, announcement_id: int, zone: ZoneInfo, public_url: str, now: datetime) -> Mapping[str, str]:
    """Return the fields of an announcement that is there. Never commits."""
    event = events.find_by_announcement(tx, announcement_id)
    return fields(announcements.get(tx, announcement_id), event, zone, public_url, now)
