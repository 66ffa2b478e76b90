"""How many people live on how much, out of what a person typed: "4 người 5 triệu", "1tr4", "nhà bốn miệng ăn".

Pure. Figures are read with care rather than wit: a span ("6-7 triệu"), a bound ("hơn 5 triệu") or two sums are not
turned into one; the caller asks again. The text is rewritten step by step into a line of digits and set words
("nhà bốn người, năm triệu rưỡi" → "nha 4 nguoi , @sum5500000"), and the line is then searched.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from faq.syllable import from_telex
from faq.text import fold

MAX_PEOPLE = 30
MIN_SUM, MAX_SUM = 10_000, 1_000_000_000  # đồng a month; outside of it a finger slipped
SURELY_DONG = 100_000  # a bare number from here on is in đồng already
MONTHS = 12
READ_CHARS = 300


class Doubt(StrEnum):
    """Why a sum that was spoken of cannot be taken."""

    SEVERAL = "several"  # a span, a bound, or more than one sum
    UNIT = "unit"  # "5": triệu or nghìn?
    PERIOD = "period"  # of a day, a week, a harvest


@dataclass(frozen=True, slots=True)
class Figures:
    """What was said; None where it was not.

    `total` of the household or `per_head`: đồng a month, never both. `bare`: the only number, when nothing tells
    what it counts. `doubt`: money was spoken of, but not so that it can be taken. `strange`: there are words that do
    not belong to telling figures, so that it may be a question.
    """

    people: int | None = None
    total: int | None = None
    per_head: int | None = None
    bare: int | None = None
    doubt: Doubt | None = None
    strange: bool = False


_MARKED = {
    "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8,
    "chín": 9, "mười": 10, "mươi": 10, "lăm": 5,
}  # fmt: skip
_PLAIN = {fold(word): value for word, value in _MARKED.items()}
_UNITS = {
    **dict.fromkeys(("trieu", "tr", "trd", "cu", "trieeu"), 1_000_000),
    **dict.fromkeys(("nghin", "ngan", "k", "kd"), 1_000),
    **dict.fromkeys(("ty", "ti"), 1_000_000_000),
    **dict.fromkeys(("dong", "d", "vnd"), 1),
}
_MILLION = frozenset(name for name, value in _UNITS.items() if value == 1_000_000)
_UNIT = rf"(?:{'|'.join(sorted(_UNITS, key=len, reverse=True))})"
_PEOPLE = r"(?:nguoi|ngui|ng|khau|mieng)"
_NOT_AT_WORK = r"(?! (?:di|lam|kiem|lao)\b)"  # "một người đi làm" counts earners
_NUMBER = r"\d+(?:\.\d+)?"
# What a number word must stand before (or, as the rest of a sum, behind) to be one: "ba" and "hai" are much else.
_COUNTED = frozenset(
    (*_UNITS, "nguoi", "ngui", "ng", "khau", "mieng", "nhan", "thanh", "muoi", "tram", "ruoi", "chuc")
)
_BEFORE_A_REST = _MILLION | {"muoi", "chuc"}
_PIECE = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[-/,;]")
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_GLUED = re.compile(r"(\d+(?:[.,]\d+)?) ?(?:tr|triệu|trieu|củ|cu)(\d{1,3})(?!\d|[.,]\d)")
# On the line of folded words: what is said of people, of a head, and of time, each made one word.
_Meant = str | Callable[[re.Match[str]], str]
_WRITTEN: tuple[tuple[str, _Meant], ...] = (
    (r"\btren duoi\b", "khoang"),
    (r"\btam (?=\d)", "khoang "),
    (r"\b(?:nhan khau|mieng an|thanh vien)\b", "nguoi"),
    (r"(?:/ ?|\b(?:moi|tung) )(?:1 |mot )?(?:dau )?(?:nguoi|ng|khau|dau)\b", " @head "),
    (r"\b(?:tren |tinh )*(?:1 |mot )?dau (?:1 |mot )?nguoi\b", " @head "),
    (r"\bbinh quan\b", " @head "),
    (r"(?:/ ?|\b(?:1|mot|moi|hang|ca|trong) )*\bnam\b(?: nay| ngoai)?", " @year "),
    (r"\b(?:[2-9]|1\d) thang\b", " @other "),
    (r"(?:/ ?|\b(?:1|mot|moi|hang|trong) )*\b(?:thang|thg)\b|/ ?th\b", " @month "),
    (r"(?:/ ?|\b(?:1|mot|moi|hang) )*\b(?:ngay|tuan|vu|mua|buoi)\b", " @other "),
    # "hai mươi lăm", "mười hai", "năm trăm"
    (r"\b([2-9]) 10 (\d)\b(?! 10)", lambda m: str(int(m[1]) * 10 + int(m[2]))),
    (r"\b([2-9]) (?:10|chuc)\b", lambda m: str(int(m[1]) * 10)),
    (r"\b10 ([1-9])\b(?! *[-.])", lambda m: str(10 + int(m[1]))),
    (r"\b([1-9]) tram ruoi\b", lambda m: str(int(m[1]) * 100 + 50)),
    (r"\b([1-9]) tram(?: (\d\d))?\b", lambda m: str(int(m[1]) * 100 + int(m[2] or 0))),
)
_PHRASES = tuple((re.compile(pattern), meant) for pattern, meant in _WRITTEN)
_SPAN = re.compile(
    rf"(?<![\d.@]){_NUMBER} (?:(?:-|den|toi|hoac|hay) )?{_NUMBER} {_UNIT}\b"
    rf"|(?<![\d.@]){_NUMBER} {_UNIT} (?:-|den|toi|hoac|hay) {_NUMBER}\b"
)
_REST_ENDS = r"(?= *(?:$|[-,;/@]|dong\b|d\b|thoi\b|a\b|ca\b|cho\b|mot\b|gi\b|nhe\b))"
_SUM = re.compile(
    rf"(?<![\w.@])(?:(?P<number>{_NUMBER}|nua) )?(?P<unit>{_UNIT})\b"
    rf"(?: (?:(?P<half>ruoi)\b|(?P<more>\d{{1,3}}) (?:nghin|ngan|k)\b|(?P<rest>\d{{1,3}})\b{_REST_ENDS}))?"
)
_BOUND = re.compile(
    r"\b(?:hon|tren|duoi|ngoai|chua (?:den|toi|duoc)|khong (?:den|toi|qua)|it nhat|toi da|nhieu nhat"
    r"|tro (?:xuong|len)|do lai)\b"
)
_NOTHING = re.compile(
    r"\b(?:khong|ko|k|chang|cha)(?: co)? (?:thu nhap|dong nao|luong|tien gi|kiem duoc|lam ra tien)\b"
)
# Words that belong to telling one's figures; any other makes it perhaps a question.
_AROUND = frozenset(
    "a o que la thi ma va voi nha toi em minh chau con ba ong bac co chu cu gia dinh chung ca hai tat tong cong "  # noqa: SIM905  # reads as a list
    "het tron thu nhap luong tien duoc lam kiem moi mot thang nguoi an chi khoang chung do gan uoc chac cung thoi "
    "da vang nhe vo chong song nuoi deu nam nay bay gio dong nong ruong tinh ra so khong luc nhau hien vao di trong "
    "ngoai nhan khau mieng ruoi nua trieu nghin tram le nhu sau chin gom hon tren duoi chua den toi tu hoac".split()
)


def read_figures(text: str) -> Figures:
    """Read people and money out of a text of any kind; `READ_CHARS` of it."""
    line = _rewrite(text[:READ_CHARS])
    several = bool(_SPAN.search(line) or _BOUND.search(line))
    sums: list[Fraction] = []

    def noted(found: re.Match[str]) -> str:
        if found["number"] is None and found["half"] is None:
            return found[0]  # "trieu" or "d" with no number: a word like others
        sums.append(_amount(found))
        # Only a million has a rest: in "5000000 đ 4" the four counts something else.
        return "@sum " if found["unit"] in _MILLION else f"@sum {found['rest'] or ''} "

    line = _squeeze(_SUM.sub(noted, line))
    # "một người 1,4 triệu" and "1,4 triệu một người" tell of a head; "một người đi làm" does not.
    line = re.sub(rf"(@sum(?: @month)?) 1 {_PEOPLE}\b{_NOT_AT_WORK}", r"\1 @head", line)
    line = re.sub(rf"\b1 {_PEOPLE} (?=(?:la |thi |duoc |khoang |thu |nhap |@month )*@sum)", "@head ", line)
    counts = {int(n) for n in re.findall(rf"(?<![\w.])(\d{{1,9}}) {_PEOPLE}\b{_NOT_AT_WORK}", line)}
    left = re.sub(rf"(?<![\w.])\d{{1,9}} {_PEOPLE}\b|@\w+", " ", line)
    numbers = [Fraction(n) for n in re.findall(rf"(?<![\w.]){_NUMBER}(?![\w.])", left)]
    if not sums and len(numbers) == 1 and _is_dong(line, numbers[0]):
        sums, numbers = numbers, []
    if not sums and _NOTHING.search(line):
        sums = [Fraction(0)]
    people = counts.pop() if len(counts) == 1 else 0
    bare = numbers[0] if len(numbers) == 1 and not sums else None
    amount, doubt = _settle(line, sums, several=several)
    by_head = "@head" in line
    return Figures(
        people if 1 <= people <= MAX_PEOPLE else None,
        None if by_head else amount,
        amount if by_head else None,
        int(bare) if bare is not None and bare.denominator == 1 else None,
        Doubt.UNIT if bare is not None else doubt,
        any(word not in _AROUND for word in re.findall(r"[a-z]+", left)),
    )


def _rewrite(text: str) -> str:
    """Return the line: folded words, number words as digits, "5tr5" written out, set phrases as one word."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"[\u2010-\u2015\u2212~]", "-", "".join(c for c in text if unicodedata.category(c) != "Cf"))
    pieces = [_untelex(piece) for piece in _PIECE.findall(_GLUED.sub(_write_out, text))]
    line = _squeeze(" ".join(_number(pieces, at) for at in range(len(pieces))))
    for pattern, meant in _PHRASES:
        line = pattern.sub(meant, line)
    return _squeeze(line)


