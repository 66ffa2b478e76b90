"""Strike out what nobody should send to a chat: citizen ids, cards, accounts, one-time codes, passwords.

Pure: text in, text out. A number is struck out for its shape (12 digits; 13 to 19 that pass Luhn's check) or for the
words beside it, and kept when it is plainly a date, a year, an amount or a phone number. In doubt it is struck out: an
official can ask for a number again, but one that was stored cannot be taken back.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from handlers.secrets import harmless, passwords, signs
from handlers.secrets.signs import JOINING, LINKS, Cue, Item, Secret

ID_DIGITS: Final = 12  # căn cước; the chứng minh nhân dân of before has 9
OLD_ID_DIGITS: Final = 9
CARD_DIGITS: Final = range(13, 20)  # ISO/IEC 7812-1
MAX_ROUNDS: Final = 20  # five were the most in 1,500 hostile texts of 4,096 characters
_MAX_ID_GROUP: Final = 9  # ten digits in one piece beside two more are a phone number and something else

# How far a cue reaches, in words; and back, when the number comes first ("482913 là mã OTP").
_REACH: Final[Mapping[Cue, int]] = MappingProxyType(
    {
        Cue.ID: 8, Cue.CARD: 8, Cue.ACCOUNT: 12, Cue.BANK: 8, Cue.CODE: 8,
        Cue.PASSWORD: 6, Cue.MK: 2, Cue.PHONE: 5, Cue.REFERENCE: 4,
    }
)  # fmt: skip
_LONGEST_REACH: Final = max(_REACH.values())
_REACH_BACK: Final = 4
_SENTENCE_END: Final = 3  # counts as so many words
# What a cue makes of a number, and of how many digits.
_MEANT: Final[Mapping[Cue, tuple[Secret, range]]] = MappingProxyType(
    {
        Cue.ID: (Secret.ID, range(OLD_ID_DIGITS, ID_DIGITS + 1)),
        Cue.CARD: (Secret.CARD, CARD_DIGITS),
        Cue.ACCOUNT: (Secret.ACCOUNT, range(6, 20)),
        Cue.BANK: (Secret.ACCOUNT, range(6, 20)),
        Cue.CODE: (Secret.CODE, range(4, 9)),
        Cue.PASSWORD: (Secret.PASSWORD, range(4, 20)),
        Cue.MK: (Secret.PASSWORD, range(4, 9)),
    }
)
_CUE_OF: Final[Mapping[Secret, Cue]] = MappingProxyType(
    {_MEANT[cue][0]: cue for cue in (Cue.ID, Cue.CARD, Cue.ACCOUNT, Cue.CODE, Cue.PASSWORD)}
)
_DATED: Final = frozenset(("nam", "sn", "sinh", "ngay", "thang"))


@dataclass(frozen=True, slots=True, order=True)
class _Span:
    """What is to be struck out, and whether words say so (else its shape does)."""

    start: int
    end: int
    secret: Secret
    said: bool = True


def mask(text: str) -> str:
    """Return the text with words in the place of every secret. Idempotent; takes anything."""
    # What is struck out changes what the next number stands beside. Masks are never struck out again, so this ends by
    # itself; the bound is for whoever changes the rules, for the turn holds the one writer meanwhile.
    for _ in range(MAX_ROUNDS):
        spans = sorted(_Reader(text).spans())
        if not spans:
            break
        text = _strike_out(text, spans)
    return text


def is_masked(text: str) -> bool:
    """Say whether something was struck out."""
    return any(label in text for label in Secret)


def without_masks(text: str) -> str:
    """Return what a masked text says besides; "" when only signs are left."""
    if not is_masked(text):
        return text
    for label in Secret:
        text = text.replace(label, " ")
    return text.strip() if re.search(r"[^\W_]", text) else ""


def _strike_out(text: str, spans: Sequence[_Span]) -> str:
    """Put one label for each stretch of overlapping spans: what the words say it is, or else the longest of them."""
    merged: list[_Span] = []
    for span in spans:
        if merged and span.start < merged[-1].end:
            last = merged.pop()
            span = replace(max(last, span, key=_weight), start=last.start, end=max(last.end, span.end))
        merged.append(span)
    parts: list[str] = []
    at = 0
    for span in merged:
        parts += (text[at : span.start], span.secret)
        at = span.end
    return "".join((*parts, text[at:]))


def _weight(span: _Span) -> tuple[bool, int]:
    return span.said, span.end - span.start


@dataclass(frozen=True, slots=True)
class _Said:
    """What the words say of a number. `direct`: only small words lie between; `apart`: a sentence ended between."""

    cue: Cue
    direct: bool
    apart: bool = False
    behind: bool = False


class _Reader:
    """One reading of a text: its items, and where the cues are."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._plain = signs.plainly(text)
        self._items = signs.items(self._plain)
        self._cues = signs.cues(self._items, self._plain)
        self._starts = {first: (last, cue) for first, last, cue in self._cues}
        self._struck: dict[int, Secret] = {}  # by item, what was found so far
        self._ends = {last: (first, cue) for first, last, cue in self._cues}

    def spans(self) -> Iterator[_Span]:
        """Yield what is to be struck out; may overlap."""
        for at, item in enumerate(self._items):
            if item.kind == "number":
                for span in self._number(at, item):
                    self._struck[at] = span.secret
                    yield span
        end = 0
        for _, last, cue in self._cues:
            if cue not in (Cue.PASSWORD, Cue.MK) or self._items[last].start < end:
                continue
            if (found := passwords.find(self._text, self._plain, self._items, last, cue)) is not None:
                end = found[1]
                yield _Span(*found, Secret.PASSWORD)

    def _number(self, at: int, number: Item) -> Iterator[_Span]:
        said = self._before(at, number) or self._behind(at)
        ends = harmless.read(self._plain, number)
        if said is not None and said.cue in _MEANT:
            yield from self._by_cue(at, number, said, harmless.is_explained(ends, 0, len(number.groups)))
        groups = [digits for _, _, digits in number.groups]
        if harmless.is_explained(ends, 0, len(groups)):
            return
        code = harmless.is_code(self._plain, number)
        phone = said is not None and said.cue is Cue.PHONE
        ids_open = said is not None and said.cue is Cue.ID
        for first, last in _twelves_and_cards(groups):
            if harmless.is_explained(ends, first, last):
                continue
            if (
                phone
                and first == 0
                and any(len("".join(groups[end:last])) <= 3 for end in ends[0] if end > 1)
            ):
                continue
            parts = groups[first:last]
            is_id = sum(map(len, parts)) == ID_DIGITS
            if (ids_open and is_id) or (
                _written_as_id(parts, code) if is_id else _written_as_card(parts, code)
            ):
                yield _Span(
                    number.groups[first][0],
                    number.groups[last - 1][1],
                    Secret.ID if is_id else Secret.CARD,
                    said=False,
                )

    def _by_cue(self, at: int, number: Item, said: _Said, explained: bool) -> Iterator[_Span]:
        digits = number.digits
        if harmless.is_counted(self._plain, number) or harmless.is_cited(self._plain, number):
            return
        if said.cue is Cue.CODE and harmless.is_code(self._plain, number):
            return
        if at > 0 and self._items[at - 1].word in _DATED and explained:
            return
        phone = harmless.is_phone(digits)
        if phone:
            if said.cue in (Cue.ID, Cue.CODE) and not (said.direct and said.cue is Cue.CODE):
                return
            if not said.direct and (said.cue is not Cue.ACCOUNT or said.apart or said.behind):
                return
        elif explained and (not said.direct or said.cue in (Cue.BANK, Cue.MK)):
            return
        secret, lengths = _MEANT[said.cue]
        for first, last in _fitting(number, lengths, said):
            yield _Span(number.groups[first][0], number.groups[last - 1][1], secret)

    def _before(self, at: int, number: Item) -> _Said | None:
        """Find the nearest cue before a number that can be meant."""
        distance, direct, apart = 0, True, False
        bank: _Said | None = None
        between: set[str] = set()
        k = at - 1
        while k >= 0 and distance <= _LONGEST_REACH:
            item = self._items[k]
            if k in self._ends:
                first, cue = self._ends[k]
                if distance <= _REACH[cue] and self._is_meant(cue, number, direct):
                    said = _Said(cue, direct, apart)
                    if cue is not Cue.BANK:
                        return said if bank is None or cue is Cue.ACCOUNT else bank
                    # "stk Agribank 540000": the stronger word may stand before the bank's name.
                    bank = bank or said
                distance, k = distance + 1, first - 1
                continue
            if (struck := item.masked or self._struck.get(k)) is not None:
                joined = bool(between & JOINING) or "," in self._plain[item.end : number.start]
                if bank is None and joined and between <= JOINING | LINKS:
                    return _Said(_CUE_OF[struck], direct=False)
                break
            if item.kind == "number" and self._stands_alone(item):
                break
            if item.kind == "stop":
                apart = True
            distance += _SENTENCE_END if item.kind == "stop" else 1
            direct &= item.kind == "line" or item.word in LINKS
            between.add(item.word)
            k -= 1
        return bank

    def _is_meant(self, cue: Cue, number: Item, direct: bool) -> bool:
        if cue is Cue.PHONE:
            return harmless.is_phone(number.groups[0][2]) or any(
                harmless.is_phone(number.digits[:n]) for n in (8, 10, 11)
            )
        return direct if cue in (Cue.REFERENCE, Cue.MK) else True

    def _behind(self, at: int) -> _Said | None:
        """Find a cue that follows a number and belongs to no other."""
        direct = True
        for k in range(at + 1, min(at + 2 + _REACH_BACK, len(self._items))):
            item = self._items[k]
            if k in self._starts:
                last, cue = self._starts[k]
                if cue in (Cue.PHONE, Cue.REFERENCE, Cue.MK) or self._has_own(last):
                    return None
                return _Said(cue, direct, behind=True) if direct or cue is not Cue.PASSWORD else None
            if item.kind not in ("word", "line"):
                return None
            direct &= item.kind == "line" or item.word in LINKS
        return None

    def _has_own(self, last: int) -> bool:
        for item in self._items[last + 1 : last + 8]:
            if item.kind == "stop":
                return False
            if item.kind == "mask" or (item.kind == "number" and self._stands_alone(item)):
                return True
        return False

    def _stands_alone(self, number: Item) -> bool:
        """Say whether a cue may have been said of this number: it is no small one, no date, no amount."""
        if len(number.digits) < 4 or harmless.is_cited(self._plain, number):
            return False
        ends = harmless.read(self._plain, number)
        return harmless.is_phone(number.digits) or not harmless.is_explained(ends, 0, len(number.groups))


