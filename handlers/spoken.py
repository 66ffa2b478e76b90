"""What short typed answers to the self-check mean, where buttons do not show or are not pressed.

Pure. Only what cannot be misunderstood is taken: "có rồi" to "có ai chưa có thẻ không?" may mean either, and is asked
about again.
"""

import re
from collections.abc import Iterable
from typing import TypeVar

from faq.text import fold
from handlers.selfcheck import Answer, Area, Indicator

LONGEST_ANSWER_WORDS = 6  # what is longer was told to us for another reason
WARD = "ward"
"""A phường of which nobody has said yet what it was before 2025-07-01."""

_T = TypeVar("_T")


def _table(*rows: tuple[_T, str]) -> dict[str, _T]:
    return {said: meant for meant, words in rows for said in words.split(", ")}


_UNKNOWN = "khong biet, ko biet, k biet, chang biet, khong ro, ko ro, chiu, khong nho, chua ro, khong chac, khong tinh duoc"
_AREA: dict[str, str] = _table(
    (Area.RURAL, "xa, o xa, nong thon, o nong thon, o que, que, lang, o lang"),
    (WARD, "phuong, o phuong, thanh pho, o thanh pho, thanh thi, pho, o pho"),
    (Area.EITHER, f"dac khu, o dac khu, o dao, dao, {_UNKNOWN}"),
)
_WAS: dict[str, str] = _table(
    (Area.URBAN, "phuong, truoc cung la phuong, truoc la phuong, thi tran, truoc la thi tran"),
    (Area.EITHER, f"xa, truoc la xa, {_UNKNOWN}"),
)
_ANSWERS: dict[str, Answer] = _table(
    (Answer.YES, "co, vang, da, u, uh, ok, dung, dung roi, phai, dung vay, co day, co chu, co that"),
    (
        Answer.NO,
        "khong, ko, k, kg, hong, khong co, ko co, khong phai, khong ai, khong co ai, khong co ai ca, khong he",
    ),
    (Answer.UNKNOWN, _UNKNOWN),
    (
        Answer.NO_CHILD,
        "khong co tre, khong co tre tuoi do, khong co tre con, khong co tre nho, khong co con nho",
    ),
)
# "Có một đứa" answers "có ai…", not "có quá nửa số người trong nhà không".
_SOMEBODY = re.compile(r"co (?:\d|mot|hai|ba|vai|may)(?: (?:dua|nguoi|chau|con|em|be|ong))?")
_ABOUT_SOMEBODY = frozenset(("viec_lam", "dinh_duong", "bhyt", "trinh_do_nguoi_lon", "vien_thong"))
# Said around an answer and no part of it: "dạ, nhà em không có ạ".
_AROUND = re.compile(r"^(?:(?:da|vang|nha|toi|em|minh|chau|thi|bac) )+(?=.)|(?: (?:a|nhe|ad|oi|dau))+$")
_ASKING = re.compile(
    r"\b(?:gi|sao|nao|bao nhieu|bao gio|may gio|o dau|the nao|hoi|duoc (?:khong|ko|k|gi)|co duoc|lam sao)\b"
)


def read_area(typed: str) -> str | None:
    """Return the Area, or WARD, that was said; None for anything else."""
    return _among(_AREA, typed)


def read_former(typed: str) -> str | None:
    """Return the Area of a phường by what it is said to have been; None for anything else."""
    return _among(_WAS, typed)


def is_unsure(typed: str) -> bool:
    """Say whether nothing but not knowing was said."""
    return not set(_readings(typed)).isdisjoint(_UNKNOWN.split(", "))


def read_answer(typed: str, asked: Indicator) -> Answer | None:
    """Return what was answered to the question of this indicator; None where that is not sure."""
    answer = _among(_ANSWERS, typed)
    if answer is Answer.NO_CHILD:
        return answer if asked.about_children else None
    if answer is not None:
        return answer
    *_, said = _readings(typed)
    if said in ("chua", "chua co") and asked.lacking_if is Answer.NO:
        return Answer.NO
    if said in ("khong co chau nao", "khong co dua nao"):
        # "Are the children at school?" – there are none. "Is a child undernourished?" – none is.
        return Answer.NO_CHILD if asked.about_children and asked.lacking_if is Answer.NO else Answer.NO
    return Answer.YES if asked.id in _ABOUT_SOMEBODY and _SOMEBODY.fullmatch(said) else None


def may_be_an_answer(text: str) -> bool:
    """Say whether a text is short and asks nothing: rather meant as an answer than as a question."""
    typed = fold(text)
    return len(typed.split()) <= LONGEST_ANSWER_WORDS and "?" not in text and not _ASKING.search(typed)


def _among(table: dict[str, _T], typed: str) -> _T | None:
    return next((table[said] for said in _readings(typed) if said in table), None)


def _readings(typed: str) -> Iterable[str]:
    """Return a folded text as it is, and without what is said around an answer."""
    return dict.fromkeys((typed, _AROUND.sub("", typed)))
