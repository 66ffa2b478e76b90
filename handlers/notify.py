"""A message that comes by itself: stored together with its delivery, in the caller's transaction.

Wakes nobody: the engine polls, open pages are told by the edge after the commit.
"""

from datetime import UTC, datetime
from typing import Final

from handlers.messages import Outbound
from storage import elsewhere, messages, official_chats, outbox, people
from storage.audience import Place
from storage.db import Tx
from storage.outbox import Lane
from storage.people import Reach

FETCHED = frozenset({"web"})
"""Channels whose messages browsers fetch by themselves."""
ANY_DAY = datetime(9999, 1, 1, tzinfo=UTC)
MAX_UNITS = 3900
"""UTF-16 code units of the longest text given here: nothing cuts it, and every channel carries 4,096."""
_BLOCKED = "the person blocked us before"
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


def to_address(
    tx: Tx,
    address_id: int,
    message: Outbound,
    lane: Lane,
    now: datetime,
    not_before: datetime | None = None,
    *,
    asked_at: datetime | None = None,
    useful_until: datetime | None = None,
    by_day_until: datetime | None = None,
) -> int | None:
    """Store a message and its delivery on whatever channel the address has; returns the message's id.

    None when the address was erased, and when the person stopped everything: there is nobody to write to. To an
    address that refuses us nothing is sent: a notice goes to another chat of the person (`find_place`); where there is
    none, the message is stored and its delivery ends at once as blocked.

    Args:
        not_before: when it may leave, for channels that are sent to; a browser sees it at once.
        useful_until: if it has to wait until the person writes, it is not given later than this.
        by_day_until: when it could not leave before, it is kept back in quiet hours that end by then. None: it answers
            somebody who has just written, or cannot wait, and leaves at any hour. `ANY_DAY`: no day is too late.
        asked_at: when the person asked for what this answers: who stopped everything before that still wants it. None:
            they did not ask.
    """
    reach = people.find_reach(tx, address_id)
    if reach is None or is_stopped(reach, asked_at):
        return None
    if lane is Lane.NOTICE:
        address_id, reach = find_place(tx, address_id, reach)
    message_id = messages.add_out(
        tx, address_id, None, message.text, message.buttons, now, message.contact_request
    )
    if reach.channel in FETCHED:
        outbox.add_waiting(tx, message_id, address_id, reach.channel, lane, now)
    elif reach.blocked:
        outbox.add_blocked(tx, message_id, address_id, reach.channel, lane, now, _BLOCKED)
    else:
        outbox.add(
            tx, message_id, address_id, reach.channel, lane, now, None, not_before, useful_until, by_day_until
        )
    return message_id


def is_stopped(reach: Reach, asked_at: datetime | None) -> bool:
    """Say whether the person stopped everything since they asked for this."""
    return reach.stopped_at is not None and (asked_at is None or asked_at <= reach.stopped_at)


def find_place(tx: Tx, address_id: int, reach: Reach) -> tuple[int, Reach]:
    """Return where a notice for this address goes: there, or, as it refuses us, to another chat of the person.

    To one in which they have not stopped everything: the preferred one, else where they were last heard of; a page only
    where nothing else is left. What an official is to get stays in the chat that was confirmed as theirs.
    """
    if (
        not reach.blocked
        or reach.channel in FETCHED
        or official_chats.find_official(tx, address_id) is not None
    ):
        return address_id, reach
    preferred, places = elsewhere.list_beside(tx, address_id)
    open_ = [place for place in places if not place.blocked]
    if not open_:
        return address_id, reach

    def rank(place: Place) -> tuple[bool, bool, datetime, int]:
        heard_at = place.heard_at or _NEVER
        return place.channel not in FETCHED, place.channel == preferred, heard_at, place.address_id

    found = max(open_, key=rank)
    return found.address_id, Reach(found.channel, blocked=False)
