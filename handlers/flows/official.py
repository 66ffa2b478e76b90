"""An official in their own chat: linked by a one-time code, told of cases, takes and answers them.

The same use cases as in the console, with their rules: area, version, permission. Nobody but a linked, active
official gets anywhere here; whatever else an official asks is answered as to everybody.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from faq.text import fold
from handlers import accounts, cases, labels, official_texts, pace
from handlers.case_life import Kind
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.messages import Outbound
from handlers.officials import Official, in_scope
from handlers.turn import Guide, Press, Replies, Step, Turn, button
from storage import case_notices, messages, official_chats, outbox
from storage.cases import Case
from storage.cases import get as get_case
from storage.errors import Conflict, NotFound

FLOW = "official"
ANSWER, SEND = "answer", "send"
TRIES_AN_HOUR: Final = 5  # of 23 ** 8 codes that live for a quarter of an hour
_HOUR: Final = timedelta(hours=1)
_TRIED: Final = "links"
_LINK: Final = re.compile(r"(?:/cb|/?li[eê]n k[eế]t)\s+([a-z0-9-]{4,20})", re.IGNORECASE)


def begins(text: str, guide: Guide) -> bool:
    """Say whether a text is a code that links this chat to an account."""
    return _LINK.fullmatch(text.strip()) is not None


def hear(turn: Turn) -> Replies | None:
    """Take a linking code, or the words of an answer; None for anything else."""
    if (found := _LINK.fullmatch(turn.inbound.text.strip())) is not None:
        return _link(turn, found[1].replace("-", "").upper())
    return at_work(turn)


def at_work(turn: Turn) -> Replies | None:
    """Take what an official types as an answer: to the notice it replies to, or to the case they chose.

    None for everybody else, and for what is no answer. Comes before all else: an officer's advice on whom to call is
    no cry for help.
    """
    if turn.inbound.payload is not None or not turn.inbound.text:
        return None
    if turn.inbound.reply_to is not None and (official := _at(turn)) is not None:
        noticed = outbox.find_message(turn.tx, turn.person.address_id, turn.inbound.reply_to)
        case_id = case_notices.find_case(turn.tx, noticed, official.id) if noticed is not None else None
        if case_id is not None:
            case = _case(turn, official, case_id)
            return _preview(turn, case, turn.message_id) if case else [Outbound(official_texts.GONE)]
    if turn.step.flow != FLOW:
        return None
    typed = fold(turn.inbound.text)
    if typed in ("thoi", "khong gui", "huy", "menu", "quay lai"):
        return _drop(turn)
    if (pressed := labels.find(turn)) is not None:
        return press(turn, pressed) if pressed.flow == FLOW else None
    if turn.step.name == SEND and typed in ("gui", "gui di", "dong y", "ok"):
        return _as_official(turn, lambda official: _send(turn, official))
    return _as_official(turn, lambda official: _typed(turn, official))


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours, or of nobody's right."""
    match press.action:
        case "take":
            return _as_official(turn, lambda official: _take(turn, official, press.number(0)))
        case "reply":
            return _as_official(turn, lambda official: _reply(turn, official, press.number(0)))
        case "send":
            return _as_official(turn, lambda official: _send(turn, official, press.number(0)))
        case "drop":
            return _as_official(turn, lambda _: _drop(turn))
    return None


def back(turn: Turn) -> Replies | None:
    """Leave the answer."""
    return _drop(turn)


def _link(turn: Turn, code: str) -> Replies:
    tried, count = pace.count(turn.kept.get(_TRIED), turn.now, _HOUR)
    if count > TRIES_AN_HOUR:
        return [Outbound(official_texts.TOO_MANY_TRIES)]
    try:
        official = accounts.link_chat(turn.tx, code, turn.person.address_id, turn.now)
    except TooLate:
        turn.kept[_TRIED] = tried
        return [Outbound(official_texts.WRONG_CODE)]
    return [Outbound(official_texts.LINKED.format(name=official.name))]


def _at(turn: Turn) -> Official | None:
    return accounts.official_at(turn.tx, turn.person.address_id)


