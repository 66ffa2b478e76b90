"""An official answers somebody from the platform's own console, outside of us: the machine keeps quiet meanwhile.

There is no case in it, so what the person writes goes nowhere from here: the official has it before them.
"""

from datetime import datetime, timedelta
from typing import Final

from handlers.messages import Address
from handlers.reach import ZALO
from storage import outbox, people
from storage.db import Tx

CHANNELS: Final = frozenset({ZALO})
"""Platforms that have a console of their own, and tell what is written there. In a linked chat elsewhere nobody is."""
QUIET_FOR = timedelta(hours=4)
"""After each message of the official. Half a working day: past that they would have written again, and a question that
nobody answers is worse than two who answer."""


def pause(tx: Tx, address: Address, message_id: str | None, at: datetime, now: datetime) -> None:
    """Let automatic answers pause for the person; not for a message that we sent ourselves, nor for an old one."""
    until = at + QUIET_FOR
    if until <= now:
        return
    address_id = people.find_address(tx, address.channel, address.value)
    ours = (
        address_id is not None
        and message_id is not None
        and outbox.find_message(tx, address_id, message_id) is not None
    )
    if not ours:
        people.pause_answers(tx, address.channel, address.value, until, now)
