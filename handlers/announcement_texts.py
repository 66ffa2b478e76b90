"""What residents read of an announcement: one text for every channel, and when and where as people say it. Pure."""

from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from handlers.announcement_codes import spoken
from handlers.messages import Button, Outbound
from handlers.turn import button
from storage.announcements import EMERGENCY, Announcement
from storage.events import Event

MAX_CHARS: Final = 1800
"""Of the chat text, whole; Zalo carries 2,000, and what is added for one person has room beside it."""
RSVP: Final = "rsvp"
"""The dialogue that the buttons of an event come back to."""
PLANNED: Final = "planned"

BUTTON_GOING: Final = "Tôi sẽ đi"
BUTTON_NOT_GOING: Final = "Tôi không đi được"
BUTTON_WITH: Final = "Đi cùng người nhà"
BUTTON_MORE: Final = "Xem thêm"
BUTTON_MAP: Final = "Xem bản đồ"

URGENT: Final = "TIN KHẨN: {title}"
TIME_NAME: Final = "Khi nào"
PLACE_NAME: Final = "Ở đâu"
SEATS_NAME: Final = "Số chỗ"
LINK_NAME: Final = "Đường dẫn"
WHEN: Final = f"{TIME_NAME}: {{when}}"
WHERE: Final = f"{PLACE_NAME}: {{place}}"
PAGE: Final = "{url}/a/{code}"
CODE: Final = "Mã tin: {code}. Nghi tin giả, gõ mã này vào đây."

_WEEKDAYS: Final = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
# From which hour on a part of the day is called so.
_PARTS: Final = ((1, "sáng"), (11, "trưa"), (13, "chiều"), (18, "tối"), (22, "đêm"))


def chat(announcement: Announcement, event: Event | None, zone: ZoneInfo, public_url: str) -> Outbound:
    """Write an announcement as one message, the same for every channel; plain text.

    Cuts nothing: whether it fits is for `excess` to say, before it is filed.

    Args:
        event: of an announcement of that kind; its buttons are there while it is planned.
        public_url: without a slash at its end.
    """
    parts = [headline(announcement), announcement.text]
    if told := facts(announcement, event, zone):
        parts.append("\n".join(f"{name}: {value}" for name, value in told))
    parts.append(CODE.format(code=spoken(announcement.code)))
    return Outbound("\n\n".join(parts), _buttons(announcement, event, public_url))


def excess(announcement: Announcement, event: Event | None, zone: ZoneInfo) -> int:
    """Say how many characters the chat text has too many; 0 when it fits."""
    return max(0, len(chat(announcement, event, zone, "").text) - MAX_CHARS)


def headline(announcement: Announcement) -> str:
    """Return the title, marked where it is urgent."""
    urgent = announcement.kind == EMERGENCY
    return URGENT.format(title=announcement.title) if urgent else announcement.title


def facts(announcement: Announcement, event: Event | None, zone: ZoneInfo) -> list[tuple[str, str]]:
    """Return name and value of what is to be noted down: when, where, how many seats, the link; what there is."""
    told: list[tuple[str, str]] = []
    if event is not None:
        told += [(TIME_NAME, when(event, zone)), (PLACE_NAME, event.place)]
        if event.seats is not None:
            told.append((SEATS_NAME, str(event.seats)))
    if announcement.link:
        told.append((LINK_NAME, announcement.link))
    return told


def page_url(announcement: Announcement, public_url: str) -> str:
    """Return the address of the public page."""
    return PAGE.format(url=public_url, code=announcement.code)


def when(event: Event, zone: ZoneInfo) -> str:
    """Say when an event is: "từ 8 giờ sáng đến 11 giờ trưa thứ Bảy, ngày 12/12/2026"."""
    starts = event.starts_at.astimezone(zone)
    if event.ends_at is None:
        return moment(starts)
    ends = event.ends_at.astimezone(zone)
    if ends.date() == starts.date():
        return f"từ {clock(starts.time())} đến {clock(ends.time())} {day(starts.date())}"
    return f"từ {moment(starts)} đến {moment(ends)}"


def moment(at: datetime) -> str:
    """Say a moment, given where it is to be read: "8 giờ sáng thứ Bảy, ngày 12/12/2026"."""
    return f"{clock(at.time())} {day(at.date())}"


def clock(at: time) -> str:
    """Say a time of the day: "8 giờ sáng", "1 giờ 30 chiều"; midnight is "0 giờ", which begins its day."""
    part = next((f" {name}" for start, name in reversed(_PARTS) if at.hour >= start), "")
    hour = at.hour - 12 if at.hour > 12 else at.hour
    minutes = f" {at.minute:02}" if at.minute else ""
    return f"{hour} giờ{minutes}{part}"


def day(on: date) -> str:
    """Say a day: "thứ Bảy, ngày 12/12/2026"."""
    return f"{_WEEKDAYS[on.weekday()]}, ngày {on:%d/%m/%Y}"


def _buttons(announcement: Announcement, event: Event | None, public_url: str) -> tuple[Button, ...]:
    buttons = []
    if event is not None and event.status == PLANNED:
        buttons += [
            button(BUTTON_GOING, RSVP, "yes", event.id),
            button(BUTTON_WITH, RSVP, "with", event.id),
            button(BUTTON_NOT_GOING, RSVP, "no", event.id),
        ]
    buttons.append(Button(BUTTON_MORE, None, page_url(announcement, public_url)))
    if event is not None and event.map_link:
        buttons.append(Button(BUTTON_MAP, None, event.map_link))
    return tuple(buttons)
