"""A small linear model over n-grams: one score a class, learned from examples when it is built.

Squared hinge with a ridge, solved by dual coordinate ascent (Hsieh et al., ICML 2008), all classes at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from faq.signals.grams import CHANNELS, SHARES, Floats, Grams, Ints
from faq.text import Word

RIDGE: Final = 0.2
EPOCHS: Final = 3
# What all messages share: the square of the constant beside each vector, for the intercept.
COMMON: Final = 0.3
# Steps smaller than this are not worth their time.
SETTLED: Final = 0.05

_Single = npt.NDArray[np.float32]


class Linear:
    """Scores of every class for any stretch of a message: above 0 is for it, below against."""

    def __init__(self, texts: Sequence[Sequence[Word]], signs: Floats) -> None:
        """Learn from texts: `signs[i, k]` is 1 where text i is of class k, -1 where not, 0 where that says nothing."""
        self._grams = Grams(texts)
        self._weights, self._intercept = _learn(
            _rows(self._grams, len(texts)), len(self._grams), signs.astype(np.float32)
        )

    def scores(self, words: Sequence[Word], starts: Ints, ends: Ints) -> Floats:
        """Scores of the stretches `[start, end)` of words: one row a stretch, one column a class."""
        found = self._grams.find(words)
        total = np.tile(self._intercept.astype(np.float64), (len(starts), 1))
        for channel in range(CHANNELS):
            here = found.channels == channel
            ids, places = found.ids[here], found.places[here]
            worth = self._grams.worth(ids)
            mass = np.append(0, (worth**2).cumsum())
            summed = np.zeros((len(ids) + 1, total.shape[1]))
            # An unknown n-gram (-1) finds the row of zeros at the end.
            np.cumsum(self._weights[ids] * worth[:, None], axis=0, out=summed[1:])
            left, right = np.searchsorted(places, starts), np.searchsorted(places, ends)
            scale = np.sqrt(SHARES[channel] / np.maximum(mass[right] - mass[left], 1e-9))
            total += (summed[right] - summed[left]) * scale[:, None]
        return total


def _learn(rows: Sequence[tuple[Ints, _Single]], size: int, signs: _Single) -> tuple[_Single, _Single]:
    weights = np.zeros((size + 1, signs.shape[1]), np.float32)
    intercept = np.zeros(signs.shape[1], np.float32)
    duals = np.zeros_like(signs)
    common, ridge = np.float32(COMMON), np.float32(RIDGE)
    steps = [np.float32(1 / (float(values @ values) + COMMON + RIDGE)) for _, values in rows]
    draw = np.random.default_rng(0)
    left = np.arange(len(rows))
    for _ in range(EPOCHS):
        moved = []
        # The busiest loop of a start: each line is one call, and what can be is done in place.
        for i in draw.permutation(left).tolist():
            ids, values = rows[i]
            sign, dual = signs[i], duals[i]
            held = weights.take(ids, axis=0)
            step = sign - values.dot(held)
            step -= intercept
            step -= ridge * dual
            step *= steps[i]
            # A dual never leaves the side of its sign: a message far on the right side teaches nothing.
            moved_to = dual + step
            moved_to *= moved_to * sign > 0
            step = moved_to - dual
            if abs(step).max() > SETTLED:
                duals[i] = moved_to
                held += values[:, None] * step
                weights[ids] = held
                intercept += common * step
                moved.append(i)
        # What taught nothing this time is not asked again.
        left = np.array(moved, np.int64)
    return weights, intercept


def _rows(grams: Grams, texts: int) -> list[tuple[Ints, _Single]]:
    """The examples as sparse vectors: each n-gram once, every channel of its own length."""
    ids, owners, times = grams.counts.ids, grams.counts.owners, grams.counts.times
    worth = grams.worth(ids)
    channels = owners * CHANNELS + grams.channels[ids]
    mass = np.bincount(channels, times * worth**2, minlength=texts * CHANNELS).reshape(-1, CHANNELS)
    values = times * worth * np.sqrt(SHARES / np.maximum(mass, 1e-9)).ravel()[channels]
    cuts = np.searchsorted(owners, np.arange(texts + 1)).tolist()
    single = values.astype(np.float32)
    return [(ids[here:there], single[here:there]) for here, there in pairwise(cuts)]
