"""Telling the officials something: in one's own words, what it is about, where, once more to look at, sent with a code.

At most five taps: start, what it is about, the commune, which of two of that name, "Gửi cho cán bộ". The state holds
the ids of messages, never their words; the case is opened in the turn that gives its code.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from faq.signals import Intent
from faq.text import fold
from handlers import case_codes, case_texts, feedback_texts, labels, places, stories, texts
from handlers import feedback_steps as steps
from handlers.areas import Area
from handlers.case_life import Category, Kind
from handlers.commands import Command
from handlers.messages import Outbound
from handlers.places import Asked, Chosen
from handlers.turn import Press, Replies, Step, Turn, button

FLOW, TELL, KIND, CONFIRM = steps.FLOW, steps.TELL, steps.KIND, steps.CONFIRM
SHORT_WISH_WORDS: Final = 12  # of "tôi muốn gặp cán bộ"; what is longer is the story itself
_KINDS: Final = {Category.PROPOSAL: Kind.PROPOSAL, Category.THANKS: Kind.THANKS}
_CATEGORY_OF: Final = {fold(name): category for category, name in case_texts.CATEGORY_NAMES.items()}
_SAID: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "send": ("gui", "gui di", "gui luon", "dong y", "dung", "vang gui di", "ok gui", "xac nhan"),
        "hidden": ("gui an danh", "an danh", "gui giau ten", "giau ten", "khong ghi ten"),
        "edit": ("sua loi", "sua", "sua lai", "viet lai"),
        "leave": ("thoi", "thoi khong gui", "khong gui", "khong gui nua", "bo di", "huy"),
    }
)


# -- what begins it


def start(turn: Turn) -> Replies:
    """Ask for the story."""
    turn.step = Step(FLOW, TELL)
    return [Outbound(feedback_texts.ASK, (steps.leave_button(),))]


def begin(turn: Turn) -> Replies:
    """Take a message that is a story already; in the middle of something else only offer it."""
    if turn.step.flow is not None and turn.step.data:
        use = button(feedback_texts.BUTTON_START, FLOW, "use", turn.message_id)
        return [Outbound(feedback_texts.IS_IT_FOR_OFFICIALS, (use, *steps.topics(turn)))]
    turn.step = Step(FLOW, TELL)
    return _told(turn)


# -- what is typed, or comes without a word


def hear(turn: Turn) -> Replies | None:
    """Take what came for the step under way; None when it is rather a question or another wish."""
    if turn.step.flow != FLOW or case_codes.parse_code(turn.inbound.text) is not None:
        return None
    if not turn.inbound.text:
        return _took_files(turn) if stories.brings(turn) else None
    if (pressed := labels.find(turn)) is not None and pressed.flow == FLOW:
        return press(turn, pressed)
    match turn.step.name:
        case "tell":
            return _hear_story(turn)
        case "kind":
            return _hear_kind(turn)
        case "confirm":
            return _hear_confirmation(turn)
    return _hear_place(turn) if turn.step.name in places.STEPS else start(turn)


def _hear_story(turn: Turn) -> Replies | None:
    reading = turn.reading
    if reading.is_plain_wish and len(turn.inbound.text.split()) <= SHORT_WISH_WORDS:
        return None
    if not fold(turn.inbound.text):
        return [Outbound(feedback_texts.NOTHING_TOLD, (steps.leave_button(),))]
    # "Sao hai tháng chưa có tiền?" may be asked or told: it is answered, and one tap makes it the story.
    return None if _is_question(turn) else _told(turn)


def _is_question(turn: Turn) -> bool:
    reading = turn.reading
    return reading.urgent is None and reading.intent is Intent.QUESTION and bool(reading.answered)


def _hear_kind(turn: Turn) -> Replies | None:
    typed = fold(turn.inbound.text)
    if (category := _CATEGORY_OF.get(typed)) is not None:
        return _chose(turn, category)
    if turn.reading.command is Command.THANKS:
        return _chose(turn, steps.guess(turn).categories[0])
    if _is_question(turn) or turn.reading.is_plain_wish:
        return None
    return _told(turn)


def _hear_place(turn: Turn) -> Replies | None:
    typed = fold(turn.inbound.text)
    if (way := places.read_way(typed)) is not None:
        return press(turn, Press(FLOW, way, ()))
    found = places.look_up(turn.inbound.text, turn.guide)
    if (heard := places.hear(FLOW, found, turn.guide)) is not None:
        return _place_heard(turn, heard)
    if _is_question(turn) or turn.reading.is_plain_wish:
        return None
    if found.near:
        return _place_heard(turn, places.near(FLOW, found))
    return [Outbound(feedback_texts.COMMUNE_UNKNOWN, places.ways_out(FLOW))]


def _hear_confirmation(turn: Turn) -> Replies | None:
    typed = fold(turn.inbound.text)
    if turn.reading.command is Command.THANKS:
        return _send(turn, anonymous=False)
    for action, said in _SAID.items():
        if typed in said:
            return _act(turn, action)
    if _is_question(turn) or turn.reading.is_plain_wish:
        return None
    return _more(turn)


def leave(turn: Turn) -> Replies:
    """Drop the story; nothing was sent."""
    turn.step = Step()
    return [Outbound(feedback_texts.LEFT, (button(feedback_texts.BUTTON_START, FLOW, "start"),))]


# -- what is pressed


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is nobody's."""
    match press.action:
        case "start":
            return start(turn)
        case "use":
            return _use(turn, press.number(0))
    if turn.step.flow != FLOW:
        ours = ("send", "hidden", "edit", "leave", "go", "kind", "law", "kinds", "skip", *_PLACE_ACTIONS)
        return over() if press.action in ours else None
    match press.action:
        case "send" | "hidden" | "edit" | "leave":
            # A button under an earlier summary may say another thing than what would be sent now.
            stale = press.arguments and press.number(0) != turn.step.data.get("shown")
            return resume(turn) if stale else _act(turn, press.action)
        case "go":
            return resume(turn) if steps.story(turn).empty else steps.ask_kind(turn)
        case "kinds":
            return steps.list_kinds(turn)
        case "kind" | "law":
            return _pressed_kind(turn, press)
        case "skip":
            return _placed(turn, None)
        case "back":
            return back(turn)
    heard = places.press(FLOW, press, turn.step.name, turn.guide)
    return _place_heard(turn, heard) if heard is not None and not steps.story(turn).empty else None


