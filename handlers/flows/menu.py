"""Who we are, what can be done here, and how to leave. Words understood anywhere."""

from handlers import consent_texts, feedback_texts, link_texts, my_data_texts, texts
from handlers.commands import Command
from handlers.messages import Button, Outbound
from handlers.turn import Press, Replies, Step, Turn, button, parse_press
from storage import people

FLOW = "menu"
# What people ask most, shown first; the ones without a text for the day are left out.
COMMON_TOPICS = (
    "chuan-ngheo-2022-2025",
    "nop-don-xin-xet-ho-ngheo",
    "bhyt-ho-can-ngheo",
    "tro-cap-huu-tri-xa-hoi",
)


def greet(turn: Turn) -> Outbound:
    """Say the first-contact sentences and offer where to begin; asks nothing."""
    text = texts.first_contact(turn.guide.province, turn.guide.keep_days)
    return Outbound(f"{text}\n\n{texts.ASK_ME}", _buttons(turn))


def show(turn: Turn) -> Replies:
    """Show what can be done."""
    turn.step = Step()
    return [Outbound(texts.MENU, _buttons(turn))]


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours (any more)."""
    if press.action in ("start", "show"):
        return [*take_area(turn), *show(turn)]
    if press.action == "help":
        return [Outbound(texts.HELP, (button(texts.BUTTON_MENU, FLOW, "show"),))]
    return None


def take_area(turn: Turn) -> Replies:
    """Choose the commune that a leaflet's address brought along; says so. Nothing where none came."""
    pressed = parse_press(turn.inbound.payload) if turn.inbound.payload is not None else None
    if pressed is None or (pressed.flow, pressed.action) != (FLOW, "start") or not pressed.arguments:
        return []
    area = turn.guide.areas.find(pressed.arguments[0])
    if area is None or area.level != "commune":
        return []
    people.choose_commune(turn.tx, turn.person.resident_id, area.code)
    change = button(texts.BUTTON_COMMUNE_CHANGE, "commune", "ask")
    return [Outbound(texts.COMMUNE_CHOSEN.format(name=area.spoken), (change,))]


def chat(turn: Turn) -> Replies:
    """Answer what is no question kindly, and say what can be asked; the dialogue stays where it is."""
    return [Outbound(texts.SMALLTALK, _buttons(turn))]


def obey(turn: Turn, command: Command) -> Replies:
    """Do what a global word says."""
    if command is Command.HELP:
        return [Outbound(texts.HELP, (button(texts.BUTTON_MENU, FLOW, "show"),))]
    if command is Command.HELLO:
        return [Outbound(texts.HELLO, _buttons(turn))]
    if command is Command.THANKS:
        return [Outbound(texts.THANKS)]
    return show(turn)


def _buttons(turn: Turn) -> tuple[Button, ...]:
    day = turn.reading.day
    common = [
        button(found[0].title, "ask", "topic", found[0].id)
        for topic_id in COMMON_TOPICS
        if (found := turn.guide.library.current(topic_id, day)) is not None
    ]
    label = texts.BUTTON_COMMUNE_CHANGE if turn.person.commune_code else texts.BUTTON_COMMUNE
    return (
        *common,
        button(texts.BUTTON_CHECK, "check", "start"),
        button(texts.BUTTON_BENEFITS, "benefits", "start"),
        button(feedback_texts.BUTTON_START, "feedback", "start"),
        button(texts.BUTTON_MY_CASES, "case", "list"),
        button(label, "commune", "ask"),
        button(consent_texts.BUTTON_SUBSCRIBE, "subscribe", "show"),
        button(my_data_texts.BUTTON_MY_DATA, "data", "show"),
        button(link_texts.BUTTON_LINK, "link", "offer"),
        button(texts.BUTTON_HELP, FLOW, "help"),
    )
