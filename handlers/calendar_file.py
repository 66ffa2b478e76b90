"""A session as a file for calendars (iCalendar, RFC 5545). Pure: the same session gives the same bytes."""

from datetime import UTC, datetime
from typing import Final

from handlers import announcement_texts
from storage.announcements import Announcement
from storage.events import CANCELLED, Event

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
_PRODUCT: Final = "-//Hai Chiều//Lịch//VI"


def calendar_file(announcement: Announcement, event: Event, public_url: str, now: datetime) -> bytes:
    """Write a session as a calendar file of one entry.

    The UID stays and SEQUENCE grows with each other time or place, so that a calendar which has the entry moves it. Times
    are written in UTC: every calendar shows them on its own clock, and no table of zones can be out of date.

    Args:
        public_url: without a slash at its end.
        now: stands in DTSTAMP.
    """
    # Few ask for one, and every start would wait for it.
    from icalendar import Calendar
    from icalendar import Event as Entry

    entry = Entry()
    entry.add("uid", f"{announcement.code}@hai-chieu")
    entry.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    entry.add("sequence", event.details_version)
    entry.add("summary", announcement.title)
    entry.add("dtstart", event.starts_at.astimezone(UTC))
    if event.ends_at is not None:
        entry.add("dtend", event.ends_at.astimezone(UTC))
    entry.add("location", event.place)
    page = announcement_texts.page_url(announcement, public_url)
    entry.add("description", "\n".join((announcement.text, page)))
    entry.add("url", page)
    entry.add("status", "CANCELLED" if event.status == CANCELLED else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(entry)
    return bytes(calendar.to_ical())
