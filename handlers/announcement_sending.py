"""What the worker does with an announcement: begin it, expand it, finish it, withdraw what was cancelled. Never commits.

Each function takes the announcement, locked, does one bounded step and says whether there is more of it to do. Killed in
between, the next step begins where the last commit ended; two workers never do the same step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from handlers import announcement_texts, expansion, paid_window
from handlers import announcement_words as words
from handlers.announcements import log
from handlers.areas import AreaBook
from handlers.audience import Audience, Reach, exceeds
from handlers.messages import Outbound
from handlers.sending_rules import SendingRules
from handlers.waiting import OVER
from storage import announcements, deliveries, events
from storage.announcements import EMERGENCY, Announcement, Work
from storage.db import Tx

CANCELLED: Final = "cancelled"
"""The reason of deliveries that were taken back."""


@dataclass(frozen=True, slots=True)
class Means:
    """What the steps work with.

    Args:
        limit: people who get their delivery in one transaction: a resident's turn waits for one at most.
    """

    areas: AreaBook
    rules: SendingRules
    public_url: str
    limit: int = expansion.CHUNK

    def message(self, tx: Tx, announcement: Announcement) -> Outbound:
        """Return what people read."""
        event = events.find_by_announcement(tx, announcement.id)
        return announcement_texts.chat(announcement, event, self.rules.zone, self.public_url)

    def reach(self, tx: Tx, now: datetime) -> Reach:
        """Return what says of an address whether it can be written to now: the same as the count of an audience asks."""
        return paid_window.in_force(tx, self.rules.windows, now).at

    def audience(self, announcement: Announcement) -> Audience:
        """Return whom it is for."""
        return Audience.parse(announcement.audience, self.areas)


def stop_overtaken(tx: Tx, announcement_id: int, _means: Means, now: datetime) -> bool:
    """Cancel what is on its way while its event has begun or was cancelled: nobody is invited to what is over."""
    seen = announcements.take_work(tx, announcement_id, Work.OVERTAKEN, now)
    if seen is not None:
        announcements.change(tx, seen, {"status": "cancelled", "reason": words.OVERTAKEN})
        log(tx, None, "cancel", seen.id, now, {"was": seen.status})
    return False


def begin(tx: Tx, announcement_id: int, means: Means, now: datetime) -> bool:
    """Begin to send what is due; what one official let go alone, and is for many by now, waits for a second one."""
    seen = announcements.take_work(tx, announcement_id, Work.DUE, now)
    if seen is not None and _has_outgrown(tx, seen, means, now):
        reason = words.OUTGROWN.format(most=means.rules.approval_above)
        back = {"status": "submitted", "approved_by": None, "approved_at": None, "reason": reason}
        announcements.change(tx, seen, back)
        log(tx, None, "outgrow", seen.id, now)
    elif seen is not None:
        announcements.change(tx, seen, {"status": "sending", "started_at": now})
        exempt = {"exempt": ["quiet_hours", "weekly_ceiling"]} if seen.kind == EMERGENCY else {}
        log(tx, None, "start", seen.id, now, exempt)
    return False


def _has_outgrown(tx: Tx, seen: Announcement, means: Means, now: datetime) -> bool:
    # Also one without a time: it may have been paused for days before it began.
    if not seen.is_alone:
        return False
    most = means.rules.approval_above
    return exceeds(tx, means.audience(seen), seen.kind, means.rules, means.reach(tx, now), now, most)


def expand(tx: Tx, announcement_id: int, means: Means, now: datetime) -> bool:
    """Give the next people their delivery."""
    seen = announcements.take_work(tx, announcement_id, Work.EXPAND, now)
    if seen is None:
        return False
    message, audience = means.message(tx, seen), means.audience(seen)
    reach = means.reach(tx, now)
    return expansion.expand_next(tx, seen, audience, message, means.rules, reach, now, means.limit)


def join_late(tx: Tx, announcement_id: int, means: Means, now: datetime) -> bool:
    """Give those who came late their delivery; what was sent already is being sent again while theirs are queued.

    What one official let go alone stops at as many people as one may write to alone: the others wait for a second one.
    """
    seen = announcements.take_work(tx, announcement_id, Work.LATE, now)
    if seen is None:
        return False
    message, audience = means.message(tx, seen), means.audience(seen)
    limit = means.limit
    if seen.is_alone:
        limit = min(limit, means.rules.approval_above - deliveries.count_recipients(tx, seen.id))
    if limit <= 0:
        if expansion.seek_late(tx, seen, audience, now, means.limit):
            announcements.change(tx, seen, {"held_at": now})
            log(tx, None, "outgrow", seen.id, now, {"late": True})
        return False
    reach = means.reach(tx, now)
    more = expansion.expand_late(tx, seen, audience, message, means.rules, reach, now, limit)
    if seen.status == "sent" and announcements.has_queued(tx, seen.id):
        announcements.change(tx, seen, {"status": "sending", "finished_at": None})
    return more


def finish(tx: Tx, announcement_id: int, _means: Means, now: datetime) -> bool:
    """Note that nothing of it is to be sent any more; what waits for a browser goes on waiting."""
    seen = announcements.take_work(tx, announcement_id, Work.FINISH, now)
    if seen is not None:
        announcements.change(tx, seen, {"status": "sent", "finished_at": now})
        log(tx, None, "finish", seen.id, now)
    return False


def withdraw(tx: Tx, announcement_id: int, means: Means, now: datetime) -> bool:
    """Take back the next queued deliveries of what was cancelled."""
    seen = announcements.take_work(tx, announcement_id, Work.WITHDRAW, now)
    if seen is None:
        return False
    if deliveries.cancel(tx, seen.id, CANCELLED, now, means.limit):
        return True
    # A call that is under way may yet come back as queued.
    if not announcements.has_queued(tx, seen.id):
        announcements.finish_cancelled(tx, seen.id, now)
    return False


def expire(tx: Tx, announcement_id: int, means: Means, now: datetime) -> bool:
    """End the next copies that still wait of what is over: a list that only grows tells nobody anything."""
    seen = announcements.take_work(tx, announcement_id, Work.EXPIRED, now)
    return seen is not None and deliveries.cancel(tx, seen.id, OVER, now, means.limit) > 0


Step = Callable[[Tx, int, Means, datetime], bool]
STEPS: Final[tuple[tuple[Work, Step], ...]] = (
    (Work.OVERTAKEN, stop_overtaken),
    (Work.DUE, begin),
    (Work.WITHDRAW, withdraw),
    (Work.EXPAND, expand),
    (Work.LATE, join_late),
    (Work.FINISH, finish),
    (Work.EXPIRED, expire),
)
"""What is done each time, in this order: stopping goes before sending."""
