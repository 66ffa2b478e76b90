"""Signing up for a session: seats are never given twice, and who waits moves up by itself.

Who waits longest is asked first, and is passed over only while they are more people than there are seats, or cannot be
told: a seat that stays empty helps nobody. They keep their place, so that the next seats that suffice are theirs once
they can. Whoever has seats keeps them when they ask for more than there are.

Nothing here commits.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from handlers import event_messages, notify, paid_window
from handlers.errors import TooLate
from handlers.event_messages import Voice
from handlers.messages import Outbound
from handlers.sending_rules import SendingRules
from storage import events, rsvps
from storage.db import Tx
from storage.events import Announced, Event
from storage.outbox import Lane
from storage.people import Person
from storage.rsvps import DECLINED, GOING, WAITING, Rsvp

MOVED_AT_ONCE = 100
NEAR = timedelta(hours=2)
"""Of a session that begins so soon after the quiet hours, people are told in them rather than too late."""


class Outcome(StrEnum):
    """What came of an answer."""

    GOING = "going"
    WAITING = "waiting"
    DECLINED = "declined"
    KEPT = "kept"
    """More seats were asked for than there are; what the person had is still theirs."""
    TOO_MANY = "too_many"
    """More people than the room has seats; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an answer. `rsvp`: as it stands now; None: there is none. `place`: in the line, from 1."""

    outcome: Outcome
    event: Event
    rsvp: Rsvp | None
    place: int = 0


def come(tx: Tx, person: Person, event_id: int, people: int | None, voice: Voice, now: datetime) -> Answered:
    """Take a person's yes, first or changed; may be called twice. Raises NotFound, TooLate.

    Args:
        people: with those who come along, 1 to `MAX_COMPANIONS` + 1; None: as many as before, or the person alone.
    """
    event = _lock_coming(tx, event_id, now)
    # Who waits goes before who comes now.
    settled = move_up(tx, event, voice, now) < MOVED_AT_ONCE
    before = rsvps.find(tx, event_id, person.resident_id)
    if people is None:
        people = before.people if before is not None and before.status in (GOING, WAITING) else 1
    if event.seats is not None and people > event.seats:
        return Answered(Outcome.TOO_MANY, events.get(tx, event_id), before)
    more = people - (before.seats if before is not None else 0)
    if (more <= 0 or settled) and events.take_seats(tx, event_id, more):
        rsvp = _write(tx, person, event, before, GOING, people, now)
        if more < 0:
            move_up(tx, events.get(tx, event_id), voice, now)
        return Answered(Outcome.GOING, events.get(tx, event_id), rsvp)
    if before is not None and before.status == GOING:
        rsvp = _write(tx, person, event, before, GOING, before.people, now)
        return Answered(Outcome.KEPT, events.get(tx, event_id), rsvp)
    rsvp = _write(tx, person, event, before, WAITING, people, now)
    return Answered(Outcome.WAITING, events.get(tx, event_id), rsvp, rsvps.place(tx, rsvp))


def decline(tx: Tx, person: Person, event_id: int, voice: Voice, now: datetime) -> Answered:
    """Take a person's no, first or changed; their seats go to who waits. Raises NotFound, TooLate."""
    event = _lock_coming(tx, event_id, now)
    before = rsvps.find(tx, event_id, person.resident_id)
    if before is not None and before.seats:
        events.take_seats(tx, event_id, -before.seats)
    rsvp = _write(tx, person, event, before, DECLINED, before.people if before else 1, now)
    move_up(tx, events.get(tx, event_id), voice, now)
    return Answered(Outcome.DECLINED, events.get(tx, event_id), rsvp)


def withdraw_all(tx: Tx, resident_id: int, now: datetime) -> int:
    """Take back every sign-up of a person for what is still to begin; returns how many.

    For "dừng tất cả" and before a person is erased; no reminder or change reaches them any more. Their seats go to who
    waits as soon as the clock looks (`events.fill`), for only there is known how to tell them.
    """
    # In the order of the events' ids, as everybody locks them who locks more than one.
    coming = rsvps.list_coming_of(tx, resident_id, now)
    for each in coming:
        events.lock(tx, each.event_id)
        rsvp = rsvps.find(tx, each.event_id, resident_id)
        if rsvp is None or rsvp.status not in (GOING, WAITING):
            continue  # they were faster
        if rsvp.seats:
            events.take_seats(tx, each.event_id, -rsvp.seats)
        rsvps.change(tx, rsvp.id, status=DECLINED, answered_at=now)
    return len(coming)


def _lock_coming(tx: Tx, event_id: int, now: datetime) -> Event:
    event = events.lock(tx, event_id)
    if not event.is_coming(now):
        raise TooLate(f"event {event_id} has begun or is called off")
    return event


def _write(
    tx: Tx, person: Person, event: Event, before: Rsvp | None, status: str, people: int, now: datetime
) -> Rsvp:
    if before is None:
        return rsvps.add(
            tx,
            event.id,
            person.resident_id,
            person.address_id,
            person.commune_code,
            status,
            people,
            event.details_version,
            now,
        )
    joins_the_line = status == WAITING and before.status != WAITING
    return rsvps.change(
        tx,
        before.id,
        address_id=person.address_id,
        area_code=person.commune_code,
        status=status,
        people=people,
        answered_at=now,
        queued_at=now if joins_the_line else before.queued_at,
        details_version=event.details_version,
    )


def move_up(tx: Tx, event: Event, voice: Voice, now: datetime, limit: int = MOVED_AT_ONCE) -> int:
    """Give free seats to who waits, and tell them; returns to how many: `limit`, where there may be more.

    Args: event: locked, as it stands now.
    """
    moved, free, ways = 0, event.free, paid_window.ways(tx, voice.rules, now)
    announced: Announced | None = None
    while moved < limit and (first := rsvps.next_waiting(tx, event.id, free, ways)) is not None:
        if not events.take_seats(tx, event.id, first.people):
            break
        rsvp = rsvps.change(tx, first.id, status=GOING)
        announced = announced or events.get_announced(tx, event.id)
        tell(
            tx,
            rsvp,
            event_messages.moved_up(announced, rsvp, voice, now),
            now,
            tell_at(voice.rules, now, event.starts_at),
            event.starts_at,
            event.starts_at - NEAR,
        )
        free = None if free is None else free - first.people
        moved += 1
    return moved


def tell(
    tx: Tx,
    rsvp: Rsvp,
    message: Outbound,
    now: datetime,
    at: datetime,
    useful_until: datetime | None = None,
    by_day_until: datetime = notify.ANY_DAY,
) -> None:
    """Write to who signed up, where they did; nobody is there any more: nothing is written."""
    if rsvp.address_id is not None:
        later = at if at > now else None
        notify.to_address(
            tx,
            rsvp.address_id,
            message,
            Lane.NOTICE,
            now,
            later,
            asked_at=rsvp.answered_at,
            useful_until=useful_until,
            by_day_until=by_day_until,
        )


def tell_at(rules: SendingRules, now: datetime, starts_at: datetime) -> datetime:
    """Return when to tell something that cannot wait for ever: not in the quiet hours, unless it were too late then."""
    opens = rules.next_open(now)
    return now if opens > starts_at - NEAR else opens