_PLACE_ACTIONS: Final = ("set", "districts", "district", "back")


def over() -> Replies:
    """Say that this was sent or dropped before: pressing twice sends once."""
    again = button(feedback_texts.BUTTON_START, FLOW, "start")
    return [Outbound(feedback_texts.OVER, (button(texts.BUTTON_MY_CASES, "case", "list"), again))]


def back(turn: Turn) -> Replies | None:
    """Go one step back; None when the dialogue ends there."""
    step = turn.step.name
    if step == CONFIRM and not turn.step.data.get("known"):
        return _ask_place(turn)
    if step in (CONFIRM, places.NAME):
        return steps.ask_kind(turn)
    if step in places.STEPS:
        asked = places.back(FLOW, step, turn.guide)
        return _place_heard(turn, asked) if asked is not None else steps.ask_kind(turn)
    if step == KIND:
        return _edit(turn)
    return None


def resume(turn: Turn) -> Replies:
    """Ask again what was asked last, after something in the middle."""
    match turn.step.name:
        case "kind":
            return steps.ask_kind(turn)
        case "confirm":
            return _confirm(turn)
    if turn.step.name in places.STEPS:
        return _ask_place(turn)
    buttons = (steps.leave_button(),)
    if _is_question(turn) and turn.inbound.payload is None and turn.inbound.text:
        use = button(feedback_texts.BUTTON_USE, FLOW, "use", turn.message_id)
        return [Outbound(feedback_texts.QUESTION_OR_STORY, (use, *buttons))]
    return [Outbound(feedback_texts.ASK, buttons)]


