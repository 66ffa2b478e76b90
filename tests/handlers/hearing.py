"""A second reading: what somebody who only hears a script understands of it. Knows nothing of how it was written."""

import re
from typing import Final

_DIGITS: Final = "không một hai ba bốn năm sáu bảy tám chín".split()  # noqa: SIM905  # reads as a list
_ONES: Final = {word: value for value, word in enumerate(_DIGITS)} | {"mốt": 1, "tư": 4, "lăm": 5}
_NUMBER: Final = rf"(?:{'|'.join([*_ONES, 'mười', 'mươi', 'trăm', 'linh', 'nghìn', 'triệu', 'tỷ', 'phẩy'])})"
_RUN: Final = rf"{_NUMBER}(?: {_NUMBER})*"
_DIGIT: Final = rf"(?:{'|'.join(_DIGITS)})"
_SIGNS: Final = {
    "chấm": ".", "gạch chéo": "/", "gạch ngang": "-", "gạch dưới": "_", "dấu hỏi": "?", "dấu bằng": "=", "dấu và": "&",
}  # fmt: skip
_PARTS: Final = {"sáng": 0, "trưa": 0, "chiều": 12, "tối": 12, "đêm": 12}


def number(words: str) -> int:
    """Understand a whole number."""
    total = group = 0
    tens = False
    for word in words.split():
        if word == "tỷ":
            total, group, tens = (total + group) * 10**9, 0, False
        elif word in ("nghìn", "triệu"):
            total, group, tens = total + group * (1000 if word == "nghìn" else 10**6), 0, False
        elif word == "trăm":
            group, tens = group * 100, False
        elif word == "mươi":
            group = group // 10 * 10 + group % 10 * 10 if group >= 100 else group * 10
            tens = True
        elif word == "mười":
            group, tens = group + 10, True
        elif word == "linh":
            tens = True
        else:
            assert word in _ONES, word
            assert tens or group % 100 == 0, f"two digits in a row: {words}"
            group += _ONES[word]
    return total + group


def facts(script: str) -> set[tuple[str, str]]:
    """Understand links, telephone numbers, days, times and amounts, as `handlers.stated.facts` names them."""
    said = script.lower()
    found: set[tuple[str, str]] = set()
    for line in said.splitlines():
        if " chấm " in line:
            found.add(("link", _link(line.partition(": ")[2])))
    said = "\n".join(line for line in said.splitlines() if " chấm " not in line)
    for phone in re.findall(rf"\b{_DIGIT}(?:,? {_DIGIT}){{7,10}}\b", said):
        found.add(("phone", "".join(str(_ONES[word]) for word in re.findall(r"\w+", phone))))
    day = rf"ngày (?:mùng )?({_RUN}) tháng ((?:{_NUMBER} ?)+?)(?: ?năm ((?:một|hai) nghìn {_RUN}))?(?=[^\w ]|$| [^\s])"
    for on, month, year in re.findall(day, said):
        found.add(("date", f"{number(on)}/{number(month)}" + (f"/{number(year)}" if year else "")))
    for hour, minute, part in re.findall(
        rf"({_RUN}) giờ(?: ({_RUN}) phút)?(?: ({'|'.join(_PARTS)})\b)?", said
    ):
        of_day = number(hour)
        of_day += 12 if part and _PARTS[part] and of_day < 12 else 0
        found.add(("time", f"{of_day:02}:{number(minute) if minute else 0:02}"))
    for amount in re.findall(rf"({_RUN}) đồng", said):
        found.add(("amount", str(number(amount))))
    return found


def _link(said: str) -> str:
    said = said.rstrip(". ")
    for words, sign in _SIGNS.items():
        said = re.sub(rf" ?{words} ?", sign, said)
    return re.sub(r" ?số (\w+) ?", lambda digit: str(_ONES[digit[1]]), said)
