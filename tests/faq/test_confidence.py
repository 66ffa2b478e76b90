"""The learned confidence: its weights and thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from faq import confidence
from faq.confidence import EVIDENCE, Model, learn
from faq.index import Grams
from faq.rank import Weights
from faq.text import read
from tests.faq.builders import LIBRARY

TEXTS = [(at, text) for at, (_, phrasings) in enumerate(LIBRARY.values()) for text in phrasings]
COLUMNS = np.array([at for at, _ in TEXTS], np.int32)


@pytest.fixture(scope="module")
def model() -> Model:
    grams = Grams([read(text) for _, text in TEXTS])
    return learn(Weights(grams, COLUMNS, len(LIBRARY)), grams, COLUMNS)


def test_no_evidence_speaks_against(model: Model) -> None:
    """Weights below zero would extrapolate badly to questions unlike the phrasings."""
    assert (model.weights >= 0).all()
    assert model.weights.any()


def test_more_evidence_is_surer(model: Model) -> None:
    none = model.probability(np.zeros(len(EVIDENCE)))
    much = model.probability(np.full(len(EVIDENCE), 3.0))

    assert 0 <= none < much <= 1


def test_asking_takes_less_than_answering(model: Model) -> None:
    assert 0 <= model.ask <= model.answer


def test_without_examples_nothing_is_ever_sure_enough() -> None:
    grams = Grams([read("một câu")])
    alone = np.zeros(1, np.int32)
    model = learn(Weights(grams, alone, 1), grams, alone)

    assert model.answer > 1


def test_thresholds_keep_what_they_promise() -> None:
    """Of ten right and ten wrong chances in rising order, the threshold lies above all that would break a promise."""
    chances = np.concatenate([np.linspace(0.3, 0.99, 200), np.linspace(0.01, 0.6, 200)])
    hidden = np.repeat([False, True], 200)
    right = ~hidden & (chances > 0.4)

    answer, ask = confidence._thresholds(chances, right, hidden)

    answered = chances >= answer
    assert right[answered & ~hidden].mean() >= confidence.PRECISION
    assert answered[hidden].mean() <= confidence.HIDDEN_ANSWERED
    assert (chances[~hidden] < ask).mean() <= confidence.REFUSED + 0.01