def _act(turn: Turn, action: str) -> Replies:
    match action:
        case "send":
            return _send(turn, anonymous=False)
        case "hidden":
            return _send(turn, anonymous=True)
        case "edit":
            return _edit(turn)
    return leave(turn)


# -- the steps


def _told(turn: Turn) -> Replies:
    if not stories.take(turn, turn.step.data):
        return [Outbound(feedback_texts.TOO_LONG), *steps.ask_kind(turn)]
    return steps.ask_kind(turn)


def _more(turn: Turn) -> Replies:
    if not stories.take(turn, turn.step.data):
        return [Outbound(feedback_texts.TOO_LONG), *_confirm(turn)]
    return _confirm(turn)


def _use(turn: Turn, message_id: int | None) -> Replies | None:
    """Make an earlier message the story, or a part of it."""
    data = turn.step.data if turn.step.flow == FLOW else {}
    used = stories.recall(turn, data, message_id) if message_id is not None else None
    if used is None:
        return None
    turn.step = Step(FLOW, TELL, used)
    story = steps.story(turn)
    return steps.ask_kind(turn) if story.words else _ask_words(story)


def _took_files(turn: Turn) -> Replies:
    if not stories.take(turn, turn.step.data):
        return [Outbound(feedback_texts.TOO_LONG), *resume(turn)]
    story = steps.story(turn)
    if turn.step.name != TELL:
        return [Outbound(feedback_texts.received(story.counts)), *resume(turn)]
    return _ask_words(story)


def _ask_words(story: stories.Story) -> Replies:
    text = f"{feedback_texts.received(story.counts)}\n{feedback_texts.ASK}"
    return [Outbound(text, (button(feedback_texts.BUTTON_GO_ON, FLOW, "go"), steps.leave_button()))]


def _edit(turn: Turn) -> Replies:
    came = turn.step.data.get(stories.CAME)
    turn.step = Step(FLOW, TELL, {stories.CAME: came} if came else {})
    return [Outbound(feedback_texts.ASK_WORDS, (steps.leave_button(),))]


def _pressed_kind(turn: Turn, press: Press) -> Replies | None:
    said = press.arguments[0] if press.arguments else ""
    if steps.story(turn).empty:
        return resume(turn)
    if press.action == "law" and said in (Kind.REFLECTION, *steps.LAW):
        return _chose(turn, steps.guess(turn).categories[0], Kind(said))
    if press.action == "kind" and said in list(Category):
        return _chose(turn, Category(said))
    return None


def _chose(turn: Turn, category: Category, kind: Kind | None = None) -> Replies:
    turn.step.data |= {
        "category": category.value,
        "kind": (kind or _KINDS.get(category, Kind.REFLECTION)).value,
    }
    if (known := _commune(turn)) is not None:
        return _placed(turn, known, known=True)
    if turn.step.data.get("placed"):
        return _confirm(turn)
    return _ask_place(turn)


def _commune(turn: Turn) -> Area | None:
    return turn.guide.areas.find(turn.person.commune_code) if turn.person.commune_code else None


def _ask_place(turn: Turn) -> Replies:
    return _place_heard(turn, places.ask(FLOW, feedback_texts.ASK_COMMUNE))


def _place_heard(turn: Turn, heard: Asked | Chosen) -> Replies:
    if isinstance(heard, Asked):
        turn.step.name = heard.step
        return [heard.reply]
    if heard.district is not None:
        turn.step.name = places.NAME
        return [places.which(FLOW, heard)]
    return _placed(turn, heard.area)


def _placed(turn: Turn, area: Area | None, *, known: bool = False) -> Replies:
    turn.step.data |= {"area": area.code if area else None, "known": known, "placed": True}
    return _confirm(turn)


def _confirm(turn: Turn) -> Replies:
    story = steps.story(turn)
    if story.empty or "category" not in turn.step.data:
        return steps.ask_kind(turn) if not story.empty else start(turn)
    return steps.confirm(turn, story)


def _send(turn: Turn, *, anonymous: bool) -> Replies:
    story = steps.story(turn)
    if story.empty or not turn.step.data.get("placed"):
        return resume(turn)
    return steps.send(turn, story, anonymous=anonymous)
