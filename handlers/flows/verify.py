"""Is this message really yours: asked in words, by a code, or by pasting the message itself."""

import re
from typing import Final
from zoneinfo import ZoneInfo

from faq.signals import Intent
from faq.text import fold
from handlers import genuine, genuine_texts, verifying
from handlers.announcement_codes import parse_code
from handlers.announcement_texts import PAGE
from handlers.genuine import Judgement, Reason, Verdict
from handlers.messages import Button, Outbound
from handlers.turn import Press, Replies, Step, Turn, button

FLOW = "verify"
TEXT = "text"
MIN_WORDS: Final = 6  # of what is taken for the message that we asked for
MESSAGE_WORDS: Final = 20  # so long, it is one even if a topic of ours would answer it
_COMMAND: Final = re.compile(r"/verify\b\s*", re.IGNORECASE)
_MESSAGE: Final = r"(?:tin|tin nhan|thong bao|tin bao)(?: (?:nay|nai|do|kia))"
# Nothing but this: who asks more of a message asks of its matter.
_NOT: Final = r"(?:khong|ko|k|hong)"
_ASKED: Final = re.compile(
    r"(?:(?:cho )?(?:toi|em|chau|minh|bac|co|chu|hoi|a|oi|bot|can bo|xin|da|vang) ){0,5}"
    rf"(?:cai |kiem tra |xem )?{_MESSAGE} (?:la )?(?:"
    rf"(?:co )?(?:phai|dung|that|chinh)(?: la| that| phai)*(?: tin)? (?:cua|do|ben) (?:[a-z]+ ){{1,6}}(?:gui )?{_NOT}"
    rf"|(?:that|dung|chuan) hay (?:la )?(?:gia|lua dao|lua)|gia hay (?:la )?that|(?:co )?(?:that|gia|lua dao) {_NOT})"
    r"(?: (?:a|ad|vay|the|nhi|bac|em|chau|can bo|bot))*"
)


def recognise(turn: Turn) -> Replies | None:
    """Answer whoever asks whether a message is ours, names a code of ours, or sends what is like one of ours.

    None for everything else: no question of its own is taken for one about a message.
    """
    text = turn.inbound.text
    if (command := _COMMAND.match(text)) is not None:
        rest = text[command.end() :].strip()
        return _tell(turn, _check(turn, rest)) if rest else ask(turn)
    lines = text.strip().split("\n", 1)
    first, _, after = lines[0].partition(":")
    rest = "\n".join((after, *lines[1:])).strip()
    if _ASKED.fullmatch(fold(first)):
        return (
            _tell(turn, _check(turn, rest))
            if len(rest.split()) >= MIN_WORDS or parse_code(rest)
            else ask(turn)
        )
    judged = verifying.recognise(
        turn.tx, text, _zone(turn), turn.guide.public_url, turn.now, turn.person.address_id
    )
    return _tell(turn, judged) if judged is not None else None


def warn(turn: Turn) -> Replies:
    """Give the standing warning to who sends on a message that lures, none of ours; nothing for everything else.

    Who asks something, or tells of it, is answered as ever.
    """
    reading = turn.reading
    lured = reading.intent is Intent.QUESTION and reading.states and not reading.answered
    if not lured or not genuine.lures(turn.inbound.text):
        return []
    return _tell(turn, Judgement(Verdict.CANNOT_TELL, Reason.NOT_FOUND))


def ask(turn: Turn) -> Replies:
    """Ask for the message or its code."""
    turn.step = Step(FLOW, TEXT)
    return [Outbound(f"{genuine_texts.ASK}\n\n{genuine_texts.WARNING}")]


def hear(turn: Turn) -> Replies | None:
    """Take what was asked for; None for what is rather a question or a wish."""
    if turn.step.flow != FLOW:
        return None
    turn.step = Step()
    text, reading = turn.inbound.text, turn.reading
    if (replies := recognise(turn)) is not None:
        return replies
    if parse_code(text) is not None:
        return _tell(turn, _check(turn, f"mã {text}"))
    words = len(text.split())
    asks = reading.is_plain_wish or (reading.answered and ("?" in text or words < MESSAGE_WORDS))
    return None if asks or words < MIN_WORDS else _tell(turn, _check(turn, text))


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours."""
    return ask(turn) if press.action == "ask" else None


def back(turn: Turn) -> Replies | None:
    """Leave: there is no step before the first."""
    turn.step = Step()
    return None


def _check(turn: Turn, text: str) -> Judgement:
    return verifying.check(
        turn.tx, text, _zone(turn), turn.guide.public_url, turn.now, turn.person.address_id
    )


def _tell(turn: Turn, judged: Judgement) -> Replies:
    buttons = []
    if judged.sent is None:
        buttons.append(button(genuine_texts.BUTTON_ANOTHER, FLOW, "ask"))
    elif turn.guide.public_url:
        url = PAGE.format(url=turn.guide.public_url, code=judged.sent.code)
        buttons.append(Button(genuine_texts.BUTTON_SEE, None, url))
    return [Outbound(genuine_texts.answer(judged), tuple(buttons))]


def _zone(turn: Turn) -> ZoneInfo:
    return turn.guide.deadlines.calendar.zone
