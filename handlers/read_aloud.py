"""Write a text as it is read aloud: no digit, no sign and no abbreviation is left. Pure.

One step rewrites one kind of thing; what it leaves is words, which no later step touches. The order matters: a day is
no fraction, a telephone number no amount.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from faq.syllable import is_syllable, unmark
from handlers.aloud_words import ABBREVIATIONS, AGENCIES, LETTERS, ROMAN, SIGNS, UNITS
from handlers.numerals import counted, decimal, single, whole
from handlers.stated import link_spans, seen

_DAY: Final = r"(0?[1-9]|[12]\d|3[01])"
_MONTH: Final = r"(0?[1-9]|1[0-2])"
_EDGE: Final = r"(?<![\w.,/-])"
_NUMBER: Final = (
    r"(?P<n>\d{1,3}(?:\.\d{3})+(?!\d)|\d{1,3}(?:,\d{3}){2,}(?!\d)|\d+)(?:[.,](?P<f>\d+)(?![\d.,]*\d))?"
)
_SCALED: Final = {"k": "nghìn đồng", "tr": "triệu", "củ": "triệu"}
# Read for each: "500.000 đồng/tháng" is so much a month.
_EACH: Final = frozenset(
    "tháng năm người hộ ngày kg lít con khẩu học lần đợt suất cháu em tấn ha sào m km giờ buổi quý gia nhân cái".split()  # noqa: SIM905  # reads as a list
)


def read_aloud(text: str) -> str:
    """Return the text in words, line by line; takes anything."""
    return "\n".join(filter(None, (_line(line) for line in seen(text).splitlines())))


def code(written: str) -> str:
    """Read a code sign by sign: K7M-4XP is "ca bảy mờ, bốn ích xì pê"."""
    return ", ".join(_spelled(part) for part in re.split(r"[-–]", written) if part)


def _line(line: str) -> str:
    spoken, at = [], 0
    for start, end in link_spans(line):
        spoken += [_words(line[at:start]), link(line[start:end])]
        at = end
    line = " ".join([*spoken, _words(line[at:])])
    line = re.sub(r"\s+([.,;:!?)])", r"\1", re.sub(r"\s+", " ", line))
    return line.strip(" -–•*,;")


def _words(text: str) -> str:
    for step in _STEPS:
        text = step(text)
    return text


def link(written: str) -> str:
    """Read an address: its scheme is nobody's to type, words stay, signs and digits are named."""
    parts = re.findall(r"\d|[^\W\d_]+|.", re.sub(r"^\w+://", "", written))
    return " ".join(f"số {single(part)}" if part.isdigit() else SIGNS.get(part, part) for part in parts)


def _documents(line: str) -> str:
    def said(found: re.Match[str]) -> str:
        number, year, _, agency = found.groups()
        of = AGENCIES.get(agency) or f"của {_spelled(agency)}"
        return f"số {counted(number)}{f' năm {counted(year)}' if year else ''} {of}"

    pattern = (
        r"(?:\b[Ss]ố )?(?<![\w/])(\d{1,5})/(?:(\d{4})/)?([A-ZĐ]{2,4})-([A-ZĐ][A-Za-zĐđ0-9]*)(?:-[A-ZĐ0-9]+)*"
    )
    return re.sub(pattern, said, line)


