"""What a household may be entitled to: its category, a few ticks, then the topics as buttons with their conditions.

What was said stays in the step, so that the list can be paged through, and is gone with it.
"""

from dataclasses import asdict, dataclass, field

from faq.text import fold
from handlers import benefits, texts, topics
from handlers.benefits import Benefit, Table
from handlers.messages import Button, Outbound
from handlers.turn import Guide, Press, Replies, Step, Turn, button

FLOW = "benefits"
PAGE = 6  # topics of a list at once: each takes two lines and a button
_STARTS = frozenset(map(fold, (texts.BUTTON_BENEFITS, texts.BUTTON_BENEFITS_AGAIN)))
_DONE_SAID = frozenset(("xong", "xong roi", "du roi", "het", "het roi", "khong", "khong co", "khong con gi"))
_CATEGORY_SAID = {
    "ngheo": "poor",
    "can ngheo": "near",
    "thoat ngheo": "escaped",
    "ho moi thoat ngheo": "escaped",
    "trung binh": "middle",
    "khong": "other",
    "khong co": "other",
    "khong biet": "other",
    "chua biet": "other",
    "khong ro": "other",
}


@dataclass(slots=True)
class _Told:
    """What a household has told so far."""

    category: str | None = None
    ticked: list[str] = field(default_factory=list)
    group: str | None = None
    page: int | None = None
    """The page of the list that was shown; None before there is a list."""


def begins(text: str, _guide: Guide) -> bool:
    """Say whether a text opens this dialogue: the words of a button of ours."""
    return fold(text) in _STARTS


def start(turn: Turn) -> Replies:
    """Begin by asking for the category."""
    return _show(turn, _Told())


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours (any more)."""
    if press.action == "start":
        return start(turn)
    table, (argument, *_) = benefits.shipped(), (*press.arguments, "")
    if press.action not in ("category", "group", "groups", "tick", "list"):
        return None
    if press.action == "category":
        known = argument in {category.id for category in table.categories}
        return _show(turn, _Told(argument)) if known else None
    told = _load(turn.step, table)
    if turn.step.flow != FLOW or told.category is None:
        return [Outbound(texts.BENEFITS_OVER, (button(texts.BUTTON_BENEFITS_AGAIN, FLOW, "start"),))]
    told.page = None
    match press.action:
        case "group" if argument in {group.id for group in table.groups}:
            told.group = argument
        case "groups":
            told.group = None
        case "tick" if argument in {tick.id for tick in table.ticks}:
            # Once more takes it away again.
            told.ticked = [t for t in told.ticked if t != argument] + [argument] * (
                argument not in told.ticked
            )
            told.group = next(tick.group for tick in table.ticks if tick.id == argument)
        case "list":
            told.page = press.number(0) or 0
        case _:
            return None
    return _show(turn, told)


def hear(turn: Turn) -> Replies | None:
    """Take what was typed for a button's words; None when it is rather a question."""
    typed = fold(turn.inbound.text)
    if turn.step.flow != FLOW:
        return start(turn) if begins(turn.inbound.told, turn.guide) else None
    table = benefits.shipped()
    told = _load(turn.step, table)
    if told.category is None:
        named = {fold(c.label): c.id for c in table.categories} | _CATEGORY_SAID
        return press(turn, Press(FLOW, "category", (named[typed],))) if typed in named else None
    if told.page is None and typed in _DONE_SAID:
        return press(turn, Press(FLOW, "list", ("0",)))
    if told.page is not None and typed == fold(texts.BUTTON_NEXT):
        return press(turn, Press(FLOW, "list", (str(told.page + 1),)))
    for action, choices in (("group", table.groups), ("tick", table.ticks)):
        for choice in choices if told.page is None else ():
            if typed == fold(choice.label):
                return press(turn, Press(FLOW, action, (choice.id,)))
    return press(turn, Press(FLOW, "groups", ())) if typed == fold(texts.BUTTON_OTHER_GROUP) else None


def back(turn: Turn) -> Replies:
    """Go one step back; nothing where the dialogue ends there."""
    told = _load(turn.step, benefits.shipped())
    if told.page is not None:
        told.page, told.group = None, None
    elif told.group is not None:
        told.group = None
    elif told.category is not None:
        told = _Told()
    else:
        turn.step = Step()
        return []
    return _show(turn, told)


