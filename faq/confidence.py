"""How sure to be that the first topic is right: evidence from one ranking, weighed by a small logistic model.

The model is learned from the corpus itself whenever it changes. Each phrasing is ranked as if it were not in the
index: that is how questions in scope look. Then it is ranked with its whole topic hidden: that is how questions on a
neighbouring matter look, and to them no topic is right. Nothing outside the content takes part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from faq import rank
from faq.index import WORDS, Floats, Grams, Ints, Vector

# Rows to learn from, spread evenly over the corpus; twice as many answer the same share within two in a hundred, and
# cost half as much again to start.
MAX_EXAMPLES: Final = 600
# Of what is answered among phrasings that were held out, this share must be right …
PRECISION: Final = 0.96
# … and of those whose topic was hidden, at most this share may be answered.
HIDDEN_ANSWERED: Final = 0.12
# Below the lower threshold nothing is offered; this share of held-out phrasings may fall there.
REFUSED: Final = 0.03
# One unit of score is this share of e when scores become shares: softened, since n-grams overlap and repeat each other.
TEMPERATURE: Final = 3.0

EVIDENCE: Final = ("above", "margin", "share", "known", "covered", "share and covered", "matched")


@dataclass(frozen=True, slots=True)
class Model:
    """The learned weights and the two thresholds, all in the same probability."""

    weights: npt.NDArray[np.float64]
    intercept: float
    answer: float
    ask: float

    def probability(self, evidence: npt.NDArray[np.float64]) -> float:
        """Chance that the first topic is right, 0..1."""
        return float(1 / (1 + np.exp(-(evidence @ self.weights + self.intercept))))


def evidence(vector: Vector, scores: Floats, held: npt.NDArray[np.bool_], grams: Grams,
             first: int) -> npt.NDArray[np.float64]:  # fmt: skip
    """What speaks for `first`, in the order of `EVIDENCE`; every figure grows with certainty.

    Args:
        scores: of every column; -inf for a column that takes no part.
        held: which of the vector's n-grams the first column's phrasings hold.
    """
    lead = float(scores[first])
    others = np.concatenate((scores[:first], scores[first + 1 :]))
    others = others[others > -np.inf]
    margin = lead - float(others.max()) if len(others) else lead
    share = 1 / (1 + float(np.exp(np.minimum((others - lead) / TEMPERATURE, 50)).sum()))
    word = grams.channel[vector.ids] == WORDS
    mass = vector.values[word] ** 2
    held = held[word]
    covered = float(mass[held].sum() / max(float(mass.sum()), 1e-9)) * vector.known
    matched = math.log1p(float(grams.idf[vector.ids[word][held]].sum()))
    above = lead - float(others.sum()) / len(others) if len(others) else lead
    return np.array([above / 10, min(margin, 20) / 5, share, vector.known, covered, share * covered, matched])


def learn(weights: rank.Weights, grams: Grams, columns: Ints, skip: Sequence[int] = ()) -> Model:
    """The model for one sorting of the rows into columns; rows in `skip` (titles) are no examples."""
    skipped = set(skip)
    usable = [row for row in range(len(columns)) if row not in skipped]
    step = max(1, -(-len(usable) // MAX_EXAMPLES))
    found: list[npt.NDArray[np.float64]] = []
    right: list[bool] = []
    hidden: list[bool] = []
    for row in usable[::step]:
        column = int(columns[row])
        vector, scores = weights.held_out(row, column)
        first, own = int(scores.argmax()), weights.sums(vector, column)
        present = own if first == column else weights.sums(vector, first)
        held = present - vector.values > 1e-5 if first == column else present > 0
        found.append(evidence(vector, scores, held, grams, first))
        right.append(first == column)
        hidden.append(False)
        # The topic goes, and with it every n-gram that only it holds: to the others each such weighed their floor.
        elsewhere = weights.holders(vector) - (own > 0) > 0
        scores -= (vector.values[~elsewhere].sum() * weights.floors).astype(np.float32)
        scores[column] = -np.inf
        vector = grams.keep(vector, elsewhere)
        first = int(scores.argmax())
        if np.isfinite(scores[first]):
            found.append(evidence(vector, scores, weights.sums(vector, first) > 0, grams, first))
            right.append(False)
            hidden.append(True)
    return _fit(np.array(found).reshape(-1, len(EVIDENCE)), np.array(right, bool), np.array(hidden, bool))


def _fit(
    found: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], hidden: npt.NDArray[np.bool_]
) -> Model:
    if not right.any() or right.all():
        # A corpus too small to learn from never answers by itself; it offers.
        return Model(np.ones(len(EVIDENCE)), -4.0, answer=1.01, ask=0.3)
    mean, spread = found.mean(axis=0), found.std(axis=0) + 1e-9
    inputs = (found - mean) / spread
    weights, intercept = np.zeros(inputs.shape[1]), 0.0
    # Left free, weights turn negative and extrapolate badly; projected back to zero or more after every step.
    for _ in range(400):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ weights + intercept, -30, 30)))
        wrong = chance - right
        weights = np.maximum(weights - 0.5 * (inputs.T @ wrong / len(right) + 1e-3 * weights), 0)
        intercept -= 0.5 * float(wrong.mean())
    model = Model(weights / spread, intercept - float((mean * weights / spread).sum()), 0.0, 0.0)
    chances = np.array([model.probability(row) for row in found])
    return Model(model.weights, model.intercept, *_thresholds(chances, right, hidden))


def _thresholds(chances: npt.NDArray[np.float64], right: npt.NDArray[np.bool_],
                hidden: npt.NDArray[np.bool_]) -> tuple[float, float]:  # fmt: skip
    shown = ~hidden
    ask = float(np.quantile(chances[shown], REFUSED))
    for threshold in np.unique(np.round(chances, 3)):
        answered = chances >= threshold
        precise = right[answered & shown].mean() >= PRECISION if (answered & shown).any() else True
        if precise and answered[hidden].mean() <= HIDDEN_ANSWERED:
            return float(threshold), min(ask, float(threshold))
    return 1.01, ask
