"""Turn an announcement into deliveries, a chunk of its audience to a transaction: once for everybody, whatever stops it.

How far it came is in the announcement's row and moves with the chunk: whoever is killed in between leaves nothing, and
whoever comes next goes on from there. Two who try at once: the row is locked, and the second one leaves it. Never
commits.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final

from handlers.audience import BLOCKED, CLOSED, Audience, Reach, ceiling, decide, who
from handlers.messages import Outbound
from handlers.notify import FETCHED
from handlers.sending_rules import SendingRules
from storage import audience as pages
from storage import deliveries, expansion
from storage.announcements import EMERGENCY, Announcement
from storage.audience import Candidate
from storage.db import Tx
from storage.deliveries import Planned

CHUNK: Final = 2000
_UNREACHED: Final = {BLOCKED: "blocked", CLOSED: "waiting"}
_SKIPPED: Final = "skipped"
_HASH: Final = 2_654_435_761  # Knuth's multiplier: neighbouring ids come to lie far apart
_HASHES: Final = 2**32


def expand_next(
    tx: Tx,
    announcement: Announcement,
    audience: Audience,
    message: Outbound,
    rules: SendingRules,
    reach: Reach,
    now: datetime,
    limit: int = CHUNK,
) -> bool:
    """Give the next people of the audience their deliveries; says whether there are more.

    False as well when there is nothing to do: somebody else is at it, it was paused, everybody has theirs. Which
    people are next is read from the database, not from `announcement`. When the last ones have theirs, `expanded_at`
    is set.

    Args:
        announcement: `started_at` is set; consents given later do not count here.
        message: the same for everybody.
    """
    progress = expansion.lock_unexpanded(tx, announcement.id)
    if progress is None:
        return False
    start = progress.started_at or now
    wanted = who(audience, announcement.kind, now, start)
    page = pages.list_page(tx, wanted, progress.cursor, limit, lock=True)
    # Who linked two chats meanwhile may have theirs from the other one.
    having = deliveries.list_having(tx, announcement.id, progress.cursor, page.cursor)
    without = [one for one in page.candidates if one.resident_id not in having]
    _deliver(tx, announcement, message, without, rules, reach, start, now)
    # People who agree from now on are looked for from here.
    late = pages.settled_consent(tx, start) if progress.cursor == 0 else None
    expansion.move_cursor(tx, announcement.id, page.cursor, late, None if page.more else now)
    return page.more


def expand_late(
    tx: Tx,
    announcement: Announcement,
    audience: Audience,
    message: Outbound,
    rules: SendingRules,
    reach: Reach,
    now: datetime,
    limit: int = CHUNK,
) -> bool:
    """Give those who agreed since it was expanded their deliveries; says whether there are more to look at.

    Until when late joiners are welcome (`late_joiners`, the event has not begun) is for the caller to see. May be
    called again and again: nobody gets a second one.
    """
    progress = expansion.lock_expanded(tx, announcement.id)
    if progress is None:
        return False
    wanted = who(audience, announcement.kind, now, now)
    page = pages.list_late(tx, wanted, announcement.id, progress.late_cursor, limit, now)
    _deliver(tx, announcement, message, page.candidates, rules, reach, now, now, spread=False)
    expansion.move_late_cursor(tx, announcement.id, page.cursor)
    return page.more


def seek_late(tx: Tx, announcement: Announcement, audience: Audience, now: datetime, limit: int) -> bool:
    """Say whether among the next consents since it was expanded is one of somebody who has no delivery.

    Who has one, or is not meant, is passed over for good.
    """
    progress = expansion.lock_expanded(tx, announcement.id)
    if progress is None:
        return False
    wanted = who(audience, announcement.kind, now, now)
    page = pages.list_late(tx, wanted, announcement.id, progress.late_cursor, limit, now)
    if not page.candidates:
        expansion.move_late_cursor(tx, announcement.id, page.cursor)
    return bool(page.candidates)


def _deliver(
    tx: Tx,
    announcement: Announcement,
    message: Outbound,
    candidates: Iterable[Candidate],
    rules: SendingRules,
    reach: Reach,
    start: datetime,
    now: datetime,
    *,
    spread: bool = True,
) -> None:
    hours = announcement.spread_hours if spread else 0
    share = OpenTime(None if announcement.kind == EMERGENCY else rules, start, timedelta(hours=hours))
    most = ceiling(announcement.kind, rules)
    planned = [_plan(candidate, share, most, reach, now) for candidate in candidates]
    deliveries.add(tx, announcement.id, message.text, message.buttons, planned, now)


def _plan(candidate: Candidate, share: "OpenTime", most: int | None, reach: Reach, now: datetime) -> Planned:
    resident_id, area_code = candidate.resident_id, candidate.area_code
    channel, address_id, reason, _ = decide(candidate, most, reach, now)
    if reason is not None:
        status = _UNREACHED.get(reason, _SKIPPED)
        return Planned(resident_id, area_code, channel, status, reason, address_id, now)
    if channel in FETCHED:
        return Planned(resident_id, area_code, channel, "waiting", None, address_id, now)
    return Planned(resident_id, area_code, channel, "queued", None, address_id, share.of(resident_id))


class OpenTime:
    """The hours in which people may be disturbed, from a start on, over which a sending is spread evenly.

    Only open hours count: with four hours from 19:00 on, half of the people have theirs by 21:00, and the others from
    06:00 to 08:00, none of them at once.
    """

    def __init__(self, rules: SendingRules | None, start: datetime, spread: timedelta) -> None:
        """Args: rules: None when there are no quiet hours for this one."""
        self._spread = spread
        # By the open time that has passed before: when each stretch begins.
        self._passed: list[timedelta] = [timedelta()]
        self._begins = [rules.next_open(start) if rules else start]
        while rules is not None and (end := _quiet_from(rules, self._begins[-1])) is not None:
            passed = self._passed[-1] + (end - self._begins[-1])
            if passed > spread:
                break
            self._passed.append(passed)
            self._begins.append(rules.next_open(end))

    def of(self, resident_id: int) -> datetime:
        """Return when a person's share has come: always the same for the same person."""
        if not self._spread:
            return self._begins[0]
        offset = self._spread * (resident_id * _HASH % _HASHES / _HASHES)
        place = bisect_right(self._passed, offset) - 1
        return self._begins[place] + (offset - self._passed[place])


def _quiet_from(rules: SendingRules, at: datetime) -> datetime | None:
    """Return when the next quiet hours begin after an open moment; None: never."""
    if rules.quiet is None or rules.quiet[0] == rules.quiet[1]:
        return None
    local = at.astimezone(rules.zone)
    begins: time = rules.quiet[0]
    quiet = datetime.combine(local.date(), begins, rules.zone)
    if quiet <= local:
        quiet = datetime.combine(local.date() + timedelta(days=1), begins, rules.zone)
    return quiet.astimezone(at.tzinfo)
