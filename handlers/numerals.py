"""Numbers as they are read aloud in the north of Viet Nam. Pure."""

from typing import Final

MOST_DIGITS: Final = 15
"""What is longer counts nothing and is read digit by digit."""
DIGITS: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALES: Final = ("", "nghìn", "triệu")


def whole(value: int) -> str:
    """Read a number from 0 to below 10¹⁵: 1.500.021 is "một triệu năm trăm nghìn không trăm hai mươi mốt"."""
    if value == 0:
        return DIGITS[0]
    billions, rest = divmod(value, 10**9)
    words = [whole(billions), "tỷ"] if billions else []
    for place in range(len(_SCALES) - 1, -1, -1):
        group = rest // 1000**place % 1000
        if group:
            words += (_group(group, whole=bool(words)), _SCALES[place])
    return " ".join(filter(None, words))


def single(digits: str) -> str:
    """Read digits one by one."""
    return " ".join(DIGITS[int(digit)] for digit in digits)


def decimal(before: str, behind: str) -> str:
    """Read a number with what stands behind its comma: 6,25 is "sáu phẩy hai mươi lăm", 1,05 "một phẩy không năm"."""
    short = len(behind) <= 2 and not behind.startswith("0")
    return f"{counted(before)} phẩy {whole(int(behind)) if short else single(behind)}"


def counted(digits: str) -> str:
    """Read a number written in digits, whatever its length."""
    return whole(int(digits)) if len(digits) <= MOST_DIGITS else single(digits)


def _group(value: int, *, whole: bool) -> str:
    """Read a group of three digits; `whole`: something stands before it, so that none of them goes unsaid."""
    hundreds, tens, ones = value // 100, value // 10 % 10, value % 10
    words = [DIGITS[hundreds], "trăm"] if hundreds or whole else []
    if tens == 0:
        if ones:
            words += ["linh", _after_ten(ones, tens)] if words else [DIGITS[ones]]
        return " ".join(words)
    words += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
    return " ".join([*words, _after_ten(ones, tens)] if ones else words)


def _after_ten(ones: int, tens: int) -> str:
    if ones == 1 and tens > 1:
        return "mốt"
    if ones == 4 and tens != 1:
        return "tư"
    return "lăm" if ones == 5 and tens > 0 else DIGITS[ones]
