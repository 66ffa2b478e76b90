"""Words that mean the same anywhere in any dialogue. Pure: folded text in, a command out."""

import re
import unicodedata
from collections import defaultdict
from enum import StrEnum

from faq.syllable import from_telex, from_vni, is_syllable, toned
from faq.text import fold


class Command(StrEnum):
    """What a person asks of the conversation itself rather than of the policies."""

    MENU = "menu"
    HELP = "help"
    BACK = "back"
    LEAVE = "leave"
    STOP = "stop"
    UNSUBSCRIBE = "unsubscribe"
    STOP_ALL = "stop_all"
    SUBSCRIBE = "subscribe"
    MY_DATA = "my_data"
    ERASE = "erase"
    COMMUNE = "commune"
    LINK = "link"
    UNLINK = "unlink"
    HELLO = "hello"
    THANKS = "thanks"


_WORDS: dict[Command, str] = {
    Command.MENU: "menu, thực đơn, bắt đầu, start, danh mục, mục lục, trang chủ, về đầu, hỏi máy, "
    "xem các mục, các mục",
    Command.HELP: "trợ giúp, giúp, giúp đỡ, help, hướng dẫn, cách dùng, dùng thế nào, giúp tôi, giúp với, "
    "không hiểu, tôi không hiểu, cái này không hiểu, cái này tôi không hiểu, không hiểu cái này, tôi không hiểu cái này, "
    "không hiểu gì, không hiểu gì cả, tôi không hiểu gì, tôi không hiểu gì cả, chưa hiểu, tôi chưa hiểu",
    Command.BACK: "quay lại, trở lại, lùi lại, back, quay về",
    # May be said of the dialogue alone; where there is none, nothing else ends by them.
    Command.LEAVE: "thôi, hủy, thoát, thôi không hỏi nữa, không hỏi nữa",
    Command.STOP: "dừng, dừng lại, stop, ngừng, ngừng lại, tôi muốn dừng, dừng ngay, dừng ngay lại, dừng thôi, dừng luôn, "
    "dừng hẳn, dừng dừng, ngừng ngay, ngưng, ngưng lại, ngưng ngay, ngưng luôn",
    Command.UNSUBSCRIBE: "hủy đăng ký, bỏ đăng ký, thôi đăng ký, hủy nhận tin, dừng nhận tin, ngừng nhận tin, "
    "thôi nhận tin, không nhận tin, không nhận tin nữa, không nhận nữa, không muốn nhận tin, "
    "không muốn nhận tin nữa, dừng gửi tin, đừng gửi tin nữa, đừng gửi nữa, không gửi tin nữa, đừng nhắn nữa, "
    "không nhắn nữa, đừng nhắn tin nữa, dừng thông báo, tắt thông báo, hủy thông báo, không nhận thông báo nữa, "
    "không nhận tin nhắn nữa, không muốn nhận tin nhắn nữa, đừng nhắn tin cho tôi nữa, ngưng nhận tin, ngưng gửi tin, "
    "dừng tin, dừng nhắn tin, ngừng nhắn tin, ngưng nhắn tin, unsubscribe",
    Command.STOP_ALL: "dừng tất cả, dừng hết, ngừng tất cả, ngừng hết, dừng hết tất cả, stop all, "
    "ngưng tất cả, ngưng hết, dừng tất cả tin, dừng hết tin, dừng tất cả lại, dừng hết lại",
    Command.SUBSCRIBE: "đăng ký, đổi đăng ký, đăng ký nhận tin, đăng ký lại, nhận tin, nhận lại tin, tôi muốn nhận tin, "
    "tôi muốn đăng ký, đăng ký thông báo, đăng ký nhận thông báo, nhận thông báo, sửa đăng ký, subscribe",
    Command.MY_DATA: "dữ liệu của tôi, dữ liệu cá nhân của tôi, xem dữ liệu, xem dữ liệu của tôi, "
    "thông tin của tôi, xem thông tin của tôi",
    Command.ERASE: "xóa dữ liệu, xóa dữ liệu của tôi, xóa hết dữ liệu, xóa hết dữ liệu của tôi, xóa thông tin của tôi, "
    "xóa hết thông tin của tôi",
    Command.COMMUNE: "chọn xã, đổi xã, chọn phường, đổi phường, chọn xã phường, đổi xã phường, chọn lại xã, "
    "chọn lại phường, đổi lại xã",
    Command.LINK: "liên kết, liên kết zalo, liên kết telegram, liên kết trang web, liên kết web, liên kết chat, "
    "liên kết với zalo, liên kết với telegram, liên kết sang zalo, liên kết sang telegram, nối zalo, nối telegram, "
    "nối với zalo, nối với telegram, nối sang zalo, nối sang telegram, kết nối zalo, kết nối telegram, "
    "dùng thêm zalo, dùng thêm telegram, dùng thêm trang web, dùng cả zalo, dùng cả telegram, "
    "tôi muốn liên kết, tôi muốn liên kết zalo, tôi muốn dùng thêm zalo, mã liên kết, lấy mã liên kết",
    Command.UNLINK: "bỏ liên kết, hủy liên kết, gỡ liên kết, thôi liên kết, xóa liên kết, "
    "bỏ liên kết zalo, bỏ liên kết telegram, bỏ nối zalo, bỏ nối telegram, tôi muốn bỏ liên kết",
    Command.HELLO: "xin chào, chào, chào bot, chào cán bộ, cán bộ ơi, ơi, hello, hi, alo, a lô",
    Command.THANKS: "cảm ơn, cám ơn, cảm ơn nhiều, cảm ơn cán bộ, cảm ơn bà con, thôi cảm ơn, thank, thanks, "
    "thank you, ok, oke, ok cảm ơn, vâng, dạ, ừ, vâng cảm ơn, được rồi, đúng, đúng rồi, hiểu rồi, biết rồi",
}
MOST_WORDS = 8
"""Of a command with the polite words around it."""
_SHORT = {"ko": "khong", "k": "khong", "kg": "khong", "hong": "khong"}
_Words = tuple[tuple[str, str], ...]
"""Each word folded, and with its marks ("" where it has none)."""


def _words(text: str) -> _Words:
    return tuple(_word(word) for word in re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower()))


def _word(word: str) -> tuple[str, str]:
    """Read one word; of a keyboard's leftover ("dungwf", "du72ng") what was meant."""
    plain = fold(word)
    if word.isascii() and plain not in _SHORT and not is_syllable(plain):
        leftover = from_telex(word) if word.isalpha() else from_vni(word)
        if leftover is not None:
            return leftover
    if plain == "ki":  # "đăng kí" is "đăng ký"
        return "ky", toned(word.replace("í", "ý"))
    return _SHORT.get(plain, plain), toned(word)


_BY_FOLDED: dict[str, list[tuple[Command, _Words]]] = defaultdict(list)
for _command, _list in _WORDS.items():
    for _phrase in _list.split(", "):
        _meant = _words(_phrase)
        _BY_FOLDED[" ".join(plain for plain, _ in _meant)].append((_command, _meant))
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
    if not words or len(words) > MOST_WORDS:
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