def _dates(line: str) -> str:
    def day(number: str) -> str:
        return f"mùng {whole(int(number))}" if int(number) <= 10 else whole(int(number))

    def month(number: str) -> str:
        return "tư" if int(number) == 4 else whole(int(number))

    def written(found: re.Match[str]) -> str:
        first, last, of, year = found["a"], found["b"], found["m"], found["y"] or ""
        if len(year) == 2:
            year = f"20{year}"
        said = f"{day(first)} đến ngày {day(last)}" if last else day(first)
        before = line[: found.start()].lower().rstrip()
        prefix = "" if before.endswith(("ngày", "mùng", "mồng")) else "ngày "
        return f"{prefix}{said} tháng {month(of)}{f' năm {whole(int(year))}' if year else ''}"

    day_month = rf"(?P<a>{_DAY})(?: ?[-–] ?(?P<b>{_DAY}))?(?P<s>[/.-])(?P<m>{_MONTH})"
    year = r"(?P=s)(?P<y>\d{4}|\d{2})"
    line = re.sub(rf"{_EDGE}{day_month}{year}(?![\d/-]|[.,]\d)", written, line)
    slashed = day_month.replace("[/.-]", "/")
    line = re.sub(rf"{_EDGE}{slashed}(?P<y>(?!))?(?![\d/]|[.,-]\d| ?%| (?:số|tổng|diện)\b)", written, line)
    long_day = rf"\b([Nn]gày|[Mm]ùng|[Mm]ồng) {_DAY} tháng {_MONTH}\b"
    line = re.sub(
        long_day,
        lambda f: f"{f[1]} {day(f[2]) if f[1].lower() == 'ngày' else whole(int(f[2]))} tháng {month(f[3])}",
        line,
    )
    line = re.sub(
        rf"\b([Tt]háng) {_MONTH} ?[/-] ?(\d{{4}})\b",
        lambda f: f"{f[1]} {month(f[2])} năm {whole(int(f[3]))}",
        line,
    )
    line = re.sub(
        r"\b([Qq]uý) ([1-4]|IV|I{1,3}) ?[/-] ?(\d{4})\b",
        lambda f: f"{f[1]} {f[2]} năm {whole(int(f[3]))}",
        line,
    )
    return re.sub(rf"\b([Tt]háng) {_MONTH}\b(?![/.,]\d)", lambda f: f"{f[1]} {month(f[2])}", line)


def _times(line: str) -> str:
    def said(found: re.Match[str]) -> str:
        hour, minute = int(found["h"]), int(found["m1"] or found["m2"] or 0)
        if hour > 24 or minute > 59:
            return found[0]
        return f"{whole(hour)} giờ" + (f" {whole(minute)} phút" if minute else "")

    line = re.sub(r"(\d{1,2}(?:[hg]\d{0,2}|:\d{2})) ?[-–] ?(?=\d{1,2}(?:[hg:]))", r"\1 đến ", line)
    line = re.sub(r"(giờ(?: \d{1,2})?) ?[-–] ?(?=\d{1,2} ?giờ)", r"\1 đến ", line)
    pattern = (
        r"(?<![\w.,/:])(?P<h>\d{1,2})(?::(?P<m1>\d{2})(?![\d:])"
        r"|(?: ?giờ|[hg])(?![^\W\d_])(?: ?(?P<m2>\d{1,2})(?!\d|[/.,:–-]\d| ?(?:giờ|tháng|h)\b)(?: ?(?:phút|p)\b)?)?)"
    )
    return re.sub(pattern, said, line)


def _phones(line: str) -> str:
    def said(found: re.Match[str]) -> str:
        written = re.sub(r"^\(?\+84\)?[ .-]?(?=[1-9])", "0", found[0])
        groups = re.findall(r"\d+", written)
        if len(groups) == 1:
            rest = groups[0][4:]
            groups = [
                groups[0][:4],
                *([rest] if len(rest) <= 4 else re.findall(r"\d{3,4}(?=(?:\d{3})*$)", rest)),
            ]
        return ", ".join(single(group) for group in groups)

    pattern = (
        r"(?<![\w.,/+])(?:(?:\(?\+84\)?|\(?0)[ .-]?2(?:[ .()-]{0,2}\d){8,9}"
        r"|(?:\(?\+84\)?[ .-]?|0)[35789](?:[ .-]?\d){8}|1[89]00(?:[ .-]?\d){4,6})(?!\d|[.,/]\d)"
    )
    line = re.sub(pattern, said, line)
    called = r"(?i:\b(?:gọi|số|đài|nóng|thoại|hoặc|và):? )11[1-5](?:(?:,? (?:hoặc |và )?|/)11[1-5])*(?![\w/.,]\d|\w)"
    return re.sub(called, lambda f: re.sub(r"\d+", lambda digits: single(digits[0]), f[0]), line)


