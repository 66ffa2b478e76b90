"""How a message is taken, before any transaction: is help needed now, which word, which dialogue, which topics, what else.

Pure. One reading serves the conversation and `hai-chieu understand`, so that what is measured is what residents get.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType, ModuleType
from typing import Final

from faq import Verdict
from faq.signals import Intent, Urgency
from faq.text import fold
from handlers.commands import Command, read_command
from handlers.flows import ask, benefits, commune, link, official, selfcheck, track
from handlers.turn import Guide, Reading

READ_CHARS: Final = 1500  # of a longer message, what is understood; all of it is stored
MAX_OFFERED: Final = 3
STORY_WORDS: Final = 7  # fewer are a topic's name rather than something that happened
# Dialogues that open by what is typed, in the order in which they are asked.
OPENED: Final[tuple[ModuleType, ...]] = (track, link, official, selfcheck, benefits, commune)
_OF_THE_TALK: Final = (
    Command.MENU,
    Command.HELP,
    Command.BACK,
    Command.COMMUNE,
    Command.LEAVE,
    Command.LINK,
    Command.UNLINK,
)
_SAID: Final[Mapping[Command, Intent]] = MappingProxyType(
    {
        Command.SUBSCRIBE: Intent.SUBSCRIBE,
        **dict.fromkeys((Command.STOP, Command.UNSUBSCRIBE, Command.STOP_ALL), Intent.STOP),
        **dict.fromkeys((Command.MY_DATA, Command.ERASE), Intent.ERASE),
        Command.HELLO: Intent.SMALLTALK,
        Command.THANKS: Intent.SMALLTALK,
        **dict.fromkeys(_OF_THE_TALK, Intent.MENU),
    }
)
# Told as a statement, these are wishes, however much they sound like a topic: "xoá dữ liệu của tôi" wants it done, and
# is not answered with the law on it. All others give way to a sure answer.
_WISHES: Final = frozenset((Intent.STOP, Intent.ERASE, Intent.HUMAN, Intent.FEEDBACK))
# Beside these no topic is offered: nothing more is to be read there.
_ALONE: Final = frozenset((Intent.STOP, Intent.MENU, Intent.SMALLTALK))
# What is asked beside a cry for help of this kind is about help that one can apply for.
_APPLIED_FOR: Final = frozenset((Urgency.HUNGER, Urgency.DISASTER, Urgency.SCAM))
_ASKING: Final = re.compile(
    # "Chưa ai nghe", "không có gì" deny, and ask nothing.
    r"(?<!chua )(?<!khong )(?<!ko )(?<!\bk )(?<!chua co )(?<!khong co )(?<!ko co )(?<!\bk co )\b(?:gi|ai)\b(?! cung\b)"
    r"|\b(?:sao|nao|bao (?:nhieu|lau|gio)|o dau|cho nao|ntn|cach|co (?:quyen|duoc|phai|mat))\b"
    r"|\b(?:khong|ko|k|(?<!bi )(?<!hu )(?<!da )(?<!duong )hong|chua|ha|nhi)(?: (?:a|ad|vay|the|nhi|em|chau|ban|bac))*$"
)
# Broken, not the "không" of some: without its marks it looks the same.
_BROKEN: Final = re.compile(r"\bhỏng\b")
# When something will be mended is asked of the officials; it is no wish to hear of meetings.
_MENDING: Final = re.compile(r"\b(?:sua|va|xay|lap|nang cap|khac phuc)\b")
_GATHERING: Final = re.compile(
    r"\b(?:hop|tap huan|doi thoai|buoi|lop|lich|su kien|hoi nghi|toa dam|gap mat|hoc|day nghe|dao tao)\b"
)

# To be put through to somebody, in so many words.
_MEETS: Final = re.compile(
    r"\b(?:gap|noi chuyen|noi voi|trao doi|lien he|goi|chat|nhan tin|hoi)\b.{0,12}"
    r"\b(?:can bo|nguoi|nhan vien|lanh dao|chu tich|ai|toi)\b|^(?:can bo|nguoi that)$"
)
# What became of something of one's own; what the commune promised everybody is asked of the commune.
_OWN_CASE: Final = re.compile(
    r"(?=.*\b(?:toi|minh|em|chau|con|gia dinh|nha)\b)"
    r".*\b(?:den dau|toi dau|ra sao|the nao|xong|chua$|bao gio|khi nao|bao lau)\b"
)
# Whoever says in so many words that this is to be passed on means it.
_TELLS: Final = re.compile(
    r"\b(?:muon|xin|can|de|nho chuyen|cho (?:toi|em|chau)) (?:duoc )?(?:gui )?phan anh\b|\bphan anh (?:viec|rang|voi)\b"
    r"|\b(?:toi|e|em|chau|con|minh|chung toi|gia dinh) (?:(?:xin|muon|can) )?(?:duoc )?to cao\b"
)
# "Cứu tôi với" and no more: nobody knows from what, so that all who come to one's rescue are named.
_BARE_CRY: Final = re.compile(r"(?=.*\bcuu\b)(?:(?:cuu|voi|toi|em|chau|con|minh|chung|a|oi|ai|gap)\b ?)+")
# Nothing but figures, as the self-check asks for them ("4 người 5 triệu"): no cry for help, whatever examples teach.
_FIGURES: Final = re.compile(
    r"(?=.*[0-9])(?:(?:[0-9][0-9.,/]*|nguoi|nhan khau|trieu|tr|cu|nghin|ngan|k|dong|mot|moi|thang|nam|dau|nha|co|thu|nhap"
    r"|khoang|ruoi|ca)\b[\s.,/]*)+"
)


def read(told: str, guide: Guide, day: date) -> Reading:
    """Read what a message says besides its masks; "" is read as nothing."""
    text = told[:READ_CHARS]
    reading = _read(text, guide, day)
    return replace(reading, is_plain_wish=_is_plain_wish(reading, fold(text)))


def _is_plain_wish(reading: Reading, folded: str) -> bool:
    # What is learned from examples takes any sentence on officials for a wish to meet one; there its words decide.
    match reading.intent:
        case Intent.STOP | Intent.ERASE:
            return True
        case Intent.HUMAN:
            return _MEETS.search(folded) is not None
        case Intent.TRACK:
            return reading.begins is not None or _OWN_CASE.search(folded) is not None
    return False


def _read(text: str, guide: Guide, day: date) -> Reading:
    match = guide.library.matcher.match(text, day)
    if not text:
        return Reading(day, match)
    urgent = _urgency(text, guide)
    if (command := read_command(text)) is not None:
        return Reading(day, match, command, urgent, intent=_SAID[command])
    if (begins := next((flow.FLOW for flow in OPENED if flow.begins(text, guide)), None)) is not None:
        intent = Intent.TRACK if begins == track.FLOW else Intent.QUESTION
        return Reading(day, match, urgent=urgent, begins=begins, intent=intent)
    if ask.says_nothing(text):
        return Reading(day, match, urgent=urgent, intent=Intent.SMALLTALK)
    asks = is_question(text)
    wanted = Intent.FEEDBACK if not asks and _TELLS.search(fold(text)) else _wanted(text, guide)
    sure = guide.library.several(text, day) or (match.hits[:1] if match.verdict is Verdict.ANSWER else ())
    maybe = match.offered[:MAX_OFFERED] if match.verdict is Verdict.ASK and not sure else ()
    if urgent is not None:
        offered = maybe if asks and urgent in _APPLIED_FOR else ()
        return Reading(day, match, urgent=urgent, intent=wanted, answered=sure, offered=offered)
    intent = _taken(wanted, asks, known=bool(sure))
    if intent is Intent.QUESTION:
        return Reading(day, match, answered=sure, offered=maybe, states=not asks and _is_story(text))
    if intent in _ALONE:
        return Reading(day, match, intent=intent)
    # Whoever is told what can be done about their wish may still want to read of the matter.
    offered = tuple(hit.topic_id for hit in sure) or (maybe if asks else ())
    return Reading(day, match, intent=intent, offered=offered)


def _taken(wanted: Intent, asks: bool, known: bool) -> Intent:
    """Choose between what a message wants and the topics that surely answer it."""
    # Whoever tracks always asks, and of something of their own.
    wished = wanted is Intent.TRACK or (wanted in _WISHES and not asks)
    return wanted if wished or not known else Intent.QUESTION


def _urgency(text: str, guide: Guide) -> Urgency | None:
    folded = fold(text)
    if _BARE_CRY.fullmatch(folded):
        return Urgency.DISASTER
    return None if _FIGURES.fullmatch(folded) else guide.signals.urgency(text)


def _is_story(text: str) -> bool:
    return len(text.split()) >= STORY_WORDS


def is_question(text: str) -> bool:
    """Say whether a message is put as a question."""
    told = _BROKEN.sub("hư hại", unicodedata.normalize("NFC", text).lower())
    return "?" in text or _ASKING.search(fold(told)) is not None


def _wanted(text: str, guide: Guide) -> Intent:
    wanted, folded = guide.signals.intent(text), fold(text)
    mending = wanted is Intent.EVENTS and _MENDING.search(folded) and not _GATHERING.search(folded)
    return Intent.QUESTION if mending else wanted
