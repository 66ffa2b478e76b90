"""What somebody who came thought of a session: one tap, and a sentence if they like."""

from typing import Final

from faq.text import fold
from handlers import dialogue_messages, dialogue_texts, labels, surveys
from handlers.errors import TooLate
from handlers.messages import Outbound
from handlers.turn import Press, Replies, Step, Turn

FLOW = dialogue_messages.SURVEYING
REMARK: Final = "remark"
_NO: Final = frozenset(("khong", "ko", "k", "khong co", "khong co gi", "khong co gi them", "khong a", "thoi"))


def press(turn: Turn, press: Press) -> Replies | None:
    """Take a score; None for a button that is not ours, or of a session that the person was not at."""
    event_id = press.number(0)
    if event_id is None:
        return None
    if press.action == "nothing":
        return leave(turn)
    score = press.number(1)
    if press.action != "rate" or score is None:
        return None
    try:
        taken = surveys.rate(turn.tx, turn.person, event_id, score, turn.now)
    except TooLate:
        return [Outbound(dialogue_texts.SURVEY_OVER)]
    if not taken:
        return None
    turn.step = Step(FLOW, REMARK, {"event": event_id})
    return [dialogue_messages.thanks(event_id)]


def hear(turn: Turn) -> Replies | None:
    """Take a sentence beside the score; None for what is rather a question or a wish."""
    event_id = turn.step.data.get("event")
    if turn.step.flow != FLOW or not isinstance(event_id, int):
        return None
    if (pressed := labels.find(turn)) is not None and pressed.flow == FLOW:
        return press(turn, pressed)
    turn.step = Step()
    text, reading = turn.inbound.text, turn.reading
    if fold(text) in _NO:
        return [Outbound(dialogue_texts.NO_REMARK)]
    if reading.is_plain_wish or reading.answered or "?" in text or pressed is not None:
        return None
    return (
        [Outbound(dialogue_texts.REMARKED)] if surveys.remark(turn.tx, turn.person, event_id, text) else None
    )


def back(turn: Turn) -> Replies | None:
    """Leave: there is no step before the first."""
    turn.step = Step()
    return None


def leave(turn: Turn) -> Replies | None:
    """Leave it at the score."""
    turn.step = Step()
    return [Outbound(dialogue_texts.NO_REMARK)]
