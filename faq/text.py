"""What somebody typed, brought into the one form that the index compares: folded, repaired, cut into words.

`fold` is for comparing names and set words. `read` is for questions and phrasings alike: it also undoes teencode,
abbreviations, Telex and VNI leftovers, joined words and slips of the finger. The same text always reads the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from faq.shorthand import FOREIGN, SET_PHRASES, WORDS
from faq.syllable import from_telex, from_vni, is_syllable, toned, unmark

# Longer messages are read to here: what follows rarely changes the question, and costs time in every step.
READ_CHARS: Final = 1500
# Unknown words beyond this many are not repaired: text with so many of them is no Vietnamese, and each costs ~0.5 ms.
MAX_SNAPS: Final = 8
# A syllable has at most seven letters and three joined ones at most 21; what is longer is cut, so that one endless word
# cannot keep the repair busy.
WORD_CHARS: Final = 24

_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W_]+")
_LETTERS: Final = re.compile(r"[^\W_]+")
_DIGIT: Final = re.compile(r"\d")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_ODD: Final = re.compile(r"[^\w\s!-~]")
_LONG_RUN: Final = re.compile(r"([^\W\d_])\1{2,}")
_AMOUNT: Final = re.compile(
    r"(?<![\d.,])(\d{1,12}(?:[.,]\d{1,6})?)\s*(tỷ|tỉ|ty|ti|triệu|trieu|trệu|tr|củ|nghìn|nghin|ngàn|ngan|k)"
    r"(?:\s?(\d{1,3})(?!\d|[.,]\d|\s*%))?(?![^\W\d_])"
)
_UNITS: Final = {"t": 10**9, "tr": 10**6, "c": 10**6, "n": 10**3, "k": 10**3}
_PHRASE_STARTS: Final = frozenset(phrase[0] for phrase in SET_PHRASES)
_DIGITS_AND_LETTERS: Final = re.compile(r"\d+|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as the index sees it: without marks, and with them where they were typed (else "")."""

    plain: str
    toned: str


def fold(text: str) -> str:
    """Lower case, no marks, đ→d, no punctuation, single spaces. Idempotent; "" for text without a letter or digit."""
    plain = unmark(unicodedata.normalize("NFKD", text).lower())
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", plain).lower()))


def read(text: str, vocabulary: Collection[str] = ()) -> list[Word]:
    """The words of a text after all repairs.

    Args:
        text: anything at all; what lies beyond `READ_CHARS` is not read.
        vocabulary: unmarked words known to the index. They are never repaired, and unknown words are moved to a
            near one; without it only what the shape of a syllable gives away is repaired.
    """
    cleaned = clean(text[:READ_CHARS])
    if _DIGIT.search(cleaned) is None:
        return _words([word[:WORD_CHARS] for word in _LETTERS.findall(cleaned)], vocabulary)
    parts = _TOKEN.findall(_write_out_amounts(cleaned))
    return _words([token[:WORD_CHARS] for part in parts for token in _apart(part)], vocabulary)


class Readings(dict[str, list[Word]]):
    """Texts as `read` reads them, without a vocabulary: each once, though several learn from it."""

    def __missing__(self, text: str) -> list[Word]:
        words = self[text] = read(text)
        return words


def clean(text: str) -> str:
    """Lower case in composed form, without invisible characters, stray marks and letters held down ("quááá")."""
    composed = unicodedata.normalize("NFKC", text).lower()
    # Cf: zero-width joiners and byte order marks; a mark that did not compose belongs to no Vietnamese letter.
    # One character can unfold into eighteen, hence the second cut.
    composed = composed[:READ_CHARS]
    kept = _ODD.sub(
        lambda found: "" if unicodedata.category(found[0]) in ("Cf", "Mn", "Me") else found[0], composed
    )
    return _LONG_RUN.sub(r"\1", kept)


def _write_out_amounts(clause: str) -> str:
    """ "1,5 triệu", "1tr5" and "1tr500" all become "1500000 triệu", so that they meet in the index."""

    def written_out(found: re.Match[str]) -> str:
        number, unit, rest = found[1], unmark(found[2]), found[3]
        scale = next(scale for name, scale in sorted(_UNITS.items(), reverse=True) if unit.startswith(name))
        amount = float(number.replace(",", ".")) * scale
        if rest:
            amount += int(rest) * scale / 10 ** len(rest)
        name = {10**9: "tỷ", 10**6: "triệu", 10**3: "nghìn"}[scale]
        return f" {amount:.0f} {name} "

    return _AMOUNT.sub(written_out, clause)


