"""Who came to a session: by the code that is shown in the room, or noted by an official. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from faq.text import fold
from handlers import events as sessions
from handlers.errors import Invalid, TooLate
from handlers.event_lists import SignUp, list_sign_ups
from handlers.event_messages import MAX_COMPANIONS
from handlers.messages import clean
from handlers.officials import Official, Permission, may, require
from storage import attendance, audit, events, rsvps
from storage.attendance import Attendance
from storage.db import Tx
from storage.errors import NotFound
from storage.events import CANCELLED, Announced, Event
from storage.people import Person
from storage.rsvps import GOING, WALK_IN

MAX_PEOPLE: Final = MAX_COMPANIONS + 1
MAX_NAME_CHARS: Final = 100


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """Somebody came. `before`: that was known already, with so many people."""

    people: int
    before: bool


def is_its_day(event: Event, zone: ZoneInfo, now: datetime) -> bool:
    """Say whether this is a day of the session, on the clock of `zone`."""
    last = event.ends_at or event.starts_at
    return (
        event.starts_at.astimezone(zone).date() <= now.astimezone(zone).date() <= last.astimezone(zone).date()
    )


def check_in(
    tx: Tx, person: Person, event_id: int, people: int | None, zone: ZoneInfo, now: datetime
) -> CheckedIn:
    """Note that a person came; once, however often they say so.

    Args: people: with those who came along; None: as many as signed up, or as was noted before.
    Raises NotFound, TooLate (not on this day, or called off), Invalid.
    """
    event = events.lock(tx, event_id)
    if event.status == CANCELLED or not is_its_day(event, zone, now):
        raise TooLate(f"event {event_id} is not today")
    if people is not None and not 1 <= people <= MAX_PEOPLE:
        raise Invalid("people", f"Số người từ 1 đến {MAX_PEOPLE}.")
    known = rsvps.find(tx, event_id, person.resident_id)
    if known is None:
        attendance.add_walk_in(
            tx,
            event_id,
            people or 1,
            now,
            event.details_version,
            resident_id=person.resident_id,
            address_id=person.address_id,
            area_code=person.commune_code,
        )
        return CheckedIn(people or 1, before=False)
    if known.attended_people is not None:
        if people is not None and people != known.attended_people:
            attendance.mark(tx, known.id, people, known.attended_by, known.attended_at or now)
        return CheckedIn(people or known.attended_people, before=True)
    came = people or (known.people if known.status == GOING else 1)
    attendance.mark(tx, known.id, came, None, now)
    return CheckedIn(came, before=False)


# -- what officials note


@dataclass(frozen=True, slots=True)
class Present:
    """A session, how many came, and everybody who signed up or came."""

    announced: Announced
    counts: Attendance
    sign_ups: list[SignUp]


def may_see_names(official: Official) -> bool:
    """Say whether an official sees who signed up: who stands at the door does."""
    return may(official, Permission.WORK_CASES) or may(official, Permission.EXPORT_PERSONAL)


def show(tx: Tx, official: Official, event_id: int, now: datetime, *, names: bool) -> Present:
    """Return who signed up and who came. Raises NotFound, NotAllowed.

    Args: names: for who may see them; that is audited, and the caller commits.
    """
    announced = events.get_announced(tx, event_id)
    sessions.require_reading(official, announced.event)
    found = list_sign_ups(tx, official, event_id, now, personal=names)
    return Present(announced, attendance.count(tx, event_id), found)


def note(
    tx: Tx, official: Official, event_id: int, rsvp_id: int, people: int, zone: ZoneInfo, now: datetime
) -> None:
    """Note how many came of a sign-up; 0: nobody did, and who had been noted without one is forgotten.

    Raises NotFound, NotAllowed, TooLate (before its day, or called off), Invalid.
    """
    event = _lock(tx, official, event_id, zone, now)
    found = next(iter(rsvps.list_of(tx, event.id, rsvp_id - 1, 1)), None)
    if found is None or found.id != rsvp_id:
        raise NotFound(f"no answer {rsvp_id} to event {event_id}")
    if not 0 <= people <= MAX_PEOPLE:
        raise Invalid("people", f"Số người từ 0 đến {MAX_PEOPLE}.")
    if found.attended_people == (people or None):
        return
    if people == 0 and found.status == WALK_IN:
        attendance.remove(tx, rsvp_id)
    else:
        attendance.mark(tx, rsvp_id, people or None, official.id, found.attended_at or now)
    _audit(tx, official, event_id, {"people": people}, now)


def add_walk_in(
    tx: Tx, official: Official, event_id: int, name: str, people: int, zone: ZoneInfo, now: datetime
) -> int:
    """Note somebody who came without having signed up, by name; returns the row's id.

    Raises NotFound, NotAllowed, TooLate, Invalid: also for a name that was noted already, as a form sent twice would.
    """
    event = _lock(tx, official, event_id, zone, now)
    written = " ".join(clean(name).split())
    if not any(letter.isalpha() for letter in written):
        raise Invalid("name", "Ghi họ tên người đến. Ví dụ: Nguyễn Thị Lan, thôn Đông.")
    if len(written) > MAX_NAME_CHARS:
        raise Invalid("name", f"Họ tên dài quá {MAX_NAME_CHARS} ký tự.")
    if not 1 <= people <= MAX_PEOPLE:
        raise Invalid("people", f"Số người từ 1 đến {MAX_PEOPLE}.")
    if fold(written) in _walk_in_names(tx, event_id):
        raise Invalid("name", "Tên này đã ghi rồi. Người khác trùng tên thì ghi thêm thôn hoặc năm sinh.")
    new_id = attendance.add_walk_in(
        tx,
        event_id,
        people,
        now,
        event.details_version,
        name=written,
        by=official.id,
        area_code=event.area_code,
    )
    _audit(tx, official, event_id, {"people": people}, now)
    return new_id


def _walk_in_names(tx: Tx, event_id: int) -> set[str]:
    ids = attendance.list_walk_ins(tx, event_id)
    return {fold(one.name) for one in rsvps.open_identities(tx, ids).values() if one.name} if ids else set()


def _lock(tx: Tx, official: Official, event_id: int, zone: ZoneInfo, now: datetime) -> Event:
    require(official, Permission.RUN_EVENTS)
    event = events.lock(tx, event_id)
    sessions.require_reading(official, event)
    begins = event.starts_at.astimezone(zone).date()
    if event.status == CANCELLED or now.astimezone(zone).date() < begins:
        raise TooLate(f"event {event_id} is called off, or not today")
    return event


def _audit(tx: Tx, official: Official, event_id: int, details: dict[str, audit.JSON], now: datetime) -> None:
    audit.write(tx, official.id, "event.attendance", "event", str(event_id), details, now)


def is_noted(tx: Tx, event_id: int, resident_id: int) -> bool:
    """Say whether a person is known to have come."""
    known = rsvps.find(tx, event_id, resident_id)
    return known is not None and known.attended_at is not None