def _write_out(found: re.Match[str]) -> str:
    # Glued to its unit a rest belongs to it whatever follows: "5tr5", "1tr450".
    million, rest = Fraction(found[1].replace(",", ".")), found[2]
    return f"{int((million + Fraction(int(rest), 10 ** len(rest))) * 1_000_000)} d "


def _number(pieces: list[str], at: int) -> str:
    """Return a piece for the line: a number in plain digits, a number word as digits where it counts something."""
    piece = pieces[at]
    following = fold(pieces[at + 1]) if at + 1 < len(pieces) else ""
    if piece[0].isdigit():
        # "1.450 triệu" is a decimal however it looks: nobody has a thousand million.
        if _GROUPED.fullmatch(piece) and not (
            following in _MILLION and piece.count(".") + piece.count(",") == 1
        ):
            return re.sub(r"[.,]", "", piece)
        return piece.replace(",", ".", 1) if re.fullmatch(r"\d+[.,]\d+", piece) else piece
    plain = fold(piece) or piece
    # Marks that were typed count: "bà" is not three, nor "tầm" eight.
    value = _MARKED.get(piece, _PLAIN.get(plain) if piece == plain else None)
    behind = (fold(pieces[at - 1]) if at else "") in _BEFORE_A_REST
    counting = len(pieces) == 1 or behind or following in _COUNTED
    if following in _PLAIN and at + 2 < len(pieces):
        counting = counting or fold(pieces[at + 2]) in _COUNTED
    # "tư" and "lăm" are numbers behind another one alone; without marks they are "từ" and "làm".
    if value is None or not counting or (plain in ("lam", "tu") and not behind):
        return plain
    return str(value)


