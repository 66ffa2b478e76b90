"""Turn words into numbers: weighted n-grams of characters, syllables and marked syllables, and the vectors they make.

Four channels, each scaled to length one before it is weighted: characters carry slips of the finger and joined words,
syllable pairs carry meaning ("cận nghèo"), marked syllables tell thuê from thuế where marks were typed, and deciders
tell twins apart.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, count, pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from faq.deciders import deciders
from faq.text import Word

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

CHARS, WORDS, TONED, DECIDING = range(4)
# The share of each channel in the squared length of a vector. Chosen on phrasings by writers that the index had not
# seen; a large share for marks costs those who type none as much as it gives those who do.
SHARES: Final = np.array([0.7, 1.3, 0.15, 0.15])
_CHANNELS: Final = len(SHARES)


@dataclass(frozen=True, slots=True)
class Vector:
    """A sparse vector: n-gram ids in rising order, their values, and how much of the text was known at all."""

    ids: Ints
    values: Floats
    known: float


@dataclass(frozen=True, slots=True)
class Rows:
    """Sparse vectors side by side: row i is `ids[starts[i]:starts[i+1]]` with the values beside them."""

    ids: Ints
    values: Floats
    starts: Ints
    known: Floats

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, i: int) -> Vector:
        at = slice(self.starts[i], self.starts[i + 1])
        return Vector(self.ids[at], self.values[at], float(self.known[i]))

    def owners(self) -> Ints:
        """For every stored value the row it belongs to."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))


class Grams:
    """The n-grams of a corpus, how telling each is, and the vector of any text."""

    def __init__(self, texts: Sequence[Sequence[Word]]) -> None:
        ids, owners, self._ids = _learn(texts)
        counted = _count(ids, owners, len(texts), len(self._ids))
        self.channel = _channels(self._ids)
        self.spread: Ints = np.bincount(counted.ids, minlength=len(self._ids)).astype(np.int32)
        self.idf: Floats = (np.log((1 + len(texts)) / (1 + self.spread)) + 1).astype(np.float32)
        self._unseen = math.log(1 + len(texts)) + 1
        self.rows = self._weigh(counted, np.zeros((len(texts), _CHANNELS)))

    def __len__(self) -> int:
        return len(self._ids)

    def vector(self, words: Sequence[Word]) -> Vector:
        """One text. Unknown n-grams lengthen the vector: a text that is mostly unknown resembles nothing much."""
        ids: list[int] = []
        unseen = np.zeros((1, _CHANNELS))
        for channel, names in enumerate(_all_names(words)):
            for name in names:
                at = self._ids.get(name)
                if at is None:
                    unseen[0, channel] += 1
                else:
                    ids.append(at)
        found = np.array(ids, np.int32)
        return self._weigh(_count(found, np.zeros_like(found), 1, len(self)), unseen)[0]

    def named(self, words: Sequence[Word]) -> dict[str, float]:
        """One text by the names of its n-grams, unknown ones too, scaled to length one: for texts beside the corpus.

        Characters and syllables only, in the proportion of their shares.
        """
        weights: dict[str, float] = {}
        for names, share in zip(_all_names(words)[:TONED], SHARES[:TONED], strict=True):
            found = {name: self._weight(name, times) for name, times in Counter(names).items()}
            length = sum(weight**2 for weight in found.values())
            scale = math.sqrt(share / sum(SHARES[:TONED]) / max(length, 1e-9))
            weights |= {name: weight * scale for name, weight in found.items()}
        return weights

    def _weight(self, name: str, times: int) -> float:
        at = self._ids.get(name)
        return (1 + math.log(times)) * (self._unseen if at is None else float(self.idf[at]))

    def keep(self, vector: Vector, kept: npt.NDArray[np.bool_]) -> Vector:
        """The vector with only these of its n-grams, as if the others had been unknown (its length stays)."""
        word = self.channel[vector.ids] == WORDS
        mass = vector.values[word] ** 2
        share = float(mass[kept[word]].sum() / max(float(mass.sum()), 1e-9))
        return Vector(vector.ids[kept], vector.values[kept], vector.known * share)

    def _weigh(self, counted: Rows, unseen: npt.NDArray[np.float64]) -> Rows:
        owners = counted.owners()
        channel = self.channel[counted.ids]
        values = (1 + np.log(counted.values)) * self.idf[counted.ids]
        at = owners * _CHANNELS + channel
        seen = np.bincount(at, values.astype(np.float64) ** 2, minlength=len(counted) * _CHANNELS).reshape(
            -1, _CHANNELS
        )
        length = seen + unseen * self._unseen**2
        scale = np.sqrt(SHARES / np.maximum(length, 1e-9)).astype(np.float32)
        known = np.where(length[:, WORDS] > 0, seen[:, WORDS] / np.maximum(length[:, WORDS], 1e-9), 0.0)
        return Rows(counted.ids, values * scale.ravel()[at], counted.starts, known.astype(np.float32))