def resume(turn: Turn) -> Replies:
    """Ask again what is still to be answered; a list that was shown needs nothing more."""
    told = _load(turn.step, benefits.shipped())
    return _show(turn, told) if told.page is None else []


def _show(turn: Turn, told: _Told) -> Replies:
    table = benefits.shipped()
    turn.step = Step(FLOW, None, asdict(told))
    if told.category is None:
        buttons = [button(c.label, FLOW, "category", c.id) for c in table.categories]
        return [Outbound(texts.BENEFITS_CATEGORY, (*buttons, _again_back()))]
    if told.page is not None:
        return [_list(turn, table, told, told.category, told.page)]
    done = button(texts.BUTTON_DONE, FLOW, "list", 0)
    chosen = [tick.label for tick in table.ticks if tick.id in told.ticked]
    ticked = [texts.BENEFITS_TICKED.format(ticks="; ".join(chosen))] if chosen else []
    if told.group is None:
        groups = [g for g in table.groups if table.ticks_for(told.category, g.id)]
        buttons = [button(g.label, FLOW, "group", g.id) for g in groups]
        return [Outbound("\n".join([texts.BENEFITS_GROUPS, *ticked]), (*buttons, done, _again_back()))]
    label = next(group.label for group in table.groups if group.id == told.group)
    boxes = [
        button(_box(tick.label, told.ticked, tick.id), FLOW, "tick", tick.id)
        for tick in table.ticks_for(told.category, told.group)
    ]
    other = button(texts.BUTTON_OTHER_GROUP, FLOW, "groups")
    text = "\n".join([texts.BENEFITS_TICKS.format(group=label), *ticked])
    return [Outbound(text, (*boxes, other, done))]


def _box(label: str, ticked: list[str], tick: str) -> str:
    return texts.BUTTON_TICKED.format(label=label) if tick in ticked else label


def _again_back() -> Button:
    return button(texts.BUTTON_BACK, FLOW, "back")


def _list(turn: Turn, table: Table, told: _Told, category: str, page: int) -> Outbound:
    """Write one page of the topics; "next" goes round to the first again."""
    found = [
        (benefit, *current)
        for benefit in table.find(category, told.ticked)
        if (current := turn.guide.library.current(benefit.topic_id, turn.reading.day)) is not None
    ]
    pages = max(1, -(-len(found) // PAGE))
    page %= pages
    lines = [texts.BENEFITS_FOUND if page == 0 else texts.BENEFITS_MORE_FOUND]
    buttons = []
    shown = found[page * PAGE :][:PAGE]
    for number, (benefit, topic, version) in enumerate(shown, page * PAGE + 1):
        lines.append(_line(number, topic, version, benefit))
        buttons.append(button(topic.title, "ask", "topic", topic.id))
    # Said on every page that names one of them: the other may stand on another page.
    here = {benefit.topic_id for benefit, _, _ in shown}
    lines += [
        sentence
        for exclusion in table.exclusive
        if here & exclusion.topics
        for sentence in exclusion.sentences([benefit.topic_id for benefit, _, _ in found])
    ]
    lines.append(texts.BENEFITS_CONFIRMED)
    if pages > 1:
        buttons.append(button(texts.BUTTON_NEXT, FLOW, "list", (page + 1) % pages))
    buttons.append(button(texts.BUTTON_BENEFITS_AGAIN, FLOW, "start"))
    return Outbound("\n\n".join(lines), tuple(buttons))


def _line(number: int, topic: topics.Topic, version: topics.Version, benefit: Benefit) -> str:
    first, *others = benefit.conditions
    lines = [texts.BENEFITS_LINE.format(number=number, title=topic.title, condition=first)]
    lines += [texts.BENEFITS_OR.format(condition=condition) for condition in others]
    return "\n".join([*lines, *([texts.BENEFITS_UNSETTLED] if topics.is_holding(version) else [])])


def _load(step: Step, table: Table) -> _Told:
    """Read what was told out of a stored step; what another version left and nobody understands is not told."""
    category, ticked = step.data.get("category"), step.data.get("ticked")
    group, page = step.data.get("group"), step.data.get("page")
    kept = ticked if isinstance(ticked, list) else []
    return _Told(
        category if category in [c.id for c in table.categories] else None,
        [tick.id for tick in table.ticks if tick.id in kept],
        group if group in [g.id for g in table.groups] else None,
        page if isinstance(page, int) and page >= 0 else None,
    )
