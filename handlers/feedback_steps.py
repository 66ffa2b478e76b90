"""The steps of telling something: what is shown at each, what the state says, and the case that comes of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from handlers import case_kinds, case_texts, cases, feedback_texts, human_texts, stories, texts
from handlers.areas import Area
from handlers.case_life import Category, Kind
from handlers.cases import Draft
from handlers.messages import Button, Outbound
from handlers.turn import Replies, Step, Turn, button
from storage import cases as rows

FLOW = "feedback"
TELL, KIND, CONFIRM = "tell", "kind", "confirm"
OFFERED: Final = 3
MOST_A_DAY: Final = 10  # more from one chat is a slip or a prank, and buries what others told
_TOLD_MOST: Final = (Category.ALLOWANCE, Category.POOR_LIST, Category.CONDUCT)
LAW: Final[Mapping[Kind, tuple[str, str, str]]] = MappingProxyType(
    {
        Kind.COMPLAINT: (
            feedback_texts.COMPLAINT,
            feedback_texts.BUTTON_AS_COMPLAINT,
            "khieu-nai-lan-dau-lan-hai",
        ),
        Kind.DENUNCIATION: (
            feedback_texts.DENUNCIATION,
            feedback_texts.BUTTON_AS_DENUNCIATION,
            "to-cao-can-bo",
        ),
    }
)


def ask_kind(turn: Turn) -> Replies:
    """Ask what it is about; of what has a law of its own, say so."""
    turn.step.name = KIND
    guessed = guess(turn)
    # Where little was recognised, what is told most fills the three.
    likely = dict.fromkeys((*(c for c in guessed.categories if c is not Category.OTHER), *_TOLD_MOST))
    offered = [kind_button(category) for category in [*likely][:OFFERED]]
    more = button(feedback_texts.BUTTON_OTHER_KIND, FLOW, "kinds")
    if guessed.kind not in LAW:
        return [Outbound(feedback_texts.ASK_KIND, (*offered, more, *topics(turn), leave_button()))]
    text, label, topic_id = LAW[guessed.kind]
    known = turn.guide.library.current(topic_id, turn.reading.day) is not None
    return [
        Outbound(
            text,
            (
                button(label, FLOW, "law", guessed.kind),
                button(feedback_texts.BUTTON_AS_REFLECTION, FLOW, "law", Kind.REFLECTION),
                *([button(feedback_texts.BUTTON_READ_LAW, "ask", "topic", topic_id)] if known else []),
                leave_button(),
            ),
        )
    ]


def list_kinds(turn: Turn) -> Replies:
    """Offer everything it can be about."""
    turn.step.name = KIND
    back = button(texts.BUTTON_BACK, FLOW, "go")
    return [Outbound(feedback_texts.ASK_OTHER_KIND, (*map(kind_button, Category), back))]


def story(turn: Turn) -> stories.Story:
    """Return what was told so far."""
    return stories.read(turn, turn.step.data)


def guess(turn: Turn) -> case_kinds.Guess:
    """Guess what it is."""
    return case_kinds.guess(story(turn).words, turn.guide.kinds)


def kind(data: Mapping[str, object]) -> Kind:
    """Read the kind; anything else in the state is as good as nothing."""
    said = data.get("kind")
    return Kind(said) if isinstance(said, str) and said in list(Kind) else Kind.REFLECTION


def category(data: Mapping[str, object]) -> Category:
    """Read the category."""
    said = data.get("category")
    return Category(said) if isinstance(said, str) and said in list(Category) else Category.OTHER


def area(turn: Turn) -> Area | None:
    """Read the commune."""
    code = turn.step.data.get("area")
    return turn.guide.areas.find(code) if isinstance(code, str) else None


def kind_button(category: Category) -> Button:
    """Return the button that says what it is about."""
    return button(case_texts.CATEGORY_NAMES[category], FLOW, "kind", category)


def leave_button() -> Button:
    """Return the button that drops the story."""
    return button(feedback_texts.BUTTON_LEAVE, FLOW, "leave")


def topics(turn: Turn) -> tuple[Button, ...]:
    """Offer what may be read of the matter meanwhile."""
    found = (turn.guide.library.current(topic_id, turn.reading.day) for topic_id in turn.reading.offered)
    return tuple(button(current[0].title, "ask", "topic", current[0].id) for current in found if current)


def confirm(turn: Turn, story: stories.Story) -> Replies:
    """Show what would be sent, and ask whether to send it."""
    data = turn.step.data
    turn.step.name = CONFIRM
    place = area(turn)
    text = feedback_texts.summary(
        kind(data), category(data), place.spoken if place else None, story.words, story.counts
    )
    turn.step.data["shown"] = mark = turn.message_id
    buttons = (
        button(feedback_texts.BUTTON_SEND, FLOW, "send", mark),
        button(feedback_texts.BUTTON_SEND_ANONYMOUS, FLOW, "hidden", mark),
        button(feedback_texts.BUTTON_EDIT, FLOW, "edit", mark),
        button(feedback_texts.BUTTON_LEAVE, FLOW, "leave", mark),
    )
    return [Outbound(text, buttons)]


def send(turn: Turn, story: stories.Story, *, anonymous: bool) -> Replies:
    """Open the case and give its code, in the turn's transaction."""
    if story.urgent is None and _told_today(turn) >= MOST_A_DAY:
        # The story stays where it is: tomorrow the same button sends it.
        help_button = button(human_texts.BUTTON_START, "human", "start")
        return [Outbound(feedback_texts.ENOUGH_TODAY.format(most=MOST_A_DAY), (help_button, leave_button()))]
    data = turn.step.data
    told, place = kind(data), area(turn)
    draft = Draft(
        told,
        category(data),
        story.words,
        place.code if place else None,
        turn.inbound.address.channel,
        turn.person.address_id,
        turn.person.resident_id,
        anonymous=anonymous,
        place=story.place,
        attachment_ids=story.attachment_ids,
        urgent=story.urgent,
    )
    opened = cases.open_case(turn.tx, draft, turn.guide.new_code, turn.guide.deadlines, turn.now)
    turn.step = Step()
    zone = turn.guide.deadlines.calendar.zone
    due = opened.due.at.astimezone(zone).date() if opened.due else None
    text = feedback_texts.sent(told, opened.code, due, anonymous=anonymous)
    return [Outbound(text, (button(texts.BUTTON_MY_CASES, "case", "list"),))]


def _told_today(turn: Turn) -> int:
    zone = turn.guide.deadlines.calendar.zone
    day = turn.now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return rows.count_of_address(turn.tx, turn.person.address_id, day, (Kind.HUMAN,))
