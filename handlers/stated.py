"""What a written text says, piece by piece, so that a copy can be held against it: facts in one form, and words. Pure.

One way of writing a fact reads the same as another: "8h30", "08:30" and "8 giờ 30 sáng" are one time, "1tr5" and
"1.500.000 đồng" one amount.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from faq.syllable import toned, unmark


class Kind(StrEnum):
    """What a piece is."""

    LINK = "link"
    PHONE = "phone"
    DATE = "date"
    TIME = "time"
    AMOUNT = "amount"
    NUMBER = "number"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Piece:
    """One fact or one word.

    Args:
        key: what counts, in one form: "0912345678", "12/12/2026" (or "12/12"), "13:30", đồng in digits; of a word its
            letters without marks; of a link the scheme where it was written, and the host in small letters.
        raw: as it was written.
        mark: of a word, its marks in one spelling; "" where it was written without.
    """

    kind: Kind
    key: str
    raw: str
    mark: str = ""


# Endings under which an address without "https://" is taken for one; with a path behind it any ending is.
_ENDINGS: Final = frozenset(
    "vn com net org info biz gov edu xyz top cc me io ly gl app shop site online club ru cn tk ml ga cf gq link live "  # noqa: SIM905  # reads as a list
    "store pro vip win icu fun tv co us uk asia mobi name work click loan men bid page dev example".split()
)
_LINK: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]{1,20}://)[^\s<>\"“”]+"
    r"|(?<![\w@.])(?:[\w-]+\.)+(?P<ending>[a-z]{2,24})(?::\d+)?(?P<path>[/?#][^\s<>\"“”]*)?(?![\w@-])",
    re.IGNORECASE,
)
_AFTER_LINK: Final = ".,;:!?)]}'…»"
# From here on without marks and in small letters.
_LONG_DATE: Final = re.compile(
    r"(?<![\d.,])(?P<d>\d{1,2}) ?(?:/ ?)?thang (?P<m>\d{1,2})(?:(?:,? nam |[/-])(?P<y>\d{4}))?(?![\d/]|[.,]\d)"
)
_DATE: Final = re.compile(
    r"(?<![\d.,/-])(?P<d>\d{1,2})(?:(?P<s>[/.-])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})|/(?P<m2>\d{1,2}))"
    r"(?![\d/]|[.,-]\d|\s?%)"
)
_TIME: Final = re.compile(
    r"(?<![\d.,/:])(?P<h>\d{1,2})(?::(?P<m1>\d{2})(?![\d:])|[hg](?P<m2>\d{2})(?!\d)"
    r"| ?(?:gio|h|g)(?![a-z])(?P<half> ruoi\b)?(?: ?(?P<m3>\d{1,2})(?!\d|[/,.:]\d| ?(?:gio|h|thang)\b)(?: ?(?:phut|p)\b)?)?)"
    r"(?: ?(?P<part>sang|trua|chieu|toi|dem|khuya|am|pm)\b)?"
)
_PHONE: Final = re.compile(
    r"(?<![\d.,/+])(?:(?P<land>(?:\(?\+84\)?|\(?0)[ .-]?2(?:[ .()-]{0,2}\d){8,9})"
    r"|(?P<mobile>(?:\(?\+84\)?[ .-]?|\b84(?=\d{9}\b)|0)[35789](?:[ .-]?\d){8})"
    r"|(?P<hot>1[89]00(?:[ .-]?\d){4,6}))(?!\d|[.,/]\d)"
)
_FIGURE: Final = r"\d{1,3}(?:[.,]\d{3})+(?!\d)|\d+(?:[.,]\d+)?"
_UNITS: Final = {
    "ty": 10**9, "ti": 10**9, "trieu": 10**6, "tr": 10**6, "cu": 10**6, "nghin": 1000, "ngan": 1000, "k": 1000,
    "tram": 100, "dong": 1, "vnd": 1, "d": 1,
}  # fmt: skip
_BIG: Final = r"ty|ti|trieu|tr|cu"
_SMALL: Final = r"nghin|ngan|k|dong|vnd|d"
_AMOUNT: Final = re.compile(
    rf"(?<![\d.,/])(?:(?P<n>{_FIGURE}) ?(?:(?P<u>{_BIG})(?:(?P<tail>\d{{1,3}})(?!\d)|(?P<half> ruoi\b)|(?![a-z0-9]))"
    rf"(?P<more>(?: (?:{_FIGURE}) ?(?:trieu|tr|nghin|ngan|k|tram)(?![a-z0-9]))*)|(?P<u2>{_SMALL})(?![a-z0-9]))"
    r"|(?P<grouped>\d{1,3}(?:\.\d{3})+)(?![\d,]))(?: ?(?:dong|vnd|d)(?![a-z0-9]))?"
)
_MORE: Final = re.compile(rf"({_FIGURE}) ?([a-z]+)")
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*(?: ?%)?")
_WORD: Final = re.compile(r"[^\W\d_]+")
_FILLERS: Final = "\u115f\u1160\u3164\uffa0"  # letters that show nothing
_TURNING: Final = "\u202d\u202e"


def read(text: str) -> list[Piece]:
    """Return the pieces of a text in their order; takes anything."""
    shown = seen(text)
    page = _Page(shown, "".join(_plain(char) for char in shown))
    page.take(Kind.LINK, _LINK, _link, folded=False)
    page.take(Kind.DATE, _LONG_DATE, _date)
    page.take(Kind.DATE, _DATE, _date)
    page.take(Kind.TIME, _TIME, _time)
    page.take(Kind.PHONE, _PHONE, _phone)
    page.take(Kind.AMOUNT, _AMOUNT, _amount)
    page.take(Kind.NUMBER, _NUMBER, lambda found: found[0].replace(" ", ""))
    page.take(Kind.WORD, _WORD, lambda found: found[0])
    return page.pieces()


def link_spans(text: str) -> list[tuple[int, int]]:
    """Return from where to where links stand in a text as `seen` returns it."""
    found = [each for each in _LINK.finditer(text) if _link(each) is not None]
    return [(each.start(), each.start() + len(each[0].rstrip(_AFTER_LINK))) for each in found]


def facts(pieces: Iterable[Piece]) -> set[tuple[Kind, str]]:
    """Return the facts among pieces, plain numbers left out."""
    return {(p.kind, p.key) for p in pieces if p.kind not in (Kind.WORD, Kind.NUMBER)}


def seen(text: str) -> str:
    """Return a text as it looks: composed, plain digits, without what does not show."""
    composed = unicodedata.normalize("NFKC", text)
    return "".join(_digit(char) for char in composed if not _is_hidden(char))


def is_twisted(text: str) -> bool:
    """Say whether something that does not show stands in a link, or turns the writing round."""
    if any(char in text for char in _TURNING):
        return True
    return any(any(map(_is_hidden, word)) and _LINK.search(seen(word)) for word in text.split())


def _is_hidden(char: str) -> bool:
    return char in _FILLERS or (unicodedata.category(char) in ("Cf", "Mn", "Me", "Cc") and not char.isspace())


def _digit(char: str) -> str:
    value = unicodedata.decimal(char, None)
    return char if value is None else str(value)


def _plain(char: str) -> str:
    plain = unmark(char.lower())
    return plain if len(plain) == 1 else char


class _Page:
    """A text from which one kind of piece after the other is taken."""

    def __init__(self, shown: str, folded: str) -> None:
        self._shown, self._folded = shown, folded
        self._found: list[tuple[int, Piece]] = []

    def take(
        self,
        kind: Kind,
        pattern: re.Pattern[str],
        key: Callable[[re.Match[str]], str | None],
        *,
        folded: bool = True,
    ) -> None:
        """Take what the pattern finds and `key` makes something of."""
        text = self._folded if folded else self._shown
        for found in pattern.finditer(text):
            if (made := key(found)) is None:
                continue
            start, end = found.span()
            if kind is Kind.LINK:
                end = start + len(found[0].rstrip(_AFTER_LINK))
            raw = self._shown[start:end]
            mark = toned(unicodedata.normalize("NFC", raw).lower()) if kind is Kind.WORD else ""
            self._found.append((start, Piece(kind, made, raw.strip(), mark)))
            # No pattern reaches over a line break: what is left on both sides stays apart.
            self._folded = self._folded[:start] + "\n" * (end - start) + self._folded[end:]

    def pieces(self) -> list[Piece]:
        """Return all that was taken, as it stands in the text."""
        return [piece for _, piece in sorted(self._found, key=lambda found: found[0])]


def _link(found: re.Match[str]) -> str | None:
    if found["scheme"] is None and found["path"] is None and found["ending"].lower() not in _ENDINGS:
        return None
    scheme, apart, rest = found[0].rstrip(_AFTER_LINK).rpartition("://")
    host = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    path = rest[len(host) :]
    return f"{scheme.lower()}{apart}{host.lower()}{'' if path == '/' else path}"


def _date(found: re.Match[str]) -> str | None:
    month = found["m"] or found["m2"]
    year = found["y"] or ""
    if len(year) == 2:
        year = f"20{year}"
    try:
        date(int(year or 2000), int(month), int(found["d"]))  # 2000 has a 29 February
    except ValueError:
        return None
    return f"{int(found['d'])}/{int(month)}" + (f"/{year}" if year else "")


def _time(found: re.Match[str]) -> str | None:
    hour = int(found["h"])
    minute = 30 if found["half"] else int(found["m1"] or found["m2"] or found["m3"] or 0)
    part = found["part"]
    if hour > 24 or minute > 59:
        return None
    if part in ("dem", "khuya") and hour == 12:
        hour = 0
    elif (
        (part in ("chieu", "toi", "pm") and hour < 12)
        or (part in ("dem", "khuya") and 6 <= hour < 12)
        or (part == "trua" and hour < 4)
    ):
        hour += 12
    return f"{hour:02}:{minute:02}"


def _phone(found: re.Match[str]) -> str:
    digits = "".join(char for char in found[0] if char.isdigit())
    return f"0{digits[2:]}" if digits.startswith("84") else digits


def _amount(found: re.Match[str]) -> str:
    if found["grouped"]:
        return str(_figure(found["grouped"]))
    unit = found["u"] or found["u2"]
    scale = _UNITS[unit]
    total = _figure(found["n"]) * scale
    if found["half"]:
        total += Decimal(scale) / 2
    if found["tail"]:
        total += int(found["tail"]) * Decimal(scale) / 10 ** len(found["tail"])
    for number, name in _MORE.findall(found["more"] or ""):
        total += _figure(number) * _UNITS[name]
    return f"{total.normalize():f}"


def _figure(written: str) -> Decimal:
    grouped = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", written)
    return Decimal(re.sub(r"[.,]", "", written) if grouped else written.replace(",", "."))
