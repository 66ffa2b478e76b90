"""Changing and calling off a session that was announced; everybody who signed up is told. Nothing here commits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from handlers.errors import Invalid, TooLate
from handlers.event_messages import Voice
from handlers.messages import clean
from handlers.officials import Official, Permission, in_scope, may, require
from handlers.rsvps import move_up, tell_at
from handlers.sending_rules import SendingRules
from storage import audit, event_notices, events
from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.event_notices import CANCELLED, CHANGED, REMINDER
from storage.events import Event

MAX_PLACE_CHARS = 200
MAX_LINK_CHARS = 300
MAX_SEATS = 100_000
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


def change(
    tx: Tx,
    official: Official,
    event_id: int,
    details: Details,
    version: int,
    rules: SendingRules,
    now: datetime,
) -> Event:
    """Change when and where a session is, and for how many; returns it as it is now.

    Another time or place is told to everybody who signed up, who are asked again; what they were to be reminded of is
    planned anew. More seats go to who waits when the clock looks (`fill`).
    Raises NotFound, NotAllowed, Invalid, TooLate (it began, or was called off), Conflict (`version` is not the newest).
    """
    require(official, Permission.WRITE_ANNOUNCEMENTS)
    event = _lock(tx, official, event_id, version, now)
    columns = _changed(event, _checked(event, details, now))
    if not columns:
        return event
    asks_again = any(name in columns for name in _DETAILS)
    if asks_again:
        columns["details_version"] = event.details_version + 1
    after = events.change(tx, event, columns)
    if asks_again:
        event_notices.drop(tx, event.id, (REMINDER, CHANGED), now)
        # Somebody may set out for the time that they know.
        first = min(event.starts_at, after.starts_at)
        event_notices.add(tx, event.id, CHANGED, after.details_version, tell_at(rules, now, first), now)
    fields = sorted(name for name in columns if name != "details_version")
    audit.write(tx, official.id, "event.change", "event", str(event.id), {"fields": fields}, now)
    return after


def cancel(
    tx: Tx, official: Official, event_id: int, version: int, rules: SendingRules, now: datetime
) -> Event:
    """Call a session off and tell everybody who signed up; their answers stay as they were.

    Raises NotFound, NotAllowed, TooLate (it began, or was called off already), Conflict.
    """
    if not may(official, Permission.WRITE_ANNOUNCEMENTS):
        require(official, Permission.APPROVE)
    event = _lock(tx, official, event_id, version, now)
    after = events.change(tx, event, {"status": events.CANCELLED})
    event_notices.drop(tx, event.id, (REMINDER, CHANGED), now)
    due_at = tell_at(rules, now, event.starts_at)
    event_notices.add(tx, event.id, CANCELLED, event.details_version, due_at, now)
    audit.write(tx, official.id, "event.cancel", "event", str(event.id), {}, now)
    return after


def _lock(tx: Tx, official: Official, event_id: int, version: int, now: datetime) -> Event:
    event = events.lock(tx, event_id)
    require_reading(official, event)
    if event.version != version:
        raise Conflict(f"event {event_id} was changed since")
    if not event.is_coming(now):
        raise TooLate(f"event {event_id} has begun or is called off")
    return event


def _checked(event: Event, details: Details, now: datetime) -> Mapping[str, object]:
    place = " ".join(clean(details.place).split())
    link = clean(details.map_link or "") or None
    if details.starts_at <= now:
        raise Invalid("starts_at", "Giờ bắt đầu phải sau bây giờ.")
    if details.ends_at is not None and details.ends_at <= details.starts_at:
        raise Invalid("ends_at", "Giờ kết thúc phải sau giờ bắt đầu.")
    if not place:
        raise Invalid("place", "Chưa có nơi họp. Ví dụ: Nhà văn hóa thôn Đông.")
    if len(place) > MAX_PLACE_CHARS:
        raise Invalid("place", f"Nơi họp dài quá {MAX_PLACE_CHARS} ký tự.")
    if link is not None and (not link.startswith(("https://", "http://")) or len(link) > MAX_LINK_CHARS):
        raise Invalid(
            "map_link", f"Đường dẫn bản đồ bắt đầu bằng https:// và không quá {MAX_LINK_CHARS} ký tự."
        )
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
    for event_id in events.list_to_fill(tx, now, 1):
        event = events.lock(tx, event_id)
        return move_up(tx, event, voice, now, limit) if event.is_coming(now) else 0
    return 0