def _apart(token: str) -> list[str]:
    """Grouping dots go, and letters part from digits, unless the two together are a word typed in VNI."""
    if token[0].isdigit():
        if _GROUPED.fullmatch(token):
            return [re.sub(r"[.,]", "", token)]
        return [piece for part in re.split(r"[.,]", token) for piece in _DIGITS_AND_LETTERS.findall(part)]
    if token.isalpha() or from_vni(token) or token.replace("d9", "d") in WORDS:
        return [token]
    return _DIGITS_AND_LETTERS.findall(token)


def _words(tokens: list[str], vocabulary: Collection[str]) -> list[Word]:
    plain = [unmark(token) for token in tokens]
    words: list[Word] = []
    snaps = MAX_SNAPS
    at = 0
    while at < len(tokens):
        if plain[at] in _PHRASE_STARTS and (length := _phrase_length(plain, at)):
            words.extend(_as_typed(SET_PHRASES[tuple(plain[at : at + length])]))
            at += length
            continue
        found = _by_table(tokens[at], at > 0 and plain[at - 1].isdigit())
        if found is None:
            found = _by_shape(tokens[at], vocabulary)
        if found is None and vocabulary and len(plain[at]) >= 4 and snaps > 0:
            snaps -= 1
            found = _snapped(plain[at], vocabulary)
        words.extend(found or _settled(tokens[at]))
        at += 1
    return words


def _phrase_length(plain: Sequence[str], at: int) -> int:
    if tuple(plain[at : at + 3]) in SET_PHRASES:
        return 3
    return 2 if tuple(plain[at : at + 2]) in SET_PHRASES else 0


# The tables settle nineteen words of twenty, and the same few thousand words make up every text.
@lru_cache(maxsize=16384)
def _by_table(token: str, after_number: bool) -> list[Word] | None:
    plain = unmark(token)
    if after_number and plain in ("d", "vnd"):
        return _as_typed("đồng")
    # With marks, what could be a syllable is one: "cả" is no "c", and "ạ" is no "a".
    if plain in WORDS and not after_number and (token == plain or not is_syllable(plain)):
        return _as_typed(WORDS[plain])
    if is_syllable(plain) or plain in FOREIGN or plain.isdigit() or not plain.isascii():
        return _settled(token)
    return None


def _by_shape(token: str, vocabulary: Collection[str]) -> list[Word] | None:
    plain = unmark(token)
    if plain in vocabulary:
        return _settled(token)
    if token == plain:
        # "đc" and its like with the đ as the keyboard left it: "ddc", "d9c".
        short = plain.replace("dd", "d").replace("d9", "d")
        if short in WORDS:
            return _as_typed(WORDS[short])
        found = from_telex(plain) or from_vni(plain)
        if found is not None:
            return [Word(spelt(found[0]), found[1])]
    return [Word(spelt(part), "") for part in _joined(plain, vocabulary)] or None


def _snapped(plain: str, vocabulary: Collection[str]) -> list[Word] | None:
    slips = 1 if len(plain) < 8 else 2
    near = process.extract(plain, vocabulary, scorer=OSA.distance, score_cutoff=slips, limit=None)
    # Of several as near, never the one that happens to come first in a set: it changes from one start to the next.
    # People rarely slip on the first letter.
    found = min(((slip, word[0] != plain[0], word) for word, slip, _ in near), default=None)
    return None if found is None else [Word(found[2], "")]


@lru_cache(maxsize=8192)
def _settled(token: str) -> list[Word]:
    return [Word(spelt(unmark(token)), toned(token))]


@lru_cache(maxsize=1024)
def _as_typed(text: str) -> list[Word]:
    return [Word(spelt(unmark(word)), toned(word)) for word in text.split()]


def spelt(plain: str) -> str:
    """One spelling for i and y after a consonant (kỹ, kĩ; quy, qui)."""
    return re.sub(
        r"(?<=[bcdghklmnpqrstvx])(u?)y$", lambda found: f"{found[1]}i" if _bare(plain) else found[0], plain
    )


def _bare(plain: str) -> bool:
    # "uy" is a rime of its own (tuy, thuỷ) except after q; elsewhere y follows the consonant directly.
    return plain.startswith("qu") or not plain.endswith("uy")


def _joined(plain: str, vocabulary: Collection[str]) -> list[str]:
    """ "hongheo" → ho, ngheo: two or three known syllables written without a space; [] if it is not that."""
    if not 5 <= len(plain) <= 18:
        return []
    for cut in range(2, len(plain) - 1):
        head, tail = plain[:cut], plain[cut:]
        if head in vocabulary and is_syllable(head):
            if tail in vocabulary and is_syllable(tail):
                return [head, tail]
            rest = _joined(tail, vocabulary) if len(tail) >= 5 else []
            if len(rest) == 2:
                return [head, *rest]
    return []
