"""Linking the chats of one person: a one-time code given in one chat, written in another, confirmed in both.

Confirmed in both, so that neither a code read over a shoulder nor one that somebody is talked into typing gives a
stranger what a person told. Nothing of what comes where changes: a consent goes on to hold for the chat in which it was
given, and a copy of an announcement leaves only for a chat in which its purpose was agreed to; whoever wants it in the
other one too says so there. What was told follows the person, and goes with its own chat when that is taken out again.

Nothing here commits.
"""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from handlers import link_texts, texts
from handlers.case_codes import parse_code
from handlers.consents import Purpose, given
from storage import joining, links, people
from storage.db import Tx
from storage.links import Code
from storage.people import Chat

LASTS: Final = timedelta(minutes=15)
MOST_CHATS: Final = 6
"""Of one person; more are nobody's."""
KEPT_ENDED: Final = timedelta(days=1)
"""For so long a code that ended is known, so that it can be said why it no longer works."""


class Refusal(StrEnum):
    """Why a code does not link."""

    WRONG = "wrong"
    EXPIRED = "expired"
    USED = "used"
    OWN = "own"
    ALREADY = "already"
    FULL = "full"


def offer(tx: Tx, address_id: int, new_code: Callable[[], str], now: datetime) -> str:
    """Give a code for this chat, good for `LASTS`; the one before ends."""
    while True:
        code = new_code()
        if links.add(tx, address_id, code, now, now + LASTS):
            return code


def read(tx: Tx, typed: str, address_id: int, now: datetime) -> Code | Refusal:
    """Return the code that was written in this chat, or why it links nothing here."""
    code = parse_code(typed)
    found = links.find(tx, code) if code is not None else None
    if found is None:
        return Refusal.WRONG
    own = people.list_linked(tx, address_id)
    if found.address_id == address_id:
        return Refusal.OWN
    if found.address_id in own:
        return Refusal.ALREADY
    if found.joined_at is not None or found.other_id not in (None, address_id):
        return Refusal.USED
    if found.expires_at <= now:
        return Refusal.EXPIRED
    if len(own) + len(people.list_linked(tx, found.address_id)) > MOST_CHATS:
        return Refusal.FULL
    return found


def ask(tx: Tx, code_id: int, address_id: int, now: datetime) -> Code | None:
    """Note that who wrote a code confirms; from then on the first chat has `LASTS` to do so too. None: it is over.

    Said twice it is noted once: None as well.
    """
    code = _open(tx, code_id, now)
    if code is None or code.other_id is not None or code.address_id == address_id:
        return None
    links.set_other(tx, code_id, address_id, now + LASTS)
    return code


def confirm(tx: Tx, code_id: int, address_id: int, now: datetime) -> int | None:
    """Link the two chats, for the one that gave the code; returns the other address. None: it is over."""
    code = _open(tx, code_id, now)
    if code is None or code.address_id != address_id or code.other_id is None:
        return None
    full = len(people.list_linked(tx, address_id)) + len(people.list_linked(tx, code.other_id)) > MOST_CHATS
    if full or joining.join(tx, address_id, code.other_id, now) is None:
        return None
    links.set_joined(tx, code_id, now)
    return code.other_id


def refuse(tx: Tx, code_id: int, address_id: int, now: datetime) -> int | None:
    """End a code that somebody else wrote; returns in which chat, if it was still open."""
    code = _open(tx, code_id, now)
    if code is None or code.address_id != address_id:
        return None
    links.drop_of(tx, address_id)
    return code.other_id


def _open(tx: Tx, code_id: int, now: datetime) -> Code | None:
    code = links.lock(tx, code_id)
    return code if code is not None and code.joined_at is None and code.expires_at > now else None


def leave(tx: Tx, address_id: int, now: datetime) -> list[Chat] | None:
    """Take this chat out; returns those it was linked with, None: there were none. No code of theirs links any more."""
    others = list_others(tx, address_id)
    if joining.split(tx, address_id, now) is None:
        return None
    for each in (address_id, *(chat.address_id for chat in others)):
        links.drop_of(tx, each)
    return others


def list_others(tx: Tx, address_id: int) -> list[Chat]:
    """Return the chats that this one is linked with."""
    chats = (people.find_chat(tx, linked) for linked in people.list_linked(tx, address_id))
    return [chat for chat in chats if chat is not None and chat.address_id != address_id]


def name_others(tx: Tx, address_id: int, zone: tzinfo) -> list[str]:
    """Name the chats that this one is linked with, inside a sentence."""
    return [name(chat, zone) for chat in list_others(tx, address_id)]


def name(chat: Chat, zone: tzinfo) -> str:
    """Name a chat by its channel and its first day: nothing that says whose it is."""
    since = texts.day(chat.since.astimezone(zone).date()) if chat.since is not None else None
    return link_texts.chat(chat.channel, since)


def agreed_elsewhere(tx: Tx, resident_id: int, address_id: int) -> list[Purpose]:
    """Return what the person agreed to in another chat and not in this one."""
    missing = given(tx, resident_id) - given(tx, resident_id, address_id)
    return [purpose for purpose in Purpose if purpose in missing]
