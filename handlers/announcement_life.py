"""What becomes of a draft: submitted, approved by a second person or sent back, paused, resumed, cancelled.

    draft ──submit──► submitted ──approve──► approved | scheduled ──(the clock)──► sending ──► sent
      ◄──send_back──────┘                        └───────pause / resume────────────┘
    cancelled: any before sent, and sent while copies wait for people to write. Up to `approval_above` people:
    submitting approves. Who agrees later and would be more than that waits (`held_at`) until a second person approves.

`approved` waits for the worker's next look, `scheduled` for its time. Each change locks the announcement and looks at
its status, so that a second press, or a second person, finds it done: nothing starts twice. Never commits.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from handlers import announcement_words as words
from handlers.announcements import in_reach, log
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.officials import Official, Permission, may, require
from handlers.sending_rules import SendingRules
from storage import announcements, audit, events
from storage.announcements import EMERGENCY, LATE_FOR, Announcement
from storage.db import Tx
from storage.errors import Conflict

MAX_REASON_CHARS: Final = 300
UNDER_WAY: Final = frozenset({"approved", "scheduled", "sending"})
OUT: Final = frozenset({"sending", "sent", "paused"})
_BEFORE_SENT: Final = UNDER_WAY | {"draft", "submitted", "paused"}


def submit(
    tx: Tx,
    by: Official,
    announcement_id: int,
    version: int,
    recipients: int,
    rules: SendingRules,
    now: datetime,
) -> Announcement:
    """Hand a draft in to be approved; small ones are approved at once. Returns it as it stands then.

    Args: recipients: how many will get it, counted just before.

    Raises NotAllowed, NotFound, Conflict (changed since), TooLate (no draft, its event has begun), Invalid (nobody).
    """
    seen = announcements.lock(tx, announcement_id)
    require(by, Permission.WRITE_ANNOUNCEMENTS)
    _check(by, seen, version, {"draft"})
    _check_ahead(tx, seen, now)
    if recipients == 0 and not seen.late_joiners and seen.send_at is None:
        raise Invalid("audience", words.NOBODY)
    columns = {"status": "submitted", "submitted_by": by.id, "submitted_at": now, "reason": None}
    submitted = announcements.change(tx, seen, columns)
    log(tx, by, "submit", announcement_id, now, {"people": recipients} | _exempt(seen))
    if recipients > rules.approval_above:
        return submitted
    return _approve(tx, by, submitted, now, alone=True)


def approve(tx: Tx, by: Official, announcement_id: int, version: int | None, now: datetime) -> Announcement:
    """Let an announcement go out, as the second person; its text cannot be changed from now on.

    Of one that is out already: let those have it, too, who agreed later and are more than one official may write to.

    Args: version: as the official read it; None: as it stands.

    Raises NotAllowed (also one's own), NotFound, Conflict, TooLate (not submitted, its event has begun).
    """
    seen = announcements.lock(tx, announcement_id)
    require(by, Permission.APPROVE)
    _check(by, seen, version, {"submitted"} if seen.held_at is None else OUT)
    if by.id in (seen.created_by, seen.submitted_by):
        raise NotAllowed(words.OWN)
    _check_ahead(tx, seen, now)
    if seen.held_at is not None:
        return _approve_late(tx, by, seen, now)
    return _approve(tx, by, seen, now, alone=False)


def send_back(
    tx: Tx, by: Official, announcement_id: int, version: int | None, reason: str, now: datetime
) -> Announcement:
    """Return what was submitted to its writer, who reads why; writers may take theirs back so.

    Raises NotAllowed, NotFound, Conflict, TooLate, Invalid (no reason).
    """
    seen = announcements.lock(tx, announcement_id)
    _require_any(by)
    _check(by, seen, version, {"submitted"})
    columns = {"status": "draft", "reason": _reason(reason)}
    changed = announcements.change(tx, seen, columns)
    log(tx, by, "send_back", announcement_id, now)
    return changed


def pause(tx: Tx, by: Official, announcement_id: int, now: datetime) -> Announcement:
    """Let nothing more of it leave until it is resumed; what is paused already stays so.

    Raises NotAllowed, NotFound, TooLate (not approved yet, or over).
    """
    seen = announcements.lock(tx, announcement_id)
    _require_any(by)
    if seen.status == "paused":
        return seen
    _check(by, seen, None, UNDER_WAY)
    changed = announcements.change(tx, seen, {"status": "paused"})
    log(tx, by, "pause", announcement_id, now)
    return changed


def resume(tx: Tx, by: Official, announcement_id: int, now: datetime) -> Announcement:
    """Go on with what was paused; what is under way already stays so.

    Raises NotAllowed, NotFound, TooLate (neither paused nor under way, or its event has begun meanwhile).
    """
    seen = announcements.lock(tx, announcement_id)
    _require_any(by)
    if seen.status in UNDER_WAY:
        return seen
    _check(by, seen, None, {"paused"})
    _check_ahead(tx, seen, now)
    status = "sending" if seen.started_at is not None else _waiting_status(seen, now)
    changed = announcements.change(tx, seen, {"status": status})
    log(tx, by, "resume", announcement_id, now)
    return changed


def cancel(tx: Tx, by: Official, announcement_id: int, reason: str, now: datetime) -> Announcement:
    """End an announcement before everybody had it; what is queued or waits is withdrawn by the worker. Cancelled stays so.

    Args: reason: may be empty.

    An event that nobody was told of is cancelled with it. Raises NotAllowed, NotFound, TooLate (nobody is left who could
    still get it), Invalid.
    """
    seen = announcements.lock(tx, announcement_id)
    _require_any(by)
    if seen.status == "cancelled":
        return seen
    _check(by, seen, None, _BEFORE_SENT | {"sent"} if can_still_reach(tx, seen, now) else _BEFORE_SENT)
    why = _reason(reason) if reason.strip() else None
    # With an end, it would count as withdrawn already.
    columns = {"status": "cancelled", "reason": why, "finished_at": None}
    changed = announcements.change(tx, seen, columns)
    if seen.started_at is None:
        events.cancel_untold(tx, announcement_id)
    log(tx, by, "cancel", announcement_id, now, {"was": seen.status})
    return changed


def can_still_reach(tx: Tx, seen: Announcement, now: datetime) -> bool:
    """Say of what was sent whether somebody may get it yet: who writes later, opens the page later, or agrees later."""
    late = (
        seen.late_joiners and seen.started_at is not None and seen.started_at > now - announcements.LATE_FOR
    )
    return late or announcements.has_open(tx, seen.id)


def _approve(tx: Tx, by: Official, seen: Announcement, now: datetime, *, alone: bool) -> Announcement:
    columns = {"status": _waiting_status(seen, now), "approved_by": by.id, "approved_at": now}
    changed = announcements.change(tx, seen, columns)
    log(tx, by, "approve", seen.id, now, {"alone": alone} | _exempt(seen))
    return changed


def _approve_late(tx: Tx, by: Official, seen: Announcement, now: datetime) -> Announcement:
    if seen.started_at is not None and seen.started_at <= now - LATE_FOR:
        raise TooLate(words.NO_MORE_LATE)
    columns = {"approved_by": by.id, "approved_at": now, "held_at": None}
    changed = announcements.change(tx, seen, columns)
    log(tx, by, "approve", seen.id, now, {"late": True})
    return changed


def _waiting_status(seen: Announcement, now: datetime) -> str:
    return "scheduled" if seen.send_at is not None and seen.send_at > now else "approved"


def _exempt(seen: Announcement) -> dict[str, audit.JSON]:
    """Return what an emergency goes past, for the log: nobody's night or ceiling is passed over in silence."""
    return {"exempt": ["quiet_hours", "weekly_ceiling"]} if seen.kind == EMERGENCY else {}


def _require_any(by: Official) -> None:
    if not may(by, Permission.WRITE_ANNOUNCEMENTS):
        require(by, Permission.APPROVE)


def _check(by: Official, seen: Announcement, version: int | None, statuses: Collection[str]) -> None:
    if not in_reach(by, seen.audience):
        raise NotAllowed("this announcement goes to people beyond this official's commune")
    if version is not None and seen.version != version:
        raise Conflict(f"announcement {seen.id} is at version {seen.version}, not {version}")
    if seen.status not in statuses:
        raise TooLate(words.NOT_NOW.format(status=words.STATUS_NAMES[seen.status]))


def _check_ahead(tx: Tx, seen: Announcement, now: datetime) -> None:
    event = events.find_by_announcement(tx, seen.id)
    if event is not None and event.starts_at <= now:
        raise TooLate(words.BEGUN)


def _reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= MAX_REASON_CHARS:
        raise Invalid("reason", words.NEED_REASON)
    return reason
