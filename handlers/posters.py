"""An announcement as a sheet for the wall: what stands on it, without saying how it is drawn. Pure."""

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from handlers.announcement_codes import spoken
from handlers.announcement_texts import facts, headline, page_url
from storage.announcements import Announcement
from storage.events import Event

SCAN: Final = "Đưa điện thoại quét hình này để xem tin và trả lời"
CODE: Final = "Mã tin: {code}"
WARNING: Final = "Không ai được thu tiền, hỏi mã OTP hay số tài khoản vì tin này."
_LONG, _VERY_LONG = 450, 900  # characters beyond which the text is set smaller, to stay on one sheet


@dataclass(frozen=True, slots=True)
class Poster:
    """What stands on it. `url` goes into the QR; `size` is "short", "long" or "longest"."""

    headline: str
    text: str
    facts: tuple[tuple[str, str], ...]
    code: str
    url: str
    size: str


def poster(announcement: Announcement, event: Event | None, zone: ZoneInfo, public_url: str) -> Poster:
    """Return what stands on the poster of an announcement."""
    told = tuple(facts(announcement, event, zone))
    length = len(announcement.text) + sum(len(value) for _, value in told)
    size = "short" if length <= _LONG else "long" if length <= _VERY_LONG else "longest"
    code = CODE.format(code=spoken(announcement.code))
    return Poster(
        headline(announcement), announcement.text, told, code, page_url(announcement, public_url), size
    )
