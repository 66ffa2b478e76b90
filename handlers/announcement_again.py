"""Send an announcement once more to those of whom nobody knows whether they have it. Never commits."""

from datetime import datetime
from typing import Final

from handlers import announcement_words as words
from handlers.announcements import check_seen, log
from handlers.audience import PURPOSES
from handlers.errors import TooLate
from handlers.officials import Official, Permission, may, require
from handlers.sending_rules import SendingRules
from storage import announcements, events, unknown_deliveries
from storage.announcements import EMERGENCY
from storage.db import Tx

OVER: Final = frozenset({"sending", "sent"})
MOST: Final = 5000
"""At one press; a kill leaves at most 128 a worker, and only a platform that answers nothing leaves more."""


def send_again(tx: Tx, by: Official, announcement_id: int, rules: SendingRules, now: datetime) -> int:
    """Queue what is unknown once more; returns how many, 0 when all were repeated already. Some may get it twice.

    Whoever withdrew the consent since is left out. What was sent is being sent again until they have it.
    Raises NotAllowed, NotFound, TooLate (not sent, cancelled, its event has begun or was called off).
    """
    check_seen(tx, by, announcement_id)
    if not may(by, Permission.WRITE_ANNOUNCEMENTS):
        require(by, Permission.APPROVE)
    seen = announcements.lock(tx, announcement_id)
    if seen.status not in OVER:
        raise TooLate(words.NOT_NOW.format(status=words.STATUS_NAMES[seen.status]))
    event = events.find_by_announcement(tx, announcement_id)
    if event is not None and not event.is_coming(now):
        raise TooLate(words.BEGUN)
    first = now if seen.kind == EMERGENCY else rules.next_open(now)
    queued = unknown_deliveries.queue_again(tx, announcement_id, PURPOSES[seen.kind], first, MOST)
    if not queued:
        return 0
    if seen.status == "sent":
        announcements.change(tx, seen, {"status": "sending", "finished_at": None})
    log(tx, by, "again", announcement_id, now, {"people": queued})
    return queued
