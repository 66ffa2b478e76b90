"""Following what was told: by its code or from the list of one's own; adding to it, taking it back, solved or not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from faq.text import fold
from handlers import case_codes, labels, pace, stories, texts, track_texts, tracking
from handlers.case_life import OPEN_STATUSES, Status
from handlers.errors import Invalid, TooLate
from handlers.messages import Button, Outbound
from handlers.turn import Guide, Press, Replies, Step, Turn, button
from storage.cases import Case
from storage.errors import NotFound

FLOW = "case"
CODE, ADD = "code", "add"
MOST_LISTED: Final = 5
TRIES_AN_HOUR: Final = 10  # codes that nobody has, from one address; of 2 ** 40 nobody guesses one so
_HOUR: Final = timedelta(hours=1)
_TRIED: Final = "codes"  # the count's name among what is kept


def begins(text: str, guide: Guide) -> bool:  # as every dialogue that opens by what is typed
    """Say whether a text is a code and nothing else."""
    return case_codes.parse_code(text) is not None


def ask(turn: Turn) -> Replies:
    """Show what a code in the words stands for, or the person's own cases, or ask for a code."""
    if (code := _code_in(turn.inbound.text)) is not None:
        return _show_code(turn, code)
    own = tracking.list_own(turn.tx, turn.person.address_id)[:MOST_LISTED]
    if len(own) == 1:
        return _show(turn, own[0].code) or []
    if not own:
        _wait_for_code(turn)
        return [Outbound(track_texts.NONE_OWN)]
    zone = turn.guide.deadlines.calendar.zone
    buttons = (
        button(track_texts.label(case.code, case.opened_at, zone), FLOW, "show", case.id) for case in own
    )
    return [Outbound(track_texts.LIST, tuple(buttons))]


def hear(turn: Turn) -> Replies | None:
    """Take a code anywhere, and what is added to a case when it was asked for; None for anything else."""
    if (code := case_codes.parse_code(turn.inbound.text)) is not None:
        return _show_code(turn, code)
    if turn.step.flow != FLOW:
        return None
    if turn.step.name == ADD:
        return _add(turn)
    if turn.inbound.text and case_codes.almost_code(turn.inbound.text):
        return [Outbound(track_texts.ALMOST_CODE)]
    return None


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours, or of somebody else's case."""
    if press.action == "list":
        return ask(turn)
    case_id = press.number(0)
    case = _own(turn, case_id) if case_id is not None else None
    if case is None:
        return None
    match press.action:
        case "show":
            return _show(turn, case.code)
        case "add":
            turn.step = Step(FLOW, ADD, {"case": case.id})
            return [Outbound(track_texts.ASK_MORE, (button(track_texts.BUTTON_KEEP, FLOW, "keep", case.id),))]
        case "keep":
            turn.step = Step() if turn.step.flow == FLOW else turn.step
            return [Outbound(track_texts.KEPT)]
        case "withdraw":
            sure = button(track_texts.BUTTON_WITHDRAW_SURE, FLOW, "withdrawn", case.id)
            keep = button(track_texts.BUTTON_KEEP, FLOW, "keep", case.id)
            return [Outbound(track_texts.ASK_WITHDRAW, (sure, keep))]
        case "withdrawn":
            return _change(turn, case, lambda: _withdraw(turn, case))
        case "solved" if press.arguments[1:] in (("y",), ("n",)):
            return _change(turn, case, lambda: _solved(turn, case, yes=press.arguments[1] == "y"))
    return None


def back(turn: Turn) -> Replies | None:
    """Go back to where the case stands; None when the dialogue ends there."""
    case = _asked_about(turn)
    if case is None:
        return None
    turn.step = Step()
    return _show(turn, case.code)


def _show_code(turn: Turn, code: str) -> Replies:
    """Show what a code stands for; only so many that nobody has may be tried."""
    tried, count = pace.count(turn.kept.get(_TRIED), turn.now, _HOUR)
    if count > TRIES_AN_HOUR:
        return [Outbound(track_texts.TOO_MANY_CODES)]
    if (shown := _show(turn, code)) is not None:
        return shown
    turn.kept[_TRIED] = tried
    _wait_for_code(turn)
    return [Outbound(track_texts.UNKNOWN_CODE)]


