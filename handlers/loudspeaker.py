"""An announcement as the village loudspeaker reads it: in words, and what matters twice. Pure."""

from typing import Final
from zoneinfo import ZoneInfo

from handlers.announcement_codes import spoken
from handlers.announcement_texts import when
from handlers.read_aloud import code, read_aloud
from storage.announcements import EMERGENCY, Announcement
from storage.events import Event

BEGIN: Final = "Kính thưa bà con. Xin mời bà con chú ý nghe thông báo."
BEGIN_URGENT: Final = "Kính thưa bà con. Đây là thông báo khẩn, xin mời bà con chú ý nghe."
AGAIN: Final = "Xin nhắc lại."
WHEN: Final = "Thời gian: {when}."
WHERE: Final = "Địa điểm: {place}."
SEATS: Final = "Số chỗ: {seats}."
SEE: Final = "Địa chỉ trang trên mạng: {link}"
CODE: Final = "Mã của tin này là: {code}."
END: Final = "Xin cảm ơn bà con đã lắng nghe."


def script(announcement: Announcement, event: Event | None, zone: ZoneInfo) -> str:
    """Write the script, a paragraph a line; without a digit, so that any reader reads it alike."""
    title = _sentence(read_aloud(announcement.title))
    facts = _facts(event, zone)
    links = [read_aloud(SEE.format(link=announcement.link))] if announcement.link else []
    parts = [
        BEGIN_URGENT if announcement.kind == EMERGENCY else BEGIN,
        title,
        _sentence(read_aloud(announcement.text)),
        *facts,
        *map(_sentence, links),
        CODE.format(code=code(spoken(announcement.code))),
        AGAIN,
        title,
        # Without an event, when and where stand somewhere in the text.
        *(facts or [_sentence(read_aloud(announcement.text))]),
        END,
    ]
    return "\n".join(parts)


def _facts(event: Event | None, zone: ZoneInfo) -> list[str]:
    if event is None:
        return []
    told = [WHEN.format(when=when(event, zone)), WHERE.format(place=event.place)]
    if event.seats is not None:
        told.append(SEATS.format(seats=event.seats))
    return [read_aloud(line) for line in told]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
