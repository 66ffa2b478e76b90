"""What waited until a person writes is given when they do, once; what nobody wants any more is not. Never commits."""

from datetime import datetime, timedelta
from typing import Final

from handlers import reach, texts
from handlers.audience import CEILING
from handlers.messages import Address, Outbound
from handlers.notify import FETCHED
from handlers.sending_rules import WEEK, SendingRules
from storage import people, waiting
from storage.announcements import EMERGENCY, LATE_FOR, SENDING, SENT
from storage.db import Tx
from storage.waiting import Held

OVER: Final = "over"
AFTER_REPLY: Final = timedelta(seconds=2)
"""So much later than the answer to what the person wrote."""


def give(
    tx: Tx, resident_id: int, address_id: int, channel: str, rules: SendingRules, now: datetime
) -> list[Outbound]:
    """Queue what waits for a person who has just done something at this address; returns what is said beforehand.

    Notices all go, to a page as well. Of announcements no more than the weekly ceiling lets pass, the newest ones:
    emergencies aside. What is paused, or was agreed to in another chat, goes on waiting. Called with the person locked, as
    every turn has them.
    """
    soon = now + AFTER_REPLY
    if reach.is_night(channel, now):
        # What only a template could carry was put off until the morning; the person is here, and a text may go now.
        waiting.hasten(tx, resident_id, address_id, soon)
    held = [one for one in waiting.list_held(tx, resident_id, address_id, now) if _may_leave(one)]
    if not held:
        return []
    stale = [one for one in held if _is_over(one, now)]
    wanted = [one for one in held if one not in stale]
    counted = [one for one in wanted if one.kind not in (None, EMERGENCY)]
    room = rules.weekly_ceiling - waiting.count_received(tx, resident_id, now - WEEK) if counted else 0
    excess = counted[: max(0, len(counted) - max(0, room))]
    waiting.drop(tx, stale, OVER, now)
    waiting.drop(tx, excess, CEILING, now)
    going = [one for one in wanted if one not in excess]
    if channel in FETCHED:
        # Notices alone: announcements wait where they were agreed to, and none of them waits for a page so.
        waiting.lay_out(tx, going, address_id, channel, now)
        return []
    polite = reach.next_day(channel, rules.next_open(soon))
    later = [one for one in going if polite > soon and one.kind not in (None, EMERGENCY)]
    at_once = [one for one in going if one not in later]
    waiting.release(tx, at_once, address_id, channel, now, soon)
    waiting.release(tx, later, address_id, channel, now, polite)
    return [Outbound(texts.WAITED.format(number=len(at_once)))] if len(at_once) > 1 else []


def hear(tx: Tx, address: Address, at: datetime, rules: SendingRules, now: datetime) -> None:
    """Take in that a person did something without a word, such as following us: they can be written to again.

    Somebody never met is left alone.
    """
    known = people.lock_known(tx, address.channel, address.value)
    if known is not None:
        people.set_reachable(tx, address.channel, address.value, True, now)
        people.hear(tx, address.channel, address.value, min(at, now))
        give(tx, known.resident_id, known.address_id, address.channel, rules, now)


def _may_leave(one: Held) -> bool:
    return one.announcement_id is None or one.status in (SENDING, SENT)


def _is_over(one: Held, now: datetime) -> bool:
    """Say whether it would mislead by now: an invitation to what is over, a warning of last week."""
    if one.message_id is None or (one.useful_until is not None and one.useful_until <= now):
        return True
    old = one.kind == EMERGENCY and one.started_at is not None and one.started_at < now - LATE_FOR
    return old or (one.announcement_id is not None and one.over)
