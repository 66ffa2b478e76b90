"""The survey after a session: asked the day after, of those who came and agreed to be asked. Nothing here commits."""

from datetime import datetime, time, timedelta
from typing import Final

from handlers import events as sessions
from handlers.errors import TooLate
from handlers.messages import clean
from handlers.officials import Official
from handlers.sending_rules import SendingRules
from storage import event_notices, events, rsvps, surveys
from storage.db import Tx
from storage.event_notices import SURVEY
from storage.people import Person
from storage.surveys import SCORES, Results

ASKED_AT: Final = time(9)
"""On the day after a session, on the clock of the place."""
LATEST: Final = timedelta(days=7)
"""So long after the beginning people are still asked: later they hardly remember."""
OPEN_FOR: Final = timedelta(days=30)
MAX_REMARK_CHARS: Final = 600
MOST_REMARKS: Final = 500


def plan(tx: Tx, rules: SendingRules, now: datetime, limit: int) -> int:
    """Plan the surveys of sessions that took place, once each; returns how many were planned."""
    planned = 0
    for event_id in surveys.list_to_plan(tx, now - LATEST, now, limit):
        event = events.lock(tx, event_id)
        # Two workers may have looked at once (PostgreSQL); the lock lets the second see what the first did.
        if event_notices.is_planned(tx, event_id, SURVEY, event.details_version):
            continue
        ended = (event.ends_at or event.starts_at).astimezone(rules.zone)
        due = datetime.combine(ended.date() + timedelta(days=1), ASKED_AT, rules.zone).astimezone(now.tzinfo)
        event_notices.add(tx, event_id, SURVEY, event.details_version, due, now)
        planned += 1
    return planned


def rate(tx: Tx, person: Person, event_id: int, score: int, now: datetime) -> bool:
    """Take a score, first or changed; False for one that there is not, or from somebody who was not there.

    Raises TooLate.
    """
    known = rsvps.find(tx, event_id, person.resident_id)
    if known is None or known.attended_at is None or score not in SCORES:
        return False
    # One answer at a time of one session: two presses give one row.
    event = events.lock(tx, event_id)
    if now > event.starts_at + OPEN_FOR:
        raise TooLate(f"the survey of event {event_id} is over")
    surveys.set_score(tx, event_id, person.resident_id, person.commune_code, score, now)
    return True


def remark(tx: Tx, person: Person, event_id: int, text: str) -> bool:
    """Keep a sentence beside a score; False without a score. What is too long is cut.

    Args: text: masked already.
    """
    said = " ".join(clean(text).split())[:MAX_REMARK_CHARS]
    return bool(said) and surveys.set_remark(tx, event_id, person.resident_id, said)


def results(tx: Tx, official: Official, event_id: int) -> Results:
    """Return what people thought of a session; nobody's name. Raises NotFound, NotAllowed."""
    sessions.require_reading(official, events.get(tx, event_id))
    return surveys.results(tx, event_id, MOST_REMARKS)
