"""Words that mean the same anywhere in any dialogue. Pure: folded text in, a command out."""

import re
import unicodedata
from collections import defaultdict
from enum import StrEnum

from faq.syllable import toned
from faq.text import fold


class Command(StrEnum):
    """What a person asks of the conversation itself rather than of the policies."""

    MENU = "menu"
    HELP = "help"
    BACK = "back"
    STOP = "stop"
    COMMUNE = "commune"
    HELLO = "hello"
    THANKS = "thanks"


_WORDS: dict[Command, str] = {
    Command.MENU: "menu, thực đơn, bắt đầu, start, danh mục, mục lục, trang chủ, về đầu, hỏi máy, "
    "xem các mục, các mục",
    Command.HELP: "trợ giúp, giúp, giúp đỡ, help, hướng dẫn, cách dùng, dùng thế nào, giúp tôi, giúp với, "
    "không hiểu, tôi không hiểu",
    Command.BACK: "quay lại, trở lại, lùi lại, back, quay về",
    Command.STOP: "dừng, dừng lại, thôi, stop, ngừng, hủy, thoát, dừng tất cả, đừng nhắn nữa, không nhắn nữa, "
    "hủy đăng ký, thôi không hỏi nữa, không hỏi nữa, dừng nhận tin, tôi muốn dừng",
    Command.COMMUNE: "chọn xã, đổi xã, chọn phường, đổi phường, chọn xã phường, đổi xã phường, chọn lại xã, "
    "chọn lại phường, đổi lại xã",
    Command.HELLO: "xin chào, chào, chào bot, chào cán bộ, cán bộ ơi, ơi, hello, hi, alo, a lô",
    Command.THANKS: "cảm ơn, cám ơn, cảm ơn nhiều, cảm ơn cán bộ, cảm ơn bà con, thôi cảm ơn, thank, thanks, "
    "thank you, ok, oke, ok cảm ơn, vâng, dạ, ừ, vâng cảm ơn, được rồi, đúng, đúng rồi, hiểu rồi, biết rồi",
}
_SHORT = {"ko": "khong", "k": "khong", "kg": "khong", "hong": "khong"}
_Words = tuple[tuple[str, str], ...]
"""Each word folded, and with its marks ("" where it has none)."""


def _words(text: str) -> _Words:
    return tuple(
        (_SHORT.get(plain := fold(word), plain), toned(word))
        for word in re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower())
    )


_BY_FOLDED: dict[str, list[tuple[Command, _Words]]] = defaultdict(list)
for _command, _list in _WORDS.items():
    for _phrase in _list.split(", "):
        _BY_FOLDED[fold(_phrase)].append((_command, _words(_phrase)))
# Polite words around a command change nothing: "dừng giúp em với ạ".
_POLITE = frozenset(
    "a nhe nha voi giup di em toi ban ad oi cho minh co chu bac da vang xin chau ong ba anh chi".split()  # noqa: SIM905  # reads as a list
)
_THANKS_SIGNS = frozenset("👍👌🙏❤😊🥰🌹")


def read_command(text: str) -> Command | None:
    """Return the command a message is, with or without marks; None when it says anything more.

    Marks that were typed count: "dừng" and "dung" stop, "đúng" does not.
    """
    words = _words(text)
    if not words and not _THANKS_SIGNS.isdisjoint(text):
        return Command.THANKS
    if not words or len(words) > 6:
        return None
    if (command := _find(words)) is not None:
        return command
    core = tuple(word for word in words if word[0] not in _POLITE)
    if core:
        return _find(core)
    # Nothing but polite words: "dạ vâng ạ", "giúp em với", "cô ơi".
    return next((command for word in words if (command := _find((word,))) is not None), None)


def _find(words: _Words) -> Command | None:
    for command, meant in _BY_FOLDED.get(" ".join(plain for plain, _ in words), ()):
        if all(typed in ("", marks) for (_, typed), (_, marks) in zip(words, meant, strict=True)):
            return command
    return None
