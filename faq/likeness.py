"""How alike two questions are that no topic answers: whether one official's answer would serve both.

Read and repaired as the index does it, then compared by n-grams weighted with what the topics' phrasings say of how
telling each is; n-grams that no phrasing has are the most telling. Precision comes first: a question that joins the
wrong group gets somebody else's answer, one that joins none waits for an official to merge it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

from faq.deciders import deciders
from faq.index import Grams
from faq.shorthand import FOREIGN
from faq.syllable import is_syllable, toned
from faq.text import Word, read

# Chosen on the shipped topics' phrasings, which hold a question in the words of several writers: of those that find one
# at least this like them among all others, some 96 in 100 find one of their own topic; `tests/faq/test_likeness.py`.
JOINS: Final = 0.6
# From here on it is the same question in other letters: an answer that was given before may be given again.
SAME: Final = 0.8
# Like enough to be shown to an official, who decides.
NEAR: Final = 0.35
# Compared in earnest are the texts that share most letters. `LETTERS` (0..100) leaves out none that could join.
NEAREST: Final = 12
LETTERS: Final = 60
# With fewer words that say something, there is nothing an official could answer.
ENOUGH: Final = 3
_BEGINNING: Final = (
    200  # characters in which these words are looked for: a long story takes milliseconds to read
)
_SAYS_NOTHING: Final = frozenset(
    "a ah ai ak ad admin alo anh ban bac bot ca cam on chao chau chi co con chu em giup hello hi hoi khong minh nay nhe "  # noqa: SIM905  # words are read easier so
    "nhi oi ok roi the thoi toi u va vang vay voi xin bon cut deo dit ngu vcl vkl dkm".split()
)
_ENDINGS: Final = frozenset(("vay", "a", "ha", "nhi", "the", "ban", "em", "anh", "chi", "bac", "khong"))
# Insults that are other words without their marks.
_INSULTS: Final = frozenset(
    toned(word)
    for word in (
        *(
            "mày",
            "chó",
            "chết",
            "tiệt",
            "địt",
            "lồn",
            "cặc",
            "đĩ",
            "điên",
            "láo",
            "khốn",
            "nạn",
            "đồ",
            "thằng",
        ),
        "vãi",
    )
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is compared. `plain`: its repaired words without marks; `said`: what must not differ."""

    plain: str
    said: frozenset[str]
    numbers: frozenset[str]
    weights: Mapping[str, float]


class Likeness:
    """Reads questions and compares them; a pure reading of the n-grams of the topics."""

    def __init__(self, grams: Grams, vocabulary: Collection[str]) -> None:
        self._grams = grams
        self._vocabulary = vocabulary

    def read(self, text: str) -> Asked:
        """Read a question as it was typed."""
        return self._asked(read(text, self._vocabulary))

    def reread(self, plain: str) -> Asked:
        """Return what was read once, from its `plain`: repaired words are not to be repaired again."""
        return self._asked([Word(word, "") for word in plain.split()])

    def _asked(self, words: Sequence[Word]) -> Asked:
        plain = [word.plain for word in words]
        return Asked(
            " ".join(plain),
            frozenset(deciders(_without_ending(plain))),
            frozenset(word for word in plain if word.isdigit()),
            self._grams.named(words),
        )

    def nearest(self, asked: Asked, others: Sequence[str], least: float = JOINS) -> list[tuple[int, float]]:
        """Return the places in `others` (the `plain` of each) of what is like a question, with how much, best first.

        Args: least: the likeness from which on something counts. At most `NEAREST` are returned.
        """
        letters = fuzz.token_set_ratio
        found = process.extract(asked.plain, others, scorer=letters, limit=NEAREST, score_cutoff=LETTERS)
        scored = [(int(at), likeness(asked, self.reread(plain))) for plain, _, at in found]
        return sorted((hit for hit in scored if hit[1] >= least), key=lambda hit: (-hit[1], hit[0]))


def _without_ending(plain: Sequence[str]) -> Sequence[str]:
    """Leave out what a sentence may end with: "vậy" without marks is no loan."""
    end = len(plain)
    while end and plain[end - 1] in _ENDINGS:
        end -= 1
    return plain[:end]


def likeness(one: Asked, other: Asked) -> float:
    """Return 0 (nothing in common, or another household, loan or number) to 1 (the same words)."""
    if one.said != other.said or (one.numbers and other.numbers and one.numbers != other.numbers):
        return 0.0
    few, many = sorted((one.weights, other.weights), key=len)
    return sum(weight * many.get(name, 0.0) for name, weight in few.items())


def says_enough(text: str) -> bool:
    """Say whether a text may be a question that an official can answer: no greeting, single word, insult or noise."""
    words = {w.plain for w in read(text[:_BEGINNING]) if w.toned not in _INSULTS} - _SAYS_NOTHING
    return sum(is_syllable(word) or word in FOREIGN for word in words) >= ENOUGH
