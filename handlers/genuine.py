"""Is this message really ours? A text is held against what was sent. Pure; the sentences are in `genuine_texts`.

Ours is only what is word for word what we sent, slips of a finger apart, or a part of it. A copy in which a fact was
changed is not ours, and what differs is named. Of everything else the honest word is that we cannot tell.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

from faq.text import fold
from handlers.announcement_codes import parse_code
from handlers.comparing import Difference, compare
from handlers.secrets import is_masked
from handlers.stated import Kind, Piece, is_twisted, read, seen
from handlers.texts import REMINDED

LONG_WORDS: Final = 12
"""From so many words on a text may be a copy without anybody saying so."""
_ALIKE: Final = 0.3  # of the shorter text's runs of three words, how many the other has
_UNLIKE: Final = 0.12
_NEAREST: Final = 5
_EDITED: Final = (
    0.25  # of a copy's pieces that are not ours; beyond it somebody told it in words of their own
)
_SOME_WORDS: Final = 6  # what is shorter, a code apart, says nothing to compare
_ENOUGH: Final = 8  # words of a part by which it is known
_LURE: Final = re.compile(
    r"\b(?:otp|ma xac (?:nhan|thuc|minh)|mat khau|so tai khoan|so the|chuyen khoan|trung thuong|nhan (?:qua|thuong|tien)"
    r"|(?:dong|nop) (?:le )?phi|(?:bam|nhan|click|an) vao|truy cap|dang nhap|nhap thong tin"
    r"|cai (?:dat|app|ung dung)|quet ma)\b"
)
REPEATED: Final = REMINDED.partition("{")[0]
"""Stands before a notice that is sent once more."""
_CODE: Final = re.compile(
    r"(?P<named>\bm[aã](?: (?:tin|s[oố]))?\s*[:.]?\s*)?"
    r"(?<![\w/-])(?P<code>[0-9A-Za-z]{3}(?P<apart>[-–. ]?)[0-9A-Za-z]{3})(?![\w-])"
    r"(?!(?P=apart)[0-9A-Za-z]{3}(?!\w))",  # nine signs are a case's code
    re.IGNORECASE,
)


class Verdict(StrEnum):
    """The answer."""

    OURS = "ours"
    NOT_OURS = "not_ours"
    CANNOT_TELL = "cannot_tell"


class Reason(StrEnum):
    """What the answer rests on."""

    SAME = "same"  # word for word
    PART = "part"  # a part of it, unchanged
    EARLIER = "earlier"  # as it was sent; it says something else now
    NOTICE = "notice"  # what who signed up for its event was told besides
    OWN = "own"  # what was said to this very person
    CODE = "code"  # a code of ours, and no text to compare
    CHANGED = "changed"  # a copy in which something was changed
    HIDDEN = "hidden"  # signs that do not show
    BORROWED = "borrowed"  # a code of ours under a text that is not
    UNKNOWN_CODE = "unknown_code"
    ADDED = "added"  # ours, with words before or behind that are not
    REWORDED = "reworded"  # says the same, in other words
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Sent:
    """An announcement that went out.

    Args:
        text: as it would be sent today.
        earlier: as it was sent before it was changed, and what was told besides then.
        links: where its buttons lead.
        notices: what who signed up for its event is told of it besides.
        place: of its event.
        cancelled: it was called off after it had been sent.
    """

    code: str
    text: str
    earlier: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    place: str | None = None
    cancelled: bool = False
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """An answer, what it rests on, which announcement is meant, and what differs from it."""

    verdict: Verdict
    reason: Reason
    sent: Sent | None = None
    differs: tuple[Difference, ...] = ()


def codes(text: str) -> list[str]:
    """Return what stands in a text like a code of an announcement, as it may be looked up; best first.

    The beginning is what is named a code or written as one ("K7M-4XP"); a word of six signs may be anything.
    """
    found = [(not _is_meant(each), code) for each, code in _codes(text)]
    return list(dict.fromkeys(code for _, code in sorted(found, key=lambda f: f[0])))


def names_code(text: str) -> bool:
    """Say whether a text is meant to name a code: it is written as one, or called one."""
    return any(_is_meant(found) for found, _ in _codes(text))


def is_long(text: str) -> bool:
    """Say whether a text is long enough to be known as a copy by its words."""
    return len(text.split()) >= LONG_WORDS


def lures(text: str) -> bool:
    """Say whether a long text, whoever it is said to be from, leads people somewhere for money, a code or an account."""
    leads = any(piece.kind in (Kind.LINK, Kind.PHONE) for piece in read(text))
    return leads and is_long(text) and _LURE.search(fold(text)) is not None


def nearest(text: str, words: Mapping[int, str]) -> list[int]:
    """Return the keys of what is worth a closer look: at most `_NEAREST`, whose words this text may be taken from."""
    bare = _CODE.sub(_without_code, seen(text))
    likeness = {key: _likeness(bare, said) for key, said in words.items()}
    near = sorted((key for key, alike in likeness.items() if alike >= _UNLIKE), key=lambda k: -likeness[k])
    return near[:_NEAREST]


def meant(text: str, known: Sequence[Sent]) -> Sent | None:
    """Return what a text may be a copy of: by a code in it, else by its words. None: nothing of these."""
    by_code = {sent.code: sent for sent in known}
    named = next((by_code[code] for code in codes(text) if code in by_code), None)
    return named or (_most_alike(_CODE.sub(_without_code, seen(text)), known) if is_long(text) else None)


def judge(text: str, known: Sequence[Sent]) -> Judgement:
    """Hold a text, or a code, against what was sent.

    Args: known: what may be meant; of every code in the text the announcement that has it must be among them.
    """
    by_code = {sent.code: sent for sent in known}
    named = next((by_code[code] for code in codes(text) if code in by_code), None)
    bare = _CODE.sub(_without_code, seen(text)).strip().removeprefix(REPEATED)
    pieces = read(bare)
    if sum(piece.kind is Kind.WORD for piece in pieces) < _SOME_WORDS and not _facts(pieces):
        if named is not None:
            return Judgement(Verdict.OURS, Reason.CODE, named)
        return _unknown(text)
    sent = named or _most_alike(bare, known)
    if sent is None:
        return _unknown(text)
    if is_twisted(text):
        return Judgement(Verdict.NOT_OURS, Reason.HIDDEN, sent)
    if named is not None and _is_foreign(bare, pieces, named):
        return Judgement(Verdict.NOT_OURS, Reason.BORROWED, named)
    judged = _compare(pieces, sent, bare)
    if names_code(text) and sent.code not in codes(text):
        lifted = Difference("code", codes(text)[0], sent.code)
        return Judgement(Verdict.NOT_OURS, Reason.CHANGED, sent, (lifted, *judged.differs))
    if is_masked(text) and judged.verdict is Verdict.OURS:
        # What was struck out cannot be compared any more.
        return replace(judged, verdict=Verdict.CANNOT_TELL, reason=Reason.REWORDED)
    return judged


def _compare(pieces: Sequence[Piece], sent: Sent, bare: str) -> Judgement:
    judged = _hold_against(pieces, sent, sent.text)
    if judged.verdict is Verdict.OURS:
        return judged
    besides = [(text, Reason.NOTICE) for text in sent.notices]
    besides += [(text, Reason.EARLIER) for text in sent.earlier]
    # The first of those that are alike: as it is now goes before as it was.
    near = sorted(besides, key=lambda said: -_likeness(bare, said[0]))[:_NEAREST]
    for text, reason in near:
        held = _hold_against(pieces, sent, text)
        if held.verdict is Verdict.OURS:
            return replace(held, reason=reason)
    if not near or _likeness(bare, near[0][0]) <= _likeness(bare, sent.text):
        return judged
    return _hold_against(pieces, sent, near[0][0])


def _hold_against(pieces: Sequence[Piece], sent: Sent, text: str) -> Judgement:
    ours = read(_CODE.sub(_without_code, seen(text)))
    found = compare(
        pieces, ours, allowed=[read(link)[0].key for link in sent.links if read(link)], place=sent.place
    )
    if found.differs:
        near = found.grave or found.share <= _EDITED
        verdict, reason = (
            (Verdict.NOT_OURS, Reason.CHANGED) if near else (Verdict.CANNOT_TELL, Reason.REWORDED)
        )
        return Judgement(verdict, reason, sent, found.differs)
    if found.added:
        words = Difference("word", " … ".join(found.added), "")
        return Judgement(Verdict.CANNOT_TELL, Reason.ADDED, sent, (words,))
    if found.missing and found.kept < _ENOUGH:
        return Judgement(Verdict.CANNOT_TELL, Reason.NOT_FOUND)
    return Judgement(Verdict.OURS, Reason.PART if found.missing else Reason.SAME, sent)


def _unknown(text: str) -> Judgement:
    if names_code(text):
        return Judgement(Verdict.NOT_OURS, Reason.UNKNOWN_CODE)
    return Judgement(Verdict.CANNOT_TELL, Reason.NOT_FOUND)


def _codes(text: str) -> Iterable[tuple[re.Match[str], str]]:
    for found in _CODE.finditer(seen(text)):
        if (code := parse_code(found["code"])) is not None:
            yield found, code


def _is_meant(found: re.Match[str]) -> bool:
    return bool(found["named"]) or found["apart"] in ("-", "–")


def _without_code(found: re.Match[str]) -> str:
    return "\n" if parse_code(found["code"]) is not None else found[0]


def _facts(pieces: Sequence[Piece]) -> bool:
    return any(piece.kind not in (Kind.WORD, Kind.NUMBER) for piece in pieces)


def _is_foreign(bare: str, pieces: Sequence[Piece], sent: Sent) -> bool:
    """Say whether a text has next to nothing of what was sent."""
    return all(_likeness(bare, text) < _UNLIKE and not _within(pieces, text) for text in _said(sent))


def _within(pieces: Sequence[Piece], text: str) -> bool:
    """Say whether most words of a short text are in what was sent."""
    there = {piece.key for piece in read(text)}
    return sum(piece.key in there for piece in pieces) >= 0.7 * len(pieces)


def _most_alike(text: str, known: Sequence[Sent]) -> Sent | None:
    best = max(
        ((_likeness(text, said), -at) for at, sent in enumerate(known) for said in _said(sent)), default=None
    )
    return known[-best[1]] if best is not None and best[0] >= _ALIKE else None


def _said(sent: Sent) -> tuple[str, ...]:
    return (sent.text, *sent.notices, *sent.earlier)


def _likeness(one: str, other: str) -> float:
    """Return how many of the shorter text's runs of three words the other has, 0..1."""
    shorter, longer = sorted((_runs(one), _runs(other)), key=len)
    return len(shorter & longer) / len(shorter) if shorter else 0.0


# What was sent is looked at again for every long message that comes in.
@lru_cache(maxsize=2048)
def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = fold(seen(text)).split()
    return frozenset(zip(words, words[1:], words[2:], strict=False))
