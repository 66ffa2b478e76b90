"""Vectors and scores: what the index keeps, and that a phrasing can be taken out again."""

from __future__ import annotations

import numpy as np
import pytest

from faq.index import DECIDING, WORDS, Grams
from faq.rank import Weights
from faq.text import read
from tests.faq.builders import LIBRARY

TEXTS = [(at, text) for at, (_, phrasings) in enumerate(LIBRARY.values()) for text in phrasings]
READ = [read(text) for _, text in TEXTS]
COLUMNS = np.array([at for at, _ in TEXTS], np.int32)


@pytest.fixture(scope="module")
def grams() -> Grams:
    return Grams(READ)


@pytest.fixture(scope="module")
def weights(grams: Grams) -> Weights:
    return Weights(grams, COLUMNS, len(LIBRARY))


@pytest.mark.parametrize("row", [0, 7, 20, len(TEXTS) - 1])
def test_a_question_and_a_phrasing_of_the_same_words_have_one_vector(grams: Grams, row: int) -> None:
    asked, kept = grams.vector(READ[row]), grams.rows[row]

    assert asked.ids.tolist() == kept.ids.tolist()
    assert asked.values == pytest.approx(kept.values, rel=1e-5)
    assert asked.known == pytest.approx(kept.known)


def test_known_is_the_share_of_words_seen_before(grams: Grams) -> None:
    assert grams.vector(read("vay vốn hộ nghèo")).known == pytest.approx(1.0)
    assert 0 < grams.vector(read("vay vốn bitcoin")).known < 0.6
    assert grams.vector(read("bitcoin ethereum")).known == 0.0
    assert grams.vector([]).known == 0.0


def test_deciders_have_a_channel_of_their_own(grams: Grams) -> None:
    vector = grams.vector(read("hộ cận nghèo vay vốn"))

    assert (grams.channel[vector.ids] == DECIDING).sum() == 2


def test_every_phrasing_scores_best_in_its_own_topic(weights: Weights, grams: Grams) -> None:
    firsts = [int(weights.scores(grams.rows[row]).argmax()) for row in range(len(TEXTS))]

    assert np.mean(np.array(firsts) == COLUMNS) > 0.95


def test_scores_do_not_depend_on_the_order_of_phrasings() -> None:
    order = np.random.default_rng(7).permutation(len(TEXTS))
    shuffled = Grams([READ[row] for row in order])
    one = Weights(Grams(READ), COLUMNS, len(LIBRARY))
    other = Weights(shuffled, COLUMNS[order], len(LIBRARY))
    words = read("nhà tôi cận nghèo muốn mượn vốn")

    assert one.scores(Grams(READ).vector(words)) == pytest.approx(
        other.scores(shuffled.vector(words)), abs=1e-3
    )


@pytest.mark.parametrize("row", [3, 12, 30, 44])
def test_a_held_out_row_scores_as_if_it_had_never_been_there(weights: Weights, row: int) -> None:
    """Compared with an index that was really built without it: the same first topic, and its own score within a unit."""
    rest = [at for at in range(len(TEXTS)) if at != row]
    grams = Grams([READ[at] for at in rest])
    without = Weights(grams, COLUMNS[rest], len(LIBRARY)).scores(grams.vector(READ[row]))
    own = int(COLUMNS[row])

    _, scores = weights.held_out(row, own)

    assert int(scores.argmax()) == int(without.argmax())
    assert scores[own] - scores.mean() == pytest.approx(float(without[own] - without.mean()), abs=2.0)


def test_sums_tell_which_ngrams_a_topic_holds(weights: Weights, grams: Grams) -> None:
    vector = grams.vector(read("bảo hiểm"))
    words = grams.channel[vector.ids] == WORDS
    insurance = list(LIBRARY).index("the-bao-hiem")

    assert (weights.sums(vector, insurance)[words] > 0).all()
    assert weights.sums(vector, insurance - 1)[words].min() == 0
    assert weights.holders(vector)[words].min() == 1


def test_a_topic_without_phrasings_and_an_empty_corpus_do_no_harm() -> None:
    grams = Grams(READ)
    assert np.isfinite(Weights(grams, COLUMNS, len(LIBRARY) + 1).scores(grams.rows[0])).all()
    assert len(Grams([]).rows) == 0