def _wait_for_code(turn: Turn) -> None:
    if turn.step.flow is None:
        turn.step = Step(FLOW, CODE)


def _show(turn: Turn, code: str) -> Replies | None:
    followed = tracking.follow(turn.tx, code, turn.person.address_id)
    if followed is None:
        return None
    if turn.step.flow == FLOW:
        turn.step = Step()
    buttons = _buttons(followed) if followed.own and not followed.merged else ()
    return [Outbound(track_texts.status(followed, turn.guide.deadlines.calendar.zone), buttons)]


def _buttons(followed: tracking.Followed) -> tuple[Button, ...]:
    number, status = followed.case_id, followed.status
    buttons: list[Button] = []
    if status in (Status.ANSWERED, Status.CLOSED):
        buttons.append(button(track_texts.BUTTON_NOT_SOLVED, FLOW, "solved", number, "n"))
    if status is Status.ANSWERED:
        buttons.insert(0, button(track_texts.BUTTON_SOLVED, FLOW, "solved", number, "y"))
    if status in OPEN_STATUSES | {Status.ANSWERED}:
        buttons.append(button(track_texts.BUTTON_ADD, FLOW, "add", number))
    if status in OPEN_STATUSES:
        buttons.append(button(track_texts.BUTTON_WITHDRAW, FLOW, "withdraw", number))
    return tuple(buttons)


def _change(turn: Turn, case: Case, change: Callable[[], Replies]) -> Replies:
    """Do something to a case; where it can no longer be done, say so and show where it stands."""
    try:
        return change()
    except (TooLate, NotFound):
        turn.step = Step() if turn.step.flow == FLOW else turn.step
        return [Outbound(track_texts.TOO_LATE), *(_show(turn, case.code) or [])]


def _withdraw(turn: Turn, case: Case) -> Replies:
    tracking.withdraw(turn.tx, case.id, turn.person.address_id, turn.now)
    return [Outbound(track_texts.WITHDRAWN)]


def _solved(turn: Turn, case: Case, *, yes: bool) -> Replies:
    deadlines = turn.guide.deadlines
    tracking.solved(turn.tx, case.id, turn.person.address_id, yes, deadlines, turn.now)
    if yes:
        return [Outbound(track_texts.SOLVED)]
    turn.step = Step(FLOW, ADD, {"case": case.id})
    return [Outbound(track_texts.NOT_SOLVED)]


def _add(turn: Turn) -> Replies | None:
    case = _asked_about(turn)
    if case is None:
        turn.step = Step()
        return None
    if (pressed := labels.find(turn)) is not None:
        return press(turn, pressed) if pressed.flow == FLOW else None
    reading = turn.reading
    if reading.is_plain_wish or (reading.answered and "?" in turn.inbound.text):
        return None
    data: dict[str, object] = {}
    stories.take(turn, data)
    story = stories.read(turn, data)
    if not fold(story.words) and not story.attachment_ids:
        return None if not turn.inbound.text else [Outbound(track_texts.ASK_MORE)]
    return _change(turn, case, lambda: _added(turn, case, story))


def _added(turn: Turn, case: Case, story: stories.Story) -> Replies:
    try:
        tracking.add_words(
            turn.tx,
            case.id,
            turn.person.address_id,
            story.words,
            story.attachment_ids,
            turn.guide.deadlines,
            turn.now,
        )
    except Invalid as exc:
        turn.step = Step()
        return [Outbound(exc.sentence)]
    turn.step = Step()
    return [Outbound(track_texts.ADDED, (button(texts.BUTTON_MY_CASES, FLOW, "list"),))]


def _asked_about(turn: Turn) -> Case | None:
    kept = turn.step.data.get("case") if turn.step.flow == FLOW else None
    return _own(turn, kept) if type(kept) is int else None


def _own(turn: Turn, case_id: int) -> Case | None:
    own = tracking.list_own(turn.tx, turn.person.address_id)
    return next((case for case in own if case.id == case_id), None)


def _code_in(text: str) -> str | None:
    """Return the code that stands somewhere in the words: in one piece, or in three."""
    pieces = text.replace(",", " ").replace(".", " ").replace("?", " ").split()
    for size in (1, 3):
        for start in range(len(pieces) - size + 1):
            if (code := case_codes.parse_code("".join(pieces[start : start + size]))) is not None:
                return code
    return None
