"""What is said of a session, with the buttons under it. Pure.

When and where are written as in the announcement (`announcement_texts`), so that all that is said of a session agrees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from handlers import announcement_texts, dialogue_texts, event_texts
from handlers.announcement_codes import spoken
from handlers.messages import Button, Outbound
from handlers.reminders import will_remind
from handlers.sending_rules import SendingRules
from handlers.turn import button
from storage.events import CANCELLED, DIALOGUE, Announced, Event
from storage.rsvps import GOING, WAITING, Rsvp

FLOW: Final = announcement_texts.RSVP
ASKING: Final = "dialogue"
"""The dialogue in which questions are handed in before a session."""
MAX_COMPANIONS: Final = 19
BUTTON_COMPANIONS: Final = 4
LABEL_CHARS: Final = 30
_PEOPLE: Final = ", tất cả {people} người"


@dataclass(frozen=True, slots=True)
class Voice:
    """How events speak: on which clock and when people may be disturbed, and where the public pages are.

    Args: public_url: without a slash at its end; empty: no button leads to a page.
    """

    rules: SendingRules
    public_url: str

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of the clock."""
        return self.rules.zone


def going(announced: Announced, rsvp: Rsvp, voice: Voice, now: datetime) -> Outbound:
    """Confirm a seat."""
    event = announced.event
    said = _titled(event_texts.GOING, announced, people=_people(rsvp))
    return Outbound(
        _lines(said, *_facts(event, voice), _close(event, voice, now)), change_buttons(announced, voice)
    )


def waiting(announced: Announced, rsvp: Rsvp, place: int, voice: Voice) -> Outbound:
    """Tell that there is no seat now."""
    free = announced.event.free or 0
    said = _titled(
        event_texts.FEWER_LEFT if free else event_texts.FULL,
        announced,
        people=_people(rsvp),
        place=place,
        free=free,
    )
    return Outbound(
        _lines(said, event_texts.WAIT, *_facts(announced.event, voice)), change_buttons(announced, voice)
    )


def kept(announced: Announced, rsvp: Rsvp, wanted: int, voice: Voice) -> Outbound:
    """Tell that there are too few seats for so many, and that what the person has is still theirs."""
    return Outbound(
        event_texts.KEPT.format(people=wanted, kept=rsvp.people), change_buttons(announced, voice)
    )


def too_many(announced: Announced, wanted: int, rsvp: Rsvp | None, voice: Voice) -> Outbound:
    """Tell that so many never fit."""
    said = _titled(event_texts.TOO_MANY, announced, seats=announced.event.seats, people=wanted)
    return Outbound(said, buttons(announced, rsvp, voice))


def declined(announced: Announced) -> Outbound:
    """Confirm that the person does not come."""
    again = button(announcement_texts.BUTTON_GOING, FLOW, "yes", announced.event.id)
    return Outbound(_titled(event_texts.DECLINED, announced), (again, *_asks(announced)))


def too_late(announced: Announced) -> Outbound:
    """Tell why nothing can be changed any more."""
    return Outbound(
        _titled(
            event_texts.CALLED_OFF if announced.event.status == CANCELLED else event_texts.BEGUN, announced
        )
    )


def moved_up(announced: Announced, rsvp: Rsvp, voice: Voice, now: datetime) -> Outbound:
    """Tell somebody who waited that they have a seat."""
    said = _titled(event_texts.MOVED_UP, announced, people=_people(rsvp))
    close = _close(announced.event, voice, now)
    return Outbound(
        _lines(said, *_facts(announced.event, voice), close, code_line(announced)),
        change_buttons(announced, voice),
    )


def changed(announced: Announced, rsvp: Rsvp, voice: Voice) -> Outbound:
    """Tell of another time or place, and ask again."""
    facts = _facts(announced.event, voice)
    asks = event_texts.STILL_WAITING if rsvp.status == WAITING else event_texts.STILL_COMING
    return Outbound(
        _lines(_titled(event_texts.CHANGED, announced), *facts, asks, code_line(announced)),
        _ask_again(announced, voice),
    )


