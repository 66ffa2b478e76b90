""" "Liên kết": a code for one's other chat, a code from it, and "bỏ liên kết". Officials' codes are another thing.

An official's code has eight signs and is read by `handlers.flows.official`; one of ours has nine.
"""

from collections.abc import Mapping
from datetime import timedelta, tzinfo
from types import MappingProxyType
from typing import Final

from faq.text import fold
from handlers import consents, link_texts, links, notify, pace, texts
from handlers.case_codes import almost_code, parse_code, spoken
from handlers.codes import bare, is_code
from handlers.consent_texts import receiving
from handlers.links import Refusal
from handlers.messages import Outbound
from handlers.turn import Guide, Press, Replies, Turn, button
from storage import people
from storage.outbox import Lane
from storage.people import Chat

FLOW = "link"
TRIES_AN_HOUR: Final = 5
_OFFICIAL_LENGTH: Final = 8  # of the codes that the console gives
_HOUR: Final = timedelta(hours=1)
_TRIED: Final = "link_codes"
_REFUSED: Final[Mapping[Refusal, str]] = MappingProxyType(
    {
        Refusal.WRONG: link_texts.WRONG,
        Refusal.EXPIRED: link_texts.EXPIRED,
        Refusal.USED: link_texts.USED,
        Refusal.OWN: link_texts.OWN,
        Refusal.ALREADY: link_texts.ALREADY,
        Refusal.FULL: link_texts.FULL,
    }
)


def begins(text: str, guide: Guide) -> bool:
    """Say whether a text is a code that links this chat to another one, or is meant as one."""
    typed = _typed_code(text)
    if typed is None or is_code(bare(typed), _OFFICIAL_LENGTH):
        return False
    return parse_code(typed) is not None or almost_code(typed)


def _typed_code(text: str) -> str | None:
    """Return what follows "liên kết", if that is what a text begins with; on a channel's command, after a slash."""
    words = text.replace(":", " ").lstrip("/ ").split()
    return " ".join(words[2:]) if fold(" ".join(words[:2])) == "lien ket" and words[2:] else None


def hear(turn: Turn) -> Replies | None:
    """Take a code from another chat; None for anything else."""
    typed = _typed_code(turn.inbound.text)
    if typed is None:
        return None
    tried, count = pace.count(turn.kept.get(_TRIED), turn.now, _HOUR)
    if count > TRIES_AN_HOUR:
        return [Outbound(link_texts.TOO_MANY)]
    found = links.read(turn.tx, typed, turn.person.address_id, turn.now)
    if isinstance(found, Refusal):
        turn.kept[_TRIED] = tried
        return [Outbound(_REFUSED[found])]
    join = button(link_texts.BUTTON_JOIN, FLOW, "join", found.id)
    not_now = button(link_texts.BUTTON_NOT, FLOW, "not")
    return [Outbound(link_texts.ask_here(_named(turn, found.address_id)), (join, not_now))]


def offer(turn: Turn) -> Replies:
    """Give a code, and say with what this chat is linked already."""
    others = links.list_others(turn.tx, turn.person.address_id)
    if len(others) + 1 >= links.MOST_CHATS:
        return [Outbound(link_texts.FULL)]
    code = links.offer(turn.tx, turn.person.address_id, turn.guide.new_code, turn.now)
    text = link_texts.code(spoken(code))
    if not others:
        return [Outbound(text)]
    leave = button(link_texts.BUTTON_LEAVE, FLOW, "leave")
    return [Outbound(f"{link_texts.already(_names(turn, others))}\n{text}", (leave,))]


