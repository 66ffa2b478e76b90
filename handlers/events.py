"""Changing and calling off a session that was announced; everybody who signed up is told. Nothing here commits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from handlers import announcement_texts, paid_window
from handlers import announcement_words as words
from handlers.announcement_file import read_link
from handlers.announcement_sending import CANCELLED as TAKEN_BACK
from handlers.errors import Invalid, TooLate
from handlers.event_messages import Voice
from handlers.messages import clean
from handlers.officials import Official, Permission, in_scope, may, require
from handlers.rsvps import move_up, tell_at
from handlers.sending_rules import SendingRules
from storage import announcements, audit, deliveries, event_details, event_notices, events
from storage.announcements import Announcement
from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.event_notices import CANCELLED, CHANGED, REMINDER
from storage.events import Event

MAX_PLACE_CHARS = 200
MAX_SEATS = 100_000
TAKEN_BACK_AT_ONCE = 1000
_DETAILS = ("starts_at", "ends_at", "place")
"""Whoever signed up knew these: another one asks them again."""


@dataclass(frozen=True, slots=True)
class Details:
    """When and where a session is, and for how many, as they were typed. Times are aware."""

    starts_at: datetime
    ends_at: datetime | None
    place: str
    map_link: str | None = None
    seats: int | None = None


def require_reading(official: Official, event: Event) -> None:
    """Raise NotAllowed for who sees no sessions, NotFound for one of another area: existence is not told."""
    require(official, Permission.READ_EVENTS)
    if not in_scope(official, event.area_code):
        raise NotFound(f"no event {event.id}")


def is_changeable(announcement: Announcement) -> bool:
    """Say whether a session may be changed beside its announcement: not while that is as it is approved, and unsent."""
    return announcement.started_at is not None or announcement.status == "draft"


def change(
    tx: Tx,
    official: Official,
    event_id: int,
    details: Details,
    version: int,
    voice: Voice,
    now: datetime,
) -> Event:
    """Change when and where a session is, and for how many; returns it as it is now.

    Another time or place is told to everybody who signed up, who are asked again; what they were to be reminded of is
    planned anew. Invitations that have not left say how it is now. More seats go to who waits when the clock looks
    (`fill`).
    Raises NotFound, NotAllowed, Invalid, TooLate (it began, was called off, or is as a second person is to approve it
    or did), Conflict (`version` is not the newest).
    """
    require(official, Permission.WRITE_ANNOUNCEMENTS)
    # The announcement first, as everybody locks both: nothing of it begins to be sent, or is written, meanwhile.
    announcement = announcements.lock(tx, events.get(tx, event_id).announcement_id)
    event = _lock(tx, official, event_id, version, now)
    if not is_changeable(announcement):
        raise TooLate(words.NOT_BEGUN.format(status=words.STATUS_NAMES[announcement.status]))
    columns = _changed(event, _checked(event, details, now))
    if not columns:
        return event
    asks_again = any(name in columns for name in _DETAILS)
    if asks_again:
        columns["details_version"] = event.details_version + 1
    after = events.change(tx, event, columns)
    excess = announcement_texts.excess(announcement, after, voice.zone)
    if excess:
        raise Invalid("place", words.TOO_LONG.format(excess=excess))
    if announcement.started_at is not None:
        event_details.keep(tx, event, now)
        message = announcement_texts.chat(announcement, after, voice.zone, voice.public_url)
        deliveries.reword(tx, announcement.id, message.text, message.buttons)
    if asks_again:
        event_notices.drop(tx, event.id, (REMINDER, CHANGED), now)
        # Somebody may set out for the time that they know.
        first = min(event.starts_at, after.starts_at)
        event_notices.add(tx, event.id, CHANGED, after.details_version, tell_at(voice.rules, now, first), now)
    fields = sorted(name for name in columns if name != "details_version")
    audit.write(tx, official.id, "event.change", "event", str(event.id), {"fields": fields}, now)
    return after


def cancel(
    tx: Tx, official: Official, event_id: int, version: int, rules: SendingRules, now: datetime
) -> Event:
    """Call a session off and tell everybody who signed up; their answers stay as they were.

    Nobody finds an invitation to it any more that they had not seen; one that is being sent is stopped by the clock.

    Raises NotFound, NotAllowed, TooLate (it began, or was called off already), Conflict.
    """
    if not may(official, Permission.WRITE_ANNOUNCEMENTS):
        require(official, Permission.APPROVE)
    event = _lock(tx, official, event_id, version, now)
    after = events.change(tx, event, {"status": events.CANCELLED})
    event_notices.drop(tx, event.id, (REMINDER, CHANGED), now)
    due_at = tell_at(rules, now, event.starts_at)
    event_notices.add(tx, event.id, CANCELLED, event.details_version, due_at, now)
    if announcements.get(tx, event.announcement_id).status == announcements.SENT:
        while deliveries.cancel(tx, event.announcement_id, TAKEN_BACK, now, TAKEN_BACK_AT_ONCE):
            pass
    audit.write(tx, official.id, "event.cancel", "event", str(event.id), {}, now)
    return after


def _lock(tx: Tx, official: Official, event_id: int, version: int, now: datetime) -> Event:
    event = events.lock(tx, event_id)
    require_reading(official, event)
    if event.version != version:
        raise Conflict(f"event {event_id} was changed since")
    if not event.is_coming(now):
        raise TooLate(words.OVER)
    return event


def _checked(event: Event, details: Details, now: datetime) -> Mapping[str, object]:
    place = " ".join(clean(details.place).split())
    link = read_link(clean(details.map_link or ""), "map_link")
    if details.starts_at <= now:
        raise Invalid("starts_at", "Giờ bắt đầu phải sau bây giờ.")
    if details.ends_at is not None and details.ends_at <= details.starts_at:
        raise Invalid("ends_at", "Giờ kết thúc phải sau giờ bắt đầu.")
    if not place:
        raise Invalid("place", "Chưa có nơi họp. Ví dụ: Nhà văn hóa thôn Đông.")
    if len(place) > MAX_PLACE_CHARS:
        raise Invalid("place", f"Nơi họp dài quá {MAX_PLACE_CHARS} ký tự.")
    if details.seats is not None and not 1 <= details.seats <= MAX_SEATS:
        raise Invalid("seats", "Số chỗ là một số từ 1 trở lên; bỏ trống: không hạn chế.")
    if details.seats is not None and details.seats < event.taken:
        raise Invalid("seats", f"Đã có {event.taken} người ghi tên; số chỗ không ít hơn được.")
    return {
        "starts_at": details.starts_at,
        "ends_at": details.ends_at,
        "place": place,
        "map_link": link,
        "seats": details.seats,
    }


def _changed(event: Event, columns: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in columns.items() if getattr(event, name) != value}


def fill(tx: Tx, voice: Voice, now: datetime, limit: int) -> int:
    """Give seats that became free to who waits for them, of one session; returns to how many."""
    for event_id in events.list_to_fill(tx, now, 1, paid_window.ways(tx, voice.rules, now)):
        event = events.lock(tx, event_id)
        return move_up(tx, event, voice, now, limit) if event.is_coming(now) else 0
    return 0
