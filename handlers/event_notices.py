"""What the clock tells those of a session: reminders, changes, that it is called off; what came of it, the survey.

Nothing here commits.

Who signed up asked to be told of this one session, so no further consent is needed, and "dừng", which ends
announcements, does not end it; declining does, and so does "dừng tất cả" (`rsvps.withdraw_all`).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from handlers import dialogue_messages, dialogues, event_messages
from handlers.event_messages import Voice
from handlers.messages import Outbound
from handlers.notify import ANY_DAY
from handlers.reminders import remind_at
from handlers.rsvps import NEAR, tell, tell_at
from handlers.sending_rules import SendingRules
from handlers.surveys import LATEST
from storage import event_notices, events, rsvps, surveys
from storage.db import Tx
from storage.event_notices import CANCELLED, CHANGED, MINUTES, OUTCOMES, REMINDER, SURVEY, Notice
from storage.events import Announced, Event
from storage.rsvps import GOING, WAITING, Rsvp

Tell = Callable[[Tx, Notice, Announced, Voice, datetime, int], "int | None"]
"""Tells the next people of a notice, at most so many; returns the cursor behind them. None: these were the last."""

_BEFORE: Final = timedelta()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice.

    Args:
        holds: whether there is still something to tell, by the event as it stands.
        tell: how the next people are told.
        waits: until the quiet hours are over, whenever that is; otherwise only where that is not too late.
    """

    holds: Callable[[Notice, Event, datetime], bool]
    tell: Tell
    waits: bool = False


def _to_sign_ups(
    choose: Callable[[Tx, Notice, Sequence[Rsvp]], Collection[Rsvp]],
    message: Callable[[Announced, Rsvp, Voice], Outbound],
    useful_for: timedelta | None = None,
    soon: timedelta | None = None,
) -> Tell:
    """Return how those of the next sign-ups are told whom `choose` chooses.

    Args: useful_for: so long after the beginning it is news to somebody who could not be told before; None: for ever.
        soon: so long before the beginning it is no longer kept back at night; None: no day is too late.
    """

    def tell_batch(
        tx: Tx, notice: Notice, announced: Announced, voice: Voice, now: datetime, limit: int
    ) -> int | None:
        batch = rsvps.list_of(tx, notice.event_id, notice.cursor, limit)
        for rsvp in choose(tx, notice, batch):
            until = None if useful_for is None else announced.event.starts_at + useful_for
            by_day_until = ANY_DAY if soon is None else announced.event.starts_at - soon
            tell(tx, rsvp, message(announced, rsvp, voice), now, now, until, by_day_until)
        return batch[-1].id if len(batch) == limit else None

    return tell_batch


def _each(is_for: Callable[[Notice, Rsvp], bool]) -> Callable[[Tx, Notice, Sequence[Rsvp]], list[Rsvp]]:
    return lambda _, notice, batch: [rsvp for rsvp in batch if is_for(notice, rsvp)]


def _agreed(tx: Tx, _notice: Notice, batch: Sequence[Rsvp]) -> list[Rsvp]:
    """Return those who came and agreed to be asked what they thought."""
    came = [rsvp for rsvp in batch if rsvp.attended_at is not None and rsvp.resident_id is not None]
    agreed = surveys.list_consenting(tx, [rsvp.id for rsvp in came])
    return [rsvp for rsvp in came if rsvp.id in agreed]


def _to_askers(
    tx: Tx, notice: Notice, announced: Announced, voice: Voice, now: datetime, limit: int
) -> int | None:
    told = dialogues.tell_askers(tx, announced, notice.cursor, voice, now, limit)
    return told[-1] if len(told) == limit else None


def _is_current(notice: Notice, event: Event, now: datetime) -> bool:
    return event.is_coming(now) and notice.details_version == event.details_version


def _is_closed(_notice: Notice, event: Event, _now: datetime) -> bool:
    return event.minutes_at is not None


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        REMINDER: Kind(
            _is_current,
            _to_sign_ups(
                _each(lambda _, rsvp: rsvp.status == GOING), event_messages.reminder, _BEFORE, _BEFORE
            ),
            waits=True,
        ),
        CHANGED: Kind(
            _is_current,
            _to_sign_ups(
                # Whoever answered since knows it.
                _each(
                    lambda notice, rsvp: (
                        rsvp.status in (GOING, WAITING) and rsvp.details_version < notice.details_version
                    )
                ),
                event_messages.changed,
                _BEFORE,
                NEAR,
            ),
        ),
        CANCELLED: Kind(
            lambda _, event, now: event.status == events.CANCELLED and now < event.starts_at,
            _to_sign_ups(
                _each(lambda _, rsvp: rsvp.status in (GOING, WAITING)),
                event_messages.cancelled,
                _BEFORE,
                NEAR,
            ),
        ),
        OUTCOMES: Kind(_is_closed, _to_askers, waits=True),
        MINUTES: Kind(
            _is_closed,
            _to_sign_ups(_each(lambda _, rsvp: rsvp.attended_at is not None), dialogue_messages.minutes),
            waits=True,
        ),
        SURVEY: Kind(
            lambda _, event, now: event.status != events.CANCELLED and now < event.starts_at + LATEST,
            _to_sign_ups(_agreed, dialogue_messages.survey, LATEST),
            waits=True,
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
    if (at := _when(kind, notice, announced.event, voice.rules, now)) > now:
        event_notices.postpone(tx, notice.id, at)
        return True
    cursor = kind.tell(tx, notice, announced, voice, now, limit)
    if cursor is None:
        event_notices.end(tx, notice.id, now)
    else:
        event_notices.move(tx, notice.id, cursor)
    return True


def _when(kind: Kind, notice: Notice, event: Event, rules: SendingRules, now: datetime) -> datetime:
    """Return when to tell what is due: now, or when the quiet hours are over into which it came late."""
    if kind.waits:
        return rules.next_open(now)
    # What is due in them could not wait; what was due before is told in them only if it were too late then.
    return now if rules.is_quiet(notice.due_at) else tell_at(rules, now, event.starts_at)
