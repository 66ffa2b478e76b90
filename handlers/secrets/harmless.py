"""What a number plainly is when it is no secret: a date, a year, an amount, a phone number, a part of a file's number.

Pure. Says nothing of secrets; `masking` keeps what is explained here.
"""

import re
from collections.abc import Sequence
from typing import Final

from handlers.secrets.signs import CUES, Item, folded

_UNIT: Final = re.compile(
    r" ?(?:(?:đồng|dong)(?! *(?:ch[íi]|b[àa]o|h[ươu]+ng|nghi[ệe]p|th[ờo]i|h[ồo]|[ýy]))|vn[dđ]|ngh[ìi]n|ng[àa]n"
    r"|tri[ệe]u|tr|t[ỷyỉ]|đ|₫|%)(?!\w)|(?:[dktn]|m2)(?!\w)",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"(?:0|84|0084)[35789][0-9]{8}|02[0-9]{9}|1[89]00[0-9]{4,6}")
_MONEY: Final = re.compile(r"[1-9][0-9]{0,8}000")
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
_GLUED: Final = re.compile(r"(?<![^\W_])[A-Z]{1,6}[0-9]{0,2}[-.]?$")
_MAX_AMOUNT_DIGITS: Final = 12


def is_phone(digits: str) -> bool:
    """Say whether these are the digits of a Vietnamese phone number, mobile, fixed or service."""
    return _PHONE.fullmatch(digits) is not None


def is_counted(plain: str, number: Item) -> bool:
    """Say whether a unit of money, a thousand or a per cent sign follows, so that the number is an amount."""
    if number.digits.startswith("0") or len(number.digits) > _MAX_AMOUNT_DIGITS:
        return False
    return _UNIT.match(plain, number.end) is not None


def is_code(plain: str, number: Item) -> bool:
    """Say whether capital letters are glued to its front, as in the number of a file: HP-2026-0012."""
    glued = _GLUED.search(plain[max(0, number.start - 10) : number.start])
    return glued is not None and folded(re.sub(r"[^A-Z]", "", glued[0])) not in CUES and glued[0] != "G-"


def is_cited(plain: str, number: Item) -> bool:
    """Say whether it is part of a date or of a document's number: 12/05/2026, 07/2021/NĐ-CP."""
    before = re.search(r"[0-9] ?/ ?$", plain[max(0, number.start - 4) : number.start])
    after = re.match(r" ?/ ?\w", plain[number.end : number.end + 4])
    return len(number.digits) <= 5 and (before is not None or after is not None)


def read(plain: str, number: Item) -> list[set[int]]:
    """Return for each group of a number the ends (exclusive) of the dates, years, amounts and phones that start there."""
    groups = [digits for _, _, digits in number.groups]
    counted = is_counted(plain, number)
    abroad = plain[: number.start].endswith("+")
    return [
        {
            *_dates(groups, at),
            *_amounts(groups, at, counted),
            *_phones(groups, at, abroad and at == 0),
        }
        for at in range(len(groups))
    ]


def _dates(groups: list[str], at: int) -> list[int]:
    ends = [at + 1] if _YEAR.fullmatch(groups[at]) else []
    if at + 3 <= len(groups):
        day, month, year = groups[at : at + 3]
        if len(day) == 4:
            day, year = year, day
        if (
            len(day) <= 2
            and len(month) <= 2
            and int(day) <= 31
            and int(month) <= 12
            and _YEAR.fullmatch(year)
        ):
            ends.append(at + 3)
    return ends


def _amounts(groups: list[str], at: int, counted: bool) -> list[int]:
    first = groups[at]
    if first.startswith("0") or len(first) > _MAX_AMOUNT_DIGITS:
        return []
    ends = []
    if _MONEY.fullmatch(first) or (counted and at + 1 == len(groups)):
        ends.append(at + 1)
    for end in range(at + 2, min(at + 4, len(groups)) + 1):
        if len(first) > 3 or len(groups[end - 1]) != 3:
            break
        if groups[end - 1] == "000" or (counted and end == len(groups)):
            ends.append(end)
    return ends


def _phones(groups: list[str], at: int, abroad: bool) -> list[int]:
    ends, digits = [], ""
    for end in range(at + 1, min(at + 6, len(groups)) + 1):
        digits += groups[end - 1]
        if len(groups[end - 1]) < 2 or len(digits) > 14:
            break
        # "+84" before a number that keeps its 0 is a common slip.
        if is_phone(digits) or (abroad and re.fullmatch(r"840[35789][0-9]{8}", digits)):
            ends.append(end)
    return ends


def is_explained(ends: Sequence[set[int]], first: int, last: int) -> bool:
    """Say whether groups `first` up to `last` (exclusive) are harmless things one after another and nothing else."""
    reached = {first}
    for at in range(first, last):
        if at in reached:
            reached |= {end for end in ends[at] if end <= last}
    return last in reached