def _twelves_and_cards(groups: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of consecutive groups with 12 digits in all, or with 13 to 19 that pass Luhn's check."""
    for last in range(1, len(groups) + 1):
        total = count = 0
        for first in range(last - 1, -1, -1):
            group = groups[first]
            if count + len(group) > CARD_DIGITS[-1]:
                break
            for digit in reversed(group):
                double = int(digit) * (1 + count % 2)
                total += double - 9 if double > 9 else double
                count += 1
            if count == ID_DIGITS or (count in CARD_DIGITS and total % 10 == 0):
                yield first, last


def _written_as_id(parts: Sequence[str], code: bool) -> bool:
    if len(parts) == 1:
        return True
    lengths = set(map(len, parts))
    if code or max(lengths) > _MAX_ID_GROUP:
        return False
    # Every number starts with 001 to 096 (the province); made-up ones are written in regular groups.
    return parts[0][0] == "0" or lengths == {1} or min(lengths) >= 3


def _written_as_card(parts: Sequence[str], code: bool) -> bool:
    if len(parts) == 1:
        return not harmless.is_phone(parts[0])
    if {len(part) for part in parts[:-1]} == {4}:
        return True
    return not code and parts[0][0] != "0" and not any(harmless.is_phone(part) for part in parts)


def _fitting(number: Item, lengths: range, said: _Said) -> list[tuple[int, int]]:
    """Return the groups of a number that the cue means: the first alone when it is whole, or the longest start."""
    groups = [digits for _, _, digits in number.groups]
    whole = 6 if said.cue is Cue.CODE else 8
    if len(groups[0]) in lengths and len(groups[0]) >= whole:
        return [(0, 1)]
    fits: list[tuple[int, int]] = []
    count = 0
    for last, group in enumerate(groups, 1):
        count += len(group)
        if count in lengths and not (said.cue is Cue.ID and not said.direct and count in (10, 11)):
            fits = [(0, last)]
        if count >= lengths[-1]:
            break
    return fits or [(n, n + 1) for n, group in enumerate(groups) if len(group) in lengths]
