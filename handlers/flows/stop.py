""" "Dừng": nothing is announced any more, from this turn on. In the middle of a dialogue the word leaves that one.

Words that say of themselves what is to stop ("không nhận tin nữa", "dừng tất cả") do so anywhere; a sentence that may
mean something else is confirmed by one button.
"""

import re
from typing import Final

from faq.text import fold
from handlers import consent_texts, consents, event_messages, texts
from handlers.commands import Command
from handlers.event_messages import Voice
from handlers.messages import Outbound
from handlers.turn import Press, Replies, Step, Turn, button
from storage import consents as rows
from storage import events, messages, rsvps
from storage.events import Announced

FLOW = "stop"
COMMANDS: Final = frozenset((Command.LEAVE, Command.STOP, Command.UNSUBSCRIBE, Command.STOP_ALL))
PLAIN_WORDS: Final = 6  # of "bo minh khong nhan tin nua"; what is longer may mean something else
# What is said of messages, not of an allowance or a card.
_OF_MESSAGES: Final = re.compile(r"\b(?:tin|tin nhan|nhan tin|thong bao|dang ky|stop|lam phien|nhan nua)\b")


def hear(turn: Turn) -> Replies:
    """Take a sentence that was read as a wish to stop: at once if it is short and plain, else after one tap."""
    typed = fold(turn.inbound.text)
    if len(typed.split()) <= PLAIN_WORDS and _OF_MESSAGES.search(typed) and "?" not in turn.inbound.text:
        return _end(turn)
    sure = button(consent_texts.BUTTON_STOP, FLOW, "stop")
    return [Outbound(consent_texts.STOP_ASK, (sure, button(consent_texts.BUTTON_KEEP, FLOW, "keep")))]


def obey(turn: Turn, command: Command) -> Replies:
    """Do what a word says."""
    if command is Command.STOP_ALL:
        return _end_all(turn)
    under_way = turn.step.flow is not None
    if command is Command.UNSUBSCRIBE:
        return _end(turn)
    if (command is Command.STOP and not under_way) or is_of_news(turn):
        turn.step = Step()
        return _end(turn)
    return leave(turn, [Outbound(consent_texts.LEFT if _is_told(turn) else texts.STOPPED)])


def is_of_news(turn: Turn) -> bool:
    """Say whether an announcement came last: a word that leaves a dialogue is an answer to it."""
    return messages.is_announcement_last(turn.tx, turn.person.address_id)


def leave(turn: Turn, replies: Replies) -> Replies:
    """Leave the dialogue with these words; who is told things by itself hears how to stop that too."""
    turn.step = Step()
    return [*replies, Outbound(consent_texts.STILL_TOLD)] if _is_told(turn) else replies


def press(turn: Turn, press: Press) -> Replies | None:
    """Do what was confirmed; None for a button that is not ours (any more)."""
    match press.action:
        case "stop":
            return _end(turn)
        case "keep":
            return [Outbound(consent_texts.KEPT_AS_IT_IS)]
    return None


def _is_told(turn: Turn) -> bool:
    return bool(consents.given(turn.tx, turn.person.resident_id))


def _end(turn: Turn) -> Replies:
    known = bool(rows.list_history(turn.tx, turn.person.resident_id)) or is_of_news(turn)
    consents.stop(turn.tx, turn.person.resident_id, turn.inbound.address.channel, turn.now)
    said = consent_texts.STOPPED_NEWS if known else texts.STOPPED
    return [Outbound(f"{said}\n{consent_texts.STILL_REMINDED}" if _signed_up(turn) else said)]


def _end_all(turn: Turn) -> Replies:
    turn.step = Step()
    left = _signed_up(turn)
    consents.stop_everything(turn.tx, turn.person.resident_id, turn.inbound.address.channel, turn.now)
    if not left:
        return [Outbound(consent_texts.STOPPED_ALL)]
    back = event_messages.choices(left, "yes", Voice(turn.guide.rules, turn.guide.public_url))
    return [Outbound(f"{consent_texts.STOPPED_ALL}\n{consent_texts.SIGN_UPS_WITHDRAWN}", back)]


def _signed_up(turn: Turn) -> list[Announced]:
    """Return the coming sessions that they are to come to, or wait for a seat at."""
    coming = rsvps.list_coming_of(turn.tx, turn.person.resident_id, turn.now)
    return [events.get_announced(turn.tx, rsvp.event_id) for rsvp in coming]
