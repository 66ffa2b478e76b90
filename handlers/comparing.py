"""Hold a copy against a text, piece by piece: what was changed, put in, moved or left out. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rapidfuzz.distance import OSA, Levenshtein

from handlers.announcement_texts import (
    BUTTON_GOING,
    BUTTON_MAP,
    BUTTON_MORE,
    BUTTON_NOT_GOING,
    BUTTON_WITH,
    CODE,
)
from handlers.stated import Kind, Piece, read

_SLIP_LETTERS: Final = 4  # in a shorter word one other letter makes another word
_MOST_NAMED: Final = 5
# Changed, put in or left out, these change what is asked of people.
_GRAVE: Final = frozenset(
    "khong chua dung cam mien phi le thu nop chuyen khoan tien otp mat khau the tai ngan hang coc ho tro nhan tang qua "  # noqa: SIM905  # reads as a list
    "thuong vay lai bam link duong dan zalo facebook telegram goi dien thoai so quet qr ma xac dang nhap cai app".split()
)
# Whether they are there changes nothing, as long as the facts beside them are the same.
_SMALL: Final = frozenset(
    "ngay vao luc tu den toi tai o dau khi nao thi la se so cho nguoi va voi".split()  # noqa: SIM905  # reads as a list
)
_WEEKDAYS: Final = frozenset("thu hai ba tu nam sau bay chu nhat".split())  # noqa: SIM905  # reads as a list
# What stands around our text on a screen, and what people ask beside it.
_AROUND: Final = frozenset(
    piece.key
    for text in (
        CODE,
        *(BUTTON_GOING, BUTTON_MAP, BUTTON_MORE, BUTTON_NOT_GOING, BUTTON_WITH),
        "bác cô chú anh chị em cháu tôi mình ơi ạ nhé với cho hỏi nhờ xem giúp kiểm tra tin nhắn thông báo này có phải của "
        "xã phường thôn uỷ ban các không đúng thật hay giả là sao vậy thế dạ vâng xin chào cán bộ bà con hai chiều verify "
        "chuyển tiếp từ forwarded from nhận được vừa",
    )
    for piece in read(text)
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that differs: a `Kind`, "place" or "code"; how the copy has it and how we had it ("": not at all)."""

    what: str
    copy: str
    ours: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What was found.

    Args:
        differs: inside the text, in its order; of what was put around it only facts and grave words.
        grave: a fact that we did not state, another place or a grave word put in is among them.
        share: of the copy's pieces that are not as we had them, 0..1.
        added: words before and behind that are not ours.
        missing: something of ours is left out at the beginning or the end.
        kept: how many pieces are as we had them.
    """

    differs: tuple[Difference, ...]
    grave: bool
    share: float
    added: tuple[str, ...]
    missing: bool
    kept: int


def compare(
    copy: Sequence[Piece], ours: Sequence[Piece], allowed: Collection[str] = (), place: str | None = None
) -> Compared:
    """Hold a copy against what we sent.

    Args:
        allowed: links that stand beside the text.
        place: where an event is; a word more or less in it is another place.
    """
    copy = [piece for piece in _as_ours(copy, ours, allowed) if not _is_allowed(piece, allowed, ours)]
    return _Comparison(copy, ours, place).result()


class _Comparison:
    def __init__(self, copy: Sequence[Piece], ours: Sequence[Piece], place: str | None) -> None:
        self._copy, self._ours = copy, ours
        self._place = _range_of(read(place), ours) if place else range(0)
        self._stated = {_key(piece) for piece in ours}
        self._differs: list[Difference] = []
        self._added: list[str] = []
        self._grave = self._missing = False
        self._odd = self._kept = 0

    def result(self) -> Compared:
        part = _range_of(self._copy, self._ours)
        if part and not self._marks_differ(part):
            # A stretch of it, whole: the shortest way to change one into the other may match words elsewhere.
            return Compared((), False, 0.0, (), len(part) < len(self._ours), len(part))
        steps = Levenshtein.opcodes([_key(p) for p in self._ours], [_key(p) for p in self._copy])
        for tag, i, i_end, j, j_end in (
            (s.tag, s.src_start, s.src_end, s.dest_start, s.dest_end) for s in steps
        ):
            was, now = range(i, i_end), self._copy[j:j_end]
            if tag == "equal":
                self._kept += len(was)
                self._compare_marks(was, now)
            elif tag == "insert" and i in (0, len(self._ours)):
                self._take_added(now)
            elif tag == "delete" and (i == 0 or i_end == len(self._ours)):
                self._missing = True
            else:
                self._take_change(was, now)
        share = self._odd / max(1, len(self._copy))
        differs = tuple(dict.fromkeys(self._differs))[:_MOST_NAMED]
        return Compared(differs, self._grave, share, tuple(self._added), self._missing, self._kept)

    def _marks_differ(self, part: range) -> bool:
        return any(
            at in self._place and _other_mark(self._ours[at], piece)
            for at, piece in zip(part, self._copy, strict=True)
        )

    def _compare_marks(self, was: range, now: Sequence[Piece]) -> None:
        for at, piece in zip(was, now, strict=True):
            if at in self._place and _other_mark(self._ours[at], piece):
                self._differ("place", [piece], [self._ours[at]])

    def _take_added(self, now: Sequence[Piece]) -> None:
        """Take what stands before or behind."""
        if all(piece.kind is Kind.WORD and piece.key in _AROUND for piece in now):
            return
        facts = [piece for piece in now if self._is_new_fact(piece)]
        for piece in facts:
            self._differ(piece.kind, [piece], [])
        grave = [piece for piece in now if piece.key in _GRAVE - _AROUND - self._stated]
        if grave and not facts:
            self._differ(Kind.WORD, now, [])
        self._added.append(_written(now))

    def _take_change(self, was: range, now: Sequence[Piece]) -> None:
        ours = [self._ours[at] for at in was]
        in_place = any(at in self._place for at in was) or (not was and self._touches_place(was.start))
        if not in_place and (_are_slips(ours, now) or _are_small(ours, now)):
            self._kept += len(now)
            return
        self._odd += max(len(ours), len(now))
        before = len(self._differs)
        new = [piece for piece in now if self._is_new_fact(piece)]
        for piece in new:
            self._differ(piece.kind, [piece], [p for p in ours if p.kind is piece.kind][:1])
        there = {_key(piece) for piece in self._copy}
        for piece in ours:
            told = _key(piece) in there or any(n.kind is piece.kind for n in new)
            if piece.kind is not Kind.WORD and not told:
                self._differ(piece.kind, [], [piece], grave=False)
        words, our_words = _words(now), _words(ours)
        if in_place:
            self._differ("place", now, ours)
        elif words or our_words:
            put_in = {piece.key for piece in words} - self._stated
            self._differ(Kind.WORD, words, our_words, grave=bool(put_in & _GRAVE))
        if len(self._differs) == before:
            # Facts of ours, but not where they stood: amounts that changed places.
            self._differ((now or ours)[0].kind, now, ours, grave=False)

    def _differ(self, what: str, now: Sequence[Piece], ours: Sequence[Piece], *, grave: bool = True) -> None:
        self._grave |= grave
        self._differs.append(Difference(str(what), _written(now), _written(ours)))

    def _is_new_fact(self, piece: Piece) -> bool:
        return piece.kind is not Kind.WORD and _key(piece) not in self._stated

    def _touches_place(self, at: int) -> bool:
        return bool(self._place) and self._place.start < at <= self._place.stop


def _as_ours(copy: Sequence[Piece], ours: Sequence[Piece], allowed: Collection[str]) -> list[Piece]:
    """Write a day without its year, and a link without its scheme, as we wrote the same."""
    links = [p.key for p in ours if p.kind is Kind.LINK] + list(allowed)
    same = {link.partition("://")[2]: link for link in links if "://" in link}
    same |= {p.key.rpartition("/")[0]: p.key for p in ours if p.kind is Kind.DATE and p.key.count("/") == 2}
    return [
        replace(p, key=same[p.key]) if p.kind in (Kind.LINK, Kind.DATE) and p.key in same else p for p in copy
    ]


def _is_allowed(piece: Piece, allowed: Collection[str], ours: Sequence[Piece]) -> bool:
    return piece.kind is Kind.LINK and piece.key in allowed and all(p.key != piece.key for p in ours)


def _key(piece: Piece) -> str:
    return piece.key if piece.kind is Kind.WORD else f"{piece.kind} {piece.key}"


def _range_of(part: Sequence[Piece], whole: Sequence[Piece]) -> range:
    """Return where one stands in the other, the last time; empty where it does not."""
    wanted, there = [_key(p) for p in part], [_key(p) for p in whole]
    for start in range(len(there) - len(wanted), -1, -1):
        if wanted and there[start : start + len(wanted)] == wanted:
            return range(start, start + len(wanted))
    return range(0)


def _other_mark(ours: Piece, copy: Piece) -> bool:
    return bool(ours.mark and copy.mark and ours.mark != copy.mark)


def _are_slips(ours: Sequence[Piece], now: Sequence[Piece]) -> bool:
    return len(ours) == len(now) and all(
        one.kind is other.kind is Kind.WORD
        and len(one.key) >= _SLIP_LETTERS
        and not {one.key, other.key} & _GRAVE
        and OSA.distance(one.key, other.key) <= 1
        for one, other in zip(ours, now, strict=True)
    )


def _are_small(ours: Sequence[Piece], now: Sequence[Piece]) -> bool:
    # The name of a weekday may be left out beside its date, and not be changed.
    small = _SMALL if now else _SMALL | _WEEKDAYS
    return all(piece.kind is Kind.WORD and piece.key in small for piece in (*ours, *now))


def _words(pieces: Sequence[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.kind is Kind.WORD]


def _written(pieces: Sequence[Piece]) -> str:
    return " ".join(piece.raw for piece in pieces)