def _numbers_with_units(line: str) -> str:
    def glued(found: re.Match[str]) -> str:
        scale = 10**9 if found[2].lower() in ("tỷ", "tỉ") else 10**6
        return whole(int(found[1]) * scale + int(found[3]) * scale // 10 ** len(found[3]))

    def said(found: re.Match[str]) -> str:
        unit = found["u"]
        return f"{_number(found)} {_SCALED.get(unit.lower()) or UNITS.get(unit) or UNITS[unit.lower()]}"

    line = re.sub(r"(?<![\w.,])(\d{1,6})(tr|triệu|tỷ|tỉ|củ)(\d{1,3})(?!\w)", glued, line)
    line = re.sub(r"(?<=\d) ?[-–] ?(?=\d[\d.,]* ?(?:%|[^\W\d_]))", " đến ", line)
    line = re.sub(r"(?<=%) ?[-–] ?(?=\d)", " đến ", line)
    units = "|".join(sorted(map(re.escape, (*_SCALED, *UNITS)), key=len, reverse=True))
    line = re.sub(rf"(?<![\w.,]){_NUMBER} ?(?P<u>(?i:{units}))(?!\w)", said, line)
    return re.sub(r"(?<=\w) ?/ ?(?=([^\W\d_]+))", lambda f: " một " if f[1] in _EACH else "/", line)


def _roman(line: str) -> str:
    words = r"(?i:(quý|khóa|khoá|đợt|kỳ|kì|thứ|chương|mục|phần|loại|hạng|cấp|nhóm|vùng|bậc))"
    return re.sub(rf"\b{words} ([IVX]+)\b", lambda f: f"{f[1]} {ROMAN.get(f[2], f[2])}", line)


def _abbreviations(line: str) -> str:
    for pattern, words in ABBREVIATIONS:
        line = re.sub(pattern, words, line)

    def spelled(found: re.Match[str]) -> str:
        word = found[0]
        known = is_syllable(unmark(word.lower()))
        return word if known or not word.isupper() else _spelled(word)

    return re.sub(r"(?<![\w])[A-ZĐ]{2,8}(?![\w])", spelled, line)


def _mixed(line: str) -> str:
    """Spell what mixes letters and digits: codes, roads, sizes of paper."""
    pattern = r"(?<!\w)(?=[^\W_]*\d)(?=[^\W_]*[^\W\d_])[^\W_]+(?:[-–](?=[^\W_]*\d)[^\W_]+)*(?!\w)"
    return re.sub(pattern, lambda f: code(f[0]), line)


def _numbers(line: str) -> str:
    line = re.sub(r"(?<=\d) ?[-–] ?(?=\d)", " đến ", line)
    line = re.sub(r"(?<=\d) ?/ ?(?=\d)", " trên ", line)
    line = re.sub(rf"(?<![\d.,]){_NUMBER}", _number, line)
    return re.sub(r"\d+", lambda f: counted(f[0]), line)


def _number(found: re.Match[str]) -> str:
    digits = re.sub(r"[.,]", "", found["n"])
    if found["f"]:
        return decimal(digits, found["f"])
    # A nought in front is said only where it tells something from something else.
    return single(digits) if digits.startswith("0") and len(digits) > 2 else counted(digits)


def _signs(line: str) -> str:
    line = re.sub(r"(?<=\w) ?/ ?(?=\w)", " hoặc ", line)
    for sign, words in (
        ("&", "và"),
        ("+", "cộng"),
        ("=", "bằng"),
        ("%", "phần trăm"),
        ("@", "a còng"),
        ("°", "độ"),
    ):
        line = line.replace(sign, f" {words} ")
    return "".join(char if _is_read(char) else " " for char in line)


def _is_read(char: str) -> bool:
    return (
        char in " .,;:!?()“”\"'-–"
        or unicodedata.category(char)[0] in "L"
        or unicodedata.category(char) == "Mn"
    )


def _spelled(word: str) -> str:
    return " ".join(single(char) if char.isdigit() else LETTERS.get(char.upper(), char) for char in word)


_STEPS: Final[tuple[Callable[[str], str], ...]] = (
    _documents,
    _dates,
    _times,
    _phones,
    _numbers_with_units,
    _roman,
    _abbreviations,
    _mixed,
    _numbers,
    _signs,
)
