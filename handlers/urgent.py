"""Who needs help now, for officials: what waits, and who took note of it.

An officer sees what comes from their commune: that which the person has chosen, or else of which they told last. What
comes from somebody who has named none is for those who see all areas: it would otherwise be shown to forty communes,
about a person who may live in none of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers import inbox
from handlers.case_life import Status
from handlers.inbox import Filter
from handlers.officials import Official, Permission, in_scope, may, require, scope
from storage import audit, messages, officials, urgent
from storage.cases import Case
from storage.db import Tx
from storage.errors import NotFound
from storage.urgent import UrgentMessage

MOST = 100
SEEN_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Board:
    """What needs people now. `names`: of the officials who took note or are at work."""

    waiting: Sequence[UrgentMessage]
    cases: Sequence[Case]
    seen: Sequence[UrgentMessage]
    names: Mapping[int, str]


def look(tx: Tx, official: Official, now: datetime) -> Board:
    """Return what an official has to see, newest first."""
    require(official, Permission.READ_CASES)
    waiting = urgent.list_waiting(tx, scope(official), MOST)
    seen = urgent.list_seen(tx, scope(official), now - SEEN_WITHIN, MOST)
    cases = inbox.list_urgent(tx, official, Filter(), MOST, now)
    people = {m.seen_by for m in seen} | {case.assignee_id for case in cases}
    return Board(waiting, cases, seen, officials.get_names(tx, [p for p in people if p is not None]))


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much nobody has taken in hand yet (at most `MOST` of each), and when the last of it came."""

    messages: int
    cases: int
    last_at: datetime | None


def count(tx: Tx, official: Official, now: datetime) -> Waiting:
    """Count what waits; nothing for those who read no cases. Asked for at every page."""
    if not may(official, Permission.READ_CASES):
        return Waiting(0, 0, None)
    waiting = urgent.list_waiting(tx, scope(official), MOST)
    cases = [c for c in inbox.list_urgent(tx, official, Filter(), MOST, now) if c.status == Status.NEW]
    times = [m.at for m in waiting] + [case.opened_at for case in cases]
    return Waiting(len(waiting), len(cases), max(times, default=None))


def take_note(tx: Tx, official: Official, message_id: int, now: datetime) -> bool:
    """Note by name that an official deals with a message; False when somebody was faster.

    Raises NotFound, also outside the official's area.
    """
    require(official, Permission.READ_CASES)
    message = urgent.get(tx, message_id)
    if not in_scope(official, message.area_code):
        raise NotFound(f"no urgent message {message_id}")
    if not messages.see_urgent(tx, message_id, official.id, now):
        return False
    audit.write(tx, official.id, "urgent.take", "message", str(message_id), {}, now)
    return True