def cancelled(announced: Announced, _rsvp: Rsvp, voice: Voice) -> Outbound:
    """Tell that it does not take place."""
    when = announcement_texts.when(announced.event, voice.zone)
    return Outbound(_lines(_titled(event_texts.CANCELLED_NOTICE, announced, when=when), code_line(announced)))


def reminder(announced: Announced, rsvp: Rsvp, voice: Voice) -> Outbound:
    """Remind somebody who comes, and ask again where they have not said so since a change."""
    event = announced.event
    said = _titled(event_texts.REMINDER, announced, people=_people(rsvp))
    if rsvp.details_version < event.details_version:
        return Outbound(
            _lines(said, *_facts(event, voice), event_texts.UNCONFIRMED, code_line(announced)),
            _ask_again(announced, voice),
        )
    return Outbound(
        _lines(said, *_facts(event, voice), event_texts.CHANGE_MIND, code_line(announced)),
        change_buttons(announced, voice),
    )


def notices(announced: Announced, people: int, voice: Voice) -> list[str]:
    """Return all that who signed up so many may have been told of a session as it stands now, for comparing."""
    event = announced.event
    facts, named = _facts(event, voice), _people_of(people)
    closes = (event_texts.REMIND, event_texts.CHANGE_MIND)
    told = [
        _lines(_titled(sentence, announced, people=named), *facts, close)
        for sentence in (event_texts.GOING, event_texts.MOVED_UP)
        for close in closes
    ]
    reminded = _titled(event_texts.REMINDER, announced, people=named)
    told.append(_lines(reminded, *facts, event_texts.CHANGE_MIND))
    if event.details_version > 1:
        told.append(_lines(reminded, *facts, event_texts.UNCONFIRMED))
        asks = (event_texts.STILL_COMING, event_texts.STILL_WAITING)
        told += [_lines(_titled(event_texts.CHANGED, announced), *facts, each) for each in asks]
    if event.status == CANCELLED:
        when = announcement_texts.when(event, voice.zone)
        told.append(_titled(event_texts.CANCELLED_NOTICE, announced, when=when))
    return [_lines(text, code_line(announced)) for text in told]


def card(announced: Announced, rsvp: Rsvp | None, voice: Voice) -> Outbound:
    """Show a coming session and where the person stands with it."""
    event = announced.event
    lines = [announced.announcement.title, *_facts(event, voice), *standing(event, rsvp)]
    return Outbound("\n".join(lines), buttons(announced, rsvp, voice))


def line(announced: Announced, rsvp: Rsvp | None, voice: Voice) -> str:
    """Return a session as one paragraph of a list."""
    return "\n".join(
        (
            f"– {announced.announcement.title}",
            *_facts(announced.event, voice),
            *standing(announced.event, rsvp),
        )
    )


def label(announced: Announced, voice: Voice) -> str:
    """Return a button's words that tell sessions apart: "12/12 Tập huấn chăn nuôi…"."""
    words = f"{announced.event.starts_at.astimezone(voice.zone):%d/%m} {announced.announcement.title}"
    return words if len(words) <= LABEL_CHARS else words[: LABEL_CHARS - 1].rstrip() + "…"


def standing(event: Event, rsvp: Rsvp | None) -> list[str]:
    """Say where a person stands with a session, or that it is full; nothing where there is nothing to say."""
    if rsvp is not None and rsvp.status == GOING:
        outdated = rsvp.details_version < event.details_version
        return [
            (event_texts.IS_UNCONFIRMED if outdated else event_texts.IS_GOING).format(people=_people(rsvp))
        ]
    if rsvp is not None and rsvp.status == WAITING:
        return [event_texts.IS_WAITING.format(people=_people(rsvp))]
    said = [event_texts.IS_DECLINED] if rsvp is not None else []
    return [*said, event_texts.IS_FULL] if event.free == 0 else said


def buttons(announced: Announced, rsvp: Rsvp | None, voice: Voice) -> tuple[Button, ...]:
    """Return what a person may do about a session, as they stand with it."""
    if rsvp is None or rsvp.status not in (GOING, WAITING):
        answers = _answers(announced.event.id, announcement_texts.BUTTON_GOING)
        return (*answers, *_asks(announced), *_pages(announced, voice))
    if rsvp.details_version < announced.event.details_version:
        return _ask_again(announced, voice)
    return change_buttons(announced, voice)