def _learn(texts: Sequence[Sequence[Word]]) -> tuple[Ints, Ints, dict[str, int]]:
    """Every n-gram of every text by number, the text of each, and the number of every n-gram."""
    # Asked for a new name, the dictionary numbers it: the many look-ups stay out of Python code.
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    owners = np.repeat(np.arange(len(texts), dtype=np.int32), [len(text) for text in texts])
    follows = owners[1:] == owners[:-1]
    plain, plains = numbered(word.plain for text in texts for word in text)
    toned, marks = numbered(word.toned for text in texts for word in text)
    runs = [[numbers[name] for name in _char_names(word)] for word in plains]
    lengths = np.array([len(found) for found in runs], np.int64)
    held, begins = lengths[plain], (lengths.cumsum() - lengths)[plain]
    at = np.arange(int(held.sum())) - np.repeat(held.cumsum() - held - begins, held)
    found = [(np.array(list(chain.from_iterable(runs)), np.int32)[at], np.repeat(owners, held))]

    def add(places: Ints, named: Callable[[int], str], here: Ints) -> None:
        different, entry = np.unique(places, return_inverse=True)
        ids = np.array([numbers[named(place)] for place in different.tolist()], np.int32)
        found.append((ids[entry], here))

    add(plain, lambda one: plains[one], owners)
    pairs = plain[:-1].astype(np.int64) * len(plains) + plain[1:]
    add(
        pairs[follows],
        lambda two: f"{plains[two // len(plains)]} {plains[two % len(plains)]}",
        owners[1:][follows],
    )
    marked = np.array([bool(mark) for mark in marks], bool)[toned]
    add(toned[marked], lambda one: f"~{marks[one]}", owners[marked])
    both = follows & marked[:-1] & marked[1:]
    pairs = toned[:-1].astype(np.int64) * len(marks) + toned[1:]
    add(pairs[both], lambda two: f"~{marks[two // len(marks)]} {marks[two % len(marks)]}", owners[1:][both])
    said = [(numbers[name], i) for i, text in enumerate(texts) for name in deciders([w.plain for w in text])]
    deciding = np.array(said, np.int32).reshape(-1, 2)
    found.append((deciding[:, 0], deciding[:, 1]))
    ids, of = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return ids, of, dict(numbers)


def numbered(words: Iterable[str]) -> tuple[Ints, list[str]]:
    """For each word its place among the different ones, and those, in the order they are met."""
    places: defaultdict[str, int] = defaultdict(count().__next__)
    found = np.array([places[word] for word in words], np.int32)
    return found, list(places)


def _all_names(words: Sequence[Word]) -> tuple[list[str], ...]:
    """The n-grams of a text by channel, repeated as often as they occur."""
    plain = [word.plain for word in words]
    chars = [name for word in plain for name in _char_names(word)]
    return chars, _word_names(plain), _toned_names(words), deciders(plain)


def _char_names(plain: str) -> list[str]:
    """All runs of 3 and 4 characters in a word with its edges, "_ho_": never across words."""
    edged = f"_{plain}_"
    return [edged[i : i + n] + "#" for n in (3, 4) for i in range(len(edged) - n + 1)]


def _word_names(plain: list[str]) -> list[str]:
    return plain + [f"{a} {b}" for a, b in pairwise(plain)]


def _toned_names(words: Sequence[Word]) -> list[str]:
    # A pair counts only where both were typed with marks: half a mark says nothing about the other half.
    names = [f"~{word.toned}" for word in words if word.toned]
    return names + [f"~{a.toned} {b.toned}" for a, b in pairwise(words) if a.toned and b.toned]


def _channels(names: Iterable[str]) -> npt.NDArray[np.int8]:
    # "#" ends a run of characters, "~" begins a marked syllable and "=" a decider: none occurs in a word.
    kinds = {"~": TONED, "=": DECIDING}
    return np.array([CHARS if name.endswith("#") else kinds.get(name[0], WORDS) for name in names], np.int8)


def _count(ids: Ints, owners: Ints, texts: int, size: int) -> Rows:
    """How often each n-gram occurs in each text, as rows of counts; `owners[i]` is the text of `ids[i]`."""
    keys, times = np.unique(owners.astype(np.int64) * max(size, 1) + ids, return_counts=True)
    rows = np.bincount(keys // max(size, 1), minlength=texts)
    starts = np.concatenate([np.zeros(1, np.int64), rows]).cumsum().astype(np.int32)
    return Rows(
        (keys % max(size, 1)).astype(np.int32), times.astype(np.float32), starts, np.zeros(texts, np.float32)
    )