def _as_official(turn: Turn, do: Callable[[Official], Replies | None]) -> Replies | None:
    """Do something as the linked official, and say what stands in the way; None for everybody else."""
    official = _at(turn)
    if official is None:
        if turn.step.flow == FLOW:
            turn.step = Step()
        if official_chats.find_official(turn.tx, turn.person.address_id) is None:
            return None
        official_chats.unlink_address(turn.tx, turn.person.address_id)
        return [Outbound(official_texts.DISABLED)]
    try:
        return do(official)
    except NotAllowed:
        return [Outbound(official_texts.NOT_ALLOWED)]
    except NotFound:
        return [Outbound(official_texts.GONE)]
    except TooLate:
        return [Outbound(official_texts.NOT_NOW)]


def _case(turn: Turn, official: Official, case_id: int) -> Case | None:
    """Return a case of the official's area; what lies elsewhere is not there for them."""
    try:
        case = get_case(turn.tx, case_id)
    except NotFound:
        return None
    return case if in_scope(official, case.area_code) else None


def _take(turn: Turn, official: Official, case_id: int | None) -> Replies:
    case = _case(turn, official, case_id) if case_id is not None else None
    if case is None:
        return [Outbound(official_texts.GONE)]
    cases.receive(turn.tx, official, case.id, case.version, turn.guide.deadlines, turn.now)
    return [Outbound(official_texts.TAKEN, (button(official_texts.BUTTON_REPLY, FLOW, "reply", case.id),))]


def _reply(turn: Turn, official: Official, case_id: int | None) -> Replies:
    case = _case(turn, official, case_id) if case_id is not None else None
    if case is None:
        return [Outbound(official_texts.GONE)]
    turn.step = Step(FLOW, ANSWER, {"case": case.id})
    text = official_texts.ASK_ANSWER.format(case=official_texts.named(Kind(case.kind), case.code))
    return [Outbound(text, (button(official_texts.BUTTON_DROP, FLOW, "drop"),))]


def _typed(turn: Turn, official: Official) -> Replies:
    kept = turn.step.data.get("case")
    case = _case(turn, official, kept) if type(kept) is int else None
    if case is None:
        turn.step = Step()
        return [Outbound(official_texts.GONE)]
    return _preview(turn, case, turn.message_id)


def _preview(turn: Turn, case: Case, message_id: int, lead: str = "") -> Replies:
    """Show what would be sent, and note which version of the case it answers."""
    (said,) = messages.list_said(turn.tx, turn.person.address_id, [message_id])
    turn.step = Step(
        FLOW,
        SEND,
        {"case": case.id, "version": case.version, "said": message_id, "shown": turn.message_id},
    )
    named = official_texts.named(Kind(case.kind), case.code)
    text = official_texts.PREVIEW.format(text=said.text, case=named)
    buttons = (
        button(official_texts.BUTTON_SEND, FLOW, "send", turn.message_id),
        button(official_texts.BUTTON_DROP, FLOW, "drop"),
    )
    return [Outbound(f"{lead}\n\n{text}" if lead else text, buttons)]


def _send(turn: Turn, official: Official, shown: int | None = None) -> Replies:
    data = turn.step.data
    case_id, version, said = (data.get(name) for name in ("case", "version", "said"))
    ours = turn.step.flow == FLOW and turn.step.name == SEND
    if not (ours and type(case_id) is int and type(version) is int and type(said) is int):
        return [Outbound(official_texts.OVER)]
    words = messages.list_said(turn.tx, turn.person.address_id, [said])
    case = _case(turn, official, case_id)
    if not words or case is None:
        turn.step = Step()
        return [Outbound(official_texts.GONE)]
    if shown is not None and shown != data.get("shown"):
        return _preview(turn, case, said)
    try:
        cases.answer(turn.tx, official, case_id, words[0].text, version, turn.guide.deadlines, turn.now)
    except Conflict:
        # Whoever was slower sees so, keeps every word, and may still send.
        return _preview(turn, case, said, official_texts.CHANGED)
    except Invalid as exc:
        turn.step.name = ANSWER
        return [Outbound(exc.sentence)]
    turn.step = Step()
    return [Outbound(official_texts.SENT)]


def _drop(turn: Turn) -> Replies:
    if turn.step.flow == FLOW:
        turn.step = Step()
    return [Outbound(official_texts.DROPPED)]
