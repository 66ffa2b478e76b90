"""Talking with a person: which commune, about what, a phone number if they like (with the name, by a form of
the channel's); then the machine keeps quiet.

What is typed while an official helps goes into the case. A cry for help is answered at once all the same.
"""

import re
from datetime import datetime
from typing import Final

from faq.text import fold
from handlers import case_codes, cases, human_texts, labels, places, stories, taking_over, tracking
from handlers.areas import Area
from handlers.case_life import Category, Kind
from handlers.cases import Draft
from handlers.commands import Command
from handlers.errors import Invalid, TooLate
from handlers.messages import Button, Contact, Outbound
from handlers.places import Asked, Chosen
from handlers.secrets.harmless import is_phone
from handlers.turn import Press, Replies, Step, Turn, button
from storage import messages, people
from storage.errors import NotFound

FLOW = "human"
ABOUT, PHONE = "about", "phone"
_ENDING: Final = frozenset(Command) - {Command.HELP, Command.BACK, Command.HELLO, Command.THANKS}
_SAID_QUIET: Final = "quiet"  # in which case it was said that the machine keeps quiet
_ELSEWHERE: Final = "elsewhere"  # in none: an official writes from the platform's own console
_BY_FORM: Final = "form"  # the form was asked for, which asks for the name too
_NO: Final = frozenset(
    ("khong", "ko", "k", "khong can", "khong co", "khong co so", "bo qua", "thoi khong can")
)


def begin(turn: Turn) -> Replies:
    """Ask what is needed; in the middle of something else only offer it."""
    if turn.step.flow is not None and turn.step.data:
        return [Outbound(human_texts.OFFER, (button(human_texts.BUTTON_START, FLOW, "start"),))]
    return _start(turn)


