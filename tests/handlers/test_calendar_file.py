"""The calendar file reads back as the session: same entry, same moment, wherever the calendar stands."""

from datetime import UTC, datetime, timedelta

from icalendar import Calendar

from handlers.calendar_file import calendar_file
from tests.handlers.announcing import NOW, PUBLIC_URL, announcement, event

STARTS = datetime.fromisoformat("2026-12-12T08:00+07:00")


def entry(**given: object) -> dict[str, str]:
    """Return the entry as another program reads it."""
    calendar = Calendar.from_ical(calendar_file(announcement(), event(**given), PUBLIC_URL, NOW))
    (found,) = calendar.walk("VEVENT")
    written = {name: found[name].to_ical() for name in found}
    return {name: each if isinstance(each, str) else each.decode() for name, each in written.items()}


def test_entry_says_what_when_and_where() -> None:
    read = entry()

    assert read["SUMMARY"] == "Tập huấn chăn nuôi gà"
    assert read["LOCATION"] == "Nhà văn hóa thôn Đông"
    assert (read["DTSTART"], read["DTEND"]) == ("20261212T010000Z", "20261212T040000Z")
    assert read["URL"] == f"{PUBLIC_URL}/a/K7M4XP"
    assert read["STATUS"] == "CONFIRMED"


def test_other_time_is_the_same_entry_of_a_later_version() -> None:
    before, after = entry(), entry(starts_at=STARTS + timedelta(days=1), ends_at=None, details_version=2)

    assert before["UID"] == after["UID"] == "K7M4XP@hai-chieu"
    assert (before["SEQUENCE"], after["SEQUENCE"]) == ("1", "2")
    assert after["DTSTART"] == "20261213T010000Z"
    assert "DTEND" not in after


def test_called_off_session_is_crossed_out() -> None:
    assert entry(status="cancelled")["STATUS"] == "CANCELLED"


def test_zone_of_the_given_time_changes_nothing() -> None:
    here = calendar_file(announcement(), event(starts_at=STARTS), PUBLIC_URL, NOW)
    assert here == calendar_file(announcement(), event(starts_at=STARTS.astimezone(UTC)), PUBLIC_URL, NOW)


def test_words_cannot_add_lines() -> None:
    """RFC 5545, 3.3.11: line breaks, commas and semicolons are written as text; lines end in CRLF."""
    title = "A\r\nATTENDEE:mailto:x@y.vn;B,C"
    written = calendar_file(announcement(title=title), event(), PUBLIC_URL, NOW)

    (found,) = Calendar.from_ical(written).walk("VEVENT")
    assert "ATTENDEE" not in found
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    assert b"\n" not in written.replace(b"\r\n", b"")
