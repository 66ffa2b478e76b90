"""Questions handed in before a dialogue: asked for by a button, typed, seen again, taken back."""

from collections.abc import Sequence
from typing import Final

from faq.signals import Intent
from faq.text import fold
from handlers import case_codes, dialogue_messages, event_questions, labels, rsvp_words
from handlers.errors import Invalid, TooLate
from handlers.messages import Button, Outbound
from handlers.turn import Press, Replies, Step, Turn, button
from storage import agenda, events
from storage.errors import NotFound
from storage.events import DIALOGUE, Announced

FLOW = dialogue_messages.ASKING
ASK: Final = "ask"
_LEAVING: Final = frozenset((Intent.SUBSCRIBE, Intent.MENU, Intent.SMALLTALK))
_NO: Final = frozenset(
    ("khong", "ko", "k", "khong co", "khong hoi", "khong hoi nua", "xong", "het", "het roi")
)


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours, or of nothing that is announced."""
    number = press.number(0)
    if number is None:
        return None
    if press.action == "drop":
        return _withdraw(turn, number)
    announced = _dialogue(turn, number)
    if announced is None:
        return None
    match press.action:
        case "ask":
            return _ask(turn, announced)
        case "own":
            return _own(turn, announced)
        case "leave":
            return _left(turn, announced)
    return None


def hear(turn: Turn) -> Replies | None:
    """Take the question that was asked for; None for what is rather another wish."""
    event_id = turn.step.data.get("event")
    announced = _dialogue(turn, event_id) if isinstance(event_id, int) else None
    if turn.step.flow != FLOW or turn.step.name != ASK or announced is None:
        return None
    text = turn.inbound.text
    if (pressed := labels.find(turn)) is not None:
        return press(turn, pressed) if pressed.flow == FLOW else _leave(turn)
    if fold(text) in _NO:
        return _left(turn, announced)
    reading = turn.reading
    is_wish = reading.is_plain_wish or reading.intent in _LEAVING or case_codes.parse_code(text) is not None
    if is_wish or rsvp_words.read_answer(text) is not None:
        return _leave(turn)
    return _take(turn, announced, _several(text))


def back(turn: Turn) -> Replies | None:
    """Leave: there is no step before the first."""
    return _leave(turn)


def leave(turn: Turn) -> Replies | None:
    """Leave without a question; None where none was asked for."""
    event_id = turn.step.data.get("event")
    announced = _dialogue(turn, event_id) if isinstance(event_id, int) else None
    return _left(turn, announced) if announced is not None else None


def _left(turn: Turn, announced: Announced) -> Replies:
    turn.step = Step()
    return [dialogue_messages.left(announced)]


def _leave(turn: Turn) -> Replies | None:
    turn.step = Step()
    return None


def _several(text: str) -> Sequence[str]:
    """Return the questions in a message: lines that each end as one, or else all of it as one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines if len(lines) > 1 and all(line.endswith("?") for line in lines) else [text]


def _dialogue(turn: Turn, event_id: int) -> Announced | None:
    announced = events.find_public(turn.tx, event_id)
    return announced if announced is not None and announced.event.type == DIALOGUE else None


def _ask(turn: Turn, announced: Announced) -> Replies:
    if not event_questions.takes_questions(announced.event, turn.now):
        return _too_late(turn, announced)
    asked = agenda.list_own(turn.tx, announced.event.id, turn.person.resident_id)
    if len(asked) >= event_questions.MOST_OF_ONE:
        return [dialogue_messages.full(announced, event_questions.MOST_OF_ONE)]
    turn.step = Step(FLOW, ASK, {"event": announced.event.id})
    return [dialogue_messages.ask(announced, has_asked=bool(asked))]


def _take(turn: Turn, announced: Announced, texts: Sequence[str]) -> Replies:
    try:
        kept = event_questions.hand_in(turn.tx, turn.person, announced.event.id, texts, turn.now)
    except Invalid as exc:
        if exc.field != event_questions.NUMBER:
            return [Outbound(exc.sentence)]
        turn.step = Step()
        return [dialogue_messages.full(announced, event_questions.MOST_OF_ONE)]
    except TooLate:
        return _too_late(turn, announced)
    turn.step = Step()
    return [dialogue_messages.handed_in(announced, kept, _topics(turn))]


def _own(turn: Turn, announced: Announced) -> Replies:
    _forget_step(turn)
    asked = agenda.list_own(turn.tx, announced.event.id, turn.person.resident_id)
    open_ = event_questions.takes_questions(announced.event, turn.now)
    return [dialogue_messages.own(announced, asked, open_=open_)]


def _withdraw(turn: Turn, question_id: int) -> Replies | None:
    _forget_step(turn)
    found = agenda.find_question(turn.tx, question_id)
    announced = _dialogue(turn, found.event_id) if found is not None else None
    if announced is None:
        return None
    try:
        taken_back = event_questions.withdraw(turn.tx, turn.person, question_id, turn.now)
    except NotFound:
        return None
    except TooLate:
        return _too_late(turn, announced)
    return [dialogue_messages.withdrawn(announced, taken_back)]


def _too_late(turn: Turn, announced: Announced) -> Replies:
    _forget_step(turn)
    return [dialogue_messages.ask_too_late(announced)]


def _forget_step(turn: Turn) -> None:
    if turn.step.flow == FLOW:
        turn.step = Step()


def _topics(turn: Turn) -> tuple[Button, ...]:
    """Offer what answers the question already; the dialogue may be weeks away."""
    ids = [hit.topic_id for hit in turn.reading.answered]
    found = (turn.guide.library.current(topic_id, turn.reading.day) for topic_id in ids)
    return tuple(button(current[0].title, "ask", "topic", current[0].id) for current in found if current)