def hear(turn: Turn) -> Replies | None:
    """Take what came for the step under way; None when it is rather a question or another wish."""
    if turn.step.flow != FLOW or case_codes.parse_code(turn.inbound.text) is not None:
        return None
    if (pressed := labels.find(turn)) is not None and pressed.flow == FLOW:
        return press(turn, pressed)
    match turn.step.name:
        case "about":
            return _hear_about(turn)
        case "phone":
            return _hear_phone(turn)
    return _hear_place(turn) if turn.step.name in places.STEPS and turn.inbound.text else None


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours (any more)."""
    if press.action == "start":
        return _start(turn)
    if turn.step.flow != FLOW:
        return None
    match press.action:
        case "leave":
            return leave(turn)
        case "skip":
            return _placed(turn, None)
        case "nophone" if turn.step.name == PHONE:
            return _open(turn, None)
        case "form" if turn.step.name == PHONE:
            return _ask_by_form(turn)
        case "back":
            return back(turn)
    heard = places.press(FLOW, press, turn.step.name, turn.guide)
    return _place_heard(turn, heard) if heard is not None else None


def back(turn: Turn) -> Replies | None:
    """Go one step back; None when the dialogue ends there."""
    step = turn.step.name
    if step == PHONE:
        turn.step = Step(FLOW, ABOUT, {"area": turn.step.data.get("area")})
        return _ask_about()
    if step == ABOUT and turn.person.commune_code is None:
        return _ask_place(turn)
    asked = places.back(FLOW, step, turn.guide) if step in places.STEPS else None
    return _place_heard(turn, asked) if asked is not None else None


def resume(turn: Turn) -> Replies:
    """Ask again what was asked last."""
    if turn.step.name in places.STEPS:
        return _ask_place(turn)
    return _ask_phone() if turn.step.name == PHONE else _ask_about()


def leave(turn: Turn) -> Replies:
    """Drop it; nothing was sent."""
    turn.step = Step()
    return [Outbound(human_texts.LEFT, (button(human_texts.BUTTON_START, FLOW, "start"),))]


def pass_on(turn: Turn) -> Replies | None:
    """Give what was said to the official who helps in this conversation; None: nobody does, or it is not for them.

    A dialogue that was begun meanwhile hears what it asked for.
    """
    case_id, until = turn.person.helped_case_id, turn.person.helped_until
    if case_id is None and until is not None:
        here = turn.inbound.address.channel in taking_over.CHANNELS
        return _keep_quiet(turn, until) if here else None
    if case_id is None or turn.inbound.payload is not None or turn.step.flow is not None:
        return None
    if until is None or until <= turn.now or turn.reading.command in _ENDING:
        people.end_help(turn.tx, turn.person.address_id, case_id)
        return None
    data: dict[str, object] = {}
    stories.take(turn, data)
    story = stories.read(turn, data)
    if story.empty:
        return None
    try:
        tracking.add_words(
            turn.tx,
            case_id,
            turn.person.address_id,
            story.words,
            story.attachment_ids,
            turn.guide.deadlines,
            turn.now,
        )
    except Invalid as exc:
        return [Outbound(exc.sentence)]
    except (TooLate, NotFound):
        people.end_help(turn.tx, turn.person.address_id, case_id)
        return None
    if turn.kept.get(_SAID_QUIET) == case_id:
        return []
    turn.kept[_SAID_QUIET] = case_id
    return [Outbound(human_texts.QUIET)]


def _keep_quiet(turn: Turn, until: datetime) -> Replies | None:
    """Say nothing while an official answers from the platform's own console; once, how to have the machine back.

    Whoever presses a button, or asks for something by one of our words, has it back.
    """
    if until <= turn.now or turn.inbound.payload is not None or turn.reading.command in _ENDING:
        people.end_pause(turn.tx, turn.person.resident_id)
        turn.kept.pop(_SAID_QUIET, None)
        return None
    if turn.kept.get(_SAID_QUIET) == _ELSEWHERE:
        return []
    turn.kept[_SAID_QUIET] = _ELSEWHERE
    return [Outbound(human_texts.QUIET_ELSEWHERE)]


def _start(turn: Turn) -> Replies:
    known = turn.guide.areas.find(turn.person.commune_code) if turn.person.commune_code else None
    turn.step = Step(FLOW, ABOUT)
    return _placed(turn, known) if known is not None else _ask_place(turn)


def _hear_place(turn: Turn) -> Replies | None:
    if (way := places.read_way(fold(turn.inbound.text))) is not None:
        return press(turn, Press(FLOW, way, ()))
    found = places.look_up(turn.inbound.text, turn.guide)
    if (heard := places.hear(FLOW, found, turn.guide)) is not None:
        return _place_heard(turn, heard)
    if found.near:
        return _place_heard(turn, places.near(FLOW, found))
    return None


def _hear_about(turn: Turn) -> Replies | None:
    if turn.reading.answered and "?" in turn.inbound.text:
        return None
    # "Bỏ qua" passes the question over, and tells an official nothing.
    if fold(turn.inbound.text) in _NO:
        return _ask_about()
    stories.take(turn, turn.step.data)
    if stories.read(turn, turn.step.data).empty or (turn.inbound.text and not fold(turn.inbound.text)):
        return None if not turn.inbound.text else _ask_about()
    turn.step.name = PHONE
    return _ask_phone()


def _hear_phone(turn: Turn) -> Replies | None:
    if turn.inbound.contact is not None:
        return _hear_contact(turn, turn.inbound.contact)
    if not turn.inbound.text:
        stories.take(turn, turn.step.data)
        return _ask_phone() if stories.brings(turn) else None
    if fold(turn.inbound.text) in _NO:
        return _open(turn, None)
    digits = re.sub(r"\D", "", turn.inbound.text)
    if is_phone(digits):
        return _open_with(turn, Contact(phone=digits))
    if turn.reading.answered or turn.reading.is_plain_wish:
        return None
    return [Outbound(human_texts.PHONE_UNCLEAR, (_no_phone_button(),))]


def _hear_contact(turn: Turn, contact: Contact) -> Replies:
    if not is_phone(contact.phone):
        return [Outbound(human_texts.PHONE_UNCLEAR, (_no_phone_button(),))]
    # A form of another day may come back now: the question itself asks for a number alone.
    asked = turn.step.data.get(_BY_FORM) is True
    return _open_with(turn, contact if asked else Contact(phone=contact.phone))


def _open_with(turn: Turn, contact: Contact) -> Replies:
    # Who it is is kept sealed with the case, and nowhere else.
    messages.hide(turn.tx, turn.message_id, human_texts.PHONE_HIDDEN)
    return _open(turn, contact)


def _place_heard(turn: Turn, heard: Asked | Chosen) -> Replies:
    if isinstance(heard, Asked):
        turn.step.name = heard.step
        return [heard.reply]
    if heard.district is not None:
        turn.step.name = places.NAME
        return [places.which(FLOW, heard)]
    return _placed(turn, heard.area)


def _placed(turn: Turn, area: Area | None) -> Replies:
    turn.step.name = ABOUT
    turn.step.data["area"] = area.code if area else None
    return _ask_about()


def _open(turn: Turn, contact: Contact | None) -> Replies:
    story, area = stories.read(turn, turn.step.data), turn.step.data.get("area")
    if story.empty:
        turn.step.name = ABOUT
        return _ask_about()
    found = turn.guide.areas.find(area) if isinstance(area, str) else None
    draft = Draft(
        Kind.HUMAN,
        Category.OTHER,
        story.words,
        found.code if found else None,
        turn.inbound.address.channel,
        turn.person.address_id,
        turn.person.resident_id,
        place=story.place,
        phone=contact.phone if contact else None,
        name=contact.name or None if contact else None,
        attachment_ids=story.attachment_ids,
        urgent=story.urgent,
    )
    opened = cases.open_case(turn.tx, draft, turn.guide.new_code, turn.guide.deadlines, turn.now)
    turn.step = Step()
    calendar = turn.guide.deadlines.calendar
    opens = None if calendar.is_working(turn.now) else calendar.next_opening(turn.now)
    return [Outbound(human_texts.opened(opened.code, opens.astimezone(calendar.zone) if opens else None))]


def _ask_place(turn: Turn) -> Replies:
    return _place_heard(turn, places.ask(FLOW, human_texts.ASK_COMMUNE))


def _ask_about() -> Replies:
    return [Outbound(human_texts.ASK_ABOUT, (button(human_texts.BUTTON_LEAVE, FLOW, "leave"),))]


def _ask_phone() -> Replies:
    form = button(human_texts.BUTTON_FORM, FLOW, "form")
    return [Outbound(human_texts.ASK_PHONE, (_no_phone_button(),), form_button=form)]


def _ask_by_form(turn: Turn) -> Replies:
    turn.step.data[_BY_FORM] = True
    return [Outbound(human_texts.ASK_BY_FORM, contact_request=human_texts.FORM_TITLE)]


def _no_phone_button() -> Button:
    return button(human_texts.BUTTON_NO_PHONE, FLOW, "nophone")
