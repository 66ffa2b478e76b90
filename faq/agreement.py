"""Figures that several topics state, and where two of them disagree about the same time.

Only quantities named in `QUANTITIES` are compared: a figure is known by the words around it, and guessing which of two
sentences mean the same amount would raise alarms nobody believes. A new amount that more than one topic tells gets a
line there. What is called an example, or placed in a past without dates, is not compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from faq.quantities import QUANTITIES, Quantity, Said
from faq.topic import Topic, Version

_CLAUSE_END: Final = re.compile(r"(?<=[.!?…;])[ \t]+|\n+")
_NOT_A_STATEMENT: Final = re.compile(r"ví dụ|tính thử|trước đây|trước đó|trước kia|như trước|khi ấy|hồi đó")
_NOW: Final = re.compile(r"\b(?:hiện|năm nay|bây giờ)\b")
_DAY: Final = r"(?:ngày )?(\d{1,2})/(\d{1,2})/(\d{4})"
_FROM_DAY: Final = re.compile(rf"\b(?:từ|kể từ) {_DAY}")
_FROM_YEAR: Final = re.compile(r"\b(?:từ|kể từ) (?:đầu )?năm (\d{4})")
_TO_DAY: Final = re.compile(rf"\b(?:đến hết|đến|hết) {_DAY}")
_TO_YEAR: Final = re.compile(r"\b(?:đến hết|hết) năm (\d{4})")
_BEFORE_DAY: Final = re.compile(rf"\btrước {_DAY}")
_YEARS: Final = re.compile(r"\b(?:giai đoạn|năm) (\d{4}) ?[–-] ?(\d{4})")
_ANY_DATE: Final = re.compile(
    r"\d{1,2}/\d{1,2}/\d{4}|\d{1,2}/\d{4}|\b(?:năm|giai đoạn) \d{4}(?: ?[–-] ?\d{4})?"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A topic's figure for a quantity: `shown` as written, `value` in the quantity's unit, and its days, inclusive.

    `start`..`end` are the days it speaks about; those of the version, on which it is told, may be others.
    """

    quantity: Quantity
    topic_id: str
    version: Version
    shown: str
    value: Decimal
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two statements of one quantity, told on a common day about a common day, with different values."""

    one: Statement
    other: Statement

    def __str__(self) -> str:
        """What an editor needs to find both texts; the finding is filed under `one`."""
        start, end = max(self.one.start, self.other.start), min(self.one.end, self.other.end)
        days = f"from {start}" + ("" if end == date.max else f" to {end}")
        return (
            f"says {self.one.shown} for «{self.one.quantity.name}», but {self.other.topic_id} says "
            f"{self.other.shown}, both about the days {days}"
        )


def disagreements(topics: Sequence[Topic]) -> list[Disagreement]:
    """One for each statement that stands against others, the odd one out of several; in the order of the table."""
    found = []
    by_quantity: dict[str, list[Statement]] = {}
    # Two patterns may meet in one figure, and answer and detail may both state it: one finding is enough.
    for statement in dict.fromkeys(statements(topics)):
        by_quantity.setdefault(statement.quantity.name, []).append(statement)
    for told in by_quantity.values():
        against = {
            at: {n for n, other in enumerate(told) if _disagree(one, other)} for at, one in enumerate(told)
        }
        while any(against.values()):
            # The one that most contradict; of two that contradict each other, the later, which came to a settled one.
            odd = max(against, key=lambda at: (len(against[at]), at))
            found.append(Disagreement(told[odd], told[min(against[odd])]))
            against[odd] = set()
            for others in against.values():
                others.discard(odd)
    return found


def statements(topics: Sequence[Topic]) -> Iterator[Statement]:
    """Every figure that is recognised, in the order of the topics."""
    for topic in topics:
        for version in topic.versions:
            for text in (version.answer, version.detail or ""):
                yield from _in_text(topic, version, text)


def _disagree(one: Statement, other: Statement) -> bool:
    told_together = _meet(
        (one.version.valid_from, one.version.valid_to or date.max),
        (other.version.valid_from, other.version.valid_to or date.max),
    )
    about_together = _meet((one.start, one.end), (other.start, other.end))
    return one.value != other.value and told_together and about_together


def _meet(one: tuple[date, date], other: tuple[date, date]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _in_text(topic: Topic, version: Version, text: str) -> Iterator[Statement]:
    title = unicodedata.normalize("NFC", topic.title).lower()
    for line in unicodedata.normalize("NFC", text).lower().split("\n"):
        period: tuple[date | None, date | None] = (None, None)
        for clause in _CLAUSE_END.split(line):
            # "From 2027 it is … in the country. In town it is …": the second sentence speaks of 2027 too.
            period = _period(clause) or ((None, None) if _NOW.search(clause) else period)
            if _NOT_A_STATEMENT.search(clause):
                continue
            bare = " ".join(_ANY_DATE.sub(" ", clause).split())
            start, end = _days(period, version)
            for quantity in QUANTITIES:
                for said in quantity.said:
                    for found in _matches(said, title, bare):
                        yield Statement(quantity, topic.id, version, *_figure(said, found), start, end)


def _matches(said: Said, title: str, clause: str) -> Iterator[re.Match[str]]:
    if (said.title is None or said.title.search(title)) and not (
        said.without is not None and said.without.search(clause)
    ):
        yield from said.words.finditer(clause)


def _figure(said: Said, found: re.Match[str]) -> tuple[str, Decimal]:
    parts = found.groupdict()
    digits, money = found["figure"], parts.get("unit") is not None
    value = _number(digits.replace(".", "")) * said.times
    shown = f"{digits} đồng" if money else f"{digits}%"
    if said.times != 1:
        shown = f"{said.times} × {shown}"
    if parts.get("times"):
        value /= _number(parts["times"])
        shown = f"{shown} : {parts['times']}"
    return shown, value


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def _period(clause: str) -> tuple[date | None, date | None] | None:
    """The first and the last day that a clause names, or None when it names neither."""
    if found := _YEARS.search(clause):
        return date(int(found[1]), 1, 1), date(int(found[2]), 12, 31)
    start, end = _day(_FROM_DAY.search(clause)), _day(_TO_DAY.search(clause))
    if start is None and (found := _FROM_YEAR.search(clause)):
        start = date(int(found[1]), 1, 1)
    if end is None and (found := _TO_YEAR.search(clause)):
        end = date(int(found[1]), 12, 31)
    if end is None and (before := _day(_BEFORE_DAY.search(clause))):
        end = before - timedelta(days=1)
    return (start, end) if start or end else None


def _day(found: re.Match[str] | None) -> date | None:
    if found is None:
        return None
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None


def _days(period: tuple[date | None, date | None], version: Version) -> tuple[date, date]:
    """The days a statement speaks about: those it names, else those of its version."""
    start, end = period
    first, last = version.valid_from, version.valid_to or date.max
    if start is None and end is None:
        return first, last
    if start is None:
        return (first if end is None or first <= end else date.min), end or last
    return start, end or (last if start <= last else date.max)
