"""What is said around a session before and after it, with the buttons under it. Pure."""

from collections.abc import Sequence
from typing import Final

from handlers import announcement_texts, dialogue_texts, event_messages, event_texts
from handlers.event_messages import Voice
from handlers.messages import Button, Outbound
from handlers.turn import button
from storage.agenda import ANSWERED, FOLLOW_UP, Item, Question
from storage.events import CANCELLED, Announced
from storage.rsvps import Rsvp
from storage.surveys import FAIR, NOT_USEFUL, USEFUL

ASKING: Final = event_messages.ASKING
ATTENDING: Final = "attend"
SURVEYING: Final = "survey"
MOST_CHARS: Final = 1800
"""Of one message; Zalo carries 2,000."""
_SHORT: Final = 200  # of a question of theirs that is quoted back
_PEOPLE: Final = ", tất cả {people} người"


# -- questions


def ask(announced: Announced, *, has_asked: bool) -> Outbound:
    """Ask for a question."""
    event_id = announced.event.id
    own = [button(dialogue_texts.BUTTON_OWN, ASKING, "own", event_id)] if has_asked else []
    leave = button(dialogue_texts.BUTTON_LEAVE, ASKING, "leave", event_id)
    return Outbound(dialogue_texts.ASK.format(title=announced.announcement.title), (*own, leave))


def left(announced: Announced) -> Outbound:
    """Confirm that nothing was asked."""
    return Outbound(
        dialogue_texts.LEFT, (button(dialogue_texts.BUTTON_ASK, ASKING, "ask", announced.event.id),)
    )


def handed_in(announced: Announced, questions: Sequence[Question], topics: Sequence[Button]) -> Outbound:
    """Confirm what was handed in. Args: topics: what may be read of the matter meanwhile."""
    quoted = "\n".join(f"“{_short(each.text)}”" for each in questions)
    said = dialogue_texts.HANDED_IN.format(questions=quoted)
    return Outbound(f"{said}\n{dialogue_texts.FROM_HERE}", (*_more(announced), *topics))


def full(announced: Announced, most: int) -> Outbound:
    """Tell that no more questions are taken of this person."""
    own = button(dialogue_texts.BUTTON_OWN, ASKING, "own", announced.event.id)
    return Outbound(dialogue_texts.ASK_FULL.format(most=most), (own,))


def own(announced: Announced, questions: Sequence[Question], *, open_: bool) -> Outbound:
    """Show what a person handed in. Args: open_: they may be taken back still."""
    title = announced.announcement.title
    if not questions:
        text = dialogue_texts.OWN_NONE.format(title=title)
        again = button(dialogue_texts.BUTTON_ASK, ASKING, "ask", announced.event.id)
        return Outbound(text, (again,) if open_ else ())
    listed = "\n".join(f"{number}. {_short(each.text)}" for number, each in enumerate(questions, 1))
    back = [
        button(dialogue_texts.BUTTON_WITHDRAW.format(number=number), ASKING, "drop", each.id)
        for number, each in enumerate(questions, 1)
    ]
    another = button(dialogue_texts.BUTTON_ANOTHER, ASKING, "ask", announced.event.id)
    return Outbound(
        dialogue_texts.OWN.format(title=title, questions=listed), (*back, another) if open_ else ()
    )


def withdrawn(announced: Announced, question: Question) -> Outbound:
    """Confirm that a question was taken back."""
    return Outbound(dialogue_texts.WITHDRAWN.format(question=_short(question.text)), _more(announced))


def ask_too_late(announced: Announced) -> Outbound:
    """Tell why no question is taken any more."""
    off = announced.event.status == CANCELLED
    sentence = event_texts.CALLED_OFF if off else dialogue_texts.ASK_BEGUN
    return Outbound(sentence.format(title=announced.announcement.title))


def _more(announced: Announced) -> tuple[Button, ...]:
    event_id = announced.event.id
    return (
        button(dialogue_texts.BUTTON_ANOTHER, ASKING, "ask", event_id),
        button(dialogue_texts.BUTTON_OWN, ASKING, "own", event_id),
    )


# -- who came


def checked_in(announced: Announced, people: int, *, before: bool) -> Outbound:
    """Confirm that somebody came. Args: before: that was known already."""
    said = dialogue_texts.CHECKED_IN_BEFORE if before else dialogue_texts.CHECKED_IN
    counted = _PEOPLE.format(people=people) if people > 1 else ""
    text = said.format(title=announced.announcement.title, people=counted)
    event_id = announced.event.id
    numbers = [
        button(event_texts.BUTTON_MORE_PEOPLE.format(number=number), ATTENDING, "came", event_id, number + 1)
        for number in range(1, event_messages.BUTTON_COMPANIONS + 1)
        if number + 1 != people
    ]
    alone = [button(event_texts.BUTTON_ALONE, ATTENDING, "came", event_id, 1)] if people > 1 else []
    return Outbound(f"{text}\n{dialogue_texts.HOW_MANY}", (*numbers, *alone))


