"""N-grams are learned from all examples at once, and found in one message by going through it: both must agree."""

from collections import Counter

from faq.signals.grams import Grams
from faq.text import read

TEXTS = (
    "Nhà em là hộ nghèo, có được vay vốn không?",
    "dừng",
    "...",
    "nha em la ho ngheo nha em la ho ngheo",
    "Bố em bị ốm nặng, cho em hỏi thẻ bảo hiểm y tế với ạ",
)


def test_what_is_learned_of_an_example_is_what_is_found_in_it() -> None:
    """Every n-gram of an example is known, and counted as often as it is found; a text without words has none."""
    texts = [read(text) for text in TEXTS]
    grams = Grams(texts)
    learned = grams.counts
    for at, words in enumerate(texts):
        found = grams.find(words)
        here = learned.owners == at
        counted = dict(zip(learned.ids[here].tolist(), learned.times[here].tolist(), strict=True))
        assert counted == Counter(found.ids.tolist())
        assert -1 not in counted
        assert found.channels.tolist() == grams.channels[found.ids].tolist()
