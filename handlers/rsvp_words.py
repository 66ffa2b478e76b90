"""What typed answers to an invitation mean. Pure.

Only what is said of oneself, whole and short: "bố tôi không đi được" may be about somebody who cannot walk.
"""

import re
from dataclasses import dataclass

from faq.text import fold

MAX_WORDS = 12

_NUMBERS = {
    **{word: number for number, word in enumerate("mot hai ba bon nam sau bai tam chin muoi".split(), 1)},  # noqa: SIM905
    "bay": 7,
    "tu": 4,
}
_NUMBER = rf"(?:\d{{1,3}}|{'|'.join(_NUMBERS)})"
_HEADS = r"(?:nguoi|dua|chau|con|em|ban|khau|suat|cho)"
_POLITE = r"(?:(?:da|vang|u|ok|oke|chao|xin|thua|bao|nhan|thi|the) )*"
_TIME = (
    r"(?:(?:ngay mai|sang mai|chieu mai|toi mai|mai|ngay kia|mot|hom do|hom ay|ngay do|ngay ay|buoi do|buoi ay|lan nay"
    r"|hom nay|sang nay|chieu nay|thu (?:hai|ba|tu|nam|sau|bay)|chu nhat) )*"
)
_WHO = (
    r"(?:(?:toi|em|chau|con|minh|bac|co|chu|nha|nha toi|nha em|nha minh|gia dinh|gia dinh toi|gia dinh em|vo chong toi"
    r"|ca nha) )?"
)
_GO = r"(?:di du|den du|di hop|den hop|di hoc|tham gia|tham du|di|den|du|co mat)"
_TAIL = r"(?: (?:a|nhe|nha|dau|roi|duoc|ad|oi|can bo|duoc a|du|hop|hoc|lop nay|buoi do|buoi nay))*"
_COUNT = rf"(?: (?P<along>them|cung|voi|keo theo|dan theo))?(?: (?P<number>{_NUMBER}) {_HEADS})?(?: nua)?"
_YES = re.compile(
    rf"{_POLITE}{_TIME}(?:(?:da|vang) )*{_WHO}(?:(?:se|co|muon|xin|van|dang ky|nhat dinh|cung) )*{_TIME}{_GO}{_COUNT}{_TAIL}"
)
_BUSY = r"(?:(?:ban|ban viec|ban roi|om|met|vuong viec|co viec|mac viec)(?: nen| roi nen| roi)? )?"
_NOT = r"(?:khong|ko|k|kg|khg|hong|chua|chac khong|khong the|ko the|xin phep khong|xin khong)"
_NO = re.compile(
    rf"{_POLITE}{_TIME}(?:(?:da|vang|tiec la) )*{_WHO}{_BUSY}{_TIME}{_NOT} {_TIME}(?:the )?{_GO}{_TAIL}"
)
_ONESELF = re.compile(
    rf"\b(?:toi|em|chau|con|minh|nha|gia dinh|ca nha)\b|^{_POLITE}(?:se|xin|dang ky|{_NOT}) "
)
_COMPANIONS = re.compile(
    rf"(?:(?:da|vang|co|them|cung|voi|di cung|di them|dan theo|khoang) )*(?P<number>{_NUMBER})(?: {_HEADS})?"
    r"(?: (?:nua|di cung|cung di|theo|a|nhe))*"
)
_TOTAL = re.compile(
    r"(?:(?:da|vang) )*(?:tat ca|tong cong|tong|ca thay|ca nha|ca toi(?: la)?|nha toi|nha em)(?: la| co)? "
    rf"(?P<number>{_NUMBER})(?: {_HEADS})?(?: (?:a|nhe))*"
)
_ALONE = re.compile(
    r"(?:(?:da|vang) )*(?:khong|ko|khong ai|khong co ai|khong co|ko co ai"
    r"|(?:chi )?(?:co )?(?:mot minh|minh toi|minh em|toi thoi)(?: toi)?)(?: (?:a|nhe|thoi|di))*"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered to an invitation. `people`: with those who come along; None: nobody said."""

    comes: bool
    people: int | None = None


def read_answer(text: str) -> Said | None:
    """Return what a typed message answers to an invitation; None where it is anything else."""
    if "?" in text:
        return None
    typed = _plain(text)
    if not typed or len(typed.split()) > MAX_WORDS or not _ONESELF.search(typed):
        return None
    if _NO.fullmatch(typed):
        return Said(comes=False)
    if (yes := _YES.fullmatch(typed)) is None:
        return None
    if (said := yes["number"]) is None:
        return Said(comes=True)
    return Said(comes=True, people=max(1, _value(said) + (1 if yes["along"] else 0)))


def read_companions(text: str) -> int | None:
    """Return how many come along, as an answer to just that question; None where no number is sure."""
    typed = _plain(text)
    if _ALONE.fullmatch(typed):
        return 0
    if (whole := _TOTAL.fullmatch(typed)) is not None:
        return max(0, _value(whole["number"]) - 1)
    found = _COMPANIONS.fullmatch(typed)
    return _value(found["number"]) if found else None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", fold(text)))


def _value(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word]