def ask_leave(turn: Turn) -> Replies:
    """Ask whether this chat is to be taken out, if it is linked with any."""
    others = links.list_others(turn.tx, turn.person.address_id)
    if not others:
        return [Outbound(link_texts.NOTHING_TO_LEAVE)]
    sure = button(link_texts.BUTTON_LEAVE_SURE, FLOW, "left")
    stay = button(link_texts.BUTTON_STAY, FLOW, "stay")
    return [Outbound(link_texts.ask_leave(_names(turn, others)), (sure, stay))]


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours (any more)."""
    match press.action:
        case "offer":
            return offer(turn)
        case "not":
            return [Outbound(link_texts.NOT_LINKED)]
        case "leave":
            return ask_leave(turn)
        case "left":
            return _leave(turn)
        case "stay":
            return [Outbound(link_texts.KEPT)]
        case "receive":
            return _receive(turn)
    code_id = press.number(0)
    if code_id is None:
        return None
    match press.action:
        case "join":
            return _ask_there(turn, code_id)
        case "yes":
            return _confirm(turn, code_id)
        case "no":
            return _refuse(turn, code_id)
    return None


def _ask_there(turn: Turn, code_id: int) -> Replies:
    own = turn.person.address_id
    code = links.ask(turn.tx, code_id, own, turn.now)
    if code is None:
        return [Outbound(link_texts.OVER)]
    yes = button(link_texts.BUTTON_YES, FLOW, "yes", code_id)
    no = button(link_texts.BUTTON_NO, FLOW, "no", code_id)
    _tell(turn, code.address_id, Outbound(link_texts.ask_there(_named(turn, own)), (yes, no)))
    return [Outbound(link_texts.ASKED_THERE)]


def _confirm(turn: Turn, code_id: int) -> Replies:
    other_id = links.confirm(turn.tx, code_id, turn.person.address_id, turn.now)
    if other_id is None:
        return [Outbound(link_texts.OVER)]
    _meet_again(turn)
    for reply in _linked(turn, other_id):
        _tell(turn, other_id, reply)
    return _linked(turn, turn.person.address_id)


def _linked(turn: Turn, address_id: int) -> Replies:
    """Say in one of the two chats that it was done; ask there for what only another one is told of."""
    done = Outbound(link_texts.linked(_names(turn, links.list_others(turn.tx, address_id))))
    purposes = links.agreed_elsewhere(turn.tx, turn.person.resident_id, address_id)
    if not purposes:
        return [done]
    receive = button(link_texts.BUTTON_RECEIVE, FLOW, "receive")
    return [done, Outbound(link_texts.receive_here(purposes), (receive,))]


def _refuse(turn: Turn, code_id: int) -> Replies:
    other_id = links.refuse(turn.tx, code_id, turn.person.address_id, turn.now)
    if other_id is not None:
        _tell(turn, other_id, Outbound(link_texts.REFUSED_THERE))
    return [Outbound(link_texts.CODE_DROPPED)]


def _leave(turn: Turn) -> Replies:
    own = turn.person.address_id
    others = links.leave(turn.tx, own, turn.now)
    if others is None:
        return [Outbound(link_texts.NOTHING_TO_LEAVE)]
    _meet_again(turn)
    for other in others:
        _tell(turn, other.address_id, Outbound(link_texts.left_there(_named(turn, own))))
    commune = button(texts.BUTTON_COMMUNE, "commune", "ask")
    return [Outbound(link_texts.LEFT, (commune,))]


def _receive(turn: Turn) -> Replies:
    tx, person = turn.tx, turn.person
    purposes = links.agreed_elsewhere(tx, person.resident_id, person.address_id)
    consents.give(tx, person, purposes, turn.inbound.address.channel, turn.now)
    return [Outbound(receiving(consents.given(tx, person.resident_id, person.address_id)))]


def _meet_again(turn: Turn) -> None:
    """Let the rest of the turn know who is at this address now."""
    address = turn.inbound.address
    turn.person = people.meet(turn.tx, address.channel, address.value, turn.now)


def _tell(turn: Turn, address_id: int, message: Outbound) -> None:
    """Write to the other chat: its person asked for this with the code, whatever they stopped before."""
    notify.to_address(turn.tx, address_id, message, Lane.REPLY, turn.now, asked_at=turn.now)


def _names(turn: Turn, chats: list[Chat]) -> list[str]:
    return [links.name(chat, _zone(turn)) for chat in chats]


def _named(turn: Turn, address_id: int) -> str:
    chat = people.find_chat(turn.tx, address_id)
    return links.name(chat, _zone(turn)) if chat is not None else ""


def _zone(turn: Turn) -> tzinfo:
    return turn.guide.deadlines.calendar.zone