def _untelex(piece: str) -> str:
    found = from_telex(piece) if piece.isascii() and piece.isalpha() else None
    return found[0] if found else piece


def _amount(found: re.Match[str]) -> Fraction:
    """Return a sum in đồng."""
    unit = _UNITS[found["unit"]]
    number = Fraction(1, 2) if found["number"] == "nua" else Fraction(found["number"] or 1)
    amount = number * unit
    if found["half"]:
        amount += Fraction(unit, 2)
    if found["more"]:
        amount += int(found["more"]) * 1_000
    if found["rest"] and unit == 1_000_000:
        amount += Fraction(int(found["rest"]) * unit, 10 ** len(found["rest"]))
    return amount


def _settle(line: str, sums: list[Fraction], *, several: bool) -> tuple[int | None, Doubt | None]:
    """Return đồng a month, or why not."""
    if not sums:
        return None, None
    if several or len(set(sums)) > 1:
        return None, Doubt.SEVERAL
    if "@other" in line or ("@year" in line and "@month" in line):
        return None, Doubt.PERIOD
    amount = -(-sums[0] // (MONTHS if "@year" in line else 1))
    if amount != 0 and not MIN_SUM <= amount <= MAX_SUM:
        return None, Doubt.UNIT
    return int(amount), None


def _is_dong(line: str, number: Fraction) -> bool:
    """Say whether a bare number must be đồng: "5000000", "0"; a phone number is none."""
    return number == 0 or (number >= SURELY_DONG and not re.search(r"\b0\d", line))


def _squeeze(line: str) -> str:
    return " ".join(line.split())
