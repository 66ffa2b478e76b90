"""Questions that residents hand in before a dialogue: nobody at the table sees whose they are. Nothing here commits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from faq.text import fold
from handlers import dialogue_texts
from handlers.errors import Invalid, TooLate
from handlers.messages import clean
from storage import agenda, events
from storage.agenda import TITLE_CHARS, Question
from storage.db import Tx
from storage.errors import NotFound
from storage.events import DIALOGUE, Event
from storage.people import Person

MOST_OF_ONE: Final = 5
MAX_CHARS: Final = 600
NUMBER: Final = "number"
"""The field of Invalid for who has handed in as many as one may."""


def takes_questions(event: Event, now: datetime) -> bool:
    """Say whether questions are taken for a session."""
    return event.type == DIALOGUE and event.is_coming(now)


def hand_in(tx: Tx, person: Person, event_id: int, texts: Sequence[str], now: datetime) -> list[Question]:
    """Take questions, each once however often it is sent; returns them as they are kept.

    Args: texts: masked already.
    Raises NotFound, TooLate (it began, was called off, or is no dialogue), Invalid: of `NUMBER` where one may hand in no
    more; what came before that one is kept.
    """
    # Until this transaction ends nobody begins to sort, and a second press sees the first one's question.
    event = events.lock(tx, event_id)
    if not takes_questions(event, now):
        raise TooLate(f"event {event_id} takes no questions")
    own = {fold(each.text): each for each in agenda.list_own(tx, event_id, person.resident_id)}
    kept: list[Question] = []
    for text in texts:
        asked = _checked(text)
        if (found := own.get(fold(asked))) is None:
            if len(own) >= MOST_OF_ONE:
                raise Invalid(NUMBER, dialogue_texts.ASK_FULL.format(most=MOST_OF_ONE))
            found = _add(tx, person, event_id, asked, now)
            own[fold(asked)] = found
        kept.append(found)
    return kept


def _checked(text: str) -> str:
    asked = " ".join(clean(text).split())
    if not any(letter.isalpha() for letter in asked):
        raise Invalid("text", dialogue_texts.ASK_AGAIN)
    if len(asked) > MAX_CHARS:
        raise Invalid("text", dialogue_texts.ASK_SHORTER.format(most=MAX_CHARS))
    return asked


def _add(tx: Tx, person: Person, event_id: int, text: str, now: datetime) -> Question:
    question_id = agenda.add_question(
        tx, event_id, person.resident_id, person.address_id, person.commune_code, text, now
    )
    return Question(
        question_id,
        event_id,
        person.resident_id,
        person.address_id,
        person.commune_code,
        text,
        now,
        item_id=None,
        told_at=None,
    )


def withdraw(tx: Tx, person: Person, question_id: int, now: datetime) -> Question:
    """Take a question of the person's back; returns it as it was. Raises NotFound, TooLate (it began)."""
    found = agenda.find_question(tx, question_id)
    if found is None or found.resident_id != person.resident_id:
        raise NotFound(f"no question {question_id} of theirs")
    event = events.lock(tx, found.event_id)
    if not takes_questions(event, now):
        raise TooLate(f"event {event.id} has begun")
    # Sorted meanwhile, perhaps.
    found = agenda.find_question(tx, question_id) or found
    agenda.remove_question(tx, question_id)
    if found.item_id is not None:
        _forget_words(tx, found.item_id, found.text)
    return found


def _forget_words(tx: Tx, item_id: int, text: str) -> None:
    """Let no item stand in words that were taken back: the next question gives it its title, or it goes."""
    item = agenda.find_item(tx, item_id)
    if item is None or item.title != text[:TITLE_CHARS]:
        return
    left = agenda.list_under(tx, item_id, 1)
    if left:
        agenda.change_item(tx, item_id, item.version, {"title": left[0].text[:TITLE_CHARS]})
    else:
        agenda.remove_item(tx, item_id)
