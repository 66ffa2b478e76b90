"""What a resident agrees to be told of, and when they are asked. Filing a case is asking for its answer: that needs none.

Consent is per purpose, kept with the version of its words, the channel and the time. It is offered where it fits and at
most once in `OFFER_AGAIN`; silence is taken for no.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from handlers import consent_texts, rsvps
from handlers.audience import unwanted
from handlers.messages import Outbound
from handlers.turn import Turn, button
from storage import consents, deliveries, withdrawing
from storage.db import Tx
from storage.outbox import STOPPED
from storage.people import Person

WORDING: Final = "2026-11-27"
"""Version of the words in which consent is asked."""
FLOW: Final = "subscribe"
"""The dialogue that the buttons of an offer come back to."""
OFFER_AGAIN: Final = timedelta(days=30)
_OFFERED: Final = "offered"  # the day's name among what is kept


class Purpose(StrEnum):
    """What somebody may agree to be told of."""

    EVENTS = "events"
    NEWS = "news"
    SURVEYS = "surveys"


CATEGORIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "poor": consent_texts.BUTTON_POOR,
        "near_poor": consent_texts.BUTTON_NEAR_POOR,
        "newly_escaped": consent_texts.BUTTON_NEWLY_ESCAPED,
        "other": consent_texts.BUTTON_OTHER,
    }
)
"""Of a household, as people call them."""


def given(tx: Tx, resident_id: int, address_id: int | None = None) -> frozenset[Purpose]:
    """Return what the resident agrees to now; in one of their chats, or (None) in any."""
    return frozenset(Purpose(one.purpose) for one in consents.list_given(tx, resident_id, address_id))


def give(tx: Tx, person: Person, purposes: Collection[Purpose], channel: str, now: datetime) -> None:
    """Keep that they agree to be told in this chat, to the words of today."""
    for purpose in Purpose:
        if purpose in purposes:
            consents.give(tx, person.resident_id, person.address_id, purpose, WORDING, channel, now)


def take_back(tx: Tx, resident_id: int, purposes: Collection[Purpose], channel: str, now: datetime) -> None:
    """End what they agreed to, and withdraw what is queued for which nothing they still agree to is enough."""
    consents.withdraw(tx, resident_id, sorted(purposes), channel, now)
    deliveries.withdraw(tx, resident_id, STOPPED, now, unwanted(given(tx, resident_id)))


def stop(tx: Tx, resident_id: int, channel: str, now: datetime) -> None:
    """End every announcement; answers to what they asked for go on."""
    take_back(tx, resident_id, tuple(Purpose), channel, now)


def stop_everything(tx: Tx, resident_id: int, channel: str, now: datetime) -> None:
    """End announcements, and everything else that comes by itself for what they have asked so far.

    Sign-ups are taken back: of a session that moves or is called off they would not hear.
    """
    stop(tx, resident_id, channel, now)
    rsvps.withdraw_all(tx, resident_id, now)
    withdrawing.withdraw_notices(tx, resident_id, STOPPED, now)
    consents.stop_everything(tx, resident_id, now)


def with_offer(turn: Turn, reply: Outbound) -> Outbound:
    """Ask beneath a reply whether they would like to be told of things, if they never agreed and were not asked lately."""
    if not _is_fitting(turn):
        return reply
    turn.kept[_OFFERED] = turn.now.isoformat()
    yes = button(consent_texts.BUTTON_SUBSCRIBE, FLOW, "show")
    no = button(consent_texts.BUTTON_NOT_NOW, FLOW, "refuse")
    return Outbound(f"{reply.text}\n\n{consent_texts.OFFER}", (*reply.buttons, yes, no))


def _is_fitting(turn: Turn) -> bool:
    asked = turn.kept.get(_OFFERED)
    try:
        lately = isinstance(asked, str) and turn.now - datetime.fromisoformat(asked) < OFFER_AGAIN
    except (ValueError, TypeError):  # kept by another version
        lately = False
    # Who took something back has answered as well as who agreed: nobody is asked who ever decided.
    return not lately and not consents.list_history(turn.tx, turn.person.resident_id)
