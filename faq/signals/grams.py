"""N-grams of a message, each at the word where it ends, so that any stretch of words can be weighed by a subtraction.

Like `faq.index`, in channels of their own length (letters, words, marked words, the ends of a message), but kept by
position: an urgent sentence must be found inside a long story, and a story has some hundred stretches.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from faq.text import Word

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LETTERS, WORDS, TONED, ENDS = range(4)
CHANNELS: Final = 4
# The share of each channel in the squared length; marks count little, half of all people type none.
SHARES: Final = np.array([0.5, 1.0, 0.15, 0.15])
# So many words at either end are n-grams of their own: how a message begins and ends says whether it asks or tells.
FIRST: Final = 3
LAST: Final = 4

# A key holds the kind of an n-gram and up to two numbers. Number 0 stands before the first and after the last word
# ("stop" alone is a command, inside a story it is a word), 1 for what no example holds.
_EDGE, _UNKNOWN, _FREE = range(3)
_BITS: Final = 24
_RUN, _STEMS, _WORD, _PAIR, _TONED, _TONED_PAIR, _START, _END = (kind << 2 * _BITS for kind in range(8))
_CHANNEL: Final = np.array([LETTERS, LETTERS, WORDS, WORDS, TONED, TONED, ENDS, ENDS])


@dataclass(frozen=True, slots=True)
class Found:
    """The n-grams of a message in order: number (-1: unknown), channel, place (index of the word where it ends)."""

    ids: Ints
    channels: Ints
    places: Ints


class Grams:
    """The n-grams that occur in a set of messages, numbered, and how telling each is."""

    def __init__(self, texts: Sequence[Sequence[Word]]) -> None:
        self._numbers: dict[str, int] = {}
        self._words: dict[str, tuple[int, int, list[int]]] = {}
        named = [self._keys(text, learning=True) for text in texts]
        keys = np.array([key for row, _ in named for key in row], np.int64)
        self._known, ids = np.unique(keys, return_inverse=True)
        cuts = np.cumsum([len(row) for row, _ in named])[:-1]
        self.rows = [
            Found(row, _CHANNEL[keys], np.array(places, np.int64))
            for row, keys, (_, places) in zip(
                np.split(ids, cuts), np.split(keys >> 2 * _BITS, cuts), named, strict=True
            )
        ]
        spread = np.bincount(np.concatenate([np.unique(row.ids) for row in self.rows]))
        unseen = math.log((1 + len(texts)) / 2) + 1
        self._worth: Floats = np.append(np.log((1 + len(texts)) / (1 + spread)) + 1, unseen)

    def __len__(self) -> int:
        return len(self._known)

    def find(self, words: Sequence[Word]) -> Found:
        """The n-grams of one message."""
        named, places = self._keys(words, learning=False)
        keys = np.array(named, np.int64)
        at = np.minimum(np.searchsorted(self._known, keys), len(self._known) - 1)
        ids = np.where(self._known[at] == keys, at, -1)
        return Found(ids, _CHANNEL[keys >> 2 * _BITS], np.array(places, np.int64))

    def worth(self, ids: Ints) -> Floats:
        """How telling each n-gram is; an unknown one (-1) lengthens a vector as a rare one does."""
        return self._worth[ids]

    def _keys(self, words: Sequence[Word], learning: bool) -> tuple[list[int], list[int]]:
        """Every n-gram's key and place, in order of place."""
        keys: list[int] = []
        places: list[int] = []
        before, stem_before, toned_before = _EDGE, _EDGE, _EDGE
        late = len(words) - LAST
        for at, word in enumerate(words):
            number, stem, alone = self._word(word.plain, learning)
            keys += alone
            keys.append(_PAIR | before << _BITS | number)
            keys.append(_STEMS | stem_before << _BITS | stem)
            toned = self._number(f"~{word.toned}", learning) if word.toned else _EDGE
            if toned:
                keys.append(_TONED | toned)
                if toned_before:
                    keys.append(_TONED_PAIR | toned_before << _BITS | toned)
            if at < FIRST:
                keys.append(_START | number)
            if at >= late:
                keys.append(_END | number)
            if at == len(words) - 1:
                keys.append(_PAIR | number << _BITS | _EDGE)
            places += [at] * (len(keys) - len(places))
            before, stem_before, toned_before = number, stem, toned
        return keys, places

    def _word(self, plain: str, learning: bool) -> tuple[int, int, list[int]]:
        """A word's number, that of its first two letters, and keys of itself and its runs of four letters ("_ngh")."""
        known = self._words.get(plain)
        if known is None:
            edged = f"_{plain}_"
            number = self._number(plain, learning)
            runs = [self._number(f"{edged[i : i + 4]}#", learning) for i in range(len(edged) - 3)]
            known = (
                number,
                self._number(f"{plain[:2]}|", learning),
                [_WORD | number, *(_RUN | run for run in runs)],
            )
            # Only words of the examples are kept: what residents write leaves no trace here.
            if learning:
                self._words[plain] = known
        return known

    def _number(self, name: str, learning: bool) -> int:
        if learning:
            return self._numbers.setdefault(name, len(self._numbers) + _FREE)
        return self._numbers.get(name, _UNKNOWN)
