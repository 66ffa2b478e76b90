"""Training and dialogue sessions: which are coming, and whether one comes, by one tap or in one's own words."""

from typing import Final

from faq.signals import Intent
from handlers import event_messages, event_texts, rsvp_words, rsvps, texts
from handlers.audience import Audience
from handlers.errors import TooLate
from handlers.event_messages import Voice
from handlers.messages import Button, Outbound
from handlers.rsvps import Answered, Outcome
from handlers.turn import Press, Replies, Step, Turn, button
from storage import events, identities, questions
from storage import rsvps as answers
from storage.events import Announced

FLOW = event_messages.FLOW
PEOPLE: Final = "people"
MOST_LISTED: Final = 5
MOST_LOOKED_AT: Final = 500  # coming sessions of a whole province


def coming(turn: Turn) -> Replies:
    """List the coming sessions that the person answered, was told of, or that are for their commune."""
    _keep(turn)
    found = _coming(turn)
    buttons = [*_topics(turn)]
    if turn.person.commune_code is None:
        hint = event_texts.CHOOSE_COMMUNE
        buttons.insert(0, button(texts.BUTTON_COMMUNE, "commune", "ask"))
        nothing = f"{event_texts.NONE_FOR_ALL} {event_texts.CHOOSE_COMMUNE}"
    else:
        hint, nothing = "", f"{event_texts.NONE}\n{event_texts.SUBSCRIBE}"
    if not found:
        buttons.append(button(event_texts.BUTTON_SUBSCRIBE, "subscribe", "begin"))
        return [Outbound(nothing, tuple(buttons))]
    shown = _show(turn, found)
    return [shown, Outbound(hint, tuple(buttons))] if hint else [shown]


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours, or of nothing that is announced."""
    event_id = press.number(0)
    announced = events.find_public(turn.tx, event_id) if event_id is not None else None
    if announced is None:
        return None
    match press.action:
        case "yes":
            return _come(turn, announced, None)
        case "no":
            return _decline(turn, announced)
        case "with":
            return _ask_people(turn, announced)
        case "people" if (number := press.number(1)) is not None and number <= event_messages.MAX_COMPANIONS:
            return _come(turn, announced, number + 1)
        case "show":
            return [_show(turn, [announced])] if announced.event.is_coming(turn.now) else _too_late(announced)
    return None


def hear(turn: Turn) -> Replies | None:
    """Take how many come along, where that was asked; None for anything else."""
    event_id = turn.step.data.get("event")
    announced = events.find_public(turn.tx, event_id) if isinstance(event_id, int) else None
    if turn.step.flow != FLOW or announced is None:
        return None
    number = rsvp_words.read_companions(turn.inbound.text)
    if number is not None and number <= event_messages.MAX_COMPANIONS:
        return _come(turn, announced, number + 1)
    if number is not None:
        return [event_messages.ask_people(announced.event.id, event_texts.PEOPLE_UNCLEAR)]
    turn.step = Step()
    return None


def overhear(turn: Turn) -> Replies | None:
    """Take "tôi sẽ đi", "mai tôi không đi được" for an answer, where it is known what to; None for anything else."""
    said = rsvp_words.read_answer(turn.inbound.text)
    if said is None:
        return None
    found = events.list_coming_of(turn.tx, turn.person.resident_id, turn.now, MOST_LISTED)
    if not said.comes:
        signed_up = {r.event_id for r in answers.list_coming_of(turn.tx, turn.person.resident_id, turn.now)}
        found = [each for each in found if each.event.id in signed_up] or found
    if not found:
        return None
    if len(found) > 1:
        return [event_messages.which(found, "yes" if said.comes else "no", _voice(turn))]
    if not said.comes:
        return _decline(turn, found[0])
    too_many = said.people is not None and said.people > event_messages.MAX_COMPANIONS + 1
    return _ask_people(turn, found[0]) if too_many else _come(turn, found[0], said.people)


def back(turn: Turn) -> Replies | None:
    """Leave the question of how many; None: the dialogue ends there."""
    turn.step = Step()
    return None


def _come(turn: Turn, announced: Announced, number: int | None) -> Replies:
    _leave(turn)
    voice = _voice(turn)
    try:
        answered = rsvps.come(turn.tx, turn.person, announced.event.id, number, voice, turn.now)
    except TooLate:
        return _too_late(announced)
    return [_said(Announced(answered.event, announced.announcement), answered, number or 1, turn)]


def _said(announced: Announced, answered: Answered, wanted: int, turn: Turn) -> Outbound:
    voice = _voice(turn)
    rsvp = answered.rsvp
    if answered.outcome is Outcome.TOO_MANY or rsvp is None:
        return event_messages.too_many(announced, wanted, rsvp, voice)
    if answered.outcome is Outcome.KEPT:
        return event_messages.kept(announced, rsvp, wanted, voice)
    if answered.outcome is Outcome.WAITING:
        return event_messages.waiting(announced, rsvp, answered.place, voice)
    return event_messages.going(announced, rsvp, voice, turn.now)


def _decline(turn: Turn, announced: Announced) -> Replies:
    _leave(turn)
    try:
        rsvps.decline(turn.tx, turn.person, announced.event.id, _voice(turn), turn.now)
    except TooLate:
        return _too_late(announced)
    return [event_messages.declined(announced)]


def _ask_people(turn: Turn, announced: Announced) -> Replies:
    if not announced.event.is_coming(turn.now):
        return _too_late(announced)
    turn.step = Step(FLOW, PEOPLE, {"event": announced.event.id})
    return [event_messages.ask_people(announced.event.id)]


def _too_late(announced: Announced) -> Replies:
    return [event_messages.too_late(announced)]


def _leave(turn: Turn) -> None:
    if turn.step.flow == FLOW:
        turn.step = Step()


def _voice(turn: Turn) -> Voice:
    return Voice(turn.guide.rules, turn.guide.public_url)


def _show(turn: Turn, found: list[Announced]) -> Outbound:
    voice = _voice(turn)
    own = [answers.find(turn.tx, each.event.id, turn.person.resident_id) for each in found]
    if len(found) == 1:
        return event_messages.card(found[0], own[0], voice)
    listed = [event_messages.line(each, rsvp, voice) for each, rsvp in zip(found, own, strict=True)]
    buttons = tuple(button(event_messages.label(each, voice), FLOW, "show", each.event.id) for each in found)
    return Outbound("\n\n".join((event_texts.LIST, *listed)), buttons)


def _coming(turn: Turn) -> list[Announced]:
    own = events.list_coming_of(turn.tx, turn.person.resident_id, turn.now, MOST_LISTED)
    category = identities.get_identity(turn.tx, turn.person.resident_id).category
    commune = turn.person.commune_code
    others = [
        each
        for each in events.list_coming(turn.tx, turn.now, MOST_LOOKED_AT)
        if Audience.parse(each.announcement.audience, turn.guide.areas).means(commune, category)
    ]
    found = {each.event.id: each for each in (*own, *others)}
    return sorted(found.values(), key=lambda each: (each.event.starts_at, each.event.id))[:MOST_LISTED]


def _keep(turn: Turn) -> None:
    """Keep what was asked for, as with every wish: it is counted beside the questions."""
    questions.add(
        turn.tx,
        turn.person.address_id,
        turn.message_id,
        turn.inbound.text,
        verdict=Intent.EVENTS.value,
        score=turn.reading.match.score,
        topic_id=None,
        offered=turn.reading.offered,
        for_official=False,
        now=turn.now,
    )


def _topics(turn: Turn) -> tuple[Button, ...]:
    """Offer what may be read of the matter meanwhile."""
    found = (turn.guide.library.current(topic_id, turn.reading.day) for topic_id in turn.reading.offered)
    return tuple(button(current[0].title, "ask", "topic", current[0].id) for current in found if current)
