"""What officials see of training and dialogue sessions: the calendar of a month, one session, who signed up."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from handlers import paid_window
from handlers.events import require_reading
from handlers.officials import Official, Permission, may, require, scope
from handlers.sending_rules import SendingRules
from storage import audit, events, rsvps
from storage.db import Tx
from storage.events import Announced
from storage.identities import Identity
from storage.rsvps import GOING, WAITING, Rsvp, Totals

MOST_IN_A_MONTH = 500
LISTED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """One session, the announcement it stands in, and how many answered."""

    announced: Announced
    totals: Totals


@dataclass(frozen=True, slots=True)
class SignUp:
    """One line of the list of who comes. `identity`: only where personal data was asked for.

    `reachable`: they can be told something now, as far as it was asked (`rules`).
    """

    rsvp: Rsvp
    confirmed: bool
    reachable: bool
    identity: Identity | None


def list_month(tx: Tx, official: Official, month: date, zone: ZoneInfo) -> list[Seen]:
    """Return the sessions of a month that the official sees, drafts included, in order. Raises NotAllowed.

    Args: month: any day of it.
    """
    require(official, Permission.READ_EVENTS)
    first = date(month.year, month.month, 1)
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    start, end = (datetime.combine(day, time(), zone) for day in (first, following))
    found = events.list_between(tx, start, end, scope(official), MOST_IN_A_MONTH)
    totals = rsvps.count(tx, [each.event.id for each in found])
    return [Seen(each, totals.get(each.event.id, Totals())) for each in found]


def show(tx: Tx, official: Official, event_id: int) -> Seen:
    """Return one session. Raises NotFound, NotAllowed."""
    announced = events.get_announced(tx, event_id)
    require_reading(official, announced.event)
    return Seen(announced, rsvps.count(tx, [event_id]).get(event_id, Totals()))


def list_sign_ups(
    tx: Tx,
    official: Official,
    event_id: int,
    now: datetime,
    *,
    personal: bool = False,
    rules: SendingRules | None = None,
) -> list[SignUp]:
    """Return everybody who answered, for the screen and for print: going first, then waiting in order, then the others.

    With `personal`, names, for the officers who stand at the door, and phone numbers too for who may take personal data
    away; that is written into the audit log, and the caller commits. Raises NotFound, NotAllowed.
    """
    event = events.get(tx, event_id)
    require_reading(official, event)
    if personal:
        if not may(official, Permission.WORK_CASES):
            require(official, Permission.EXPORT_PERSONAL)
        audit.write(tx, official.id, "event.sign_ups", "event", str(event_id), {"personal": True}, now)
    with_phone = may(official, Permission.EXPORT_PERSONAL)
    untold = rsvps.list_unreachable(tx, event_id, paid_window.ways(tx, rules, now)) if rules else set()
    found: list[SignUp] = []
    after, more = 0, True
    while more:
        batch = rsvps.list_of(tx, event_id, after, LISTED_AT_ONCE)
        known = rsvps.open_identities(tx, [r.id for r in batch]) if personal and batch else {}
        if not with_phone:
            known = {number: Identity(one.name, None) for number, one in known.items()}
        found += [
            SignUp(r, r.details_version >= event.details_version, r.id not in untold, known.get(r.id))
            for r in batch
        ]
        more = len(batch) == LISTED_AT_ONCE
        after = batch[-1].id if batch else after
    return sorted(found, key=lambda s: (_ORDER.get(s.rsvp.status, len(_ORDER)), s.rsvp.queued_at, s.rsvp.id))


_ORDER = {GOING: 0, WAITING: 1}
