"""Read what a message wants besides its topic, and whether help is needed now.

One linear model, learned from examples when it is built, says how much each stretch of a message looks like each kind
of urgency and each intent.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from faq.signals.examples import Examples
from faq.signals.grams import Floats, Ints
from faq.signals.kinds import CALM, Intent, Urgency
from faq.signals.linear import Linear
from faq.text import READ_CHARS, Readings, Word, read

_KINDS: Final = tuple(Urgency)
_INTENTS: Final = tuple(Intent)
_URGENT, _FIRST_INTENT = 0, 1 + len(_KINDS)

# A message of more words is also read in stretches: the cry for help may be its last sentence.
WHOLE: Final = 26
STRETCH: Final = 12
STRIDE: Final = 3
# Score above which a message is urgent, as a whole or by one of its stretches. Chosen over writers, each read by a model
# that learned from the others: of the urgent 19 in 20 are found. A miss weighs more than a kind sentence too many.
URGENT: Final = -0.33
URGENT_STRETCH: Final = 0.1
# Policy questions are most of what is learned from, so a message tends to pass for one: other intents get so much ahead,
# most of all what is told, which is nearest to a question. A policy question taken for another intent stays below 1 in 100.
AHEAD: Final = 0.5
AHEAD_TELLING: Final = 0.6

_AHEAD: Final = np.array(
    [{Intent.QUESTION: 0.0, Intent.FEEDBACK: AHEAD_TELLING}.get(intent, AHEAD) for intent in _INTENTS]
)

# A case's code as it is given to people: "HC-4K7P".
_CODE: Final = re.compile(r"\bhc[-\s]?(?=[a-z]*\d)[a-z\d]{4,8}\b", re.IGNORECASE)
# Both readings of a message are asked for one after the other.
_REMEMBERED: Final = 4


@dataclass(frozen=True, slots=True)
class _Learned:
    """What slips of the finger are moved to, and the scores."""

    vocabulary: frozenset[str]
    model: Linear


class Signals:
    """Reads messages. Learns once, at the first message or when told to; safe to share between threads."""

    def __init__(
        self,
        urgent: Examples,
        intents: Examples,
        questions: Sequence[str] = (),
        readings: Readings | None = None,
    ) -> None:
        """Keep the examples to learn from.

        Args:
            urgent: messages by `Urgency`, and those of class `CALM`.
            intents: messages by `Intent`; none of them is urgent.
            questions: more policy questions, none of them urgent, such as the phrasings of all topics. They show how
                people ask, and what they tell calmly: without them every tenth story passes for a cry for help.
            readings: the questions as somebody else read them already, where somebody did.
        """
        self._examples = (urgent, intents, questions, Readings() if readings is None else readings)
        self._learning = threading.Lock()
        self._learned: _Learned | None = None
        self._read = lru_cache(maxsize=_REMEMBERED)(self._scores)

    def __getstate__(self) -> _Learned:
        """Return what was learned, learning it first: the examples are needed no more."""
        return self._ready()

    def __setstate__(self, learned: _Learned) -> None:
        nothing = Examples((), ())
        self.__init__(nothing, nothing)  # type: ignore[misc]  # a lock and a cache of its own
        self._learned = learned

    @property
    def learned(self) -> bool:
        """Say whether a message is read at once; else the first one waits for the learning."""
        return self._learned is not None

    def learn(self) -> None:
        """Learn now, in this thread (one to two seconds); whoever asks meanwhile waits for it."""
        self._ready()

    def _ready(self) -> _Learned:
        if self._learned is None:
            with self._learning:
                if self._learned is None:
                    self._learned = _learn(*self._examples)
        return self._learned

    def urgency(self, text: str) -> Urgency | None:
        """Say what help is needed now, if any. Any text is fine; what lies beyond 1,500 characters is not read."""
        scores = self._read(text)
        ahead = scores[:, _URGENT] - URGENT_STRETCH
        ahead[0] = scores[0, _URGENT] - URGENT
        best = int(ahead.argmax())
        if ahead[best] <= 0:
            return None
        return _KINDS[int(scores[best, 1:_FIRST_INTENT].argmax())]

    def intent(self, text: str) -> Intent:
        """Say what a first message wants. A message without a letter or digit is small talk."""
        if _CODE.search(text):
            return Intent.TRACK
        if not any(char.isalnum() for char in text):
            return Intent.SMALLTALK
        return _INTENTS[int((self._read(text)[0, _FIRST_INTENT:] + _AHEAD).argmax())]

    def _scores(self, text: str) -> Floats:
        """Scores of the whole message and, if it is long, of each stretch."""
        learned = self._ready()
        words = _words(text, learned.vocabulary)
        return learned.model.scores(words, *stretches(len(words)))


def _learn(urgent: Examples, intents: Examples, questions: Sequence[str], readings: Readings) -> _Learned:
    texts = [*urgent.texts, *intents.texts, *questions]
    words = [_asking(readings[text], text) for text in texts]
    # Needed no more, and they are some megabytes.
    readings.clear()
    # Two examples agree on a word before it counts as one that slips of the finger are moved to.
    spread = Counter(plain for text in words for plain in {word.plain for word in text})
    vocabulary = frozenset(plain for plain, count in spread.items() if count > 1)
    # A story that is sad from beginning to end, and calm, shows so in every part.
    calm = [row for row, kind in enumerate(urgent.classes) if kind == CALM]
    stories = [*words[len(urgent.texts) :], *(words[row] for row in calm)]
    parts = [
        story[start : start + STRETCH]
        for story in stories
        if len(story) > WHOLE
        for start in range(0, len(story) - STRETCH // 2, STRETCH)
    ]
    signs = np.full((len(words) + len(parts), _FIRST_INTENT + len(_INTENTS)), -1.0)
    # What an urgent message wants besides is not asked: it is help. Nor is what a part of a story wants.
    signs[: len(urgent.texts), _FIRST_INTENT:] = 0
    signs[len(words) :, _FIRST_INTENT:] = 0
    for row, kind in enumerate(urgent.classes):
        if kind != CALM:
            signs[row, [_URGENT, 1 + _KINDS.index(Urgency(kind))]] = 1
    wanted = [*map(Intent, intents.classes), *[Intent.QUESTION] * len(questions)]
    for row, intent in enumerate(wanted, len(urgent.texts)):
        signs[row, _FIRST_INTENT + _INTENTS.index(intent)] = 1
    return _Learned(vocabulary, Linear([*words, *parts], signs))


def _words(text: str, vocabulary: Collection[str]) -> list[Word]:
    """The words of a message, and last a question mark if it holds one: half of all questions do, complaints seldom."""
    return _asking(read(text, vocabulary), text)


def _asking(words: list[Word], text: str) -> list[Word]:
    return [*words, Word("?", "")] if words and "?" in text[:READ_CHARS] else words


def stretches(words: int) -> tuple[Ints, Ints]:
    """Where the stretches of a message begin and end: the whole first, then, if it is long, overlapping parts."""
    last = words - STRETCH
    parts = [min(start, last) for start in range(0, last + STRIDE, STRIDE)] if words > WHOLE else []
    return np.array([0, *parts]), np.array([words, *(start + STRETCH for start in parts)])
