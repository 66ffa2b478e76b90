"""A message that comes by itself: stored together with its delivery, in the caller's transaction.

Wakes nobody: the engine polls, open pages are told by the edge after the commit.
"""

from datetime import datetime

from handlers.messages import Outbound
from storage import messages, outbox, people
from storage.db import Tx
from storage.outbox import Lane

FETCHED = frozenset({"web"})
"""Channels whose messages browsers fetch by themselves."""
MAX_UNITS = 3900
"""UTF-16 code units of the longest text given here: nothing cuts it, and every channel carries 4,096."""
_BLOCKED = "the person blocked us before"


def to_address(
    tx: Tx, address_id: int, message: Outbound, lane: Lane, now: datetime, not_before: datetime | None = None
) -> int | None:
    """Store a message and its delivery on whatever channel the address has; returns the message's id.

    None when the address was erased: there is nobody to write to. To an address that refuses us the message is stored
    and its delivery ends at once as blocked, without a call.

    Args: not_before: when it may leave, for channels that are sent to; a browser sees it at once.
    """
    reach = people.find_reach(tx, address_id)
    if reach is None:
        return None
    message_id = messages.add_out(tx, address_id, None, message.text, message.buttons, now)
    if reach.channel in FETCHED:
        outbox.add_waiting(tx, message_id, address_id, reach.channel, lane, now)
    elif reach.blocked:
        outbox.add_blocked(tx, message_id, address_id, reach.channel, lane, now, _BLOCKED)
    else:
        outbox.add(tx, message_id, address_id, reach.channel, lane, now, None, not_before)
    return message_id
