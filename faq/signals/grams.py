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

from faq.index import numbered
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
# Enough for a million words, and a key times a million messages still fits a number.
_BITS: Final = 20
_RUN, _STEMS, _WORD, _PAIR, _TONED, _TONED_PAIR, _START, _END = (kind << 2 * _BITS for kind in range(8))
_CHANNEL: Final = np.array([LETTERS, LETTERS, WORDS, WORDS, TONED, TONED, ENDS, ENDS])


def channels(keys: Ints) -> Ints:
    """The channel of each key."""
    found: Ints = _CHANNEL[keys >> 2 * _BITS]
    return found


@dataclass(frozen=True, slots=True)
class Found:
    """The n-grams of a message in order: number (-1: unknown), channel, place (index of the word where it ends)."""

    ids: Ints
    channels: Ints
    places: Ints


@dataclass(frozen=True, slots=True)
class Counts:
    """How often (`times`) the message `owners[i]` holds the n-gram `ids[i]`: each pair once, in order of message."""

    ids: Ints
    owners: Ints
    times: Ints


class Grams:
    """The n-grams that occur in a set of messages, numbered, and how telling each is."""

    def __init__(self, texts: Sequence[Sequence[Word]]) -> None:
        self._numbers: dict[str, int] = {}
        self._words: dict[str, tuple[int, int, list[int]]] = {}
        keys, owners = self._learn(texts)
        # Key and message in one number: sorting numbers is fast, sorting places of numbers is not.
        both, times = np.unique(keys * len(texts) + owners, return_counts=True)
        keys = both // len(texts)
        first = np.append(True, keys[1:] != keys[:-1])
        self._known: Ints = keys[first]
        ids, owners = first.cumsum() - 1, both % len(texts)
        spread = np.bincount(ids)
        unseen = math.log((1 + len(texts)) / 2) + 1
        self._worth: Floats = np.append(np.log((1 + len(texts)) / (1 + spread)) + 1, unseen)
        self.channels = channels(self._known)
        order = np.argsort(owners, kind="stable")
        self.counts = Counts(ids[order], owners[order], times[order])

    def __len__(self) -> int:
        return len(self._known)

    def find(self, words: Sequence[Word]) -> Found:
        """The n-grams of one message."""
        named, places = self._keys(words)
        keys = np.array(named, np.int64)
        at = np.minimum(np.searchsorted(self._known, keys), len(self._known) - 1)
        ids = np.where(self._known[at] == keys, at, -1)
        return Found(ids, channels(keys), np.array(places, np.int64))

    def worth(self, ids: Ints) -> Floats:
        """How telling each n-gram is; an unknown one (-1) lengthens a vector as a rare one does."""
        return self._worth[ids]

    def _learn(self, texts: Sequence[Sequence[Word]]) -> tuple[Ints, Ints]:
        """Number all words; the key of every n-gram of every text, and its text: what `_keys` does, all at once."""
        sizes = np.array([len(text) for text in texts])
        owners = np.repeat(np.arange(len(texts)), sizes)
        at = np.arange(len(owners)) - np.repeat(sizes.cumsum() - sizes, sizes)
        last = at == sizes[owners] - 1
        plain, plains = numbered(word.plain for text in texts for word in text)
        known = [self._word(word, learning=True) for word in plains]
        number = np.array([number for number, _, _ in known])[plain]
        stem = np.array([stem for _, stem, _ in known])[plain]
        marked, marks = numbered(word.toned for text in texts for word in text)
        numbers = [self._number(f"~{word}", learning=True) if word else _EDGE for word in marks]
        toned = np.array(numbers)[marked]
        alone = np.concatenate([np.array(keys) for _, _, keys in known])
        lengths = np.array([len(keys) for _, _, keys in known])
        begins, held = (lengths.cumsum() - lengths)[plain], lengths[plain]

        def before(numbers: Ints) -> Ints:
            return np.where(at > 0, np.roll(numbers, 1), _EDGE)

        pair_of_marked = (toned > 0) & (before(toned) > 0)
        every = np.ones(len(owners), bool)
        found = [
            (every, _PAIR | before(number) << _BITS | number),
            (every, _STEMS | before(stem) << _BITS | stem),
            (toned > 0, _TONED | toned),
            (pair_of_marked, _TONED_PAIR | before(toned) << _BITS | toned),
            (at < FIRST, _START | number),
            (at >= sizes[owners] - LAST, _END | number),
            (last, _PAIR | number << _BITS | _EDGE),
        ]
        run = np.arange(int(held.sum())) + np.repeat(begins - (held.cumsum() - held), held)
        return (
            np.concatenate([alone[run], *(keys[here] for here, keys in found)]),
            np.concatenate([np.repeat(owners, held), *(owners[here] for here, _ in found)]),
        )

    def _keys(self, words: Sequence[Word]) -> tuple[list[int], list[int]]:
        """Every n-gram's key and place, in order of place."""
        keys: list[int] = []
        places: list[int] = []
        before, stem_before, toned_before = _EDGE, _EDGE, _EDGE
        late = len(words) - LAST
        for at, word in enumerate(words):
            number, stem, alone = self._word(word.plain, learning=False)
            keys += alone
            keys.append(_PAIR | before << _BITS | number)
            keys.append(_STEMS | stem_before << _BITS | stem)
            toned = self._number(f"~{word.toned}", learning=False) if word.toned else _EDGE
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
