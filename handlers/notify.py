"""A message that comes by itself: stored together with its delivery, in the caller's transaction.

Wakes nobody: the engine polls, open pages are told by the edge after the commit.
"""

from datetime import datetime

from handlers.messages import Outbound
from storage import messages, outbox, people
from storage.db import Tx
from storage.outbox import Lane
from storage.people import Reach

FETCHED = frozenset({"web"})
"""Channels whose messages browsers fetch by themselves."""
MAX_UNITS = 3900
"""UTF-16 code units of the longest text given here: nothing cuts it, and every channel carries 4,096."""
_BLOCKED = "the person blocked us before"


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
) -> int | None:
    """Store a message and its delivery on whatever channel the address has; returns the message's id.

    None when the address was erased, and when the person stopped everything: there is nobody to write to. To an
    address that refuses us the message is stored and its delivery ends at once as blocked, without a call.

    Args:
        not_before: when it may leave, for channels that are sent to; a browser sees it at once.
        useful_until: if it has to wait until the person writes, it is not given later than this.
        asked_at: when the person asked for what this answers: who stopped everything before that still wants it. None:
            they did not ask.
    """
    reach = people.find_reach(tx, address_id)
    if reach is None or is_stopped(reach, asked_at):
        return None
    message_id = messages.add_out(
        tx, address_id, None, message.text, message.buttons, now, message.contact_request
    )
    if reach.channel in FETCHED:
        outbox.add_waiting(tx, message_id, address_id, reach.channel, lane, now)
    elif reach.blocked:
        outbox.add_blocked(tx, message_id, address_id, reach.channel, lane, now, _BLOCKED)
    else:
        outbox.add(tx, message_id, address_id, reach.channel, lane, now, None, not_before, useful_until)
    return message_id


def is_stopped(reach: Reach, asked_at: datetime | None) -> bool:
    """Say whether the person stopped everything since they asked for this."""
    return reach.stopped_at is not None and (asked_at is None or asked_at <= reach.stopped_at)