def change_buttons(announced: Announced, voice: Voice) -> tuple[Button, ...]:
    """Return the buttons for who signed up."""
    event_id = announced.event.id
    return (
        button(announcement_texts.BUTTON_NOT_GOING, FLOW, "no", event_id),
        button(event_texts.BUTTON_NUMBER, FLOW, "with", event_id),
        *_asks(announced),
        *_pages(announced, voice),
    )


def ask_people(event_id: int, text: str = event_texts.ASK_PEOPLE) -> Outbound:
    """Ask how many come along."""
    more = (
        button(event_texts.BUTTON_MORE_PEOPLE.format(number=number), FLOW, "people", event_id, number)
        for number in range(1, BUTTON_COMPANIONS + 1)
    )
    return Outbound(text, (*more, button(event_texts.BUTTON_ALONE, FLOW, "people", event_id, 0)))


def which(coming: Sequence[Announced], action: str, voice: Voice) -> Outbound:
    """Ask which of several sessions was meant."""
    return Outbound(event_texts.WHICH, choices(coming, action, voice))


def choices(coming: Sequence[Announced], action: str, voice: Voice) -> tuple[Button, ...]:
    """Return a button for each of these sessions, which does this."""
    return tuple(button(label(each, voice), FLOW, action, each.event.id) for each in coming)


def _answers(event_id: int, yes: str) -> tuple[Button, ...]:
    return (
        button(yes, FLOW, "yes", event_id),
        button(announcement_texts.BUTTON_WITH, FLOW, "with", event_id),
        button(announcement_texts.BUTTON_NOT_GOING, FLOW, "no", event_id),
    )


def _ask_again(announced: Announced, voice: Voice) -> tuple[Button, ...]:
    event_id = announced.event.id
    return (
        button(event_texts.BUTTON_STILL_GOING, FLOW, "yes", event_id),
        button(announcement_texts.BUTTON_NOT_GOING, FLOW, "no", event_id),
        button(event_texts.BUTTON_NUMBER, FLOW, "with", event_id),
        *_asks(announced),
        *_pages(announced, voice),
    )


def _asks(announced: Announced) -> tuple[Button, ...]:
    """Offer to hand in a question; of a dialogue alone."""
    if announced.event.type != DIALOGUE:
        return ()
    return (button(dialogue_texts.BUTTON_ASK, ASKING, "ask", announced.event.id),)


def _pages(announced: Announced, voice: Voice) -> tuple[Button, ...]:
    links = []
    if announced.event.map_link:
        links.append(Button(announcement_texts.BUTTON_MAP, None, announced.event.map_link))
    if voice.public_url:
        page = announcement_texts.page_url(announced.announcement, voice.public_url)
        links.append(Button(event_texts.BUTTON_CALENDAR, None, f"{page}.ics"))
    return tuple(links)


def _facts(event: Event, voice: Voice) -> tuple[str, str]:
    when = announcement_texts.when(event, voice.zone)
    return announcement_texts.WHEN.format(when=when), announcement_texts.WHERE.format(place=event.place)


def _close(event: Event, voice: Voice, now: datetime) -> str:
    """Promise a reminder where there will be one."""
    promised = will_remind(event.starts_at, event.remind_before, voice.rules, now)
    return event_texts.REMIND if promised else event_texts.CHANGE_MIND


def _people(rsvp: Rsvp) -> str:
    return _people_of(rsvp.people)


def _people_of(number: int) -> str:
    return _PEOPLE.format(people=number) if number > 1 else ""


def code_line(announced: Announced) -> str:
    """Say by which code a message that comes by itself can be known as ours."""
    return announcement_texts.CODE.format(code=spoken(announced.announcement.code))


def _titled(sentence: str, announced: Announced, **words: object) -> str:
    return sentence.format(title=announced.announcement.title, **words)


def _lines(*parts: str) -> str:
    return "\n".join(parts)
