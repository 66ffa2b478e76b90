"""N-grams of a message, each at the word where it ends, so that any stretch of words can be weighed by a subtraction.

Like `faq.index`, in channels of their own length (characters, syllables, marked syllables, cues), but kept by
position: an urgent sentence must be found at the end of a long story, and a story has some fifty stretches.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import numpy as np
import numpy.typing as npt

from faq.signals.cues import Cues
from faq.text import Word

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CHARS, WORDS, TONED, CUES = range(4)
CHANNELS: Final = 4
# The share of each channel in the squared length; marks count little, half of all people type none.
SHARES: Final = np.array([0.5, 1.0, 0.15, 1.0])
# An n-gram of one example alone would only learn that example by heart.
LEAST: Final = 2
# Stands before the first and after the last word: "stop" alone is a command, inside a story it is a word.
_EDGE: Final = "^"


@dataclass(frozen=True, slots=True)
class Found:
    """The n-grams of one message: number (-1: unknown), channel, place (index of the word where it ends)."""

    ids: Ints
    channels: Ints
    places: Ints
    words: int


_Named = tuple[list[int], list[int], list[int]]


class Grams:
    """The n-grams that occur in a set of messages, numbered, and how telling each is."""

    def __init__(self, texts: Sequence[Sequence[Word]], said: Sequence[Cues]) -> None:
        # Asked for a new name, the dictionary numbers it.
        numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._numbers: dict[str, int] = {}
        self._chars: dict[str, list[int]] = {}
        named = [
            self._named(*text, numbers.__getitem__, learning=True) for text in zip(texts, said, strict=True)
        ]
        spread = np.bincount(
            np.array([one for row in named for one in set(row[0])], np.int64), minlength=len(numbers)
        )
        kept = spread >= LEAST
        order = np.where(kept, kept.cumsum() - 1, -1)
        self._unseen = math.log((1 + len(texts)) / 2) + 1
        self._idf: Floats = np.append(np.log((1 + len(texts)) / (1 + spread[kept])) + 1, self._unseen)
        self._numbers = {name: int(order[one]) for name, one in numbers.items() if kept[one]}
        self._chars = {}
        self.rows = []
        for row, words in zip(named, texts, strict=True):
            ids, channels, places = (np.array(part, np.int64) for part in row)
            self.rows.append(Found(order[ids], channels, places, len(words)))

    def __len__(self) -> int:
        return len(self._numbers)

    def find(self, words: Sequence[Word], said: Cues) -> Found:
        """The n-grams of one message."""
        ids, channels, places = (np.array(part, np.int64) for part in self._named(words, said, self._number))
        return Found(ids, channels, places, len(words))

    def worth(self, ids: Ints) -> Floats:
        """How telling each n-gram is; an unknown one (-1) lengthens a vector as a rare one does."""
        return self._idf[ids]

    def _number(self, name: str) -> int:
        return self._numbers.get(name, -1)

    def _named(
        self, words: Sequence[Word], said: Cues, number: Callable[[str], int], learning: bool = False
    ) -> _Named:
        """Every n-gram's number, channel and place: in order of place within each channel."""
        ids: list[int] = []
        channels: list[int] = []
        places: list[int] = []
        before, before_toned = _EDGE, ""
        for at, word in enumerate(words):
            plain = word.plain
            chars = self._chars.get(plain)
            if chars is None:
                chars = [number(name) for name in _char_names(plain)]
                # Only words of the examples are kept: what residents write leaves no trace here.
                if learning or plain in self._numbers:
                    self._chars[plain] = chars
            ids += chars
            channels += [CHARS] * len(chars)
            names = [plain, f"{before} {plain}"]
            if at == len(words) - 1:
                names.append(f"{plain} {_EDGE}")
            ids += [number(name) for name in names]
            channels += [WORDS] * len(names)
            toned = [f"~{word.toned}"] if word.toned else []
            if word.toned and before_toned:
                toned.append(f"~{before_toned} {word.toned}")
            ids += [number(name) for name in toned]
            channels += [TONED] * len(toned)
            places += [at] * (len(chars) + len(names) + len(toned))
            before, before_toned = plain, word.toned
        for place, name in said.names():
            ids.append(number(name))
            channels.append(CUES)
            places.append(place)
        return ids, channels, places


def _char_names(plain: str) -> list[str]:
    """Runs of 4 characters in a word with its edges, "_ngh"; shorter ones changed nothing that could be measured."""
    edged = f"_{plain}_"
    return [edged[i : i + 4] + "#" for i in range(len(edged) - 3)]
