"""Read what a message wants besides its topic, and whether help is needed now.

One linear model, learned from examples when it is built, says how much each stretch of a message looks like each kind
of urgency and each intent; a few plain rules on top know what examples cannot teach.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from faq.signals.cues import Cues, cues
from faq.signals.examples import Examples
from faq.signals.grams import Floats, Ints
from faq.signals.kinds import CALM, Intent, Urgency
from faq.signals.linear import Linear
from faq.text import read

_KINDS: Final = tuple(Urgency)
_INTENTS: Final = tuple(Intent)
_URGENT, _FIRST_INTENT = 0, 1 + len(_KINDS)

# A message of more words is also read in stretches: the cry for help may be its last sentence.
WHOLE: Final = 26
STRETCH: Final = 12
STRIDE: Final = 3
# Score above which a message is urgent, as a whole or by one of its stretches. Chosen on examples held out: of the urgent
# 19 in 20 are found, and 9 in 10 of those found are urgent. A miss weighs more than a kind sentence too many.
URGENT: Final = -0.4
URGENT_STRETCH: Final = -0.2
# Without one of these cues a stretch must be as much surer: most of what is told in a story is sad, and not urgent.
ALARMING: Final = frozenset(
    (
        "hit",
        "locked",
        "sexual",
        "left",
        "die",
        "hungry",
        "water",
        "fire",
        "fall",
        "trapped",
        "body",
        "scam",
        "sos",
    )
)
NO_ALARM: Final = 0.6

# By so much an intent must lead the question: answered as a question, little is lost. To miss these two loses most.
LEAD: Final = 0.25
WEIGHTY: Final = frozenset((Intent.STOP, Intent.ERASE))
# Whoever tells what is wrong asks nothing, and whoever wants no more messages seldom does: a question about complaints,
# or about leaving a list of the poor, remains a question.
LEAD_ASKING: Final = 0.75
LEAD_TELLING: Final = -0.2
# A message of so few words without a word of complaint is a topic's name rather than a complaint.
SHORT: Final = 7
# Without one of its own cues an intent must lead by so much more.
OWN_CUES: Final[Mapping[Intent, frozenset[str]]] = {
    Intent.TRACK: frozenset(("mine", "progress", "report")),
    Intent.STOP: frozenset(("end",)),
    Intent.SUBSCRIBE: frozenset(("wish", "notice")),
    Intent.EVENTS: frozenset(("event", "attend")),
    Intent.HUMAN: frozenset(("person", "talk")),
    Intent.ERASE: frozenset(("erase", "data")),
    Intent.MENU: frozenset(("menu", "machine")),
    Intent.SMALLTALK: frozenset(("greet", "machine")),
}
UNSAID: Final = 0.6

# A case's code as it is given to people: "HC-4K7P".
_CODE: Final = re.compile(r"\bhc[-\s]?(?=[a-z]*\d)[a-z\d]{4,8}\b", re.IGNORECASE)
# Both readings of a message are asked for one after the other.
_REMEMBERED: Final = 4


class Signals:
    """Reads messages. Built once; safe to share between threads."""

    def __init__(self, urgent: Examples, intents: Examples, questions: Sequence[str] = ()) -> None:
        """Learn from examples.

        Args:
            urgent: messages by `Urgency`, and those of class `CALM`.
            intents: messages by `Intent`; none of them is urgent.
            questions: more policy questions, none of them urgent, such as some phrasings of every topic. They show
                what people tell calmly: without them every tenth story passes for a cry for help.
        """
        texts = [*urgent.texts, *intents.texts, *questions]
        words = [read(text) for text in texts]
        # Two examples agree on a word before it counts as one that slips of the finger are moved to.
        spread: dict[str, int] = {}
        for text in words:
            for plain in {word.plain for word in text}:
                spread[plain] = spread.get(plain, 0) + 1
        self._vocabulary = frozenset(plain for plain, count in spread.items() if count > 1)
        signs = np.full((len(texts), _FIRST_INTENT + len(_INTENTS)), -1.0)
        # What an urgent message wants besides is not asked: it is help.
        signs[: len(urgent.texts), _FIRST_INTENT:] = 0
        for row, kind in enumerate(urgent.classes):
            if kind != CALM:
                signs[row, [_URGENT, 1 + _KINDS.index(Urgency(kind))]] = 1
        wanted = [*map(Intent, intents.classes), *[Intent.QUESTION] * len(questions)]
        for row, intent in enumerate(wanted, len(urgent.texts)):
            signs[row, _FIRST_INTENT + _INTENTS.index(intent)] = 1
        self._model = Linear(words, [cues(text) for text in words], signs)
        self._read = lru_cache(maxsize=_REMEMBERED)(self._scores)

    def urgency(self, text: str) -> Urgency | None:
        """Say what help is needed now, if any. Any text is fine; what lies beyond 1,500 characters is not read."""
        scores, limits, _ = self._read(text)
        ahead = scores[:, _URGENT] - limits
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
        scores, _, leads = self._read(text)
        return _INTENTS[int((scores[0, _FIRST_INTENT:] - leads).argmax())]

    def _scores(self, text: str) -> tuple[Floats, Floats, Floats]:
        """Scores of each stretch, the limit of urgency for each, and by how much each intent must lead."""
        words = read(text, self._vocabulary)
        said = cues(words)
        starts, ends = stretches(len(words))
        scores = self._model.scores(self._model.grams.find(words, said), starts, ends)
        alarms = np.zeros(len(words) + 1)
        for place, names in said.found:
            alarms[place + 1] += not ALARMING.isdisjoint(names)
        alarms = alarms.cumsum()
        limits = np.where(alarms[ends] > alarms[starts], 0.0, NO_ALARM)
        limits[0] += URGENT
        limits[1:] += URGENT_STRETCH
        return scores, limits, _leads(said, "?" in text)


def _leads(said: Cues, question_mark: bool) -> Floats:
    names, asks = said.said(), said.asks or question_mark
    leads = []
    for intent in _INTENTS:
        lead = 0.0 if intent in WEIGHTY or intent is Intent.QUESTION else LEAD
        if intent in OWN_CUES and OWN_CUES[intent].isdisjoint(names):
            lead += UNSAID
        elif intent is Intent.FEEDBACK:
            told = said.words > SHORT or "report" in names
            lead = LEAD_ASKING if asks or not told else LEAD_TELLING
        elif intent is Intent.STOP and asks and "notice" not in names:
            lead = LEAD_ASKING
        if said.words > WHOLE and intent not in (Intent.QUESTION, Intent.FEEDBACK):
            lead += LEAD
        leads.append(lead)
    return np.array(leads)


def stretches(words: int) -> tuple[Ints, Ints]:
    """Where the stretches of a message begin and end: the whole first, then, if it is long, overlapping parts."""
    last = words - STRETCH
    parts = [min(start, last) for start in range(0, last + STRIDE, STRIDE)] if words > WHOLE else []
    return np.array([0, *parts]), np.array([words, *(start + STRETCH for start in parts)])
