"""What the clock tells those who signed up: reminders, changes, that a session is called off. Nothing here commits.

Who signed up asked to be told of this one session, so no further consent is needed, and "dừng", which ends
announcements, does not end it; declining does, and so does "dừng tất cả" (`rsvps.withdraw_all`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from handlers import event_messages
from handlers.event_messages import Voice
from handlers.messages import Outbound
from handlers.reminders import remind_at
from handlers.rsvps import tell
from handlers.sending_rules import SendingRules
from storage import event_notices, events, rsvps
from storage.db import Tx
from storage.event_notices import CANCELLED, CHANGED, REMINDER, Notice
from storage.events import Announced, Event
from storage.rsvps import GOING, WAITING, Rsvp


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice.

    Args:
        holds: whether there is still something to tell, by the event as it stands.
        is_for: whether this answer's person is told.
        message: what they are told.
        waits: until the quiet hours are over, whenever that is; otherwise `due_at` has thought of them already.
    """

    holds: Callable[[Notice, Event, datetime], bool]
    is_for: Callable[[Notice, Rsvp], bool]
    message: Callable[[Announced, Rsvp, Voice], Outbound]
    waits: bool = False


def _is_current(notice: Notice, event: Event, now: datetime) -> bool:
    return event.is_coming(now) and notice.details_version == event.details_version


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        REMINDER: Kind(
            _is_current, lambda _, rsvp: rsvp.status == GOING, event_messages.reminder, waits=True
        ),
        CHANGED: Kind(
            _is_current,
            # Whoever answered since knows it.
            lambda notice, rsvp: (
                rsvp.status in (GOING, WAITING) and rsvp.details_version < notice.details_version
            ),
            event_messages.changed,
        ),
        CANCELLED: Kind(
            lambda _, event, now: event.status == events.CANCELLED and now < event.starts_at,
            lambda _, rsvp: rsvp.status in (GOING, WAITING),
            event_messages.cancelled,
        ),
    }
)


def plan_reminders(tx: Tx, rules: SendingRules, now: datetime, limit: int) -> int:
    """Plan the reminders of announced sessions, once for each time and place they get; returns for how many.

    A moment that had passed when the session was announced is left out: nobody was promised that reminder. One that
    passed since then, before this was called, is told late.
    """
    planned = 0
    for event_id in events.list_to_plan(tx, now, limit):
        event = events.lock(tx, event_id)
        # Two workers may have looked at once (PostgreSQL); the lock lets the second see what the first did.
        if not event.is_coming(now) or event_notices.is_planned(
            tx, event_id, REMINDER, event.details_version
        ):
            continue
        since = _announced_at(tx, event) or now
        due = {remind_at(event.starts_at, minutes, rules, since) for minutes in event.remind_before}
        for at in sorted(filter(None, due)):
            event_notices.add(tx, event_id, REMINDER, event.details_version, at, now)
        if not any(due):
            event_notices.add(tx, event_id, REMINDER, event.details_version, now, now, done=True)
        planned += 1
    return planned


def _announced_at(tx: Tx, event: Event) -> datetime | None:
    """Return since when people sign up for it as it stands; None where it was changed: when, nobody wrote down."""
    changed = event.details_version > 1
    return None if changed else events.get_announced(tx, event.id).announcement.started_at


def tell_next(tx: Tx, voice: Voice, now: datetime, limit: int) -> bool:
    """Tell the next people of what is due, up to `limit`; returns whether there was anything to do.

    One transaction of the caller's: what they are told and how far that got are committed together, or neither.
    """
    notice = event_notices.take_due(tx, now)
    if notice is None:
        return False
    announced = events.get_announced(tx, notice.event_id)
    kind = KINDS.get(notice.kind)
    if kind is None or not kind.holds(notice, announced.event, now):
        event_notices.end(tx, notice.id, now)
        return True
    if kind.waits and voice.rules.is_quiet(now):
        event_notices.postpone(tx, notice.id, voice.rules.next_open(now))
        return True
    batch = rsvps.list_of(tx, notice.event_id, notice.cursor, limit)
    for rsvp in batch:
        if kind.is_for(notice, rsvp):
            tell(tx, rsvp, kind.message(announced, rsvp, voice), now, now)
    if batch:
        event_notices.move(tx, notice.id, batch[-1].id)
    if len(batch) < limit:
        event_notices.end(tx, notice.id, now)
    return True