def not_its_day(announced: Announced, voice: Voice, *, over: bool) -> Outbound:
    """Tell on which day a check-in code is good."""
    title, when = announced.announcement.title, announcement_texts.when(announced.event, voice.zone)
    if announced.event.status == CANCELLED:
        return Outbound(event_texts.CALLED_OFF.format(title=title))
    return Outbound(
        (dialogue_texts.NO_MORE if over else dialogue_texts.NOT_YET).format(title=title, when=when)
    )


# -- what came of it


def outcomes(
    announced: Announced, found: Sequence[tuple[Item, Sequence[Question]]], voice: Voice
) -> list[Outbound]:
    """Tell a person what came of their questions, item by item; of many, in several messages, each with its code."""
    code = event_messages.code_line(announced)
    head = dialogue_texts.OUTCOMES.format(title=announced.announcement.title)
    texts, parts = [head], [_outcome(item, questions) for item, questions in found]
    for part in parts:
        if len(texts[-1]) + len(part) + len(code) + 4 > MOST_CHARS and texts[-1] != head:
            texts.append(part)
        else:
            texts[-1] = f"{texts[-1]}\n\n{part}"
    return [
        Outbound(f"{text}\n\n{code}", _page(announced, voice) if at == len(texts) - 1 else ())
        for at, text in enumerate(texts)
    ]


def _outcome(item: Item, questions: Sequence[Question]) -> str:
    return "\n".join((*map(asked, questions), said_of(item)))


def said_of(item: Item) -> str:
    """Say what came of an item, as a sentence."""
    text = item.outcome_text or ""
    if item.outcome == ANSWERED:
        return dialogue_texts.ANSWERED.format(text=text)
    if item.outcome == FOLLOW_UP:
        return dialogue_texts.FOLLOW_UP.format(text=text)
    return f"{dialogue_texts.NOT_REACHED} {text}".strip()


def minutes(announced: Announced, _rsvp: Rsvp, voice: Voice) -> Outbound:
    """Give the minutes to somebody who came; all of them are on the page."""
    return Outbound(_minutes(announced), _page(announced, voice))


def _minutes(announced: Announced) -> str:
    head = dialogue_texts.MINUTES.format(title=announced.announcement.title)
    code = event_messages.code_line(announced)
    text = _short(announced.event.minutes or "", MOST_CHARS - len(head) - len(code) - 4)
    return f"{head}\n\n{text}\n\n{code}"


def survey(announced: Announced, _rsvp: Rsvp, _voice: Voice) -> Outbound:
    """Ask somebody who came what they thought."""
    labels = {
        USEFUL: dialogue_texts.BUTTON_USEFUL,
        FAIR: dialogue_texts.BUTTON_FAIR,
        NOT_USEFUL: dialogue_texts.BUTTON_NOT_USEFUL,
    }
    return Outbound(
        _survey(announced),
        tuple(button(label, SURVEYING, "rate", announced.event.id, score) for score, label in labels.items()),
    )


def _survey(announced: Announced) -> str:
    asked = dialogue_texts.SURVEY.format(title=announced.announcement.title)
    return f"{asked}\n{event_messages.code_line(announced)}"


def afterwards(announced: Announced) -> list[str]:
    """Return all that whoever came may have been told after a session, for comparing."""
    event = announced.event
    return [_survey(announced), *([_minutes(announced)] if event.minutes_at is not None else [])]


def asked(question: Question) -> str:
    """Return the line in which a person's own question is quoted back."""
    return dialogue_texts.ASKED.format(question=_short(question.text))


def thanks(event_id: int) -> Outbound:
    """Thank for a score, and leave room for a sentence."""
    return Outbound(
        dialogue_texts.THANKS, (button(dialogue_texts.BUTTON_NOTHING, SURVEYING, "nothing", event_id),)
    )


def _page(announced: Announced, voice: Voice) -> tuple[Button, ...]:
    if not voice.public_url:
        return ()
    url = announcement_texts.page_url(announced.announcement, voice.public_url)
    return (Button(dialogue_texts.BUTTON_MINUTES, None, url),)


def _short(text: str, most: int = _SHORT) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
